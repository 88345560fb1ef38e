// Validation of config.json: one line per mistake that names the field, and defaults.
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { configSchemaText } from '../../build/config-schema.ts';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { tryLock } from '../../main/adapters/system/os-lock.ts';
import { failureOf } from '../../main/app/setup/setup.ts';
import { homeDirectory } from '../../main/adapters/system/home/data-dir.ts';
import { defaultScan } from '../../main/core/config/config.ts';
import type { AccountId, PairConfig, PairId } from '../../main/core/config/config.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { de } from '../../preload/locales/de.ts';
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import { tempFolder } from '../support/temp.ts';

type Document = Record<string, unknown>;
const signal = new AbortController().signal;
const account: Document = {
  id: 'work',
  issuer: 'https://login.example.com/',
  clientId: 'abc',
  region: 'eu-central-1',
  exchange: { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/driftless' },
};
const grants: Document = { kind: 'access-grants', roleArn: 'arn:aws:iam::123456789012:role/driftless' };
let home: string;
let folder: string;
let userHome: string;
let pair: Document;

beforeEach(async () => {
  home = await tempFolder('home');
  folder = await tempFolder('folder');
  userHome = await tempFolder('user');
  pair = { id: 'docs', account: 'work', folder, bucket: 'company-files', prefix: 'users/{sub}/' };
});

async function load(document: unknown, env: Record<string, string> = {}) {
  await writeFile(
    join(home, 'config.json'),
    typeof document === 'string' ? document : JSON.stringify(document),
  );
  return await new ConfigFile({ home, env, userHome }).load(signal);
}

async function problem(document: unknown, env: Record<string, string> = {}): Promise<string> {
  const error: unknown = await load(document, env).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ code: 'config-invalid', retry: 'slow' });
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message.replace(/^config\.json: /, '');
}

const withAccount = (changes: Document, rest: Document = {}) => ({
  accounts: [{ ...account, ...changes }],
  ...rest,
});
const withPair = (changes: Document, rest: Document = {}) => ({
  accounts: [account],
  pairs: [{ ...pair, ...changes }],
  ...rest,
});

describe('headers of writes', () => {
  const first = async (document: Document) => (await load(document)).pairs[0];

  test("a pair's headers override its account's, which override the global ones; a key belongs to its encryption", async () => {
    const kms = { serverSideEncryption: 'aws:kms', sseKmsKeyId: 'alias/files' };
    const all = { storageClass: 'STANDARD_IA', requestPayer: 'requester' };
    const pairs = [pair];
    expect(await first({ ...withAccount(kms, all), pairs })).toMatchObject({ ...kms, ...all });
    const own = { ...pair, serverSideEncryption: 'AES256', storageClass: 'GLACIER_IR' };
    const merged = await first({ ...withAccount(kms, all), pairs: [own] });
    expect(merged).toMatchObject({ serverSideEncryption: 'AES256', storageClass: 'GLACIER_IR' });
    expect(merged?.sseKmsKeyId).toBeUndefined();
  });

  test('a key without its encryption and an unreadable storage class are refused', async () => {
    expect(await problem(withPair({ sseKmsKeyId: 'alias/x' }))).toContain('pairs[0].sseKmsKeyId needs');
    expect(await problem(withPair({ storageClass: 'DEEP_ARCHIVE' }))).toContain('pairs[0].storageClass must');
  });
});

test('a minimal file gets the defaults', async () => {
  const config = await load({ accounts: [account], pairs: [pair] });
  expect(config.accounts[0]).toEqual({
    ...account,
    scopes: 'openid email offline_access',
    identity: { kind: 'browser' },
    s3Endpoint: null,
    forcePathStyle: false,
    development: false,
    caFile: null,
    credentialsEnabled: false,
    accountId: '123456789012',
    exchange: {
      kind: 'web-identity',
      roleArn: 'arn:aws:iam::123456789012:role/driftless',
      stsEndpoint: null,
      durationSeconds: 3600,
    },
  });
  expect(config.pairs[0]).toEqual({ ...pair, mode: 'two-way', ignore: [], caseSensitivity: 'auto' });
});

test('a saved file settles within a second, also where only another setting of the scan is given', async () => {
  expect(defaultScan.settleMs).toBeLessThanOrEqual(750);
  const config = await load(withPair({ scan: {} }));
  expect(config.pairs[0]?.scan).toEqual(defaultScan);
});

