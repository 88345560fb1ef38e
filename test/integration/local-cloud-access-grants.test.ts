// The local cloud's S3 Access Grants, held to what AWS documents of GetDataAccess.
import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from 'vitest';
import { readGrantAnswer, readGrantError } from '../../main/core/access/grants.ts';
import { percentEncoded } from '../../main/core/net/percent-encoded.ts';
import { emptySha256, Signer } from '../../main/adapters/http/sigv4.ts';
import { assumeRole, personOf, s3Client, stsClient } from '../local-cloud/client-kit.ts';
import type { TestCredentials } from '../local-cloud/client-kit.ts';
import { signIn } from '../local-cloud/browserless.ts';
import { cloudForFile, outcome } from '../support/cloud-kit.ts';
import { installTeamFolders } from '../support/team-folders.ts';

const cloud = await cloudForFile('access-grants');
const { bucket, accountId, s3Control, region } = cloud.description;
const target = `s3://${bucket}/teams/blue/*`;
const token = (
  await signIn(cloud.description.issuer, cloud.description.clientId, personOf(cloud.description, 'alice'))
).id_token;
let caller: TestCredentials;

beforeEach(async () => {
  cloud.control.reset();
  cloud.control.removeGrantsInstance();
  const { roleArn } = installTeamFolders(cloud, ['teams/blue/']);
  caller = await assumeRole(cloud.description, token, { roleArn });
});

type Wish = Readonly<Record<string, string>>;

/** Signed as the SDKs sign it; a header of `''` is left out. */
async function ask(wish: Wish = {}, headers: Wish = {}, keys = caller): Promise<Response> {
  const query = Object.fromEntries(
    Object.entries({ target, permission: 'READWRITE', privilege: 'Minimal', ...wish }).filter(
      ([, value]) => value !== '',
    ),
  );
  const given = Object.fromEntries(
    Object.entries({
      'x-amz-account-id': accountId,
      'content-md5': createHash('md5').digest('base64'),
      ...headers,
    }).filter(([, value]) => value !== ''),
  );
  const path = '/v20180820/accessgrantsinstance/dataaccess';
  const { host: _host, ...signed } = new Signer(region).sign(
    {
      ...{ method: 'GET', path, query, bodySha256: emptySha256 },
      headers: { ...given, host: new URL(s3Control).host },
    },
    { ...keys, sessionToken: keys.sessionToken ?? '' },
    new Date(),
  );
  const search = Object.entries(query).map(([name, value]) => `${name}=${percentEncoded(value)}`);
  return await fetch(`${s3Control}${path}?${search.join('&')}`, { headers: signed });
}

async function refusal(wish: Wish = {}, headers: Wish = {}, keys = caller): Promise<string> {
  const response = await ask(wish, headers, keys);
  return `${String(response.status)} ${readGrantError(await response.text()).name}`;
}

async function granted(wish: Wish = {}): Promise<{
  readonly s3: S3Client;
  readonly keys: TestCredentials;
  readonly matched: string;
  readonly seconds: number;
}> {
  const response = await ask(wish);
  const answer = readGrantAnswer(await response.text());
  if (answer === null) throw new Error(`answered ${String(response.status)}`);
  const { accessKeyId, secretAccessKey, sessionToken } = answer;
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  const seconds = (Date.parse(answer.expiration) - Date.now()) / 1000;
  return { s3: s3Client(cloud.description, keys), keys, matched: answer.matchedGrantTarget, seconds };
}

async function reach(s3: S3Client, key: string): Promise<readonly string[]> {
  const prefix = key.slice(0, key.lastIndexOf('/') + 1);
  return [
    await outcome(s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))),
    await outcome(s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }))),
    await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))),
  ];
}

const all = ['done', 'done', 'done'];
const none = ['403 AccessDenied', '403 AccessDenied', '403 AccessDenied'];

test('a grantee gets credentials of the location’s role, for the target and the hour that is the default', async () => {
  const { s3, keys, matched, seconds } = await granted();
  expect(matched).toBe(target);
  expect(Math.abs(seconds - 3600)).toBeLessThan(60);
  expect(await reach(s3, 'teams/blue/a.txt')).toEqual(all);
  const caller = await stsClient(cloud.description, keys).send(new GetCallerIdentityCommand({}));
  expect(caller.Arn).toMatch(
    /^arn:aws:sts::123456789012:assumed-role\/team-grants\/access-grants-[\da-f-]+$/u,
  );
});

test.each(['teams/red/a.txt', 'teams/bluer/a.txt', 'teams/a.txt', 'a.txt', 'users/x/a.txt'])(
  'the credentials of a grant do not reach %s',
  async (key) => {
    expect(await reach((await granted()).s3, key)).toEqual(none);
  },
);

test('the role of the caller does not reach the folder of its grant by itself', async () => {
  expect(await reach(s3Client(cloud.description, caller), 'teams/blue/a.txt')).toEqual(none);
});

