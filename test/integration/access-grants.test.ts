// Team folders by S3 Access Grants: sessions by folder, two users who share one, and hostile answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { runIsolationCheck } from '../../main/adapters/isolation/check.ts';
import { ofFolder } from '../../main/app/account/runtime.ts';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import { endTeamSessions, revokePolicy } from '../../main/core/admin/policies.ts';
import type { AwsCredentials } from '../../main/ports/credentials.port.ts';
import { credentialRequest } from '../../main/control/credentials.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { cloudForFile } from '../support/cloud-kit.ts';
import { failure, never } from '../support/identity-kit.ts';
import { syncTold } from '../support/sync-told.ts';
import { installTeamFolders } from '../support/team-folders.ts';
import type { TeamFolders } from '../support/team-folders.ts';
import { tempFolder } from '../support/temp.ts';

const cloud = await cloudForFile('team-folders');
const { bucket } = cloud.description;
const blue = { bucket, prefix: 'teams/blue/' };
let team: TeamFolders;

beforeEach(() => {
  cloud.control.reset();
  cloud.control.removeGrantsInstance();
  team = installTeamFolders(cloud, ['teams/blue/', 'teams/green/']);
});

type Place = { readonly account: AccountRuntime; readonly app: App; readonly root: string };

type Settings = { readonly exchange?: Readonly<Record<string, unknown>>; readonly signsIn?: boolean };

/** A computer of this user: an own folder and the team's, under one account. */
async function computerOf(name: string, { exchange = {}, signsIn = true }: Settings = {}): Promise<Place> {
  const { issuer, clientId, sts, s3, s3Control, region } = cloud.description;
  const root = await tempFolder(`team-${name}`);
  const home = join(root, 'home');
  await mkdir(home, { mode: 0o700 });
  for (const folder of ['own', 'blue']) await mkdir(join(root, folder));
  const account = {
    ...{ id: 'work', issuer, clientId, region, s3Endpoint: s3, forcePathStyle: true, development: true },
    ...{ scopes: 'openid offline_access', credentialsEnabled: true },
    exchange: {
      ...{ kind: 'access-grants', roleArn: team.roleArn, stsEndpoint: sts, controlEndpoint: s3Control },
      ...exchange,
    },
  };
  const pair = (id: string, prefix: string) => ({
    id,
    account: 'work',
    folder: join(root, id),
    bucket,
    prefix,
  });
  const pairs = [pair('own', 'users/{sub}/'), pair('blue', blue.prefix)];
  await writeFile(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs }));
  const app = await composeApp(
    {
      ...{ home, secrets: new FileSecrets(join(home, 'secrets')), logLevel: 'debug', isPackaged: false },
      ...{ version: '0.1.0', env: process.env, writeLog: () => undefined },
      launch: async (href) => {
        const redirect = new URL(new URL(href).searchParams.get('redirect_uri') ?? '');
        const landed = await followSignIn(href, personOf(cloud.description, name), redirect.origin);
        void fetch(landed).then((page) => page.text());
      },
    },
    never(),
  );
  const [runtime] = app.accounts;
  if (runtime === undefined) throw new Error('no account');
  if (signsIn) await runtime.signIn({ onDeviceCode: () => undefined }, never());
  return { app, account: runtime, root };
}

async function sync({ app }: Place, pairId: string): Promise<string> {
  const context = await app.openPair(pairId, () => undefined, never());
  try {
    const events = { onPlanned: () => undefined, onOpEnd: () => undefined };
    const report = await syncTold(context, new Set(), events, never());
    return report.kind === 'ended' && report.isInSync ? 'in sync' : report.kind;
  } finally {
    await context.close();
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name !== '.driftless').sort();
}

/** What S3 answers to these keys, without an engine that gets others. */
async function listing(keys: AwsCredentials, prefix: string): Promise<string> {
  const { region, s3 } = cloud.description;
  const client = new S3Client({
    region,
    endpoint: s3,
    forcePathStyle: true,
    credentials: keys,
    maxAttempts: 1,
  });
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return 'listed';
  } catch (error) {
    return error instanceof S3ServiceException ? error.name : String(error);
  } finally {
    client.destroy();
  }
}

function asked(verb: string): number {
  return cloud.control.log().filter((entry) => entry.verb === verb).length;
}