test("top-level settings apply to all pairs, and a pair's own fields override them one by one", async () => {
  const config = await load(
    withPair(
      { limits: { uploadBytesPerSecond: 5 } },
      { deviceName: 'laptop', limits: { uploadBytesPerSecond: 1, downloadBytesPerSecond: 2 } },
    ),
  );
  expect(config.pairs[0]).toMatchObject({
    deviceName: 'laptop',
    limits: { uploadBytesPerSecond: 5, downloadBytesPerSecond: 2 },
  });
});

describe('one line that names the field', () => {
  const web = (changes: Document): Document =>
    withAccount({ exchange: { ...(account['exchange'] as Document), ...changes } });
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['not JSON', () => '{"accounts": [', 'the file is not JSON'],
    ['more than 4 MiB', () => JSON.stringify({}).padEnd(4 * 2 ** 20 + 1), 'the file is too large'],
    ['a list', () => [], 'the file must be of type object'],
    ['an unknown key', () => ({ acounts: [] }), 'acounts is an unknown key'],
    [
      'a timetable',
      () => ({ limits: { timetable: '08:00,512k 25:00,off' } }),
      'limits.timetable has "25:00,off", which is no entry such as "08:00,512k" or "Mon-18:00,10M:off"',
    ],
    ['an unknown key inside', () => withAccount({ isuer: 'x' }), 'accounts[0].isuer is an unknown key'],
    ['an unknown key deep inside', () => web({ role: 'x' }), 'accounts[0].exchange.role is an unknown key'],
    [
      'a secret where none belongs',
      () => withAccount({ clientSecret: 'x' }),
      'accounts[0].clientSecret is an unknown key',
    ],
    ['a missing field', () => withAccount({ clientId: undefined }), 'accounts[0].clientId is missing'],
    ['a wrong type', () => withAccount({ clientId: 5 }), 'accounts[0].clientId must be of type string'],
    ['a bad id', () => withAccount({ id: '../x' }), 'accounts[0].id must be lower-case letters'],
    [
      'a bad ARN',
      () => web({ roleArn: 'arn:aws:iam::1:user/x' }),
      'accounts[0].exchange.roleArn is not a role ARN',
    ],
    [
      'an ARN of no account at AWS',
      () => web({ roleArn: 'arn:aws:iam:::role/x' }),
      'accounts[0].exchange.roleArn is not an AWS role ARN',
    ],
    ['no role', () => web({ roleArn: undefined }), 'accounts[0].exchange.roleArn is missing'],
    [
      'a session too short',
      () => web({ durationSeconds: 60 }),
      'accounts[0].exchange.durationSeconds must be at least 900',
    ],
    [
      'a session policy that is not JSON',
      () => web({ sessionPolicy: 'allow' }),
      'accounts[0].exchange.sessionPolicy must be an IAM policy',
    ],
    [
      'an exchange that does not exist',
      () => withAccount({ exchange: { kind: 'keys' } }),
      'accounts[0].exchange.kind is not one of the kinds that exist: "web-identity", "delegation", "saml", "cognito"',
    ],
    [
      'several mistakes',
      () => withAccount({ clientID: 'x', region: 5, identity: { kind: 'web' } }),
      'accounts[0].identity.kind is not one of the kinds that exist: "browser", "device", "token-file", "aws-profile"; accounts[0].region must be of type string; accounts[0].clientID is an unknown key',
    ],
    [
      'a region that AWS does not have',
      () => withAccount({ region: 'europe' }),
      'accounts[0].region is not a region of AWS such as "eu-central-1"; another store needs s3Endpoint',
    ],
    ...['eu-central-1234', 'e-central-1', 'europa-central-1', 'eu-central'].map(
      (region): [string, () => object, string] => [
        `the name ${region}, which no region of AWS can have`,
        () => withAccount({ region }),
        'accounts[0].region is not a region of AWS such as "eu-central-1"; another store needs s3Endpoint',
      ],
    ),
    [
      'S3 Access Grants without a role',
      () => withAccount({ exchange: { kind: 'access-grants' } }),
      'accounts[0].exchange.roleArn is missing',
    ],
    [
      'S3 Access Grants with a role of a store',
      () => withAccount({ exchange: { kind: 'access-grants', roleArn: 'arn:aws:iam:::role/x' } }),
      'accounts[0].exchange.roleArn is not an AWS role ARN',
    ],
    [
      'a session policy with S3 Access Grants',
      () => withAccount({ exchange: { ...grants, sessionPolicy: '{}' } }),
      'accounts[0].exchange.sessionPolicy is an unknown key',
    ],
    [
      'S3 Access Grants at an address without encryption',
      () => withAccount({ exchange: { ...grants, controlEndpoint: 'http://grants.example.com' } }),
      'accounts[0].exchange.controlEndpoint must start with https://',
    ],
    [
      'FIPS beside an S3 Control that is written out',
      () =>
        withAccount({
          useFips: true,
          exchange: { ...grants, controlEndpoint: 'https://grants.example.com' },
        }),
      'accounts[0].useFips has no effect beside exchange.controlEndpoint',
    ],
    [
      'another session for other programs with S3 Access Grants',
      () => withAccount({ exchange: grants, credentialsSession: { durationSeconds: 900 } }),
      'accounts[0].credentialsSession is not possible with S3 Access Grants',
    ],
    [
      'a session policy with Cognito',
      () =>
        withAccount({
          exchange: {
            kind: 'cognito',
            identityPoolId: 'eu-central-1:11111111-2222',
            loginKey: 'x',
            sessionPolicy: '{}',
          },
        }),
      'accounts[0].exchange.sessionPolicy is an unknown key',
    ],
    [
      'a duration with Cognito',
      () =>
        withAccount({
          exchange: {
            kind: 'cognito',
            identityPoolId: 'eu-central-1:11111111-2222',
            loginKey: 'x',
            durationSeconds: 900,
          },
        }),
      'accounts[0].exchange.durationSeconds is an unknown key',
    ],
    [
      'an http issuer',
      () => withAccount({ issuer: 'http://login.example.com' }),
      'accounts[0].issuer must start with https://',
    ],
    [
      'an http issuer on loopback without the flag',
      () => withAccount({ issuer: 'http://127.0.0.1:1' }),
      'accounts[0].issuer must start with https:// ("development": true',
    ],
    [
      'localhost by name',
      () => withAccount({ issuer: 'http://localhost:1', development: true }),
      'accounts[0].issuer must start with https:// (http is for 127.0.0.1 only)',
    ],
    [
      'userinfo in the issuer',
      () => withAccount({ issuer: 'https://a:b@login.example.com' }),
      'accounts[0].issuer must not contain a user name',
    ],
    [
      'a query in the issuer',
      () => withAccount({ issuer: 'https://login.example.com/?x=1' }),
      'accounts[0].issuer must not have a query',
    ],
    [
      'an issuer that is a file',
      () => withAccount({ issuer: 'file:///etc/passwd' }),
      'accounts[0].issuer must start with https://',
    ],
    [
      'an http S3 endpoint',
      () => withAccount({ s3Endpoint: 'http://minio.example' }),
      'accounts[0].s3Endpoint must start with https://',
    ],
    [
      'scopes without openid',
      () => withAccount({ scopes: 'email' }),
      'accounts[0].scopes must contain "openid"',
    ],
    [
      'another account id',
      () => withAccount({ accountId: '999999999999' }),
      'accounts[0].accountId is not the account in roleArn (123456789012)',
    ],
    [
      "another issuer's redirect",
      () =>
        withAccount({
          identity: { kind: 'browser', redirectUri: 'http://127.0.0.1/callback/0123456789abcdef' },
        }),
      'accounts[0].identity.redirectUri is bound to another issuer',
    ],
    [
      'a redirect elsewhere',
      () => withAccount({ identity: { kind: 'browser', redirectUri: 'http://attacker.example/callback' } }),
      'accounts[0].identity.redirectUri must be',
    ],
    [
      'a redirect with userinfo',
      () => withAccount({ identity: { kind: 'browser', redirectUri: 'http://127.0.0.1@attacker.example/' } }),
      'accounts[0].identity.redirectUri must be',
    ],
    [
      'a parameter of the protocol itself',
      () => withAccount({ identity: { kind: 'browser', authorizationParams: { redirect_uri: 'x' } } }),
      'accounts[0].identity.authorizationParams must not set',
    ],
    [
      'a token file nowhere',
      () => withAccount({ identity: { kind: 'token-file' } }),
      'accounts[0].identity.path is missing',
    ],
    ['the same account twice', () => ({ accounts: [account, account] }), 'accounts[1].id "work" is taken'],
    [
      'the same pair twice',
      () => ({ accounts: [account], pairs: [pair, pair] }),
      'pairs[1].id "docs" is taken',
    ],
    [
      'an account that does not exist',
      () => withPair({ account: 'home' }),
      'pairs[0].account names no account ("home")',
    ],
    [
      'a prefix that escapes',
      () => withPair({ prefix: '../other/' }),
      'pairs[0].prefix escapes with a ".." segment',
    ],
    [
      'a prefix without slash',
      () => withPair({ prefix: 'users/{sub}' }),
      'pairs[0].prefix must end with "/"',
    ],
    ['a prefix from a claim', () => withPair({ prefix: '{email}/' }), 'pairs[0].prefix knows only {sub}'],
    ['a bad bucket', () => withPair({ bucket: 'Company Files' }), 'pairs[0].bucket is not a bucket name'],
    [
      'a mode that does not exist',
      () => withPair({ mode: 'mirror' }),
      'pairs[0].mode must be one of "two-way", "upload-only", "download-only"',
    ],
    ['a relative folder', () => withPair({ folder: 'docs' }), 'pairs[0].folder must be an absolute path'],
    ['a whole drive', () => withPair({ folder: '/' }), 'pairs[0].folder must not be a whole drive'],
    [
      'the home folder',
      () => withPair({ folder: userHome }),
      'pairs[0].folder must not be or contain your home folder',
    ],
    [
      "the app's own folder",
      () => withPair({ folder: home }),
      "pairs[0].folder overlaps the app's own folder",
    ],
    [
      'two pairs on one folder',
      () => ({ accounts: [account], pairs: [pair, { ...pair, id: 'more', prefix: 'more/' }] }),
      'pairs[1].folder overlaps that of the pair "docs"',
    ],
    [
      'a pair inside the prefix of another',
      () => ({ accounts: [account], pairs: [pair, { ...pair, id: 'more', prefix: 'users/{sub}/more/' }] }),
      'pairs[1].prefix overlaps that of the pair "docs"; put the new folder inside ',
    ],
  ];
  test.each([
    ['docs', 'no-whole-path'],
    ['/', 'folder-is-drive'],
    [() => userHome, 'folder-is-home'],
    [() => home, 'folder-of-app'],
  ] as const)('why the folder %s is refused has words of its own in each language', async (folder, why) => {
    const document = withPair({ folder: typeof folder === 'string' ? folder : folder() });
    const error: unknown = await load(document).catch((caught: unknown) => caught);
    if (!(error instanceof SyncError)) throw new Error('the folder was taken');
    expect(error.fields['why']).toBe(why);
    const refusal = failureOf(error).error;
    const [english, german] = [createWords(en, 'en'), createWords(de, 'de')].map((words) =>
      words.coded('error', refusal.code, refusal.fields),
    );
    expect(english).toMatch(/^This folder cannot be used: \w/u);
    expect(german).toMatch(/^Dieser Ordner kann nicht verwendet werden: \w/u);
    expect(german).not.toContain('must');
  });

  test.each(cases)(
    'the configuration mistake "%s" gets one line that names the field',
    async (_name, document, expected) => {
      const message = await problem(document());
      expect(message.startsWith(expected), message).toBe(true);
    },
  );

  test('a folder that is not there is no mistake, unless a new pair is made of it or its place is wrong', async () => {
    const gone = join(folder, 'not plugged in', 'gone');
    expect((await load(withPair({ folder: gone }))).pairs).toMatchObject([{ folder: gone }]);
    const file = new ConfigFile({ home, env: {}, userHome });
    const more = { ...pair, id: 'more', folder: join(userHome, 'gone'), prefix: 'more/' };
    await expect(file.addPairRaw(more, signal)).rejects.toThrow('does not exist');
    expect(await problem(withPair({ folder: join(home, 'gone') }))).toContain("the app's own folder");
    const inside = { ...pair, id: 'inside', folder: join(gone, 'inside'), prefix: 'inside/' };
    const both = { accounts: [account], pairs: [{ ...pair, folder: gone }, inside] };
    expect(await problem(both)).toContain('overlaps that of the pair "docs"');
  });

  test('a file in place of a folder and a folder behind a link into the home folder are refused', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await problem(withPair({ folder: join(folder, 'file') }))).toContain('is not a folder');
    await symlink(userHome, join(folder, 'link'));
    expect(await problem(withPair({ folder: join(folder, 'link') }))).toContain('your home folder');
  });
});

