// Token exchanges end to end on the local cloud: sign-in, exchange, and granted access.
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CredentialBroker } from '../../main/adapters/sts/credential-cache.ts';
import { createExchange } from '../../main/adapters/sts/select-exchange.ts';
import { createIdentity } from '../../main/adapters/oidc/select-identity.ts';
import { FileIdentity } from '../../main/adapters/oidc/token-file.ts';
import type { OidcIdentity } from '../../main/adapters/oidc/identity.ts';
import type { AccountConfig, ExchangeConfig } from '../../main/core/config/config.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import { resolvePrefix } from '../../main/core/access/principal.ts';
import type { AwsCredentials } from '../../main/ports/credentials.port.ts';
import type { DeviceCode, Identity } from '../../main/ports/identity.port.ts';
import { fixedRandom } from '../fakes/shifted-clock.ts';
import { approveDevice, followSignIn, signIn as fetchTokens } from '../local-cloud/browserless.ts';
import { type LocalCloud, startLocalCloud } from '../local-cloud/cloud.ts';
import { failure, identityKit, never, noDevice } from '../support/identity-kit.ts';

type Kit = Awaited<ReturnType<typeof identityKit>>;
let directory: string;
let cloud: LocalCloud;
let kit: Kit;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'driftless-exchanges-'));
  cloud = await startLocalCloud({ directory });
});
afterAll(async () => {
  await cloud.stop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  cloud.control.reset();
  kit = await identityKit(cloud.description);
});
afterEach(async () => {
  await kit.close();
});

function webIdentity(
  changes: Partial<Extract<ExchangeConfig, { kind: 'web-identity' }>> = {},
): ExchangeConfig {
  return {
    kind: 'web-identity',
    roleArn: cloud.description.roleArn,
    stsEndpoint: cloud.description.sts,
    durationSeconds: 3600,
    ...changes,
  };
}

const exchanges: readonly (readonly [string, () => ExchangeConfig])[] = [
  ['web-identity', () => webIdentity()],
  [
    'delegation',
    () => ({
      kind: 'delegation',
      ...pick(cloud.description.delegation),
      url: cloud.description.delegation.url,
      stsEndpoint: cloud.description.sts,
    }),
  ],
  [
    'saml',
    () => ({
      kind: 'saml',
      ...pick(cloud.description.saml),
      assertionUrl: cloud.description.saml.assertionUrl,
      stsEndpoint: cloud.description.sts,
      durationSeconds: 3600,
    }),
  ],
  [
    'cognito',
    () => ({
      kind: 'cognito',
      identityPoolId: cloud.description.cognito.identityPoolId,
      loginKey: cloud.description.cognito.loginKey,
      endpoint: cloud.description.cognito.endpoint,
    }),
  ],
];

function pick({ roleArn, principalArn }: { readonly roleArn: string; readonly principalArn: string }) {
  return { roleArn, principalArn };
}

async function signIn(identity: OidcIdentity, person = 0): Promise<void> {
  const user = cloud.description.users[person];
  if (user === undefined) throw new Error('no such user');
  await identity.signIn(
    {
      openUrl: async (url) => {
        const landed = await followSignIn(
          url.href,
          user,
          'http://127.0.0.1:' + new URL(url.searchParams.get('redirect_uri') ?? '').port,
        );
        void fetch(landed).then((page) => page.text());
      },
      onDeviceCode: noDevice,
    },
    never(),
  );
}

function broker(
  exchange: ExchangeConfig,
  identity: Pick<Identity, 'currentIdToken'> = kit.identity,
  changes: Partial<AccountConfig> = {},
): CredentialBroker {
  const account: AccountConfig = { ...kit.account, exchange, ...changes };
  const onSecret = (value: string): void => {
    kit.heard.push(value);
  };
  return new CredentialBroker({
    identity,
    clock: kit.clock,
    random: fixedRandom(0.5),
    log: kit.log,
    exchange: createExchange(account, {
      clock: kit.clock,
      http: plainHttp,
      fetch: (url, init) => fetch(url, init),
      onSecret,
    }),
    onSecret,
  });
}

