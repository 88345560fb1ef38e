// Hostile and broken connection profiles and links, refused before any request or write.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issuerMark } from '../../main/adapters/config/bound-redirect.ts';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import {
  accountOfProfile,
  parseProfile,
  profileDocument,
  profileLink,
  readProfile,
} from '../../main/adapters/config/profile-file.ts';
import { loadRegistrableDomain } from '../../main/adapters/config/registrable-domain.ts';
import {
  foreignReceivers,
  judgeProfile,
  judgeRepoint,
  noManagedPolicy,
} from '../../main/core/access/profile.ts';
import type { ManagedPolicy, ProfileSource, Reason } from '../../main/core/access/profile.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import { goodProfile as good } from '../support/profiles.ts';

type Changes = Readonly<Record<string, unknown>>;

const sts = (stsEndpoint: string): Changes => ({ exchange: { ...good.exchange, stsEndpoint } });
const delegation = (url: string): Changes => ({
  exchange: {
    kind: 'delegation',
    url,
    roleArn: good.exchange.roleArn,
    principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
  },
});

const grants = (controlEndpoint: string | null): Changes => ({
  exchange: { kind: 'access-grants', roleArn: good.exchange.roleArn, stsEndpoint: null, controlEndpoint },
});

const team = (...teamFolders: readonly string[]): Changes => ({ ...grants(null), teamFolders });

function linkOf(document: unknown): string {
  return `driftless://connect?profile=${Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)).toString('base64url')}`;
}

const never = new AbortController().signal;
const registrableDomain = await loadRegistrableDomain();

const english = wordsIn('en');
const german = wordsIn('de');

/** As the terminal has them, after a look at what the page has in German. */
function said(reasons: readonly Reason[]): readonly string[] {
  for (const { code, fields } of reasons) expectGerman(german.text(`reason.${code}`, fields));
  return reasons.map(({ code, fields }) => english.text(`reason.${code}`, fields));
}

/** A text without a sentence is shown as its key, and one without its field with an ellipsis. */
function expectGerman(text: string): void {
  expect(text).not.toMatch(/reason\.|…/);
}

async function refusalsOf(link: string, managed: ManagedPolicy = noManagedPolicy): Promise<string> {
  try {
    const { profile, source } = await readProfile(link, never);
    return said(judgeProfile(profile, { source, managed, registrableDomain }).problems).join('; ');
  } catch (error) {
    if (isSyncError(error)) {
      const text = german.coded('error', 'profile-refused', error.fields);
      expectGerman(text);
      // Every fault has its own sentence, without the line of the terminal.
      expect(text).not.toMatch(/ungültig|nicht gültig|\bmust\b|\bis\b|\bhas\b/u);
    }
    return error instanceof Error ? error.message : String(error);
  }
}

test('a correct link is accepted and read back whole', async () => {
  expect(await refusalsOf(linkOf(good))).toBe('');
  const profile = parseProfile(JSON.stringify(good));
  expect((await readProfile(profileLink(profile), never)).profile).toEqual(profile);
  expect(parseProfile(JSON.stringify(profileDocument(profile)))).toEqual(profile);
});

test('a link may name S3 Access Grants at AWS, and AWS is no foreign receiver', async () => {
  const host = 'https://123456789012.s3-control.eu-central-1.amazonaws.com/';
  for (const endpoint of [null, host]) {
    expect(await refusalsOf(linkOf({ ...good, ...grants(endpoint) }))).toBe('');
    const profile = parseProfile(JSON.stringify({ ...good, ...grants(endpoint) }));
    expect(foreignReceivers(profile)).toEqual({ token: [], files: [] });
  }
});

