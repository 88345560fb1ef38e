// Starts the local cloud in this process: OpenID provider, STS, exchanges and control on one port, S3 on another.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { CloudParts } from './cloud-parts.ts';
import { handleCognito } from './cognito.ts';
import { CloudControl, handleControl } from './control.ts';
import { handleDelegation, handleSamlExchange } from './exchanges.ts';
import { Faults } from './faults.ts';
import { createIam, providerName, roleArn, roleNames, samlProviderArn } from './iam.ts';
import { createTokenVerifier } from './jwt-verify.ts';
import { loadKeys, privateKeyOf } from './keys.ts';
import { ObjectStore } from './object-store.ts';
import { OidcStore } from './oidc-store.ts';
import { createProvider, handleLogin } from './oidc.ts';
import type { OidcOptions, ProviderOffers } from './oidc.ts';
import type { CloudUser } from './oidc.ts';
import { RequestLog } from './request-log.ts';
import { handleS3Control, s3ControlVersion } from './s3-control.ts';
import { handleS3 } from './s3-server.ts';
import { Sessions } from './sessions.ts';
import { defaultSettings } from './settings.ts';
import { handleSts } from './sts.ts';

export type LocalCloudOptions = {
  /** Where objects, keys and sign-ins are kept; a restart on it finds all of them. */
  readonly directory: string;
  /** Of the provider; S3 takes the next one if it is free. 0, the default, takes free ports. */
  readonly port?: number;
  readonly users?: readonly CloudUser[];
  readonly bucket?: string;
  readonly region?: string;
  /** For faults with a probability; Math.random by default. */
  readonly random?: () => number;
  /** What the provider offers beyond the usual. */
  readonly provider?: ProviderOffers;
  /** Public https name of the provider, where something in front of it passes requests on; its loopback address if unset. */
  readonly issuer?: string;
};

/** What a client needs to know; the first line of the command's output. */
export type CloudDescription = {
  readonly issuer: string;
  readonly clientId: string;
  readonly sts: string;
  readonly s3: string;
  /** S3 Control, for GetDataAccess of S3 Access Grants. */
  readonly s3Control: string;
  readonly region: string;
  readonly bucket: string;
  readonly accountId: string;
  readonly roleArn: string;
  readonly users: readonly { readonly name: string; readonly password: string; readonly sub: string }[];
  readonly delegation: { readonly url: string; readonly roleArn: string; readonly principalArn: string };
  readonly saml: { readonly assertionUrl: string; readonly roleArn: string; readonly principalArn: string };
  readonly cognito: {
    readonly endpoint: string;
    readonly identityPoolId: string;
    readonly loginKey: string;
    readonly roleArn: string;
  };
  readonly admin: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Prints an id_token of alice, from the top of the checkout; another `--user` gives another. */
  readonly tokenCommand: string;
  readonly control: string;
};

export type LocalCloud = {
  readonly description: CloudDescription;
  readonly control: CloudControl;
  /** An id_token signed with the provider's own key and claims as given over valid ones; for expired or misdirected tokens. */
  readonly signToken: (
    claims: Readonly<Record<string, unknown>>,
    algorithm?: 'RS256' | 'ES256',
  ) => Promise<string>;
  readonly stop: () => Promise<void>;
};

export const defaultUsers: readonly CloudUser[] = [
  { name: 'alice', password: 'wonderland', sub: 'auth0|alice-5f7c8ec7' },
  { name: 'bob', password: 'builder', sub: 'auth0|bob-91d2a3b4' },
];

const ACCOUNT_ID = '123456789012';
const CLIENT_ID = 'driftless-desktop';
const HOST = '127.0.0.1';

export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const {
    directory,
    port = 0,
    users = defaultUsers,
    bucket = 'company-files',
    region = 'eu-central-1',
  } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pending = new Set<Promise<void>>();
  const identity = await listen(port, pending);
  // Where another process has the next port, a free one does: clients read the description.
  const s3 = await listen(port === 0 ? 0 : port + 1, pending).catch(() => listen(0, pending));
  const address = `http://${HOST}:${String(identity.port)}`;
  const issuer = options.issuer ?? address;
  const keys = loadKeys(directory);
  const settings = defaultSettings();
  const now = (): number => Date.now() + settings.clockSkewMs;
  const identityPoolId = `${region}:8a1b6f2e-4c3d-4e5f-9a7b-0c1d2e3f4a5b`;
  const iam = createIam({ accountId: ACCOUNT_ID, issuer, clientId: CLIENT_ID, bucket, identityPoolId });
  const parts: CloudParts = {
    issuer,
    clientId: CLIENT_ID,
    region,
    identityPoolId,
    iam,
    grants: { instance: null },
    keys,
    settings,
    now,
    sessions: new Sessions(keys, ACCOUNT_ID),
    faults: new Faults(options.random ?? Math.random),
    requestLog: new RequestLog(),
    verifyToken: createTokenVerifier(iam, settings, { issuer, address }, now),
  };
  const store = new ObjectStore(join(directory, 's3'));
  if (!store.buckets.has(bucket)) await store.createBucket(bucket, Date.now());
  const oidcStore = new OidcStore(join(directory, 'sign-ins.json'));
  const control = new CloudControl(parts, store, oidcStore);
  const offers = options.provider ?? {};
  identity.serve(identityListener(parts, control, { users, store: oidcStore, offers }));
  s3.serve((request, response) => handleS3(parts, store, request, response));
  return {
    description: describe(parts, { address, s3Port: s3.port, users, bucket }),
    control,
    signToken: (claims, algorithm) => signToken(parts, claims, algorithm),
    stop: async () => {
      parts.faults.endDelays();
      await Promise.all([close(identity.server), close(s3.server)]);
      // Requests whose sockets were just cut may still be writing.
      await Promise.allSettled(pending);
      oidcStore.close();
      await store.close();
    },
  };
}