async function list(credentials: AwsCredentials, prefix: string): Promise<string> {
  const { s3, region, bucket } = cloud.description;
  const client = new S3Client({ endpoint: s3, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  } finally {
    client.destroy();
  }
}

describe.each(exchanges)('%s', (_kind, exchange) => {
  test("the credentials of an exchange reach the user's own prefix and not the other one", async () => {
    await signIn(kit.identity);
    const mine = broker(exchange());
    const credentials = await mine.get(never());
    const principal = await mine.principal(never());
    expect(credentials.expiresAtMs - kit.clock.nowMs()).toBeGreaterThan(3_500_000);
    const prefix = resolvePrefix('users/{sub}/', principal);
    expect(await list(credentials, prefix)).toBe('allowed');

    const other = await identityKit(cloud.description);
    await signIn(other.identity, 1);
    const theirs = await broker(exchange(), other.identity).principal(never());
    expect(theirs.sub).not.toBe(principal.sub);
    expect(await list(credentials, resolvePrefix('users/{sub}/', theirs))).toBe('AccessDenied');
    expect(await list(credentials, '')).toBe('AccessDenied');
    await other.close();
  });

  test('a forged token is refused with a remedy for the user', async () => {
    await signIn(kit.identity);
    const outcome = await kit.identity.currentIdToken(never());
    if (outcome.kind !== 'token') throw new Error('not signed in');
    const forged = { ...outcome.token, jwt: `${outcome.token.jwt.slice(0, -12)}AAAAAAAAAAAA` };
    const error = await failure(
      broker(exchange(), { currentIdToken: () => Promise.resolve({ kind: 'token', token: forged }) }).get(
        never(),
      ),
    );
    expect(error).toMatchObject({ code: 'exchange-token-rejected', retry: 'backoff', scope: 'account' });
    expect(JSON.stringify(error.fields) + error.message).not.toContain('eyJ');
  });

  test('a service that is down is retried later, and 50 callers in the meantime cause no request', async () => {
    await signIn(kit.identity);
    cloud.control.addFault({ verb: '*', kind: 'error', status: 503, code: 'ServiceUnavailable' });
    const mine = broker(exchange());
    const error = await failure(mine.get(never()));
    expect([error.code, error.retry]).toEqual(['exchange-unreachable', 'backoff']);
    cloud.control.clearLog();
    await Promise.all(Array.from({ length: 50 }, () => failure(mine.get(never()))));
    expect(cloud.control.counts()).toEqual({});
    cloud.control.clearFaults();
    kit.clock.advance(130_000);
    expect((await mine.get(never())).accessKeyId).toMatch(/^ASIA/);
  });
});

describe('web identity at STS', () => {
  test('50 simultaneous callers cause one STS call', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    const all = await Promise.all(Array.from({ length: 50 }, () => mine.get(never())));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(cloud.control.counts()['AssumeRoleWithWebIdentity']).toBe(1);
  });

  test.each([
    ['behind', 7_200_000],
    ['ahead', -7_200_000],
  ])(
    'a clock two hours %s still gets working credentials, with the expiry in its own time',
    async (_name, skewMs) => {
      kit.clock.setOffset(-skewMs);
      await signIn(kit.identity);
      const credentials = await broker(webIdentity()).get(never());
      expect(Math.abs(credentials.clockOffsetMs - skewMs)).toBeLessThan(5_000);
      expect(Math.abs(credentials.expiresAtMs - kit.clock.nowMs() - 3_600_000)).toBeLessThan(10_000);
      expect(Math.abs((kit.identity.state().clockOffsetMs ?? 0) - skewMs)).toBeLessThan(5_000);
    },
  );

  test('credentials renew ahead of expiry and survive a failing renewal while the old ones live', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    const first = await mine.get(never());
    kit.clock.advance(3_600_000 - 200_000);
    cloud.control.patch({ clockSkewMs: 3_600_000 - 200_000 });
    cloud.control.addFault({
      verb: 'AssumeRoleWithWebIdentity',
      kind: 'error',
      status: 500,
      code: 'InternalFailure',
    });
    expect(await mine.get(never())).toEqual(first);
    cloud.control.clearFaults();
    kit.clock.advance(20_000);
    expect((await mine.get(never())).accessKeyId).not.toBe(first.accessKeyId);
  });

  test('a burst of refusals of the same key causes one exchange', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    const first = await mine.get(never());
    for (let i = 0; i < 20; i += 1) mine.invalidate(first.accessKeyId);
    const second = await mine.get(never());
    mine.invalidate(first.accessKeyId);
    expect(await mine.get(never())).toEqual(second);
    expect(cloud.control.counts()['AssumeRoleWithWebIdentity']).toBe(2);
  });

  test('a session policy narrows access further', async () => {
    await signIn(kit.identity);
    const sessionPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    });
    const mine = broker(webIdentity({ sessionPolicy }));
    const prefix = resolvePrefix('users/{sub}/', await mine.principal(never()));
    expect(await list(await mine.get(never()), prefix)).toBe('AccessDenied');
  });

  const refusals: readonly (readonly [
    string,
    Partial<Extract<ExchangeConfig, { kind: 'web-identity' }>>,
    readonly string[],
  ])[] = [
    [
      'a role that does not exist',
      { roleArn: 'arn:aws:iam::123456789012:role/unknown' },
      ['exchange-denied', 'exchange-role-missing'],
    ],
    [
      'a role whose trust policy refuses',
      { roleArn: 'arn:aws:iam::123456789012:role/driftless-saml' },
      ['exchange-denied'],
    ],
    ['a session policy that is not one', { sessionPolicy: '{"Version":"x"}' }, ['exchange-request-invalid']],
    ['a port without a listener', { stsEndpoint: 'http://127.0.0.1:9' }, ['exchange-unreachable']],
  ];
  test.each(refusals)(
    'web identity at STS fails with the right error for the case "%s"',
    async (_name, changes, codes) => {
      await signIn(kit.identity);
      expect(codes).toContain((await failure(broker(webIdentity(changes)).get(never()))).code);
    },
  );

  test('a client id that AWS does not list is named as the audience problem', async () => {
    await signIn(kit.identity);
    cloud.control.putOidcProvider(cloud.description.issuer, ['another-client']);
    try {
      expect((await failure(broker(webIdentity()).get(never()))).code).toBe('exchange-audience');
    } finally {
      cloud.control.putOidcProvider(cloud.description.issuer, [cloud.description.clientId]);
    }
  });

  test('http to STS without the development flag sends nothing', async () => {
    await signIn(kit.identity);
    cloud.control.clearLog();
    expect(
      (await failure(broker(webIdentity(), kit.identity, { development: false }).get(never()))).code,
    ).toBe('url-refused');
    expect(cloud.control.counts()).toEqual({});
  });

  test('ambient AWS settings change nothing', async () => {
    await signIn(kit.identity);
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
      AWS_REGION: 'xx-nowhere-1',
      AWS_ACCESS_KEY_ID: 'AKIAAMBIENT',
      AWS_SECRET_ACCESS_KEY: 'ambient',
      AWS_PROFILE: 'unknown',
      AWS_USE_FIPS_ENDPOINT: 'true',
    });
    try {
      expect((await broker(webIdentity()).get(never())).accessKeyId).toMatch(/^ASIA/);
    } finally {
      process.env = before;
    }
  });

  test('sign-out discards the credentials and states the end of those issued', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    const { expiresAtMs } = await mine.get(never());
    expect(mine.forget()).toEqual({ issuedUntilMs: expiresAtMs });
    await kit.identity.signOut(null, never());
    expect((await failure(mine.get(never()))).code).toBe('needs-sign-in');
    expect(mine.forget()).toEqual({ issuedUntilMs: null });
  });

  test('another user after a renewal is noticed', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    mine.invalidate((await mine.get(never())).accessKeyId);
    await signIn(kit.identity, 1);
    expect((await failure(mine.get(never()))).code).toBe('principal-changed');
    mine.forget();
    expect((await mine.principal(never())).sub).toBe(cloud.description.users[1]?.sub);
  });

  test('no secret reaches the log', async () => {
    await signIn(kit.identity);
    const mine = broker(webIdentity());
    const credentials = await mine.get(never());
    const written = JSON.stringify(kit.log.lines);
    for (const secret of [...kit.heard, credentials.secretAccessKey, credentials.sessionToken])
      expect(written).not.toContain(secret);
    expect(kit.heard).toContain(credentials.secretAccessKey);
  });
});