test.each<[string, Changes, RegExp]>([
  ['one that is a user’s', team('users/x/'), /overlaps/],
  ['one above the users’', team('users/'), /overlaps/],
  ['one in the other', team('teams/', 'teams/blue/'), /overlaps/],
  ['one with a variable', team('teams/{sub}/'), /fixed prefix/],
  ['the whole bucket', team(''), /must not be empty/],
  ['one that escapes', team('teams/../x/'), /escapes/],
  ['one with a line break', team('teams/a\nb/'), /control characters/],
  ['one without a slash at its end', team('teams/blue'), /must end with/],
  ['more than a user reads', team(...Array.from({ length: 21 }, (_, n) => `t${String(n)}/`)), /at most 20/],
  ['those of another exchange', { teamFolders: ['teams/blue/'] }, /only with exchange\.kind/],
])('a profile with such a team folder is refused: %s', async (_name, changes, reason) => {
  expect(await refusalsOf(linkOf({ ...good, ...changes }))).toMatch(reason);
});

test('team folders are read back whole, and a profile without them has no such key', () => {
  const teamFolders = ['teams/blue/', 'shared/'];
  const profile = parseProfile(JSON.stringify({ ...good, ...grants(null), teamFolders }));
  expect(profile.teamFolders).toEqual(teamFolders);
  expect(parseProfile(JSON.stringify(profileDocument(profile)))).toEqual(profile);
  expect(profileDocument(parseProfile(JSON.stringify(good)))).not.toHaveProperty('teamFolders');
  expect(accountOfProfile(profile, 'work')).not.toHaveProperty('teamFolders');
});

test('S3 Access Grants at another address are for a file only, whose reader types the host', () => {
  const profile = parseProfile(JSON.stringify({ ...good, ...grants('https://grants.example.org/') }));
  const judged = judgeProfile(profile, { source: 'file', managed: noManagedPolicy, registrableDomain });
  expect(judged).toEqual({ problems: [], hostsToType: ['grants.example.org'] });
  expect(foreignReceivers(profile).token).toEqual(['grants.example.org']);
});

test('a redirect bound to the issuer of the link is accepted, and goes into the account', async () => {
  const redirectUri = `http://127.0.0.1/callback/${issuerMark(good.issuer)}`;
  expect(await refusalsOf(linkOf({ ...good, redirectUri }))).toBe('');
  const account = accountOfProfile(parseProfile(JSON.stringify({ ...good, redirectUri })), 'work');
  expect(account).toMatchObject({ identity: { redirectUri } });
});