describe('two users of one role', () => {
  test('share the team folder, and each has an own one that the other does not get', async () => {
    const [alice, bob] = [await computerOf('alice'), await computerOf('bob')];
    await writeFile(join(alice.root, 'own', 'private.txt'), 'of alice');
    await writeFile(join(alice.root, 'blue', 'plan.txt'), 'by alice');
    expect([await sync(alice, 'own'), await sync(alice, 'blue')]).toEqual(['in sync', 'in sync']);
    expect([await sync(bob, 'own'), await sync(bob, 'blue')]).toEqual(['in sync', 'in sync']);
    expect(await filesIn(join(bob.root, 'own'))).toEqual([]);
    expect(await readFile(join(bob.root, 'blue', 'plan.txt'), 'utf8')).toBe('by alice');
    await writeFile(join(bob.root, 'blue', 'plan.txt'), 'by bob now');
    await writeFile(join(bob.root, 'blue', 'more.bin'), Buffer.alloc(20 * 1024 * 1024, 7));
    expect([await sync(bob, 'blue'), await sync(alice, 'blue')]).toEqual(['in sync', 'in sync']);
    expect(await readFile(join(alice.root, 'blue', 'plan.txt'), 'utf8')).toBe('by bob now');
    expect(await filesIn(join(alice.root, 'blue'))).toEqual(['more.bin', 'plan.txt']);
  });

  test('are refused with a sentence of its own where their role has no grant; the own folder continues', async () => {
    for (const { id } of team.grants) cloud.control.revokeGrant(id);
    const alice = await computerOf('alice');
    const refused = await failure(sync(alice, 'blue'));
    expect(refused).toMatchObject({ code: 'grant-missing', scope: 'pair', retry: 'slow' });
    expect(refused.message).toBe(`there is no grant to s3://${bucket}/teams/blue/* for this role`);
    await writeFile(join(alice.root, 'own', 'private.txt'), 'of alice');
    expect(await sync(alice, 'own')).toBe('in sync');
  });

  test('a revocation of one leaves a session of the team folder, until all of those are ended; others get new ones', async () => {
    const [alice, bob] = [await computerOf('alice'), await computerOf('bob')];
    const { issuer, users } = cloud.description;
    const sub = users.find(({ name }) => name === 'alice')?.sub ?? '';
    // As a user has them who took the keys along.
    const own = await alice.account.credentials.get(never());
    const ofTeam = await alice.account.credentialsOf(blue).get(never());
    expect(await sync(bob, 'blue')).toBe('in sync');
    const reach = async () => [await listing(own, `users/${sub}/`), await listing(ofTeam, blue.prefix)];
    expect(await reach()).toEqual(['listed', 'listed']);
    const now = new Date().toISOString();
    team.attach('users', revokePolicy(`${new URL(issuer).host}:sub`, sub, now));
    expect(await reach()).toEqual(['AccessDenied', 'listed']);
    team.attach('location', endTeamSessions(now));
    expect(await reach()).toEqual(['AccessDenied', 'AccessDenied']);
    expect(await sync(bob, 'blue')).toBe('in sync');
  });

  test('a folder beside the granted one is not opened by its session', async () => {
    const alice = await computerOf('alice');
    const look = await runIsolationCheck(ofFolder(alice.account, blue), blue, null, never());
    expect(look).toMatchObject({ prefix: 'teams/blue/', verdict: { kind: 'no-sign' } });
    expect(look.verdict?.findings.some(({ place }) => place === 'sibling')).toBe(true);
  });
});