test('a SAML assertion is redacted in the log like the credentials that it buys', async () => {
  await signIn(kit.identity);
  const exchange = exchanges.find(([kind]) => kind === 'saml')?.[1]();
  if (exchange === undefined) throw new Error('no saml');
  await broker(exchange).get(never());
  const xml = kit.heard.map((value) => Buffer.from(value, 'base64').toString('utf8'));
  expect(xml.filter((text) => text.includes('Assertion'))).toHaveLength(1);
});

test('delegation: credentials for another role are refused (GetCallerIdentity decides)', async () => {
  await signIn(kit.identity);
  const { url, principalArn } = cloud.description.delegation;
  const hostile: typeof fetch = (input, init) => {
    // A server that answers with its own role's credentials whatever was asked for.
    const body = new URLSearchParams(typeof init?.body === 'string' ? init.body : '');
    body.set('role', cloud.description.delegation.roleArn);
    return fetch(input, { ...init, body: body.toString() });
  };
  const account: AccountConfig = {
    ...kit.account,
    exchange: {
      kind: 'delegation',
      url,
      principalArn,
      roleArn: 'arn:aws:iam::123456789012:role/the-one-asked-for',
      stsEndpoint: cloud.description.sts,
    },
  };
  const mine = new CredentialBroker({
    identity: kit.identity,
    clock: kit.clock,
    random: fixedRandom(0.5),
    log: kit.log,
    exchange: createExchange(account, {
      clock: kit.clock,
      http: plainHttp,
      fetch: (target, init) => hostile(target, init),
    }),
  });
  expect((await failure(mine.get(never()))).code).toBe('exchange-denied');
});

