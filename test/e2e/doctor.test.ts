// `driftless doctor` and the isolation check at sign-in, on good, careless and broken roles.
import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonTemplate } from '../../main/core/admin/template.ts';
import { recordOwner } from '../../main/adapters/system/home/state-owner.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { runCli } from '../support/driftless-cli.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { plainAnswers } from '../support/template-answers.ts';

const answer = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      id: z.string(),
      about: z.string(),
      status: z.string(),
      message: z.string(),
      detail: z.unknown().optional(),
    }),
  ),
});

let directory: TempFolder;
let cloud: LocalCloud;
let alice: Person;

beforeAll(async () => {
  directory = await makeTempFolder('doctor');
  cloud = await startLocalCloud({ directory: directory.path });
  const { issuer, clientId, roleArn, sts, s3, region, bucket } = cloud.description;
  await cloud.control.setVersioning(bucket, 'enabled');
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
});

beforeEach(() => {
  putRole('users/');
});

afterAll(async () => {
  await cloud.stop();
  await alice.close();
  await directory.remove();
});

type Allowed = { readonly Effect: 'Allow'; readonly Action: string; readonly Resource: string };

/** The template's role, with the reach of its statements, and extra statements. */
function putRole(reach: string, more: readonly Allowed[] = []): void {
  const { issuer, clientId, bucket, accountId, region } = cloud.description;
  const [role] = jsonTemplate({ ...plainAnswers, issuer, clientId, bucket, accountId, region }).roles;
  if (role === undefined) throw new Error('the template has no role');
  const own = `users/\${${issuer.replace('http://', '')}:sub}/*`;
  const policy: unknown = JSON.parse(
    JSON.stringify(role.permissionPolicy).replaceAll(own, reach === 'users/' ? own : reach),
  );
  cloud.control.putRole({
    name: 'driftless',
    trust: role.trustPolicy,
    policies: [
      policy as typeof role.permissionPolicy,
      ...(more.length === 0 ? [] : [{ Version: '2012-10-17', Statement: [...more] }]),
    ],
  });
}

async function doctor(...more: readonly string[]) {
  const { stdout, code, stderr } = await runCli(['doctor', '--json', '--home', alice.home, ...more]);
  expect(stdout, stderr).not.toBe('');
  const { checks } = answer.parse(JSON.parse(stdout));
  const of = (id: string) => checks.find((check) => check.id === id);
  return { code, of, statuses: Object.fromEntries(checks.map(({ id, status }) => [id, status])) };
}

async function signIn(name: string) {
  const ended = await alice.signIn(personOf(cloud.description, name));
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return { ...ended, value: JSON.parse(ended.stdout) as unknown };
}

test('doctor reports that no user is signed in', async () => {
  const { code, of } = await doctor();
  expect(code).toBe(1);
  expect(of('sign-in')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(
      /^not signed in yet: run "driftless login --account [\w-]+ --home \S+"$/u,
    ) as string,
  });
});

test('doctor accepts the template’s role and names the exception for loopback', async () => {
  const login = await signIn('alice');
  expect(login.value).toMatchObject({ isolation: [{ pair: 'files', verdict: 'no-sign' }] });
  const { code, of, statuses } = await doctor('--canary', 'canary.txt');
  expect(code).toBe(0);
  expect(statuses).toMatchObject({
    config: 'ok',
    issuer: 'ok',
    clock: 'ok',
    'sign-in': 'ok',
    exchange: 'ok',
    caller: 'ok',
    endpoint: 'ok',
    isolation: 'ok',
    'aws-issuer': 'warn',
  });
  expect(of('aws-issuer')?.message).toContain('exception for loopback');
  expect(of('isolation')?.message).toMatch(/no sign of reach .* no proof/);
});

test('doctor says of a copied home whose state it would use, and looks at everything else', async () => {
  await signIn('alice');
  const [pairs, first, copy] = ['state/pairs', 'first', 'copy'].map((name) => join(directory.path, name));
  if (pairs === undefined || first === undefined || copy === undefined) throw new Error('no names');
  await mkdir(pairs, { recursive: true });
  await cp(alice.home, first, { recursive: true, filter: (path) => basename(path) !== 'pairs' });
  await symlink(pairs, join(first, 'pairs'));
  recordOwner(first, pairs);
  await cp(first, copy, { recursive: true, verbatimSymlinks: true });
  const { code, of, statuses } = await doctor('--home', copy);
  expect(code).toBe(1);
  expect(statuses).toMatchObject({
    config: 'ok',
    state: 'fail',
    issuer: 'ok',
    'sign-in': 'ok',
    exchange: 'ok',
  });
  expect(of('state')?.message).toContain(`is used by the home ${first}, of which this is a copy`);
  expect(of('endpoint')).toBeUndefined();
});