describe('sessions by folder', () => {
  test('each folder has one session, shared by all that its pair does, and asks for exactly its prefix', async () => {
    const { account } = await computerOf('alice');
    const { credentialsOf } = account;
    cloud.control.clearLog();
    const [one, again, green] = await Promise.all([
      credentialsOf(blue).get(never()),
      credentialsOf({ ...blue }).get(never()),
      credentialsOf({ bucket, prefix: 'teams/green/' }).get(never()),
    ]);
    const own = await credentialsOf({ bucket, prefix: 'users/{sub}/' }).get(never());
    expect(one.accessKeyId).toBe(again.accessKeyId);
    expect(new Set([one, green, own].map(({ accessKeyId }) => accessKeyId)).size).toBe(3);
    expect(own.accessKeyId).toBe((await account.credentials.get(never())).accessKeyId);
    const seen = cloud.control.log().filter(({ verb }) => verb === 'GetDataAccess');
    expect(seen.map(({ detail }) => detail).sort()).toEqual([
      `s3://${bucket}/teams/blue/*`,
      `s3://${bucket}/teams/green/*`,
    ]);
  });

  test('a session is renewed by itself: the others stay', async () => {
    const { account } = await computerOf('alice');
    const green = { bucket, prefix: 'teams/green/' };
    const before = await account.credentialsOf(blue).get(never());
    const other = await account.credentialsOf(green).get(never());
    const base = await account.credentials.get(never());
    const after = await account.credentialsOf(blue).renew(before.accessKeyId, never());
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    expect((await account.credentialsOf(green).get(never())).accessKeyId).toBe(other.accessKeyId);
    expect((await account.credentials.get(never())).accessKeyId).toBe(base.accessKeyId);
  });

  test('when all sessions ended before their time, a folder gets a new one in the same step', async () => {
    const { account } = await computerOf('alice');
    const before = await account.credentialsOf(blue).get(never());
    cloud.control.endSessions();
    const after = await account.credentialsOf(blue).renew(before.accessKeyId, never());
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    expect(asked('AssumeRoleWithWebIdentity')).toBe(2);
  });

  test('a sign-out drops the sessions of all folders, and says until when the longest works', async () => {
    const { account } = await computerOf('alice');
    const given = await account.credentialsOf(blue).get(never());
    const { accessUntilMs } = await account.signOut(never());
    expect(accessUntilMs).toBeGreaterThanOrEqual(given.expiresAtMs);
    for (const place of [blue, { bucket, prefix: 'users/{sub}/' }])
      expect((await failure(account.credentialsOf(place).get(never()))).code).toBe('needs-sign-in');
  });

  test('another user who signs in gets a session of the folder again', async () => {
    const { account } = await computerOf('alice');
    const before = await account.credentialsOf(blue).get(never());
    await account.signIn({ onDeviceCode: () => undefined }, never());
    expect((await account.credentialsOf(blue).get(never())).accessKeyId).not.toBe(before.accessKeyId);
  });

  test('other programs get the session of the folder that they name, and that of the account without one', async () => {
    const { app, account } = await computerOf('alice');
    const request = credentialRequest(app.accounts, app.pairs);
    const keysFor = async (pairId: string | null): Promise<unknown> => {
      const answer = await request({ accountId: 'work', pairId }, () => undefined, never());
      return (answer as { readonly value?: { readonly AccessKeyId: string } }).value?.AccessKeyId;
    };
    expect(await keysFor('blue')).toBe((await account.credentialsOf(blue).get(never())).accessKeyId);
    const base = (await account.credentials.get(never())).accessKeyId;
    expect([await keysFor('own'), await keysFor(null)]).toEqual([base, base]);
    expect(await request({ accountId: 'work', pairId: 'none' }, () => undefined, never())).toMatchObject({
      ok: false,
      error: { code: 'unknown-pair' },
    });
  });
});

describe('what AWS refuses', () => {
  test.each<[string, () => void, string, RegExp]>([
    [
      'an account without an instance',
      () => {
        cloud.control.removeGrantsInstance();
      },
      'grant-unavailable',
      /no S3 Access Grants instance/,
    ],
    [
      'a location whose role does not trust the service',
      () => {
        const trust = { Version: '2012-10-17', Statement: [] };
        cloud.control.putRole({ name: team.locationRole, trust, policies: [] });
      },
      'grant-unavailable',
      /may not take the role of the location/,
    ],
    [
      'a location whose role allows less time',
      () => {
        const trust = {
          Version: '2012-10-17',
          Statement: [
            {
              ...{ Effect: 'Allow' as const, Action: '*' },
              Principal: { Service: 'access-grants.s3.amazonaws.com' },
            },
          ],
        };
        cloud.control.putRole({ name: team.locationRole, trust, policies: [], maxSessionSeconds: 900 });
      },
      'grant-unavailable',
      /see durationSeconds/,
    ],
    [
      'a service that is busy',
      () => {
        cloud.control.addFault({ verb: 'GetDataAccess', kind: 'error', status: 503, code: 'SlowDown' });
      },
      'exchange-throttled',
      /fewer requests/,
    ],
    [
      'a connection that is cut',
      () => {
        cloud.control.addFault({ verb: 'GetDataAccess', kind: 'cut-before' });
      },
      'exchange-unreachable',
      /cannot be reached/,
    ],
  ])('%s is said so, and concerns this folder alone', async (_name, arrange, code, words) => {
    const { account } = await computerOf('alice');
    arrange();
    const error = await failure(account.credentialsOf(blue).get(never()));
    expect(error).toMatchObject({ code, scope: 'pair' });
    expect(error.message).toMatch(words);
    expect(account.view().error).toBeNull();
  });
});

type Given = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A server in the place of S3 Control. */
async function controlThat(
  answer: (url: URL) => Given,
): Promise<{ readonly url: string; readonly seen: URL[] }> {
  const seen: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://control');
    seen.push(url);
    const { status = 200, headers = {}, body } = answer(url);
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen };
}

const inAnHour = (): string => new Date(Date.now() + 3_599_000).toISOString();

