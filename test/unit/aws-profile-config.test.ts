// Configuration of an AWS profile, and of the form of AWS's endpoints: what is refused, and why.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { parseProfile } from '../../main/adapters/config/profile-file.ts';
import type { AppConfig } from '../../main/core/config/config.ts';
import { failure, never } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

type Document = Readonly<Record<string, unknown>>;

const centerRole =
  'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Files_0123456789abcdef';
const ownRole = 'arn:aws:iam::123456789012:role/driftless';
const session = (roleArn: string): Document => ({ kind: 'aws-profile', roleArn });
const account: Document = {
  id: 'work',
  region: 'eu-central-1',
  identity: { kind: 'aws-profile', profile: 'work' },
  exchange: session(centerRole),
};

async function load(changes: Document, prefix = 'users/{sub}/'): Promise<AppConfig> {
  const home = await tempFolder('home');
  const folder = await tempFolder('folder');
  const pair = { id: 'docs', account: 'work', folder, bucket: 'company-files', prefix };
  await writeFile(
    join(home, 'config.json'),
    JSON.stringify({ accounts: [{ ...account, ...changes }], pairs: [pair] }),
  );
  return await new ConfigFile({
    home,
    env: { AWS_PROFILE: 'other' },
    userHome: await tempFolder('user'),
  }).load(never());
}

test('the STS of the region stands for the provider, and the profile for the client', async () => {
  const { accounts } = await load({});
  expect(accounts[0]).toMatchObject({
    issuer: 'https://sts.eu-central-1.amazonaws.com',
    clientId: 'work',
    accountId: '123456789012',
    identity: { kind: 'aws-profile', profile: 'work' },
  });
});

test('a fixed prefix goes with any role', async () => {
  const { pairs } = await load({ exchange: session(ownRole) }, 'team/');
  expect(pairs[0]?.prefix).toBe('team/');
});

test.each<readonly [string, Document, string, RegExp]>([
  [
    '{sub} with a role whose session name can be chosen',
    { exchange: session(ownRole) },
    'users/{sub}/',
    /can choose the session name/,
  ],
  [
    'a role that only has the name of one of Identity Center',
    { exchange: session('arn:aws:iam::123456789012:role/AWSReservedSSO_Files_0123456789abcdef') },
    'users/{sub}/',
    /can choose the session name/,
  ],
  [
    'a path that only ends like the one of Identity Center',
    {
      exchange: session('arn:aws:iam::123456789012:role/x/aws-reserved/sso.amazonaws.com/AWSReservedSSO_F_0'),
    },
    'users/{sub}/',
    /can choose the session name/,
  ],
  ['a tag, which AWS does not reveal', {}, 'users/{tag:team}/', /tells no session its tags/],
  [
    'the identity without its exchange',
    { exchange: { kind: 'web-identity', roleArn: ownRole } },
    'team/',
    /exchange\.kind must be "aws-profile"/,
  ],
  [
    'the exchange without its identity',
    { identity: { kind: 'browser' } },
    'team/',
    /exchange\.kind must be "aws-profile"/,
  ],
  ['an issuer', { issuer: 'https://login.example.com/' }, 'team/', /issuer has no meaning/],
  ['a client id', { clientId: 'abc' }, 'team/', /clientId has no meaning/],
  [
    'credentials for other programs',
    { credentialsEnabled: true },
    'team/',
    /credentialsEnabled is not possible/,
  ],
  [
    'another session for other programs',
    { credentialsSession: {} },
    'team/',
    /credentialsSession is not possible/,
  ],
  [
    'another account than that of the role',
    { accountId: '210987654321' },
    'team/',
    /not the account in roleArn/,
  ],
  [
    'a profile name with a line break',
    { identity: { kind: 'aws-profile', profile: 'a\nb' } },
    'team/',
    /not a profile name/,
  ],
])('refused: %s', async (_name, changes, prefix, expected) => {
  const error = await failure(load(changes, prefix));
  expect(error.code).toBe('config-invalid');
  expect(error.message).toMatch(expected);
});

test('other identities still need an issuer and a client id', async () => {
  const token: Document = {
    identity: { kind: 'device' },
    exchange: { kind: 'web-identity', roleArn: ownRole },
  };
  expect((await failure(load(token))).message).toContain('accounts[0].issuer is missing');
  const issuer = { ...token, issuer: 'https://login.example.com/' };
  expect((await failure(load(issuer))).message).toContain('accounts[0].clientId is missing');
});

test('a connection profile cannot name an AWS profile of the machine that accepts it', () => {
  const document = {
    driftlessProfile: 1,
    id: 'work',
    issuer: 'https://login.example.com/',
    clientId: 'abc',
    accountId: '123456789012',
    exchange: session(ownRole),
    region: 'eu-central-1',
    bucket: 'company-files',
  };
  expect(() => parseProfile(JSON.stringify(document))).toThrow(/exchange/);
});

test.each<readonly [string, Document, RegExp]>([
  ['useFips', { s3Endpoint: 'https://store.example' }, /useFips has no effect beside s3Endpoint/],
  ['useFips', { region: 'cn-north-1' }, /useFips is not possible in China/],
  ['useDualStack', { s3Endpoint: 'https://store.example' }, /useDualStack has no effect beside s3Endpoint/],
  [
    'useDualStack',
    { exchange: { ...session(centerRole), stsEndpoint: 'https://sts.us-east-1.amazonaws.com' } },
    /useDualStack has no effect beside exchange\.stsEndpoint/,
  ],
])('%s is refused where it would do nothing', async (name, changes, expected) => {
  const error = await failure(load({ ...changes, [name]: true }));
  expect(error.message).toMatch(expected);
});