test('AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN apply to token-file and to nothing else', async () => {
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: '/run/token',
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/machine',
  };
  const machine = await load(
    withAccount({ identity: { kind: 'token-file' }, exchange: { kind: 'web-identity' } }),
    env,
  );
  expect(machine.accounts[0]).toMatchObject({
    identity: { kind: 'token-file', path: '/run/token' },
    exchange: { roleArn: env.AWS_ROLE_ARN },
  });
  expect(await problem(withAccount({ exchange: { kind: 'web-identity' } }), env)).toBe(
    'accounts[0].exchange.roleArn is missing',
  );
});

describe('a session of their own for credentials of other programs', () => {
  const role = 'arn:aws:iam::123456789012:role/';
  const assertion = {
    roleArn: `${role}driftless`,
    principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
  };

  test("a session for other programs' credentials names a role, a policy and a duration", async () => {
    const session = { roleArn: `${role}reader`, durationSeconds: 900, sessionPolicy: '{}' };
    const config = await load(withAccount({ credentialsSession: session }));
    expect(config.accounts[0]?.credentialsSession).toEqual(session);
    expect(config.accounts[0]?.exchange).toMatchObject({ durationSeconds: 3600 });
  });

  test.each([
    [
      'another AWS account',
      {},
      { roleArn: 'arn:aws:iam::210987654321:role/reader' },
      'is not in the account of',
    ],
    ['an unknown key', {}, { policy: '{}' }, 'is an unknown key'],
    ['a time too short', {}, { durationSeconds: 60 }, 'must be at least 900'],
    [
      'a policy that a delegation endpoint would not receive',
      { exchange: { kind: 'delegation', url: 'https://idp.example.com/d', ...assertion } },
      { sessionPolicy: '{}' },
      'may name only a role',
    ],
    [
      'anything at a Cognito pool',
      {
        exchange: {
          kind: 'cognito',
          identityPoolId: 'eu-central-1:11111111-2222-3333-4444-555555555555',
          loginKey: 'login.example.com',
        },
      },
      { roleArn: `${role}reader` },
      'is not possible with a Cognito identity pool',
    ],
  ])(
    "a session for other programs' credentials is refused with %s",
    async (_name, changes, credentialsSession, why) => {
      expect(await problem(withAccount({ ...changes, credentialsSession }))).toContain(why);
    },
  );
});