describe('addresses that receive the token or the files', () => {
  test.each([
    ['a stranger’s STS', sts('https://sts.evil.example/'), /exchange\.stsEndpoint names sts\.evil\.example/],
    ['an STS that only ends like AWS', sts('https://sts.amazonaws.com.evil.example/'), /evil\.example/],
    ['an STS that only begins like AWS', sts('https://evilsts.amazonaws.com/'), /evilsts/],
    ['a bucket of a stranger as STS', sts('https://evil.s3.amazonaws.com/'), /evil\.s3/],
    [
      'an API of a stranger at AWS',
      sts('https://abc.execute-api.eu-central-1.amazonaws.com/'),
      /execute-api/,
    ],
    ['a function of a stranger at AWS', delegation('https://abc.lambda-url.eu-central-1.on.aws/'), /on\.aws/],
    [
      'AWS’s own STS on another port',
      sts('https://sts.eu-central-1.amazonaws.com:8443/'),
      /sts\.eu-central-1/,
    ],
    ['plain http', sts('http://sts.eu-central-1.amazonaws.com/'), /https:/],
    ['loopback', sts('http://127.0.0.1:9000/'), /https:/],
    ['a user name that looks like AWS', sts('https://sts.amazonaws.com@evil.example/'), /user name/],
    ['a query', sts('https://sts.amazonaws.com/?to=evil'), /query/],
    ['a fragment', sts('https://sts.amazonaws.com/#evil'), /query or a fragment/],
    ['a host ending in a dot', sts('https://sts.evil.example./'), /dot/],
    ['look-alike letters', sts('https://sts.аmazonaws.com/'), /not a URL/],
    ['a backslash trick', sts('https://evil.example\\@sts.amazonaws.com/'), /evil\.example|user name/],
    ['a stranger’s delegation endpoint', delegation('https://evil.example/delegation'), /exchange\.url/],
    [
      'another tenant of the same provider',
      { issuer: 'https://good.eu.auth0.com/', ...delegation('https://evil.eu.auth0.com/delegation') },
      /evil\.eu\.auth0/,
    ],
    [
      'another customer of the same hoster',
      { issuer: 'https://good.github.io/', ...delegation('https://evil.github.io/') },
      /evil\.github\.io/,
    ],
    [
      'another company under the same suffix',
      { issuer: 'https://login.good.co.uk/', ...delegation('https://sts.evil.co.uk/') },
      /evil\.co\.uk/,
    ],
    [
      'scripts of strangers at Google',
      { issuer: 'https://accounts.google.com', ...delegation('https://script.google.com/macros/s/x/exec') },
      /script\.google/,
    ],
    ['a region that makes AWS’s STS a bucket of a stranger', { region: 's3' }, /region is not one of AWS/],
    [
      'a path at AWS’s S3, which would be another bucket',
      { s3Endpoint: 'https://s3.eu-central-1.amazonaws.com/other-bucket/', forcePathStyle: true },
      /must not have a path/,
    ],
    ['an S3 of a stranger', { s3Endpoint: 'https://s3.evil.example/' }, /s3Endpoint names/],
    [
      'an S3 Control of a stranger',
      grants('https://grants.evil.example/'),
      /controlEndpoint names grants\.evil/,
    ],
    ['plain http for S3 Control', grants('http://grants.example.com/'), /https:/],
    [
      'a bucket of a stranger as S3 Control',
      grants('https://evil.s3.eu-central-1.amazonaws.com/'),
      /controlEndpoint names evil\.s3/,
    ],
    [
      'an S3 Control that only begins like AWS',
      grants('https://123456789012.s3-control.eu-central-1.amazonaws.com.evil.example/'),
      /evil\.example/,
    ],
    [
      'a name below the issuer, made of it and the bucket',
      { s3Endpoint: 'https://login.example.com/', bucket: 'old-promo' },
      /s3Endpoint names old-promo\.login\.example\.com/,
    ],
    ['javascript', delegation('javascript:alert(1)'), /https:/],
    ['a file', { s3Endpoint: 'file:///etc/passwd' }, /https:/],
    ['not a URL', { s3Endpoint: 'nonsense' }, /not a URL/],
    ['an issuer over http', { issuer: 'http://login.example.com/' }, /issuer/],
    ['an issuer on loopback', { issuer: 'https://127.0.0.1/' }, /issuer/],
    ['an issuer with a port', { issuer: 'https://login.example.com:8443/' }, /issuer/],
    ['an issuer with a query', { issuer: 'https://login.example.com/?a=b' }, /issuer/],
  ])('a profile with a dangerous address is refused: %s', async (_name, changes, reason) => {
    expect(await refusalsOf(linkOf({ ...good, ...changes }))).toMatch(reason);
  });
});

describe("the account's owner", () => {
  test.each([
    [
      'no account at an S3 of AWS under an older name',
      {
        accountId: null,
        s3Endpoint: 'https://s3-us-west-2.amazonaws.com/',
        exchange: {
          kind: 'cognito',
          identityPoolId: 'us-west-2:pool',
          loginKey: 'login.example.com',
          endpoint: null,
        },
      },
      /accountId is missing/,
    ],
    ['a role in another account', { accountId: '210987654321' }, /not the account in exchange\.roleArn/],
    [
      'the S3 Control of another account',
      grants('https://210987654321.s3-control.eu-central-1.amazonaws.com/'),
      /not the account in exchange\.controlEndpoint/,
    ],
    [
      'a role in another account, for S3 Access Grants',
      { ...grants(null), accountId: '210987654321' },
      /not the account in exchange\.roleArn/,
    ],
    ['no account', { accountId: null }, /accountId is missing/],
    [
      'a provider in another account',
      {
        exchange: {
          kind: 'saml',
          assertionUrl: 'https://login.example.com/saml',
          roleArn: good.exchange.roleArn,
          principalArn: 'arn:aws:iam::210987654321:saml-provider/idp',
        },
      },
      /principalArn/,
    ],
    ['an account that is no number', { accountId: '12345678901x' }, /12 digits/],
    ['a role that is no ARN', { exchange: { ...good.exchange, roleArn: 'driftless' } }, /role ARN/],
  ])('a profile with an account in doubt is refused: %s', async (_name, changes, reason) => {
    expect(await refusalsOf(linkOf({ ...good, ...changes }))).toMatch(reason);
  });
});