describe('token file', () => {
  async function fileAccount(): Promise<{
    readonly path: string;
    readonly identity: Identity;
    readonly account: AccountConfig;
  }> {
    const path = join(await mkdtemp(join(directory, 'token-')), 'token');
    const account: AccountConfig = {
      ...kit.account,
      identity: { kind: 'token-file', path },
      exchange: webIdentity(),
    };
    return {
      path,
      account,
      identity: createIdentity(account, {
        secrets: kit.secrets,
        clock: kit.clock,
        log: kit.log,
        fetch: (url, init) => fetch(url, init),
        lock: (step) => step(),
      }),
    };
  }
  async function token(person: number): Promise<string> {
    const user = cloud.description.users[person];
    if (user === undefined) throw new Error('no such user');
    return (await fetchTokens(cloud.description.issuer, cloud.description.clientId, user)).id_token;
  }

  test('a token file is exchanged and read again when it changes', async () => {
    const { path, identity } = await fileAccount();
    await writeFile(path, `${await token(0)}\n`);
    expect((await broker(webIdentity(), identity).principal(never())).sub).toBe(
      cloud.description.users[0]?.sub,
    );
    await writeFile(path, await token(1));
    expect((await broker(webIdentity(), identity).principal(never())).sub).toBe(
      cloud.description.users[1]?.sub,
    );
  });

  test('a missing, damaged, expired or foreign token file is refused', async () => {
    const { path, identity } = await fileAccount();
    expect((await failure(identity.currentIdToken(never()))).code).toBe('token-file-unreadable');
    expect((await identity.restore(never())).kind).toBe('signed-out');
    await writeFile(path, 'not a token');
    expect((await failure(identity.currentIdToken(never()))).code).toBe('token-invalid');
    await writeFile(path, 'x'.repeat(50_000));
    expect((await failure(identity.currentIdToken(never()))).code).toBe('token-file-unreadable');
    await writeFile(path, await token(0));
    const stranger = new FileIdentity(
      { ...kit.account, clientId: 'another-app' },
      { kind: 'token-file', path },
      { clock: kit.clock },
    );
    expect((await failure(stranger.currentIdToken(never()))).code).toBe('token-invalid');
    kit.clock.advance(3_600_000);
    expect(await identity.currentIdToken(never())).toEqual({
      kind: 'needs-sign-in',
      reason: 'token-file-expired',
    });
  });
});

describe('a device code', () => {
  beforeEach(async () => {
    await kit.close();
    kit = await identityKit(cloud.description, { account: { identity: { kind: 'device' } } });
  });

  function begin(signal: AbortSignal) {
    const shown = Promise.withResolvers<DeviceCode>();
    const ended = kit.identity.signIn(
      {
        openUrl: () => Promise.reject(new Error('no browser here')),
        onDeviceCode: shown.resolve,
      },
      signal,
    );
    // Both are checked later; until then a failure of one must not end the process.
    ended.catch(shown.reject);
    return { shown: shown.promise, ended };
  }

  test("a device code is approved on another device, exchanged, and good for the user's own prefix only", async () => {
    const [person, other] = cloud.description.users;
    if (person === undefined || other === undefined) throw new Error('no such user');
    const { shown, ended } = begin(never());
    const { userCode, verificationUri } = await shown;
    expect(userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    expect(kit.identity.state().kind).toBe('signing-in');

    expect(await approveDevice(verificationUri, userCode, person)).toContain('You are signed in');
    expect((await ended).subject).toBe(person.sub);
    const mine = broker(webIdentity());
    const credentials = await mine.get(never());
    const principal = await mine.principal(never());
    expect(principal.sub).toBe(person.sub);
    expect(await list(credentials, resolvePrefix('users/{sub}/', principal))).toBe('allowed');
    expect(await list(credentials, `users/${other.sub}/`)).toBe('AccessDenied');

    // It leaves a session like any other sign-in: another process renews it without the user.
    const renewed = await kit.another().currentIdToken(never());
    expect(renewed).toMatchObject({ kind: 'token', token: { subject: person.sub } });
  });

  test('a device code can be cancelled while it waits for the user', async () => {
    const abort = new AbortController();
    const { shown, ended } = begin(abort.signal);
    await shown;
    abort.abort();
    expect((await failure(ended)).code).toBe('sign-in-cancelled');
    expect(kit.identity.state().kind).toBe('signed-out');
  });
});