describe('a client id for each server that is sent the token', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/driftless';
  const web = (stsEndpoint: string | null) => ({ kind: 'web-identity', roleArn, stsEndpoint });
  const own = {
    kind: 'delegation',
    url: 'https://idp.example.com/d',
    roleArn,
    principalArn: roleArn.replace('role/', 'saml-provider/'),
  };

  async function with2(one: object, other: object, clientId: string): Promise<string | null> {
    const { accounts } = withAccount({ exchange: one });
    const [first] = accounts;
    const second = {
      ...first,
      id: 'second',
      clientId: clientId === '' ? first?.['clientId'] : clientId,
      exchange: other,
    };
    const both = { accounts: [first, second] };
    return await load(both).then(
      () => null,
      () => problem(both),
    );
  }

  test.each([
    ['AWS and a server of one’s own', web(null), own, '', true],
    ['AWS and another store', web(null), web('https://ceph.example/'), '', true],
    ['a name that only looks like AWS', web(null), web('https://sts.amazonaws.com.evil.example/'), '', true],
    ['AWS in two regions', web(null), web('https://sts.eu-west-1.amazonaws.com/'), '', false],
    ['the same server twice', own, own, '', false],
    ['another client id', web(null), own, 'another', false],
  ])('client ids are checked for %s', async (_name, one, other, clientId, isRefused) => {
    const said = await with2(one, other, clientId);
    if (isRefused) expect(said).toContain('each needs a client id of its own');
    else expect(said).toBeNull();
  });
});

