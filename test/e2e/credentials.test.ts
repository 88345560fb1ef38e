// Any other AWS API under the same sign-in: `credential_process` with the real AWS CLI on S3 and an AWS SDK on DynamoDB.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import dynalite from 'dynalite';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startControlSocket } from '../../main/control/socket.ts';
import { credentialRequest } from '../../main/control/credentials.ts';
import { makeApp } from '../../main/cli/app.ts';
import { makeIo } from '../../main/cli/io.ts';
import { s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { runCli } from '../support/driftless-cli.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { findProgram, run } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const processCredentials = z.strictObject({
  Version: z.literal(1),
  AccessKeyId: z.string().min(16),
  SecretAccessKey: z.string().min(16),
  SessionToken: z.string().min(16),
  Expiration: z.iso.datetime(),
});

let directory: TempFolder;
let cloud: LocalCloud;
let alice: Person;
let awsConfig: string;

beforeAll(async () => {
  directory = await makeTempFolder('credentials');
  cloud = await startLocalCloud({ directory: directory.path });
  const { issuer, clientId, roleArn, sts, s3, region, bucket, users } = cloud.description;
  alice = await makePerson({
    account: {
      issuer,
      clientId,
      exchange: { kind: 'web-identity', roleArn, stsEndpoint: sts, durationSeconds: 3600 },
      region,
      s3Endpoint: s3,
    },
    bucket,
  });
  const [user] = users;
  if (user === undefined) throw new Error('the local cloud has no users');
  expect(await alice.signIn(user)).toMatchObject({ code: 0 });
  awsConfig = join(directory.path, 'aws-config');
});

beforeEach(() => {
  cloud.control.clearLog();
});

afterAll(async () => {
  await cloud.stop();
  await alice.close();
  await directory.remove();
});

function allow(credentialsEnabled: boolean, more: Readonly<Record<string, unknown>> = {}): void {
  const path = join(alice.home, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { accounts: Record<string, unknown>[] };
  writeFileSync(
    path,
    JSON.stringify({
      ...config,
      accounts: config.accounts.map(({ credentialsSession: _before, ...account }) => ({
        ...account,
        credentialsEnabled,
        ...more,
      })),
    }),
  );
}

/** Any user that the provider signed in, for this app. */
function trustOfAll() {
  const { issuer, clientId } = cloud.description;
  const name = issuer.replace(/^https?:\/\//, '');
  return {
    Version: '2012-10-17' as const,
    Statement: [
      {
        Effect: 'Allow' as const,
        Principal: {
          Federated: `arn:aws:iam::${accountOf(cloud.description.roleArn)}:oidc-provider/${name}`,
        },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${name}:aud`]: clientId } },
      },
    ],
  };
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

function readOnly(bucket: string) {
  return {
    Version: '2012-10-17' as const,
    Statement: [
      { Effect: 'Allow' as const, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/users/*` },
    ],
  };
}

function exchanges(): number {
  return cloud.control.counts()['AssumeRoleWithWebIdentity'] ?? 0;
}

function credentials(...more: readonly string[]) {
  return runCli(['credentials', '--home', alice.home, ...more], { env: { AWS_CONFIG_FILE: awsConfig } });
}

describe('credentials for other programs', () => {
  test('are refused until the account allows them', async () => {
    allow(false);
    const refused = await credentials('--json');
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'credentials-disabled' } });
    expect(exchanges()).toBe(0);
    // What it says to do is all there is to do.
    const { stderr } = await credentials();
    const command = /to allow it: driftless (.+)$/mu.exec(stderr)?.[1] ?? '';
    expect((await credentials('--install', 'drift')).stderr).toContain(`allowed: driftless ${command}`);
    expect(await runCli([...command.split(' '), '--home', alice.home])).toMatchObject({ code: 0 });
    expect((await credentials()).code).toBe(0);
    allow(false);
  });

  test('without an engine are traded again each time, and state when they end', async () => {
    allow(true);
    const before = Date.now();
    const [one, other] = [await credentials(), await credentials()];
    const given = processCredentials.parse(JSON.parse(one.stdout));
    expect(exchanges()).toBe(2);
    expect(processCredentials.parse(JSON.parse(other.stdout)).AccessKeyId).not.toBe(given.AccessKeyId);
    const lifeSeconds = (Date.parse(given.Expiration) - before) / 1000;
    expect(lifeSeconds).toBeGreaterThan(3590);
    expect(lifeSeconds).toBeLessThan(3630);
  });

  test('come from the running engine’s cache while there is one, and never for an account that does not allow it', async () => {
    allow(true);
    const signal = new AbortController();
    const app = await makeApp(makeIo({ home: alice.home, json: true, verbose: false }), signal.signal);
    const shown = { version: '0', home: 'loopback', platform: 'linux', locale: null } as const;
    const { backend } = app.makePage(
      {
        app: shown,
        revealFolder: null,
        copyText: null,
        decodePicture: null,
        saveText: null,
        login: null,
        commandLine: null,
        dialogs: null,
        folderRoots: [],
      },
      signal.signal,
    );
    const control = await startControlSocket(alice.home, backend, {
      credentials: credentialRequest(app.accounts, app.pairs),
    });
    try {
      const [one, other] = [await credentials(), await credentials()];
      expect(processCredentials.parse(JSON.parse(one.stdout))).toEqual(JSON.parse(other.stdout));
      expect(exchanges()).toBe(1);
      expect(await credentials('--account', 'unknown')).toMatchObject({ code: 2, stdout: '' });
    } finally {
      await control.close();
      signal.abort();
    }
  });

  test('are of a session of their own where the account names one, while the sync continues under its own role', async () => {
    const { bucket, roleArn, users } = cloud.description;
    const prefix = `users/${users[0]?.sub ?? ''}/`;
    const reader = cloud.control.putRole({
      name: 'reader',
      trust: trustOfAll(),
      policies: [readOnly(bucket)],
    });
    const ways = [
      { session: { roleArn: reader }, role: 'reader' },
      {
        session: { sessionPolicy: JSON.stringify(readOnly(bucket)), durationSeconds: 900 },
        role: 'driftless',
      },
    ];
    expect(roleArn).toMatch(/\/driftless$/);
    for (const { session, role } of ways) {
      allow(true, { credentialsSession: session });
      alice.write('by-sync.txt', `while other programs use ${role}`);
      expect(await alice.sync()).toMatchObject({ code: 0 });
      const given = processCredentials.parse(JSON.parse((await credentials()).stdout));
      const client = s3Client(cloud.description, {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
      });
      try {
        const place = { Bucket: bucket, Key: `${prefix}by-sync.txt` };
        const got = await client.send(new GetObjectCommand(place));
        expect(await got.Body?.transformToString()).toBe(`while other programs use ${role}`);
        await expect(client.send(new PutObjectCommand({ ...place, Body: 'x' }))).rejects.toMatchObject({
          name: 'AccessDenied',
        });
      } finally {
        client.destroy();
      }
    }
    const left =
      (Date.parse(processCredentials.parse(JSON.parse((await credentials()).stdout)).Expiration) -
        Date.now()) /
      1000;
    expect(left).toBeGreaterThan(800);
    expect(left).toBeLessThanOrEqual(931);
  });

  test('are installed after they were shown, once, and never over another profile', async () => {
    writeFileSync(awsConfig, '[profile other]\nregion = us-east-1\n', { mode: 0o600 });
    const shown = await credentials('--install', 'drift');
    expect(shown).toMatchObject({ code: 2 });
    expect(shown.stderr).toContain('[profile drift]');
    expect(readFileSync(awsConfig, 'utf8')).not.toContain('drift');
    const added = await credentials('--install', 'drift', '--yes', '--json');
    expect(JSON.parse(added.stdout)).toMatchObject({ ok: true, added: true });
    const text = readFileSync(awsConfig, 'utf8');
    expect(text).toMatch(
      /^\[profile other\]\nregion = us-east-1\n\n\[profile drift\]\ncredential_process = /,
    );
    expect(statSync(awsConfig).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await credentials('--install', 'drift', '--yes', '--json')).stdout)).toMatchObject({
      added: false,
    });
    const taken = await credentials('--install', 'other', '--yes', '--json');
    expect(JSON.parse(taken.stdout)).toMatchObject({ error: { code: 'aws-profile-taken' } });
    expect(await credentials('--install', 'a]b', '--yes')).toMatchObject({ code: 2 });
    expect(readFileSync(awsConfig, 'utf8')).toBe(text);
  });
});