describe('settings that belong to this machine', () => {
  test.each([
    ['a folder', { folder: '/home/me' }, /folder is an unknown key/],
    ['pairs', { pairs: [] }, /pairs is an unknown key/],
    ['a mode', { mode: 'two-way' }, /mode is an unknown key/],
    ['ignore rules', { ignore: ['*'] }, /ignore is an unknown key/],
    ['a certificate authority', { caFile: '/tmp/evil.pem' }, /caFile is an unknown key/],
    ['a proxy', { proxy: 'http://evil' }, /proxy is an unknown key/],
    ['development', { development: true }, /development is an unknown key/],
    ['credentials for other programs', { credentialsEnabled: true }, /credentialsEnabled is an unknown key/],
    ['the device flow', { identity: { kind: 'device' } }, /identity is an unknown key/],
    ['a redirect elsewhere', { redirectUri: 'https://evil.example/callback' }, /redirectUri/],
    ['a redirect to another host’s port', { redirectUri: 'http://evil.example:80/' }, /redirectUri/],
    [
      'the redirect of another issuer, whose answers it would then get',
      { redirectUri: `http://127.0.0.1/callback/${issuerMark('https://idp.other.example/')}` },
      /redirectUri is bound to another issuer/,
    ],
    [
      'the same in capitals and with a port',
      {
        redirectUri: `http://localhost:8976/callback/${issuerMark('https://idp.other.example/').toUpperCase()}/`,
      },
      /redirectUri is bound to another issuer/,
    ],
    ['another response type', { authorizationParams: { response_type: 'token' } }, /authorizationParams/],
    [
      'another redirect by parameter',
      { authorizationParams: { redirect_uri: 'https://evil' } },
      /authorizationParams/,
    ],
    ['a prefix that escapes', { prefix: '../{sub}/' }, /prefix/],
    ['a prefix inside our own folder', { prefix: '.driftless/{sub}/' }, /prefix/],
    ['the same in capitals', { prefix: 'users/.DRIFTLESS/' }, /prefix/],
    ['the same with a character that is not seen', { prefix: 'users/.drift\u200bless/' }, /prefix/],
    ['our own folder', { prefix: 'users/.driftless/' }, /prefix/],
    ['a prefix from a claim', { prefix: '{email}/' }, /prefix/],
    ['a bucket that is a path', { bucket: 'a/../b' }, /bucket/],
    ['a region that is a host', { region: 'evil.example/' }, /region/],
    ['a name that is a path', { id: '../x' }, /id/],
    ['control characters', { clientId: 'abc\u001b[2J' }, /printable/],
    ['text that runs backwards', { issuer: 'https://login.example.com/\u202e' }, /printable/],
    ['scopes that clear the screen', { scopes: 'openid \u001b[2J' }, /scopes must be plain/],
    ['scopes without end', { scopes: `openid ${'a'.repeat(5_000)}` }, /scopes is not valid: Too big/],
    [
      'an account name without end',
      { exchange: { ...good.exchange, roleArn: `arn:aws:iam::${'a'.repeat(5_000)}:role/x` } },
      /exchange\.roleArn is too long/,
    ],
    [
      'a target that runs backwards',
      {
        exchange: {
          kind: 'delegation',
          url: 'https://login.example.com/d',
          roleArn: good.exchange.roleArn,
          principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
          target: 'x\u202e',
        },
      },
      /exchange\.target must be .*printable/,
    ],
    ['a key without end', { ['k'.repeat(5_000)]: 1 }, /^profile: k{1000}$/],
    ['scopes without openid', { scopes: 'email' }, /openid/],
    ['an unknown version', { driftlessProfile: 2 }, /driftlessProfile/],
    ['an unknown exchange', { exchange: { kind: 'shell', command: 'x' } }, /exchange/],
    ['a secret', { clientSecret: 'x' }, /clientSecret is an unknown key/],
  ])('a profile with a setting that it may not hold is refused: %s', async (_name, changes, reason) => {
    expect(await refusalsOf(linkOf({ ...good, ...changes }))).toMatch(reason);
  });
});

