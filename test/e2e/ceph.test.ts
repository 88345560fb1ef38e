// A full sync on a real Ceph gateway: sign-in, STS, policies, both directions, isolation.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { signIn } from '../local-cloud/browserless.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import type { Ceph } from '../support/ceph.ts';
import { makeTenant } from '../support/ceph-tenant.ts';
import type { Tenant } from '../support/ceph-tenant.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { endOf, signInAddress, startCli } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { signInAtProvider } from '../support/page-scenario.ts';
import { makePerson, sha256Of } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const missing = [cephIsMissing(), chromiumIsMissing()].filter((one) => one !== null);
const mib = 1024 * 1024;

type User = LocalCloud['description']['users'][number];

describe('a user on a real Ceph gateway', skipUnless(missing.length === 0, missing.join('; ')), () => {
  let directory: TempFolder;
  let cloud: LocalCloud;
  let ceph: Ceph;
  let tenant: Tenant;
  let browser: Browser;
  let alice: User;
  let bob: User;

  beforeAll(async () => {
    directory = await makeTempFolder('ceph-e2e');
    // Only the OpenID provider of the local cloud is used here.
    cloud = await startLocalCloud({ directory: directory.path });
    [ceph, browser] = await Promise.all([startCeph(), launchBrowser()]);
    const { issuer, clientId, users } = cloud.description;
    [alice, bob] = [userNamed(users, 'alice'), userNamed(users, 'bob')];
    tenant = await makeTenant(ceph, {
      issuer,
      clientId,
      subjects: [alice.sub, bob.sub],
      bucket: 'company-files',
    });
  });
  afterAll(async () => {
    tenant.admin.destroy();
    await Promise.all([browser.close(), ceph.stop(), cloud.stop()]);
    await directory.remove();
  });

  async function computerOf(user: User, pair: Readonly<Record<string, unknown>> = {}): Promise<Person> {
    const person = await makePerson({
      account: {
        issuer: cloud.description.issuer,
        clientId: cloud.description.clientId,
        exchange: {
          kind: 'web-identity',
          roleArn: tenant.roles[user.sub],
          stsEndpoint: ceph.stsEndpoint,
          durationSeconds: 3600,
        },
        region: ceph.region,
        s3Endpoint: ceph.s3Endpoint,
      },
      bucket: tenant.bucket,
      pair,
    });
    onTestFinished(person.close);
    const login = await inBrowser(person, user);
    expect(login, login.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(login.stdout)).toMatchObject({ ok: true, sub: user.sub });
    return person;
  }

  /**
   * A user in front of a real browser: the provider's login page, and the redirect to the listener of
   * `login`.
   */
  async function inBrowser(person: Person, user: User): Promise<CliEnd> {
    const child = startCli(['login', '--home', person.home, '--json']);
    const ended = endOf(child);
    await signInAtProvider(browser, await signInAddress(child), user);
    return ended;
  }

  /** Directly from Ceph's STS, as for any other program. */
  async function clientOf(user: User): Promise<S3Client> {
    const { issuer, clientId } = cloud.description;
    const { id_token: token } = await signIn(issuer, clientId, user);
    const given = await assume(tenant.roles[user.sub] ?? '', token);
    if (given.kind === 'refused') throw new Error(`${user.name} is refused: ${String(given.status)}`);
    const client = new S3Client({
      endpoint: ceph.s3Endpoint,
      region: ceph.region,
      credentials: given.keys,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      maxAttempts: 1,
    });
    onTestFinished(() => {
      client.destroy();
    });
    return client;
  }

  async function assume(roleArn: string, token: string) {
    const sts = new STSClient({
      endpoint: ceph.stsEndpoint,
      region: ceph.region,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      maxAttempts: 1,
    });
    try {
      const { Credentials: given } = await sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: 'a-test',
          WebIdentityToken: token,
        }),
      );
      const keys = {
        accessKeyId: given?.AccessKeyId ?? '',
        secretAccessKey: given?.SecretAccessKey ?? '',
        sessionToken: given?.SessionToken ?? '',
      };
      return { kind: 'given' as const, keys };
    } catch (error) {
      return { kind: 'refused' as const, status: statusOf(error) };
    } finally {
      sts.destroy();
    }
  }

  async function keysBelow(prefix: string): Promise<readonly string[]> {
    const listed = await tenant.admin.send(
      new ListObjectsV2Command({ Bucket: tenant.bucket, Prefix: prefix }),
    );
    return (listed.Contents ?? []).map((object) => (object.Key ?? '').slice(prefix.length));
  }

  test('a folder syncs in both directions on Ceph, including 40 MiB, empty files and Unicode names', async () => {
    const prefix = `users/${alice.sub}/`;
    const desk = await computerOf(alice);
    const large = randomBytes(40 * mib);
    desk.write('Films/large.bin', large);
    desk.write('empty.txt', '');
    desk.write('Größe/日本語 😀 & +%.txt', 'Unicode');
    desk.write('Notes/list.md', '# List\n');
    desk.write('Photos/one.jpg', randomBytes(200_000));
    const up = await desk.sync();
    expect(up, up.stderr).toMatchObject({ code: 0, counts: { upload: 5 } });

    const head = await tenant.admin.send(
      new HeadObjectCommand({ Bucket: tenant.bucket, Key: `${prefix}Films/large.bin` }),
    );
    const note = await tenant.admin.send(
      new GetObjectCommand({ Bucket: tenant.bucket, Key: `${prefix}Größe/日本語 😀 & +%.txt` }),
    );
    // A dash and a count: it was uploaded in parts.
    expect(head).toMatchObject({ ContentLength: 40 * mib, ETag: expect.stringMatching(/-\d+"$/) as string });
    expect([await note.Body?.transformToString(), note.ContentType]).toEqual([
      'Unicode',
      'text/plain; charset=utf-8',
    ]);

    const laptop = await computerOf(alice);
    const down = await laptop.sync();
    expect(down, down.stderr).toMatchObject({ code: 0, counts: { download: 5 } });
    expect(laptop.tree()).toEqual(desk.tree());
    expect(laptop.tree()['Films/large.bin']).toBe(sha256Of(large));

    // Edits, a delete and a foreign writer, then both once more.
    laptop.write('Notes/list.md', '# List\n\n- from the laptop\n');
    laptop.remove('Photos/one.jpg');
    await tenant.admin.send(
      new PutObjectCommand({ Bucket: tenant.bucket, Key: `${prefix}From elsewhere.pdf`, Body: 'foreign' }),
    );
    const second = await laptop.sync();
    expect(second, second.stderr).toMatchObject({ code: 0, counts: { upload: 1, download: 1 } });
    const third = await desk.sync();
    expect(third, third.stderr).toMatchObject({ code: 0, counts: { download: 2 } });
    expect(desk.tree()).toEqual(laptop.tree());
    expect(desk.tree()).toMatchObject({ 'From elsewhere.pdf': sha256Of('foreign') });
    expect(desk.tree()).not.toHaveProperty('Photos/one.jpg');
    expect(await desk.sync()).toMatchObject({ code: 0, counts: {} });
  });

  test("Ceph refuses bob everything on alice's files and nothing on his own", async () => {
    const client = await clientOf(bob);
    const Bucket = tenant.bucket;
    const mine = `users/${bob.sub}/mine.txt`;
    const theirs = `users/${alice.sub}/secret.txt`;
    await tenant.admin.send(new PutObjectCommand({ Bucket, Key: theirs, Body: 'secret' }));

    // Without these a broken client would look like a refused one.
    await client.send(new PutObjectCommand({ Bucket, Key: mine, Body: 'mine' }));
    await client.send(
      new CopyObjectCommand({ Bucket, Key: `${mine}2`, CopySource: copySource(Bucket, mine) }),
    );
    const own = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `users/${bob.sub}/` }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: `${mine}2` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: `${mine}2` }));
    expect(own.Contents?.map((object) => object.Key)).toEqual([mine, `${mine}2`]);
    expect(await got.Body?.transformToString()).toBe('mine');

    const attempts = {
      list: () => client.send(new ListObjectsV2Command({ Bucket, Prefix: `users/${alice.sub}/` })),
      'list all': () => client.send(new ListObjectsV2Command({ Bucket })),
      'list names': () => client.send(new ListObjectsV2Command({ Bucket, Prefix: 'users/', Delimiter: '/' })),
      'list versions': () =>
        client.send(new ListObjectVersionsCommand({ Bucket, Prefix: `users/${alice.sub}/` })),
      get: () => client.send(new GetObjectCommand({ Bucket, Key: theirs })),
      head: () => client.send(new HeadObjectCommand({ Bucket, Key: theirs })),
      put: () => client.send(new PutObjectCommand({ Bucket, Key: theirs, Body: 'overwritten' })),
      delete: () => client.send(new DeleteObjectCommand({ Bucket, Key: theirs })),
      'copy from': () =>
        client.send(new CopyObjectCommand({ Bucket, Key: mine, CopySource: copySource(Bucket, theirs) })),
      'copy to': () =>
        client.send(new CopyObjectCommand({ Bucket, Key: theirs, CopySource: copySource(Bucket, mine) })),
    };
    const statuses: Record<string, number | null> = {};
    for (const [name, attempt] of Object.entries(attempts)) statuses[name] = await statusAfter(attempt);
    expect(statuses).toEqual(Object.fromEntries(Object.keys(attempts).map((name) => [name, 403])));
    const kept = await tenant.admin.send(new GetObjectCommand({ Bucket, Key: theirs }));
    expect(await kept.Body?.transformToString()).toBe('secret');
    await tenant.admin.send(new DeleteObjectCommand({ Bucket, Key: theirs }));
  });

  test('Ceph issues credentials for a genuine token only', async () => {
    const role = tenant.roles[alice.sub] ?? '';
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: cloud.description.issuer,
      aud: cloud.description.clientId,
      sub: alice.sub,
      iat: seconds,
      exp: seconds + 300,
    };
    const genuine = await cloud.signToken(claims);
    const [header = '', payload = '', signature = ''] = genuine.split('.');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const hostile: Readonly<Record<string, string>> = {
      'signed by another key': await new SignJWT(claims)
        .setProtectedHeader(headerOf(header))
        .sign(privateKey),
      'with other claims under the signature': [
        header,
        Buffer.from(JSON.stringify({ ...claims, exp: seconds + 86_400 })).toString('base64url'),
        signature,
      ].join('.'),
      'without its signature': `${header}.${payload}.`,
      'of algorithm none': new UnsecuredJWT(claims).encode(),
      expired: await cloud.signToken({ ...claims, iat: seconds - 7200, exp: seconds - 3600 }),
      'for another audience': await cloud.signToken({ ...claims, aud: 'another-client' }),
      'of another issuer': await cloud.signToken({ ...claims, iss: 'https://login.example.com' }),
      "for bob's own role holder": await cloud.signToken({ ...claims, sub: bob.sub }),
      'that is no token': 'not-a-token',
    };
    const accepted: string[] = [];
    for (const [name, token] of Object.entries(hostile)) {
      const answer = await assume(role, token);
      if (answer.kind === 'given' || (answer.status ?? 500) >= 500) accepted.push(name);
    }
    expect(accepted).toEqual([]);
    expect((await assume(role, genuine)).kind).toBe('given');
  });

  test('both versions of a conflict are kept although Ceph ignores half of the conditions', async () => {
    const desk = await computerOf(bob, { deviceName: 'desk' });
    const laptop = await computerOf(bob, { deviceName: 'laptop' });
    desk.write('plan.txt', 'first');
    expect(await desk.sync()).toMatchObject({ code: 0 });
    // The differences of this store from AWS, as probed.
    expect(abilitiesOf(desk)).toEqual({
      putIfNoneMatch: true,
      putIfMatch: true,
      deleteIfMatch: false,
      completeIfNoneMatch: false,
      copyConditions: false,
      sha256: false,
      crc64nvme: false,
      md5Etag: true,
      partMd5: true,
      partChecksum: 'md5',
      versioned: false,
    });
    expect(await laptop.sync()).toMatchObject({ code: 0 });

    desk.write('plan.txt', 'from the desk');
    laptop.write('plan.txt', 'from the laptop, longer');
    const first = await desk.sync();
    const second = await laptop.sync();
    const third = await desk.sync();
    expect([first.code, second.code, third.code], second.stderr).toEqual([0, 0, 0]);
    expect(laptop.tree()).toEqual(desk.tree());
    const contents = Object.values(desk.tree());
    expect(contents).toContain(sha256Of('from the desk'));
    expect(contents).toContain(sha256Of('from the laptop, longer'));
    expect(desk.tree()['plan.txt']).toBe(sha256Of('from the desk'));
    expect(await keysBelow(`users/${bob.sub}/plan`)).toHaveLength(2);
  });
});

function userNamed(users: readonly User[], name: string): User {
  const user = users.find((candidate) => candidate.name === name);
  if (user === undefined) throw new Error(`the local cloud has no ${name}`);
  return user;
}

/** The stored result of the pair's probe. */
function abilitiesOf(person: Person): unknown {
  const database = new DatabaseSync(join(person.home, 'pairs', 'files.db'), { readOnly: true });
  try {
    const row = database.prepare("SELECT value FROM meta WHERE key = 'abilities'").get();
    return (JSON.parse(String(row?.['value'])) as { abilities: unknown }).abilities;
  } finally {
    database.close();
  }
}

function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

function headerOf(encoded: string): { alg: string; kid?: string } {
  return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as { alg: string; kid?: string };
}

async function statusAfter(attempt: () => Promise<unknown>): Promise<number | null> {
  try {
    await attempt();
    return 200;
  } catch (error) {
    return statusOf(error);
  }
}

function statusOf(error: unknown): number | null {
  const { $metadata: metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return metadata?.httpStatusCode ?? null;
}
