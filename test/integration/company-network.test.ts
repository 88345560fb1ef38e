// Company proxy and private certificate authority, for identity provider, STS and S3.
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App, ComposeOptions } from '../../main/compose/app.ts';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { waitFor } from '../support/wait-for.ts';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import { makeFetch } from '../../main/adapters/http/fetch.ts';
import { providerFetch } from '../../main/adapters/http/bounded-fetch.ts';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import { environmentProxy, routeOfPac } from '../../main/core/net/proxy.ts';
import type { HttpSettings } from '../../main/core/net/proxy.ts';
import { companyAuthority, companyProxy, companyService } from '../support/company-network.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { testAccount } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';
import { skipUnless } from '../support/skip.ts';
import { squidIsMissing, startSquid } from '../support/squid.ts';
import { unsignedToken } from '../support/unsigned-token.ts';

const { signal } = new AbortController();
const issuer = 'https://login.driftless.test';
const token = { jwt: 'a.b.c', subject: 'alice', issuer, expiresAtMs: Infinity, displayName: null, tags: {} };

const assumed = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<SubjectFromWebIdentityToken>alice</SubjectFromWebIdentityToken><Credentials><AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const listed = `<ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><Contents><Key>of-the-company</Key><Size>1</Size></Contents></ListBucketResult>`;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const service = (request.headers.host ?? '').split('.')[0];
  request.resume();
  if (service === 'login') response.setHeader('content-type', 'application/json').end('{"hello":"provider"}');
  else response.setHeader('content-type', 'text/xml').end(service === 'sts' ? assumed : listed);
}

/** Each of the three outgoing clients, with one word for its outcome. */
const ways: Readonly<Record<string, (http: HttpSettings) => Promise<string>>> = {
  login: async (http) => {
    const ask = providerFetch({
      fetch: makeFetch(http),
      clock: systemClock,
      development: false,
      signal,
      onClockOffset: () => undefined,
    });
    const got = (await (await ask(`${issuer}/.well-known/openid-configuration`, {})).json()) as object;
    return JSON.stringify(got);
  },
  sts: async (http) => {
    const account = testAccount(issuer, 'app', {
      development: false,
      exchange: {
        kind: 'web-identity',
        roleArn: 'arn:aws:iam::123456789012:role/driftless',
        stsEndpoint: 'https://sts.driftless.test',
        durationSeconds: 3600,
      },
    });
    const trade = createExchange(account, { clock: systemClock, http, fetch: makeFetch(http) });
    return (await trade(token, signal)).principal.sub;
  },
  s3: async (http) => {
    const client = makeS3Client({
      bucket: 'b',
      region: 'eu-central-1',
      endpoint: 'https://s3.driftless.test',
      forcePathStyle: true,
      expectedBucketOwner: null,
      development: false,
      credentials: fixedCredentials({ accessKeyId: 'a', secretAccessKey: 's' }),
      http,
      nowMs: () => Date.now(),
    });
    try {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
      return Contents?.[0]?.Key ?? '';
    } catch (error) {
      throw mapS3Error(error, { writes: false, deniedScope: 'pair', nowMs: Date.now() });
    } finally {
      client.destroy();
    }
  },
};

function throughEnvironment(
  env: Readonly<Record<string, string>>,
  extraCa = [companyAuthority],
): HttpSettings {
  const proxy = environmentProxy(env);
  return {
    extraCa: () => extraCa,
    proxyFor: proxy === null ? null : (url) => Promise.resolve(proxy.routeOf(url)),
  };
}

async function outcomeOf(way: Promise<string>): Promise<string> {
  try {
    return await way;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return `${error.code}: ${error.message} ${String(error.cause)}`;
  }
}

const services: readonly (readonly [string, string, RegExp])[] = [
  ['login', '{"hello":"provider"}', /^issuer-unreachable/],
  ['sts', 'alice', /^exchange-unreachable/],
  ['s3', 'of-the-company', /^endpoint-unreachable/],
];