test('Minimal narrows to the target and the permission that were asked for, Default gives all of the grant', async () => {
  const below = `s3://${bucket}/teams/blue/docs/*`;
  const minimal = await granted({ target: below, permission: 'READ' });
  expect(minimal.matched).toBe(below);
  expect(await reach(minimal.s3, 'teams/blue/docs/a.txt')).toEqual([
    'done',
    '403 AccessDenied',
    '404 NoSuchKey',
  ]);
  expect(await reach(minimal.s3, 'teams/blue/a.txt')).toEqual(none);
  for (const privilege of ['Default', '']) {
    const wide = await granted({ target: below, permission: 'READ', privilege });
    expect(wide.matched).toBe(target);
    expect(await reach(wide.s3, 'teams/blue/a.txt')).toEqual(all);
  }
});

describe('refusals', () => {
  test.each<[string, Wish, Wish, string]>([
    ['another folder', { target: `s3://${bucket}/teams/red/*` }, {}, '403 AccessDenied'],
    ['a wider target', { target: `s3://${bucket}/teams/*` }, {}, '403 AccessDenied'],
    ['another bucket', { target: 's3://other/teams/blue/*' }, {}, '403 AccessDenied'],
    ['another account', {}, { 'x-amz-account-id': '210987654321' }, '403 AccessDenied'],
    ['no account', {}, { 'x-amz-account-id': '' }, '400 InvalidRequest'],
    ['no checksum', {}, { 'content-md5': '' }, '400 InvalidRequest'],
    ['less than 900 seconds', { durationSeconds: '899' }, {}, '400 InvalidRequest'],
    ['more than 43200 seconds', { durationSeconds: '43201' }, {}, '400 InvalidRequest'],
    ['more than the location’s role allows', { durationSeconds: '3601' }, {}, '400 StsValidationError'],
    ['no permission', { permission: '' }, {}, '400 InvalidRequest'],
    ['another permission', { permission: 'ADMIN' }, {}, '400 InvalidRequest'],
    ['another privilege', { privilege: 'Maximal' }, {}, '400 InvalidRequest'],
    ['another type of target', { targetType: 'Prefix' }, {}, '400 InvalidRequest'],
  ])('a request for %s is refused', async (_name, wish, headers, expected) => {
    expect(await refusal(wish, headers)).toBe(expected);
  });

  test('without an instance nothing is granted', async () => {
    cloud.control.removeGrantsInstance();
    expect(await refusal()).toBe('404 AccessGrantsInstanceNotExistsError');
  });

  test('a role without a grant, or without s3:GetDataAccess, gets none', async () => {
    const other = await assumeRole(cloud.description, token);
    expect(await refusal({}, {}, other)).toBe('403 AccessDenied');
    const { roleArn } = installTeamFolders(cloud, [], { roleName: 'no-team' });
    const asking = await assumeRole(cloud.description, token, { roleArn });
    expect(await refusal({}, {}, asking)).toBe('403 AccessDenied');
  });

  test('a grant to read opens no writing', async () => {
    cloud.control.removeGrantsInstance();
    const { roleArn, grants } = installTeamFolders(cloud, ['teams/blue/']);
    for (const { id } of grants) cloud.control.revokeGrant(id);
    const iamRoleArn = roleArn.replace(/team$/u, 'team-grants');
    const read = { grantee: roleArn, permission: 'READ' as const, subPrefix: 'teams/blue/*' };
    cloud.control.grantAccess({ scope: `s3://${bucket}/`, iamRoleArn, grants: [read] });
    expect(await refusal()).toBe('403 AccessDenied');
    const { s3 } = await granted({ permission: 'READ' });
    expect((await reach(s3, 'teams/blue/b.txt'))[1]).toBe('403 AccessDenied');
  });

  test('a location whose role does not trust the service opens nothing', async () => {
    const trust = { Version: '2012-10-17', Statement: [] };
    cloud.control.putRole({ name: 'team-grants', trust, policies: [] });
    expect(await refusal()).toBe('403 StsNotAuthorizedError');
  });

  test('a wrong signature and an ended session are refused', async () => {
    expect(await refusal({}, {}, { ...caller, secretAccessKey: 'wrong' })).toBe('403 SignatureDoesNotMatch');
    cloud.control.endSessions();
    expect(await refusal()).toBe('400 ExpiredToken');
  });
});

test('a grant that is taken back ends with the credentials that it gave', async () => {
  cloud.control.removeGrantsInstance();
  const { grants } = installTeamFolders(cloud, ['teams/blue/']);
  const { s3 } = await granted();
  for (const { id } of grants) cloud.control.revokeGrant(id);
  expect(await refusal()).toBe('403 AccessDenied');
  expect(await reach(s3, 'teams/blue/c.txt')).toEqual(all);
});