test('a store without AWS accounts may have role names of any form', async () => {
  const config = await load(
    withAccount({
      exchange: {
        kind: 'web-identity',
        roleArn: 'arn:aws:iam:::role/alice',
        stsEndpoint: 'https://ceph.example',
      },
      s3Endpoint: 'https://ceph.example',
    }),
  );
  expect(config.accounts[0]?.accountId).toBeNull();
});

test('a missing configuration file is reported with its expected path', async () => {
  await expect(
    new ConfigFile({ home: join(home, 'none'), env: {}, userHome }).load(signal),
  ).rejects.toMatchObject({
    code: 'config-missing',
    message: `there is no ${join(home, 'none', 'config.json')}`,
  });
});

test('adding and removing pairs leaves the rest untouched, and a mistake leaves the file as it was', async () => {
  await load({ $schema: 'config.schema.json', accounts: [account] });
  const file = new ConfigFile({ home, env: {}, userHome });
  const added: PairConfig = {
    id: 'docs' as PairId,
    account: 'work' as AccountId,
    folder,
    bucket: 'company-files',
    prefix: 'users/{sub}/',
    mode: 'two-way',
    ignore: [],
    caseSensitivity: 'auto',
  };
  expect((await file.addPair(added, signal)).pairs).toEqual([added]);
  const text = await readFile(join(home, 'config.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ $schema: 'config.schema.json', accounts: [account] });
  expect((await stat(join(home, 'config.json'))).mode & 0o077).toBe(0);
  await expect(file.addPair(added, signal)).rejects.toMatchObject({ code: 'config-invalid' });
  await expect(file.removePair('other' as PairId, signal)).rejects.toMatchObject({ code: 'config-invalid' });
  expect(await readFile(join(home, 'config.json'), 'utf8')).toBe(text);
  expect((await file.removePair('docs' as PairId, signal)).pairs).toEqual([]);
});

test('changes made at the same time all stay', async () => {
  await load({ accounts: [{ ...account, credentialsEnabled: true }], pairs: [pair] });
  const [page, engine, third] = [1, 2, 3].map(() => new ConfigFile({ home, env: {}, userHome }));
  await Promise.all([
    page?.changePair('docs', { ignore: ['secret/'] }, signal),
    engine?.changeAccount('work', { credentialsEnabled: undefined }, signal),
    third?.changeShared({ proxy: 'direct' }, signal),
    third?.changePair('gone', { ignore: [] }, signal).catch(() => undefined),
    page?.changePair('docs', { mode: 'upload-only' }, signal),
  ]);
  expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).toEqual({
    accounts: [account],
    pairs: [{ ...pair, ignore: ['secret/'], mode: 'upload-only' }],
    proxy: 'direct',
  });
});

test('a change waits for another process that is at one, and keeps what that one wrote', async () => {
  await load({ accounts: [account], pairs: [pair] });
  await mkdir(join(home, 'locks'));
  const other = tryLock(join(home, 'locks', 'config.json.lock'));
  const isAsked = Promise.withResolvers<undefined>();
  const isFree = Promise.withResolvers<undefined>();
  const sleep = async (): Promise<void> => {
    isAsked.resolve(undefined);
    await isFree.promise;
  };
  const file = new ConfigFile({ home, env: {}, userHome, clock: { ...systemClock, sleep } });
  const changed = file.changePair('docs', { mode: 'upload-only' }, signal);
  await Promise.race([isAsked.promise, changed]);
  const theirs = { accounts: [account], pairs: [{ ...pair, ignore: ['secret/'] }], proxy: 'direct' };
  await writeFile(join(home, 'config.json'), JSON.stringify(theirs));
  other?.close();
  isFree.resolve(undefined);
  await changed;
  expect(JSON.parse(await readFile(join(home, 'config.json'), 'utf8'))).toEqual({
    ...theirs,
    pairs: [{ ...pair, ignore: ['secret/'], mode: 'upload-only' }],
  });
});

test('a change that would make the file larger than is read leaves it as it was', async () => {
  const pairs = [pair];
  await load({ accounts: [account], pairs });
  const file = new ConfigFile({ home, env: {}, userHome });
  const text = await readFile(join(home, 'config.json'), 'utf8');
  const exclude = Array.from({ length: 5000 }, (_, index) => `${'x'.repeat(1000)}${String(index)}`);
  await expect(file.changePair('docs', { exclude }, signal)).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'config.json: the file would be too large',
  });
  expect(await readFile(join(home, 'config.json'), 'utf8')).toBe(text);
});

