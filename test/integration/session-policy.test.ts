// Optional session policy: reaches STS, narrows, never widens, and is refused elsewhere.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CredentialBroker } from '../../main/adapters/sts/credential-cache.ts';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import type { AccountConfig, ExchangeConfig } from '../../main/core/config/config.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import { resolvePrefix } from '../../main/core/access/principal.ts';
import { fixedRandom } from '../fakes/shifted-clock.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf, s3Client } from '../local-cloud/client-kit.ts';
import { type LocalCloud, startLocalCloud } from '../local-cloud/cloud.ts';
import { outcome } from '../support/cloud-kit.ts';
import { runCli } from '../support/driftless-cli.ts';
import { failure, identityKit, never, noDevice } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

type Kit = Awaited<ReturnType<typeof identityKit>>;
let directory: string;
let cloud: LocalCloud;
let kit: Kit;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'driftless-session-policy-'));
  cloud = await startLocalCloud({ directory });
});
afterAll(async () => {
  await cloud.stop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  cloud.control.reset();
  kit = await identityKit(cloud.description);
  await signIn('alice');
});
afterEach(async () => {
  await kit.close();
});

async function signIn(name: string): Promise<void> {
  const openUrl = async (url: URL): Promise<void> => {
    const redirect = new URL(url.searchParams.get('redirect_uri') ?? '');
    const landed = await followSignIn(
      url.href,
      personOf(cloud.description, name),
      `http://127.0.0.1:${redirect.port}`,
    );
    void fetch(landed).then((page) => page.text());
  };
  await kit.identity.signIn({ openUrl, onDeviceCode: noDevice }, never());
}

type Narrowed = { readonly sessionPolicy?: string };

/** The exchanges that STS itself serves, and so accept a policy. */
const stsKinds: readonly (readonly [string, (narrowed: Narrowed) => ExchangeConfig])[] = [
  [
    'web-identity',
    (narrowed) => ({
      kind: 'web-identity',
      roleArn: cloud.description.roleArn,
      stsEndpoint: cloud.description.sts,
      durationSeconds: 3600,
      ...narrowed,
    }),
  ],
  [
    'saml',
    (narrowed) => ({
      kind: 'saml',
      roleArn: cloud.description.saml.roleArn,
      principalArn: cloud.description.saml.principalArn,
      assertionUrl: cloud.description.saml.assertionUrl,
      stsEndpoint: cloud.description.sts,
      durationSeconds: 3600,
      ...narrowed,
    }),
  ],
];

function broker(exchange: ExchangeConfig): CredentialBroker {
  const account: AccountConfig = { ...kit.account, exchange };
  const fetchHere: typeof fetch = (url, init) => fetch(url, init);
  return new CredentialBroker({
    identity: kit.identity,
    clock: kit.clock,
    random: fixedRandom(0.5),
    log: kit.log,
    exchange: createExchange(account, { clock: kit.clock, http: plainHttp, fetch: fetchHere }),
  });
}

function allowing(...actions: readonly string[]): Narrowed {
  const statement = { Effect: 'Allow', Action: actions, Resource: '*' };
  return { sessionPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) };
}

/** Access with the credentials of this exchange under the user's own prefix, and under another user's. */
async function reachOf(exchange: ExchangeConfig) {
  const mine = broker(exchange);
  const prefix = resolvePrefix('users/{sub}/', await mine.principal(never()));
  const s3 = s3Client(cloud.description, await mine.get(never()));
  const { bucket: Bucket } = cloud.description;
  try {
    const own = { Bucket, Key: `${prefix}mine.txt` };
    return {
      put: await outcome(s3.send(new PutObjectCommand({ ...own, Body: 'mine' }))),
      get: await outcome(s3.send(new GetObjectCommand(own)).then((got) => got.Body?.transformToString())),
      list: await outcome(s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))),
      others: await outcome(s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'users/another-user/' }))),
    };
  } finally {
    s3.destroy();
  }
}

const denied = '403 AccessDenied';

describe.each(stsKinds)('%s', (kind, exchange) => {
  test('without a session policy the role decides what is allowed', async () => {
    expect(await reachOf(exchange({}))).toEqual({ put: 'done', get: 'done', list: 'done', others: denied });
  });

  test('a session policy narrows the session: reading is left, listing and writing are not', async () => {
    await reachOf(exchange({}));
    const reach = await reachOf(exchange(allowing('s3:GetObject')));
    expect(reach).toEqual({ put: denied, get: 'done', list: denied, others: denied });
  });

  test('a session policy that allows everything grants nothing beyond the role', async () => {
    const reach = await reachOf(exchange(allowing('s3:*')));
    expect(reach).toEqual({ put: 'done', get: 'done', list: 'done', others: denied });
  });

  test('a session policy that STS rejects is reported as a faulty request', async () => {
    const error = await failure(broker(exchange({ sessionPolicy: '{"Version":"x"}' })).get(never()));
    expect(error).toMatchObject({ code: 'exchange-request-invalid', retry: 'slow', scope: 'account' });
    const call = kind === 'saml' ? 'AssumeRoleWithSAML' : 'AssumeRoleWithWebIdentity';
    expect(cloud.control.log().filter(({ verb }) => verb === call)).toMatchObject([{ status: 400 }]);
  });
});

/** Their credentials come from a service that accepts no policy: one in the file would narrow nothing. */
const others: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  [
    'delegation',
    {
      url: 'https://idp.example.com/delegation',
      roleArn: 'arn:aws:iam::123456789012:role/driftless',
      principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
    },
  ],
  [
    'cognito',
    {
      identityPoolId: 'eu-central-1:11111111-2222-3333-4444-555555555555',
      loginKey: 'login.example.com',
    },
  ],
];

test.each(others)('%s refuses a session policy in the configuration, by name', async (kind, fields) => {
  const home = await tempFolder('home');
  const account = {
    id: 'work',
    issuer: 'https://login.example.com/',
    clientId: 'abc',
    region: 'eu-central-1',
    // An identity pool names no account; a role does.
    ...(kind === 'cognito' ? { accountId: '123456789012' } : {}),
    exchange: { kind, ...fields },
  };
  const run = async (exchange: Readonly<Record<string, unknown>>) => {
    const accounts = [{ ...account, exchange }];
    await writeFile(join(home, 'config.json'), JSON.stringify({ accounts, pairs: [] }));
    return await runCli(['status', '--home', home]);
  };
  expect((await run(account.exchange)).code).toBe(3);
  const { code, stderr } = await run({ ...account.exchange, ...allowing('s3:GetObject') });
  expect(code).toBe(2);
  expect(stderr).toContain('config.json: accounts[0].exchange.sessionPolicy is an unknown key');
});