describe(
  'squid with basic authentication',
  skipUnless(squidIsMissing() === null, squidIsMissing() ?? ''),
  () => {
    test('services are reached with the login, and a wrong or missing one is distinguished from an unreachable proxy', async () => {
      const port = await companyService(answer);
      const parent = await companyProxy(port);
      const squid = await startSquid(parent.port, { user: 'me', password: 'pa ss' });
      onTestFinished(squid.stop);
      const reach = (name: string, login: string): Promise<string> => {
        const env = { HTTPS_PROXY: `http://${login}127.0.0.1:${String(squid.port)}` };
        return outcomeOf(ways[name]?.(throughEnvironment(env)) ?? Promise.reject(new Error(name)));
      };
      for (const [name, expected] of services) {
        expect(await reach(name, 'me:pa%20ss@')).toBe(expected);
        expect(await reach(name, '')).toMatch(/^proxy-login/);
        const refused = await reach(name, 'me:hunter2@');
        expect(refused).toMatch(/^proxy-login/);
        expect(refused).not.toContain('hunter2');
      }
      expect(await squid.log()).toMatch(/TCP_DENIED\/407 [\s\S]*CONNECT login\.driftless\.test:443/u);
    });
  },
);

describe.each(services)('%s', (name, expected, unreachable) => {
  const reach = (http: HttpSettings): Promise<string> =>
    outcomeOf(ways[name]?.(http) ?? Promise.reject(new Error(name)));
  let port = 0;

  beforeEach(async () => {
    port = await companyService(answer);
  });

  test('a service is reached through HTTPS_PROXY with its login', async () => {
    const proxy = await companyProxy(port, 'me:pa ss');
    const env = { HTTPS_PROXY: `http://me:pa%20ss@127.0.0.1:${String(proxy.port)}` };
    expect(await reach(throughEnvironment(env))).toBe(expected);
    expect(proxy.asked).toEqual([`${name}.driftless.test:443`]);
  });

  test('a service in NO_PROXY is reached directly', async () => {
    const proxy = await companyProxy(port);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}`, NO_PROXY: '.driftless.test' };
    expect(await reach(throughEnvironment(env))).toMatch(unreachable);
    expect(proxy.asked).toEqual([]);
  });

  test('a proxy that wants a login is distinguished from an unreachable one, and no message contains the password', async () => {
    const proxy = await companyProxy(port, 'me:right');
    const refused = await reach(
      throughEnvironment({ HTTPS_PROXY: `http://me:hunter2@127.0.0.1:${String(proxy.port)}` }),
    );
    expect(refused).toMatch(/^proxy-login/);
    expect(refused).not.toContain('hunter2');
    expect(await reach(throughEnvironment({ HTTPS_PROXY: 'http://me:hunter2@127.0.0.1:1' }))).toMatch(
      unreachable,
    );
  });

  test('a service is reached by the next proxy of the system’s list where the first is down', async () => {
    const proxy = await companyProxy(port);
    const list = `PROXY 127.0.0.1:1; PROXY 127.0.0.1:${String(proxy.port)}`;
    const settings = { ...throughEnvironment({}), proxyFor: () => Promise.resolve(routeOfPac(list)) };
    expect(await reach(settings)).toBe(expected);
  });

  test('a service is trusted by the account that names the company’s authority and by no other account of the process', async () => {
    const proxy = await companyProxy(port);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` };
    expect(await reach(throughEnvironment(env))).toBe(expected);
    expect(await reach(throughEnvironment(env, []))).toMatch(
      /^(?:issuer-unreachable|exchange-unreachable|tls-untrusted)/,
    );
    expect(await reach(throughEnvironment(env))).toBe(expected);
  });
});

test.each(['login', 'sts', 's3'])(
  'no variable of the environment switches the certificates off: %s',
  async (name) => {
    const proxy = await companyProxy(await companyService(answer));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` };
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const reach = ways[name];
    expect(await outcomeOf(reach?.(throughEnvironment(env, [])) ?? Promise.reject(new Error(name)))).toMatch(
      /^tls-untrusted/,
    );
    expect(proxy.asked).toEqual([`${name}.driftless.test:443`]);
  },
);