test('the published schema is current', async () => {
  expect(
    await readFile(new URL('../../docs/config.schema.json', import.meta.url), 'utf8'),
    'run: node build/config-schema.ts',
  ).toBe(configSchemaText());
});

test.each([
  ['linux', {}, '/home/me/.config/driftless'],
  ['linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/driftless'],
  ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/me/.config/driftless'],
  ['darwin', {}, '/home/me/Library/Application Support/Driftless'],
  ['linux', { DRIFTLESS_HOME: '/srv/d' }, '/srv/d'],
] as const)('the data directory on %s with %j is the documented one', (platform, env, expected) => {
  expect(homeDirectory(null, { platform, env, userHome: '/home/me' })).toBe(expected);
  expect(homeDirectory('/given', { platform, env, userHome: '/home/me' })).toBe('/given');
});

test.each([
  'https://s3.dualstack.eu-central-1.amazonaws.com',
  'https://s3-fips.us-east-1.amazonaws.com',
  'https://S3.EU-CENTRAL-1.AMAZONAWS.COM/',
  'https://s3.eu-central-1.amazonaws.com.',
  'https://company-files.s3.eu-central-1.amazonaws.com:443',
  'https://s3.dualstack.cn-north-1.amazonaws.com.cn',
  'https://s3.eusc-de-east-1.amazonaws.eu',
  'https://s3.us-iso-east-1.c2s.ic.gov',
])(
  'with the endpoint %s written out, the account of the role still guards the bucket',
  async (s3Endpoint) => {
    const config = await load(withAccount({ s3Endpoint }));
    expect(config.accounts[0]?.accountId).toBe('123456789012');
  },
);