const aws = findProgram('aws');

describe('the real AWS CLI', skipUnless(aws !== null, 'not installed: aws (Debian: awscli)'), () => {
  test('reads and writes the own prefix through credential_process, and nothing else', async () => {
    allow(true);
    await credentials('--install', 'drift', '--yes');
    const { s3, bucket, users } = cloud.description;
    const [me, other] = users;
    const call = (...args: readonly string[]) =>
      run('aws', ['--profile', 'drift', '--endpoint-url', s3, ...args], {
        env: {
          AWS_CONFIG_FILE: awsConfig,
          AWS_ACCESS_KEY_ID: undefined,
          AWS_SECRET_ACCESS_KEY: undefined,
          AWS_SESSION_TOKEN: undefined,
          AWS_PROFILE: undefined,
        },
      });
    const file = join(directory.path, 'from-cli.txt');
    writeFileSync(file, 'by the AWS CLI');
    const own = `s3://${bucket}/users/${me?.sub ?? ''}`;
    const put = await call('s3', 'cp', file, `${own}/from-cli.txt`);
    expect(put, put.stderr).toMatchObject({ code: 0 });
    const listed = await call('s3', 'ls', `${own}/`);
    expect(listed.stdout).toContain('from-cli.txt');
    const got = await call('s3', 'cp', `${own}/from-cli.txt`, '-');
    expect(got.stdout).toBe('by the AWS CLI');
    const denied = await call('s3', 'ls', `s3://${bucket}/users/${other?.sub ?? ''}/`);
    expect(denied.code).not.toBe(0);
    expect(denied.stderr).toContain('AccessDenied');
  });
});

test('an AWS SDK puts an item into DynamoDB and gets it back', async () => {
  allow(true);
  await credentials('--install', 'drift', '--yes');
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_CONFIG_FILE', awsConfig);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  const client = new DynamoDBClient({ profile: 'drift', endpoint: `http://127.0.0.1:${String(port)}` });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: 'notes',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await vi.waitFor(
      () =>
        client.send(
          new PutItemCommand({ TableName: 'notes', Item: { id: { S: '1' }, text: { S: 'hello' } } }),
        ),
      { timeout: 60_000 },
    );
    const { Item } = await client.send(new GetItemCommand({ TableName: 'notes', Key: { id: { S: '1' } } }));
    expect(Item).toEqual({ id: { S: '1' }, text: { S: 'hello' } });
    const used = await client.config.credentials();
    expect({ exchanges: exchanges(), hasToken: used.sessionToken !== undefined }).toEqual({
      exchanges: 1,
      hasToken: true,
    });
  } finally {
    client.destroy();
    vi.unstubAllEnvs();
    await new Promise((resolve) => server.close(resolve));
  }
});