async function signToken(
  parts: CloudParts,
  claims: Readonly<Record<string, unknown>>,
  algorithm: 'RS256' | 'ES256' = 'RS256',
): Promise<string> {
  const key = parts.keys.jwks.find((candidate) => candidate.alg === algorithm);
  if (key === undefined) throw new Error(`no ${algorithm} key`);
  const seconds = Math.floor(parts.now() / 1000);
  const base = {
    iss: parts.issuer,
    aud: parts.clientId,
    sub: 'no-such-user',
    iat: seconds,
    exp: seconds + 300,
  };
  return new SignJWT({ ...base, ...claims })
    .setProtectedHeader({ alg: algorithm, kid: key.kid })
    .sign(privateKeyOf(key));
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function identityListener(
  parts: CloudParts,
  control: CloudControl,
  { users, store, offers }: Pick<Required<OidcOptions>, 'users' | 'store' | 'offers'>,
): Handler {
  const oidcOptions = {
    issuer: parts.issuer,
    clientId: parts.clientId,
    keys: parts.keys,
    users,
    settings: parts.settings,
    store,
    offers,
  };
  const provider = createProvider(oidcOptions);
  const callback = provider.callback();
  const oidc: RequestListener = (request, response) => void callback(request, response);
  return async (request, response) => {
    // Node's own Date would contradict the tokens when a test sets a skew.
    response.setHeader('date', new Date(parts.now()).toUTCString());
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith(s3ControlVersion)) return handleS3Control(parts, request, response);
    switch (path) {
      case '/sts':
      case '/sts/':
        return handleSts(parts, request, response);
      case '/delegation':
        return handleDelegation(parts, request, response);
      case '/saml/assertion':
        return handleSamlExchange(parts, users, request, response);
      case '/cognito':
      case '/cognito/':
        return handleCognito(parts, request, response);
      default:
        if (await handleControl(control, parts, request, response)) return;
        if (await handleLogin(provider, oidcOptions, request, response)) return;
        await answerOidc(parts, oidc, request, response);
    }
  };
}

async function answerOidc(
  parts: CloudParts,
  oidc: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // One name per page: the ids of sign-ins under way are not part of it.
  const verb = `oidc /${(request.url ?? '/').split(/[/?]/)[1] ?? ''}`;
  const effect = await parts.faults.beforeRequest(verb, '', response);
  if (effect.kind === 'answered' || response.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  response.once('close', () => {
    resolve(undefined);
  });
  oidc(request, response);
  await promise;
  parts.requestLog.record(verb, response.statusCode, '');
}

function describe(
  parts: CloudParts,
  options: {
    readonly address: string;
    readonly s3Port: number;
    readonly users: readonly CloudUser[];
    readonly bucket: string;
  },
): CloudDescription {
  const { issuer, iam, region } = parts;
  const { address } = options;
  const principalArn = samlProviderArn(iam);
  const samlRole = roleArn(iam, roleNames.saml);
  return {
    issuer,
    clientId: parts.clientId,
    sts: `${address}/sts`,
    s3: `http://${HOST}:${String(options.s3Port)}`,
    s3Control: address,
    region,
    bucket: options.bucket,
    accountId: iam.accountId,
    roleArn: roleArn(iam, roleNames.webIdentity),
    users: options.users.map(({ name, password, sub }) => ({ name, password, sub })),
    delegation: { url: `${address}/delegation`, roleArn: samlRole, principalArn },
    saml: { assertionUrl: `${address}/saml/assertion`, roleArn: samlRole, principalArn },
    cognito: {
      endpoint: `${address}/cognito`,
      identityPoolId: parts.identityPoolId,
      loginKey: providerName(issuer),
      roleArn: roleArn(iam, roleNames.cognito),
    },
    admin: parts.keys.admin,
    tokenCommand: `node test/local-cloud/token.ts --issuer ${issuer} --client-id ${parts.clientId} --user alice`,
    control: `${address}/control`,
  };
}

type Listening = {
  readonly server: Server;
  readonly port: number;
  readonly serve: (handler: Handler) => void;
};

async function listen(port: number, pending: Set<Promise<void>>): Promise<Listening> {
  let handler: Handler | undefined;
  // Large transfers on a busy machine must not be cut by default time limits.
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: 65_536, noDelay: true },
    (request, response) => {
      if (handler === undefined) {
        response.destroy();
        return;
      }
      const work = handler(request, response).catch(() => {
        response.destroy();
      });
      pending.add(work);
      void work.then(() => pending.delete(work));
    },
  );
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(port, HOST, () => {
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return {
    server,
    port: await promise,
    serve: (next) => {
      handler = next;
    },
  };
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => {
    resolve(undefined);
  });
  server.closeAllConnections();
  await promise;
}