describe('buckets at AWS have an owner', () => {
  const exchange = {
    kind: 'cognito',
    identityPoolId: 'eu-central-1:11111111-2222',
    loginKey: 'login.example.com',
  };

  test.each([null, 'https://s3.eu-central-1.amazonaws.com'])(
    'a Cognito account at %s has to say which, or that none is checked',
    async (s3Endpoint) => {
      expect(await problem(withAccount({ exchange, s3Endpoint }))).toContain(
        'accounts[0].accountId is missing',
      );
      const named = await load(withAccount({ exchange, s3Endpoint, accountId: '123456789012' }));
      expect(named.accounts[0]?.accountId).toBe('123456789012');
      const waived = await load(withAccount({ exchange, s3Endpoint, accountId: null }));
      expect(waived.accounts[0]?.accountId).toBeNull();
    },
  );

  test('a store of another maker has none', async () => {
    const config = await load(withAccount({ exchange, s3Endpoint: 'https://ceph.example' }));
    expect(config.accounts[0]?.accountId).toBeNull();
  });
});

describe('changes of single settings', () => {
  const written = async (): Promise<unknown> => JSON.parse(await readFile(join(home, 'config.json'), 'utf8'));
  const file = () => new ConfigFile({ home, env: {}, userHome });

  test('a proxy is set and dropped, and a wrong one leaves the file as it was', async () => {
    await load(withAccount({}));
    const proxy = 'http://proxy.example.com:8080';
    expect(await file().changeShared({ proxy }, signal)).toMatchObject({ proxy });
    await expect(file().changeShared({ proxy: 'http://me:pw@proxy:1' }, signal)).rejects.toMatchObject({
      message: 'config.json: proxy must not contain a user name or password',
    });
    expect(await written()).toEqual({ ...withAccount({}), proxy });
    expect(await file().changeShared({ proxy: undefined }, signal)).not.toHaveProperty('proxy');
    expect(await written()).toEqual(withAccount({}));
  });

  test('one account changes, and all else stays as it was written', async () => {
    const other = { ...account, id: 'other', clientId: 'other' };
    const document = { accounts: [account, other], pairs: [pair] };
    await load(document);
    const now = await file().changeAccount('other', { credentialsEnabled: true }, signal);
    expect(now.accounts.map(({ credentialsEnabled }) => credentialsEnabled)).toEqual([false, true]);
    expect(await written()).toEqual({
      ...document,
      accounts: [account, { ...other, credentialsEnabled: true }],
    });
    await file().changeAccount('other', { credentialsEnabled: undefined }, signal);
    expect(await written()).toEqual(document);
    await expect(file().changeAccount('none', {}, signal)).rejects.toMatchObject({
      message: 'config.json: accounts has no entry "none"',
    });
  });
});