test('nor those of a proxy that is reached by TLS, which would get the login', async () => {
  const port = await companyService(answer);
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const http = throughEnvironment({ HTTPS_PROXY: `https://me:hunter2@127.0.0.1:${String(port)}` }, []);
  const refused = await outcomeOf(ways['s3']?.(http) ?? Promise.reject(new Error('s3')));
  expect(refused).toMatch(/cannot be reached \(unable to verify/);
});

describe('the whole program', () => {
  type Way = Partial<Pick<ComposeOptions, 'env' | 'proxyFor'>>;

  async function composed(way: Way, more: object = {}) {
    const home = await tempFolder('company');
    const caFile = join(home, 'ca.pem');
    const path = join(home, 'token');
    await writeFile(path, unsignedToken({ iss: issuer, aud: 'app', sub: 'alice' }));
    await writeFile(caFile, companyAuthority);
    const account = (id: string, more: object) => ({
      id,
      issuer,
      clientId: 'app',
      identity: { kind: 'token-file', path },
      exchange: {
        kind: 'web-identity',
        roleArn: 'arn:aws:iam::123456789012:role/driftless',
        stsEndpoint: 'https://sts.driftless.test',
      },
      region: 'eu-central-1',
      s3Endpoint: 'https://s3.driftless.test',
      ...more,
    });
    const accounts = [account('inside', { caFile }), account('outside', {})];
    await writeFile(join(home, 'config.json'), JSON.stringify({ accounts, ...more }));
    const app = await composeApp(
      {
        home,
        policyPath: join(home, 'no-policy.json'),
        secrets: new FileSecrets(join(home, 'secrets')),
        launch: () => Promise.reject(new Error('nothing is to be opened')),
        logLevel: 'debug',
        writeLog: () => undefined,
        isPackaged: false,
        version: '0.1.0',
        env: {},
        ...way,
      },
      signal,
    );
    const credentialsOf = (id: string): Promise<string> => {
      const one = app.accounts.find((candidate) => candidate.id === id);
      one?.credentials.forget();
      return outcomeOf(one?.credentials.get(signal).then(() => 'given') ?? Promise.reject(new Error(id)));
    };
    return { app, home, caFile, credentialsOf };
  }

  const never = () => Promise.resolve(null);
  const pageOf = (app: App, file: string) =>
    app.makePage(
      {
        app: { version: '0.1.0', home: 'desktop', platform: 'linux', locale: null },
        ...{ revealFolder: null, copyText: null, decodePicture: null, saveText: null, login: null },
        ...{ commandLine: null, folderRoots: null },
        dialogs: {
          ...{ chooseFolder: never, confirmConnection: () => Promise.resolve(false) },
          confirmPlace: () => Promise.resolve(false),
          chooseCertificates: () => Promise.resolve(file),
          confirmCertificates: () => Promise.resolve(true),
          confirmAwsProfile: () => Promise.resolve(false),
        },
      },
      signal,
    ).backend;

  test('the proxy of the settings goes before that of the environment, and a changed one holds at once', async () => {
    const service = await companyService(answer);
    const [first, second, ambient] = [
      await companyProxy(service),
      await companyProxy(service),
      await companyProxy(service),
    ];
    const at = (port: number): string => `http://127.0.0.1:${String(port)}`;
    const env = { HTTPS_PROXY: at(ambient.port) };
    const { app, caFile, credentialsOf } = await composed({ env }, { proxy: at(first.port) });
    const { commands, snapshot } = pageOf(app, caFile);
    const counts = (): readonly number[] => [first, second, ambient].map(({ asked }) => asked.length);
    expect([await credentialsOf('inside'), counts()]).toEqual(['given', [1, 0, 0]]);
    expect(snapshot().settings.proxy).toBe(at(first.port));
    await commands.changeSettings({ proxy: at(second.port) }, signal);
    expect([await credentialsOf('outside').then((text) => text.slice(0, 13)), counts()]).toEqual([
      'tls-untrusted',
      [1, 1, 0],
    ]);
    await commands.changeSettings({ proxy: 'direct' }, signal);
    expect(await credentialsOf('outside')).toMatch(/^exchange-unreachable/);
    expect(counts()).toEqual([1, 1, 0]);
    await commands.changeSettings({ proxy: null }, signal);
    expect(await credentialsOf('outside')).toMatch(/^tls-untrusted/);
    expect([counts(), snapshot().settings.proxy]).toEqual([[1, 1, 1], null]);
  });

  test('certificates that are chosen are trusted at once by their account alone, and no longer when they are removed', async () => {
    const proxy = await companyProxy(await companyService(answer));
    const { app, home, caFile, credentialsOf } = await composed({
      env: { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` },
    });
    const { commands, snapshot } = pageOf(app, caFile);
    expect(await credentialsOf('outside')).toMatch(/^tls-untrusted/);
    expect(await commands.chooseAuthorities({ accountId: 'outside' }, signal)).toEqual({
      ok: true,
      value: true,
    });
    expect(await credentialsOf('outside')).toBe('given');
    expect(snapshot().accounts.map(({ authorities }) => authorities.length)).toEqual([1, 1]);
    await rm(caFile);
    await commands.forgetAuthorities({ accountId: 'inside' }, signal);
    expect(await credentialsOf('inside')).toMatch(/^tls-untrusted/);
    expect(await credentialsOf('outside')).toBe('given');
    await commands.forgetAuthorities({ accountId: 'outside' }, signal);
    expect(await credentialsOf('outside')).toMatch(/^tls-untrusted/);
    expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).not.toHaveProperty(
      'accounts.1.caFile',
    );
  });

  test('what another program writes into the settings is followed: proxy, certificates, credentials for tools', async () => {
    const proxy = await companyProxy(await companyService(answer));
    const { app, home, caFile, credentialsOf } = await composed({});
    const { snapshot } = pageOf(app, caFile);
    const ends = new AbortController();
    const following = app.followSettings(ends.signal);
    const config = new ConfigFile({ home, env: {} });
    await config.changeShared({ proxy: `http://127.0.0.1:${String(proxy.port)}` }, signal);
    await config.changeAccount('outside', { caFile, credentialsEnabled: true }, signal);
    await waitFor(() => snapshot().accounts[1]?.programs === 'on');
    expect(await credentialsOf('outside')).toBe('given');
    expect(snapshot().settings.proxy).toBe(`http://127.0.0.1:${String(proxy.port)}`);
    ends.abort();
    await following.catch(() => undefined);
  });

  test.each([
    [
      'the environment',
      (port: number): Way => ({ env: { HTTPS_PROXY: `http://127.0.0.1:${String(port)}` } }),
    ],
    [
      "the system's proxy response for the desktop",
      (port: number): Way => ({
        proxyFor: () => Promise.resolve(routeOfPac(`SOCKS5 no:1; PROXY 127.0.0.1:${String(port)}; DIRECT`)),
      }),
    ],
  ])(
    'the whole program uses %s and trusts an account’s authority for that account only',
    async (_name, wayOf) => {
      const proxy = await companyProxy(await companyService(answer));
      const { credentialsOf } = await composed(wayOf(proxy.port));
      expect(await credentialsOf('inside')).toBe('given');
      expect(await credentialsOf('outside')).toMatch(/^tls-untrusted/);
      expect(proxy.asked).toEqual(['sts.driftless.test:443', 'sts.driftless.test:443']);
    },
  );

  test('the whole program without a proxy connects directly and fails here', async () => {
    expect(await (await composed({})).credentialsOf('inside')).toMatch(/^exchange-unreachable/);
  });
});

/** Sends an endless body without a stated length. */
function endless(_request: IncomingMessage, response: ServerResponse): void {
  const more = Buffer.alloc(256 * 1024, '<a>');
  const send = (): void => {
    while (!response.destroyed && response.write(more));
    if (!response.destroyed) response.once('drain', send);
  };
  response.setHeader('content-type', 'text/xml');
  send();
}

test.each([
  ['login', /larger than/],
  ['sts', /^exchange-response-invalid.*does not end/],
  ['s3', /^remote-invalid-answer.*does not end/],
])('an endless response of %s is aborted and not buffered', async (name, expected) => {
  const proxy = await companyProxy(await companyService(endless));
  const http = throughEnvironment({ HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` });
  expect(await outcomeOf(ways[name]?.(http) ?? Promise.reject(new Error(name)))).toMatch(expected);
});