function answerOf(changes: Readonly<Record<string, string>> = {}): string {
  const given: Readonly<Record<string, string>> = {
    ...{
      AccessKeyId: 'ASIASTRANGER',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: inAnHour(),
    },
    ...{
      MatchedGrantTarget: `s3://${bucket}/teams/blue/*`,
      GranteeType: 'IAM',
      GranteeIdentifier: team.roleArn,
    },
    ...changes,
  };
  const all = Object.entries(given).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<GetDataAccessResult>${all.join('')}</GetDataAccessResult>`;
}

describe('hostile answers', () => {
  test.each<[string, () => Given, RegExp]>([
    ['a wider target', () => ({ body: answerOf({ MatchedGrantTarget: `s3://${bucket}/*` }) }), /in place of/],
    [
      'another bucket',
      () => ({ body: answerOf({ MatchedGrantTarget: 's3://stranger/teams/blue/*' }) }),
      /in place of/,
    ],
    [
      'a role of another account',
      () => ({ body: answerOf({ GranteeIdentifier: 'arn:aws:iam::210987654321:role/x' }) }),
      /another AWS account/,
    ],
    [
      'more time than was asked for',
      () => ({ body: answerOf({ Expiration: new Date(Date.now() + 7_200_000).toISOString() }) }),
      /longer than was asked for/,
    ],
    ['an end in the past', () => ({ body: answerOf({ Expiration: '2020-01-01T00:00:00Z' }) }), /have ended/],
    [
      'more than 64 KiB',
      () => ({ body: answerOf({ SessionToken: 'x'.repeat(64 * 1024) }) }),
      /larger than 65536/,
    ],
    [
      'a token that is too long',
      () => ({ body: answerOf({ SessionToken: 'x'.repeat(17_000) }) }),
      /too long/,
    ],
    ['a document type', () => ({ body: `<!DOCTYPE x>${answerOf()}` }), /without what was asked for/],
    ['a page of a gateway', () => ({ body: '<html>Please log in</html>' }), /without what was asked for/],
    [
      'a redirect to a server of its own',
      () => ({ status: 307, headers: { location: 'https://evil.example/' }, body: '' }),
      /redirects elsewhere/,
    ],
  ])('an answer with %s is refused, for this folder alone', async (_name, answer, words) => {
    const control = await controlThat(answer);
    const { account } = await computerOf('alice', { exchange: { controlEndpoint: control.url } });
    const error = await failure(account.credentialsOf(blue).get(never()));
    expect(error).toMatchObject({ code: 'exchange-response-invalid', scope: 'pair' });
    expect(error.message).toMatch(words);
    expect(control.seen).toHaveLength(1);
  });

  test('credentials that STS does not know are not used', async () => {
    const control = await controlThat(() => ({ body: answerOf() }));
    const { account } = await computerOf('alice', { exchange: { controlEndpoint: control.url } });
    const error = await failure(account.credentialsOf(blue).get(never()));
    expect(error.scope).toBe('pair');
    expect(error.code).toMatch(/^exchange-/);
  });

  test('credentials of another account are not used, whatever the answer says of them', async () => {
    const stranger = await cloudOfStranger();
    const control = await controlThat(() => ({ body: answerOf() }));
    const { account } = await computerOf('alice', {
      exchange: { controlEndpoint: control.url, stsEndpoint: stranger },
    });
    const error = await failure(account.credentialsOf(blue).get(never()));
    expect(error).toMatchObject({ code: 'exchange-response-invalid', scope: 'pair' });
    expect(error.message).toBe('S3 Access Grants returned credentials of another AWS account');
  });

  test('the request names the folder, Minimal and the account, and no token of the sign-in', async () => {
    const control = await controlThat(() => ({
      status: 403,
      body: '<Error><Code>AccessDenied</Code></Error>',
    }));
    const { account } = await computerOf('alice', { exchange: { controlEndpoint: control.url } });
    await failure(account.credentialsOf(blue).get(never()));
    const [url] = control.seen;
    expect(url?.pathname).toBe('/v20180820/accessgrantsinstance/dataaccess');
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      durationSeconds: '3600',
      permission: 'READWRITE',
      privilege: 'Minimal',
      target: `s3://${bucket}/teams/blue/*`,
    });
  });
});

/** The local STS, but for GetCallerIdentity, which names the account of the credentials. */
async function cloudOfStranger(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const asks = new URLSearchParams(body).get('Action') === 'GetCallerIdentity';
      const arn = 'arn:aws:sts::210987654321:assumed-role/x/y';
      const answer = asks
        ? Promise.resolve(
            `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>x:y</UserId><Account>210987654321</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
          )
        : fetch(cloud.description.sts, {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body,
          }).then((passed) => passed.text());
      void answer.then((text) => {
        response.writeHead(200, { 'content-type': 'text/xml' });
        response.end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