test("doctor warns of a role that reaches beyond the user's prefix, and so does the sign-in", async () => {
  putRole('*');
  const login = await signIn('alice');
  expect(login.value).toMatchObject({ isolation: [{ pair: 'files', verdict: 'reaches-more' }] });
  expect(login.stderr).toMatch(/WARNING: this role reaches more/);
  const { code, of } = await doctor();
  expect(code).toBe(0);
  expect(of('isolation')).toMatchObject({
    status: 'warn',
    message: expect.stringMatching(/list the whole bucket/) as string,
  });
});

test('doctor warns of a policy without the slash behind the name', async () => {
  const { issuer } = cloud.description;
  putRole(`users/\${${issuer.replace('http://', '')}:sub}*`);
  await signIn('alice');
  const { of } = await doctor();
  expect(of('isolation')?.message).toMatch(/begins like the own one/);
});

describe('a canary that the administrator put outside all prefixes', () => {
  beforeAll(async () => {
    const { s3: endpoint, region, bucket: Bucket, admin: credentials } = cloud.description;
    const admin = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await admin.send(new PutObjectCommand({ Bucket, Key: 'canary.txt', Body: 'sings' }));
    await admin.send(new PutObjectCommand({ Bucket, Key: 'canary-empty', Body: Buffer.alloc(0) }));
    admin.destroy();
  });

  /** A role that lists no more than it should and may still read everything: only a read shows that. */
  function putRoleThatReadsAll(): void {
    const { bucket } = cloud.description;
    putRole('users/', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }]);
  }

  function canaryOf(detail: unknown): unknown {
    const look = z.object({
      verdict: z.object({
        findings: z.array(z.object({ place: z.string(), action: z.string(), meaning: z.string() })),
      }),
    });
    return look.parse(detail).verdict.findings.find(({ place }) => place === 'canary')?.meaning;
  }

  test.each(['canary.txt', 'canary-empty'])(
    'a canary read by a too permissive role makes %s warn',
    async (key) => {
      putRoleThatReadsAll();
      await signIn('alice');
      const { code, of } = await doctor('--canary', key);
      expect(code).toBe(0);
      const isolation = of('isolation');
      expect(isolation).toMatchObject({
        status: 'warn',
        message: expect.stringMatching(
          /^WARNING: this role reaches more than .*: it may read the canary object\. /u,
        ) as string,
      });
      expect(canaryOf(isolation?.detail)).toBe('reaches');
    },
  );

  test('without a canary the same role shows no sign of reach', async () => {
    putRoleThatReadsAll();
    await signIn('alice');
    const { of } = await doctor();
    expect(of('isolation')?.status).toBe('ok');
    expect(canaryOf(of('isolation')?.detail)).toBeUndefined();
  });

  test('a canary is refused to the template’s role without a warning', async () => {
    await signIn('alice');
    const { code, of } = await doctor('--canary', 'canary.txt');
    expect(code).toBe(0);
    const isolation = of('isolation');
    expect(isolation?.status).toBe('ok');
    expect(isolation?.message).toMatch(/^no sign of reach/u);
    expect(canaryOf(isolation?.detail)).toBe('refused');
  });

  test('a missing canary proves nothing to a role that may list', async () => {
    putRole('*');
    await signIn('alice');
    const { of } = await doctor('--canary', 'no-such-canary');
    expect(canaryOf(of('isolation')?.detail)).toBe('unknown');
  });
});

test('doctor reports a failed exchange where the role cannot be assumed', async () => {
  await signIn('alice');
  const { roleArn } = cloud.description;
  cloud.control.putRole({
    name: roleArn.split('/').at(-1) ?? '',
    trust: { Version: '2012-10-17', Statement: [] },
    policies: [],
  });
  const { code, statuses } = await doctor();
  expect([code, statuses['exchange']]).toEqual([1, 'fail']);
  const words = await runCli(['doctor', '--home', alice.home]);
  // What to do stands beside what is wrong, and nothing is said of what is right.
  const line = words.stdout.split('\n').find((one) => /^FAIL +exchange /u.test(one));
  expect(line).toContain('ask your administrator to check "roleArn"');
  expect(words.stdout).toMatch(/^OK +folder .* free$/mu);
});