describe('malformed links', () => {
  const encoded = linkOf(good).split('=')[1] ?? '';
  test.each([
    ['another action', linkOf(good).replace('connect', 'run'), /not driftless:/],
    ['two profiles', `${linkOf(good)}&profile=x`, /not driftless:/],
    ['a further parameter', `${linkOf(good)}&yes=1`, /not driftless:/],
    ['a path', linkOf(good).replace('connect', 'connect/../run'), /not driftless:/],
    ['a user name', linkOf(good).replace('//', '//me@'), /not driftless:/],
    ['an option behind a space', `${linkOf(good)} --yes`, /not driftless:/],
    ['percent signs', linkOf(good).replace(encoded, encodeURIComponent('{"a":1}')), /not driftless:/],
    ['padding', `${linkOf(good)}=`, /not driftless:/],
    ['stray bits', 'driftless://connect?profile=ab', /damaged|JSON/],
    [
      'bytes that are no text',
      `driftless://connect?profile=${Buffer.from([0xff, 0xfe, 0xfd]).toString('base64url')}`,
      /damaged/,
    ],
    ['no JSON', linkOf('hello'), /not JSON/],
    ['an array', linkOf([good]), /profile:/],
    ['null', linkOf('null'), /profile:/],
    [
      'a prototype',
      linkOf(`{"__proto__":{"development":true},${JSON.stringify(good).slice(1)}`),
      /__proto__/,
    ],
    ['ten thousand characters', linkOf({ ...good, clientId: 'x'.repeat(10_000) }), /too long/],
    ['nothing', 'driftless://connect?profile=', /not driftless:/],
  ])('a malformed link is refused: %s', async (_name, link, reason) => {
    expect(await refusalsOf(link)).toMatch(reason);
  });
});

describe('a stored account', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'driftless-profile-'));
    await new ConfigFile({ home, env: {} }).addAccount(
      accountOfProfile(parseProfile(JSON.stringify(good)), 'work'),
      never,
    );
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  async function repointOf(changes: Changes): Promise<string> {
    const { accounts } = await new ConfigFile({ home, env: {} }).load(never);
    const verdict = judgeRepoint(parseProfile(JSON.stringify({ ...good, ...changes })), accounts);
    return verdict.kind === 'refused' ? said([verdict.why]).join() : verdict.kind;
  }

  test.each([
    ['the same again', {}, /^known$/],
    ['another provider', { id: 'other', issuer: 'https://id.example.org' }, /^new$/],
    [
      'another role in the same account',
      { exchange: { ...good.exchange, roleArn: 'arn:aws:iam::123456789012:role/other' } },
      /never changes it/,
    ],
    [
      'another account',
      {
        id: 'other',
        accountId: '210987654321',
        exchange: { ...good.exchange, roleArn: 'arn:aws:iam::210987654321:role/x' },
      },
      /never changes it/,
    ],
    ['another STS', { id: 'other', ...sts('https://sts.us-east-1.amazonaws.com/') }, /never changes it/],
    [
      'the issuer without its slash',
      { id: 'other', issuer: 'https://login.example.com' },
      /never changes it/,
    ],
    ['a taken name', { clientId: 'other' }, /another account called/],
  ])('a stored account is protected from %s', async (_name, changes, outcome) => {
    expect(await repointOf(changes)).toMatch(outcome);
  });

  test('an account is stored without settings that belong to this machine', async () => {
    const { accounts } = await new ConfigFile({ home, env: {} }).load(never);
    expect(accounts).toMatchObject([
      {
        id: 'work',
        development: false,
        caFile: null,
        credentialsEnabled: false,
        accountId: '123456789012',
        identity: { kind: 'browser' },
      },
    ]);
    expect((await readdir(home)).toSorted()).toEqual(['config.json', 'locks']);
  });
});

describe('a file', () => {
  function judged(changes: Changes, source: ProfileSource, managed: ManagedPolicy = noManagedPolicy) {
    return judgeProfile(parseProfile(JSON.stringify({ ...good, ...changes })), {
      source,
      managed,
      registrableDomain,
    });
  }

  test('a file may name foreign hosts that the user types, and a link may not', () => {
    const changes = {
      ...sts('https://sts.minio.example.net/'),
      s3Endpoint: 'https://s3.minio.example.net/',
      accountId: null,
      exchange: {
        ...good.exchange,
        roleArn: 'arn:minio:iam:::role/driftless',
        stsEndpoint: 'https://sts.minio.example.net/',
      },
    };
    expect(judged(changes, 'file')).toEqual({
      problems: [],
      // The bucket is a part of the store's host name where forcePathStyle does not say otherwise.
      hostsToType: ['company-files.s3.minio.example.net', 'sts.minio.example.net'],
    });
    expect(judged(changes, 'link').problems).toHaveLength(2);
    const dialog = (more: Changes) =>
      foreignReceivers(parseProfile(JSON.stringify({ ...good, ...changes, ...more })));
    expect(dialog({})).toEqual({
      token: ['sts.minio.example.net'],
      files: ['company-files.s3.minio.example.net'],
    });
    expect(dialog({ forcePathStyle: true }).files).toEqual(['s3.minio.example.net']);
    expect(judged({ ...changes, forcePathStyle: true }, 'file').hostsToType).toContain(
      's3.minio.example.net',
    );
    // The administrator's word for a store holds for the names that it makes of buckets.
    const managed = { ...noManagedPolicy, hosts: ['s3.minio.example.net'] };
    expect(judged(changes, 'file', managed).hostsToType).toEqual(['sts.minio.example.net']);
  });

  test.each([
    delegation('https://old-promo.example.com/delegation'),
    sts('https://old-promo.example.com/'),
    { s3Endpoint: 'https://old-promo.example.com/' },
    delegation('https://login.example.com:8443/delegation'),
  ])(
    'a sibling of the provider or another port needs typing for a file and is refused in a link',
    (changes) => {
      expect(said(judged(changes, 'link').problems)).toEqual([expect.stringMatching(/must come as a file/)]);
      expect(judged(changes, 'file').hostsToType).toHaveLength(1);
      const profile = parseProfile(JSON.stringify({ ...good, ...changes }));
      const { token, files } = foreignReceivers(profile);
      expect([...token, ...files]).toHaveLength(1);
    },
  );

  // What a shell reads must not stand in a command that is printed to be copied.
  test.each([
    delegation('https://store.example;{id,-u};x/delegation'),
    sts('https://$(id).example/'),
    { s3Endpoint: 'https://`id`.example/' },
    { issuer: 'https://login.example.com&id' },
    { s3Endpoint: "https://store.example'/" },
  ])('a host with characters of a shell is refused: %j', (changes) => {
    expect(said(judged(changes, 'file').problems).join()).toContain('must name its host with letters');
  });

  test('the provider’s own address and AWS need no typing', () => {
    const own = judged({ ...delegation('https://login.example.com/delegation') }, 'link');
    const aws = judged(sts('https://sts.us-east-1.amazonaws.com/'), 'link');
    expect([own, aws]).toEqual([
      { problems: [], hostsToType: [] },
      { problems: [], hostsToType: [] },
    ]);
  });

  test("a profile file obeys the administrator's policy", () => {
    const managed: ManagedPolicy = {
      ...noManagedPolicy,
      hosts: ['sts.evil.example'],
      issuers: ['https://other.example.com'],
      accounts: ['210987654321'],
      disabled: ['links'],
    };
    const { problems } = judged(sts('https://sts.evil.example/'), 'link', managed);
    expect(said(problems)).toEqual([
      expect.stringMatching(/links are switched off/),
      expect.stringMatching(/issuer is not one/),
      expect.stringMatching(/accountId is not one/),
    ]);
  });
});
