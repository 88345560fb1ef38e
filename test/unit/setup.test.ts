// Account and folder set-up on the loopback page, with explicit approval.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import type { Addition } from '../../main/adapters/config/file.ts';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { folderRoots, makeFolder, suggestFolder } from '../../main/adapters/config/new-folder.ts';
import { accountOfProfile, parseProfile } from '../../main/adapters/config/profile-file.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { App } from '../../main/compose/app.ts';
import { composeSetup } from '../../main/compose/page/setup.ts';
import type { NewConnection } from '../../main/compose/pair-edits.ts';
import type { AppConfig } from '../../main/core/config/config.ts';
import { factsOf } from '../../main/app/setup/profile-view.ts';
import type { Setup, SetupDialogs } from '../../main/app/setup/setup.ts';
import { en } from '../../preload/locales/en.ts';
import { keptLog } from '../fakes/shifted-clock.ts';
import { goodProfile, linkOf } from '../support/profiles.ts';

const never = new AbortController().signal;
let room: string;
let home: string;
let root: string;

beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'driftless-setup-'));
  home = join(room, 'home');
  root = join(room, 'folders');
  mkdirSync(root);
});
afterEach(() => {
  rmSync(room, { recursive: true, force: true });
});

type Kit = { readonly setup: Setup; readonly accounts: { readonly id: string }[] };

function loopback(
  policy?: object,
  folderRoots: readonly string[] = [root],
  dialogs: SetupDialogs | null = null,
): Kit {
  const policyPath = join(room, 'policy.json');
  if (policy !== undefined) writeFileSync(policyPath, JSON.stringify(policy));
  const config = new ConfigFile({ home, env: {} });
  const accounts: { id: string }[] = [];
  const app = {
    accounts: accounts as never,
    pairs: [],
    takenIds: ({ pairs }: Pick<AppConfig, 'pairs'>) => pairs.map(({ id }) => id),
    addConnection: async (connection: Addition<NewConnection>, signal: AbortSignal) => {
      const undo: (() => Promise<void>)[] = [];
      const noting = async (now: AppConfig): Promise<NewConnection> => {
        const made = typeof connection === 'function' ? await connection(now) : connection;
        if (made.undo !== undefined) undo.push(made.undo);
        return made;
      };
      try {
        const now = await config.addConnection(noting, (next) => Promise.resolve(next), signal);
        accounts.splice(0, accounts.length, ...now.accounts);
      } catch (error) {
        for (const one of undo) await one();
        throw error;
      }
    },
  };
  const page = { dialogs, folderRoots };
  return { setup: composeSetup({ home, env: {}, policyPath, app, page, log: keptLog() }), accounts };
}

const file = (document: unknown) => ({ source: 'file' as const, text: JSON.stringify(document) });

async function proposed(kit: Kit, document: unknown = goodProfile): Promise<string> {
  expect(await kit.setup.propose(file(document), never)).toEqual({ ok: true, value: null });
  return kit.setup.view().proposal?.id ?? '';
}

const yes = (proposalId: string, rest: object = {}) => ({
  proposalId,
  folder: null,
  awsAccount: '123456789012',
  hosts: [],
  ...rest,
});

const written = () =>
  existsSync(join(home, 'config.json')) ? readFileSync(join(home, 'config.json'), 'utf8') : null;

test('a page whose server was given no folders adds no account (security rule 17)', async () => {
  const kit = loopback(undefined, []);
  expect(kit.setup.view().isOpen).toBe(false);
  expect(await kit.setup.propose(file(goodProfile), never)).toMatchObject({
    error: { code: 'setup-closed' },
  });
  await kit.setup.offerLink(linkOf(goodProfile), never);
  expect(kit.setup.view().proposal).toBeNull();
});

describe('an approval', () => {
  test('an approval with the typed digits creates account, pair and folder at once', async () => {
    const kit = loopback();
    const id = await proposed(kit);
    expect(kit.setup.view().proposal?.folder).toBe(join(root, 'Driftless'));
    const connected = { accountId: 'work', pairIds: ['driftless'] };
    expect(await kit.setup.accept(yes(id), never)).toEqual({ ok: true, value: connected });
    // Nothing is synced before the user has seen what would happen.
    expect(existsSync(join(home, 'pairs', 'driftless.paused'))).toBe(true);
    expect(JSON.parse(written() ?? '')).toMatchObject({
      accounts: [{ id: 'work', issuer: goodProfile.issuer, accountId: '123456789012' }],
      pairs: [{ id: 'driftless', account: 'work', folder: join(root, 'Driftless'), bucket: 'company-files' }],
    });
    expect(existsSync(join(root, 'Driftless'))).toBe(true);
    expect(kit.setup.view()).toMatchObject({ isOpen: false, proposal: null });
    expect(await kit.setup.propose(file(goodProfile), never)).toMatchObject({
      error: { code: 'setup-closed' },
    });
  });

  test.each([
    ['no digits', { awsAccount: '' }, 'account-not-typed'],
    ['other digits', { awsAccount: '210987654321' }, 'account-not-typed'],
    ['a folder elsewhere', { folder: '/etc/driftless' }, 'folder-refused'],
    ['a folder that is no whole path', { folder: 'Documents' }, 'folder-refused'],
    ['the whole disk', { folder: '/' }, 'folder-refused'],
  ])('an approval with %s writes nothing', async (_title, rest, code) => {
    const kit = loopback();
    const id = await proposed(kit);
    const answer = await kit.setup.accept(yes(id, rest), never);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(answer)).not.toContain('\\n');
    expect([written(), readdirSync(root)]).toEqual([null, []]);
    // The user may correct it.
    expect(kit.setup.view().proposal?.id).toBe(id);
  });

  test('an approval of another proposal than the shown one is void', async () => {
    const kit = loopback();
    const id = await proposed(kit);
    expect(kit.setup.reject({ proposalId: id })).toEqual({ ok: true, value: null });
    const next = await proposed(kit);
    expect(next).not.toBe(id);
    expect(await kit.setup.accept(yes(id), never)).toMatchObject({ error: { code: 'proposal-gone' } });
    expect(written()).toBeNull();
  });

  test('of two simultaneous approvals one counts', async () => {
    const kit = loopback();
    const id = await proposed(kit);
    const answers = await Promise.all([kit.setup.accept(yes(id), never), kit.setup.accept(yes(id), never)]);
    expect(answers).toMatchObject([{ ok: true }, { ok: false, error: { code: 'proposal-gone' } }]);
    expect((JSON.parse(written() ?? '') as { pairs: unknown[] }).pairs).toHaveLength(1);
  });

  test('an approval of foreign hosts needs each one typed', async () => {
    const foreign = {
      ...goodProfile,
      exchange: { ...goodProfile.exchange, stsEndpoint: 'https://sts.partner.example/' },
    };
    const kit = loopback();
    const id = await proposed(kit, foreign);
    expect(kit.setup.view().proposal?.hostsToType).toEqual(['sts.partner.example']);
    expect(await kit.setup.accept(yes(id), never)).toMatchObject({
      error: { code: 'host-not-typed', fields: { host: 'sts.partner.example' } },
    });
    expect(await kit.setup.accept(yes(id, { hosts: [' STS.partner.example '] }), never)).toMatchObject({
      ok: true,
    });
  });

  test("an approval obeys the administrator's policy of that moment", async () => {
    const kit = loopback();
    const id = await proposed(kit);
    writeFileSync(join(room, 'policy.json'), JSON.stringify({ accounts: ['210987654321'] }));
    const answer = await kit.setup.accept(yes(id), never);
    expect(answer).toMatchObject({ error: { code: 'profile-refused' } });
    expect(written()).toBeNull();
  });

  test('an approval for a part of the bucket that is synced already names the folder that holds it', async () => {
    let folder = join(root, 'first');
    const dialogs = {
      chooseFolder: () => Promise.resolve(folder),
      confirmConnection: () => Promise.resolve(true),
      confirmPlace: () => Promise.resolve(false),
      chooseCertificates: () => Promise.resolve(null),
      confirmCertificates: () => Promise.resolve(false),
      confirmAwsProfile: () => Promise.resolve(false),
    };
    const kit = loopback({}, [root], dialogs);
    const accept = async (): Promise<unknown> => {
      const id = await proposed(kit);
      await kit.setup.chooseFolder({ proposalId: id });
      return await kit.setup.accept(yes(id), never);
    };
    expect(await accept()).toEqual({ ok: true, value: { accountId: 'work', pairIds: ['first'] } });
    folder = join(root, 'second');
    expect(await accept()).toEqual({
      ok: false,
      error: { code: 'place-held', fields: { pairId: 'first', folder: join(root, 'first') } },
    });
    expect(readdirSync(root)).toEqual(['first']);
  });

  test('an approval that cannot be written leaves no folder behind', async () => {
    const kit = loopback();
    mkdirSync(home);
    writeFileSync(join(home, 'config.json'), '{"accounts":[],"pairs":[],"bogus":1}');
    const before = written();
    expect(await kit.setup.propose(file(goodProfile), never)).toMatchObject({
      error: { code: 'setup-refused', fields: { reason: expect.stringContaining('bogus') as string } },
    });
    writeFileSync(join(home, 'config.json'), '{"accounts":[],"pairs":[]}');
    const id = await proposed(kit);
    writeFileSync(join(home, 'config.json'), before ?? '');
    expect(await kit.setup.accept(yes(id, { folder: join(root, 'a', 'b') }), never)).toMatchObject({
      ok: false,
    });
    expect(readdirSync(root)).toEqual([]);
    expect(written()).toBe(before);
    expect(existsSync(join(home, 'pairs', 'b.paused'))).toBe(false);
  });
});

function composed(): Promise<App> {
  const options = {
    home,
    policyPath: join(room, 'policy.json'),
    secrets: new FileSecrets(join(home, 'secrets')),
    launch: () => Promise.reject(new Error('nothing is to be opened')),
    logLevel: 'info',
    writeLog: () => undefined,
    isPackaged: false,
    version: '0.1.0',
    env: {},
    isConfigOptional: true,
  } as const;
  return composeApp(options, never);
}

test('a folder under an account that another program wrote meanwhile runs at once', async () => {
  const app = await composed();
  const profile = parseProfile(JSON.stringify(goodProfile));
  await new ConfigFile({ home, env: {} }).addAccount(accountOfProfile(profile, 'work'), never);
  const pair = { id: 'docs', account: 'work', folder: root, bucket: profile.bucket, prefix: profile.prefix };
  await app.addConnection({ account: null, pair }, never);
  expect(app.accounts.map(({ id }) => id)).toEqual(['work']);
  expect(app.pairs.map(({ config }) => config.id)).toEqual(['docs']);
});

test('a folder without a sign-in so far names its bucket, and no variable of its prefix', async () => {
  const app = await composed();
  const profile = parseProfile(JSON.stringify(goodProfile));
  const account = accountOfProfile(profile, 'work');
  const at = (id: string, prefix: string) => ({
    id,
    account: 'work',
    folder: join(root, id),
    bucket: profile.bucket,
    prefix,
  });
  for (const id of ['own', 'tagged', 'team']) mkdirSync(join(root, id));
  const morePairs = [at('tagged', 'teams/{tag:team}/'), at('team', 'shared/plans/')];
  await app.addConnection({ account, pair: at('own', 'users/{sub}/'), morePairs }, never);
  expect(app.pairs.map(({ remoteLabel }) => remoteLabel())).toEqual([
    profile.bucket,
    profile.bucket,
    `${profile.bucket}/shared/plans/`,
  ]);
});

test('an account or folder that cannot run is not written into the settings', async () => {
  const app = await composed();
  const profile = parseProfile(JSON.stringify(goodProfile));
  const account = { ...accountOfProfile(profile, 'work'), caFile: join(room, 'no-such.pem') };
  const pair = { id: 'docs', account: 'work', folder: root, bucket: profile.bucket, prefix: profile.prefix };
  await expect(app.addConnection({ account, pair }, never)).rejects.toThrow('no-such.pem');
  expect(existsSync(join(home, 'config.json'))).toBe(false);
  expect(app.accounts).toEqual([]);
});

describe('before an approval', () => {
  test('a proposal is not replaced by another', async () => {
    const kit = loopback();
    const id = await proposed(kit);
    await kit.setup.offerLink(linkOf({ ...goodProfile, issuer: 'https://id.example.org/' }), never);
    expect(kit.setup.view()).toMatchObject({ proposal: { id }, refusal: { code: 'proposal-waiting' } });
    kit.setup.dismissRefusal();
    expect(kit.setup.view().refusal).toBeNull();
  });

  test('a value that a link may not name is shown with the reason and cannot be accepted', async () => {
    const kit = loopback();
    const link = linkOf({
      ...goodProfile,
      exchange: { ...goodProfile.exchange, stsEndpoint: 'https://sts.evil.example/' },
    });
    expect(await kit.setup.propose({ source: 'link', text: link }, never)).toMatchObject({ ok: true });
    const { proposal } = kit.setup.view();
    expect(proposal?.problems).toEqual([
      { code: 'foreign-in-link', fields: { field: 'exchange.stsEndpoint', host: 'sts.evil.example' } },
    ]);
    const answer = await kit.setup.accept(yes(proposal?.id ?? '', { hosts: ['sts.evil.example'] }), never);
    expect(answer).toMatchObject({ error: { code: 'profile-refused' } });
  });

  test('links can be disabled for the machine', async () => {
    const kit = loopback({ disabled: ['links'] });
    await kit.setup.offerLink(linkOf(goodProfile), never);
    expect(kit.setup.view().proposal?.problems).toEqual([{ code: 'links-off', fields: {} }]);
  });

  test('a text that is no profile gives one line of error', async () => {
    const kit = loopback();
    for (const text of ['{', '[]', '{"driftlessProfile":1}', `{"${'x'.repeat(300)}":1}`]) {
      const answer = await kit.setup.propose({ source: 'file', text }, never);
      expect(answer).toMatchObject({ ok: false, error: { code: 'profile-refused' } });
    }
    expect(kit.setup.view().proposal).toBeNull();
  });

  test('every value of a profile is shown with a name and a meaning from the catalogue', () => {
    const arns = {
      roleArn: goodProfile.exchange.roleArn,
      principalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
    };
    const policy = '{"Version":"2012-10-17"}';
    const stsEndpoint = 'https://sts.eu-central-1.amazonaws.com/';
    const exchanges = [
      { ...goodProfile.exchange, stsEndpoint, sessionPolicy: policy },
      {
        kind: 'delegation',
        url: 'https://login.example.com/d',
        target: 't1',
        clientId: 'c2',
        stsEndpoint,
        ...arns,
      },
      {
        kind: 'saml',
        assertionUrl: 'https://login.example.com/s',
        durationSeconds: 901,
        sessionPolicy: policy,
        stsEndpoint,
        ...arns,
      },
      {
        kind: 'cognito',
        identityPoolId: 'eu-central-1:pool',
        loginKey: 'login.example.com',
        endpoint: 'https://cognito-identity.eu-central-1.amazonaws.com/',
      },
    ];
    for (const exchange of exchanges) {
      const document = {
        ...goodProfile,
        exchange,
        scopes: 'openid email',
        redirectUri: 'http://localhost:8976/callback',
        authorizationParams: { hd: 'example.com' },
        s3Endpoint: 'https://s3.eu-central-1.amazonaws.com/',
        forcePathStyle: true,
      };
      const facts = factsOf(parseProfile(JSON.stringify(document)));
      const told = facts.map(({ value }) => value).join('\\n');
      const {
        driftlessProfile: _version,
        forcePathStyle: _style,
        authorizationParams,
        exchange: _kind,
        ...rest
      } = document;
      const { kind, ...of } = exchange;
      for (const value of [...Object.values(rest), ...Object.values(of), `hd=${authorizationParams.hd}`])
        expect(told).toContain(String(value));
      expect(told).toContain(`exchange.${kind}`);
      for (const { name } of facts) {
        expect(en).toHaveProperty([`fact.${name}`]);
        expect(en).toHaveProperty([`fact.${name}.text`]);
      }
      expect(en).toHaveProperty([`value.exchange.${kind}`]);
    }
  });
});

describe('the folder', () => {
  test('the suggested folder lies apart from synced ones', () => {
    expect(suggestFolder('/home/me', [])).toBe('/home/me/Driftless');
    expect(suggestFolder('/home/me', ['/home/me/Driftless', '/home/me/Driftless 2/Work'])).toBe(
      '/home/me/Driftless 3',
    );
    expect(suggestFolder('/srv/data', ['/srv'])).toBe('/srv/data/Driftless');
  });

  test('a Flatpak syncs below the folder that its manifest opens, and not what its dialog hands in', async () => {
    expect(folderRoots(null, {}, room)).toBeNull();
    const roots = folderRoots(null, { FLATPAK_ID: 'io.github.driftless' }, room);
    expect(roots).toEqual([join(room, 'Driftless')]);
    mkdirSync(join(room, 'Driftless'));
    expect(
      existsSync((await makeFolder(suggestFolder(roots?.[0] ?? '', []), { roots, userHome: room })).path),
    ).toBe(true);
    for (const path of ['/run/user/1000/doc/1f/Work', join(room, 'Driftless 2'), join(room, 'Work')])
      await expect(makeFolder(path, { roots, userHome: room })).rejects.toMatchObject({
        code: 'folder-refused',
      });
  });

  test('a new folder is created with its parents and removed as a whole', async () => {
    const made = await makeFolder(join(root, 'a', 'b', 'c'), { roots: [root], userHome: room });
    expect(existsSync(made.path)).toBe(true);
    await made.undo();
    expect(readdirSync(root)).toEqual([]);
  });

  test('a folder is not removed when it has contents or existed before', async () => {
    const full = await makeFolder(join(root, 'full'), { roots: [root], userHome: room });
    writeFileSync(join(full.path, 'x'), '');
    await full.undo();
    mkdirSync(join(root, 'there'));
    await (await makeFolder(join(root, 'there'), { roots: [root], userHome: room })).undo();
    expect(readdirSync(root)).toEqual(['full', 'there']);
  });

  test('a folder may be written with ~, and a link out of the allowed ones leads nowhere', async () => {
    const made = await makeFolder('~/folders/mine', { roots: [root], userHome: room });
    expect(made.path).toBe(join(root, 'mine'));
    mkdirSync(join(room, 'outside'));
    symlinkSync(join(room, 'outside'), join(root, 'link'));
    for (const path of [join(root, 'link', 'x'), join(root, '..', 'outside', 'x'), `${root}-other`]) {
      await expect(makeFolder(path, { roots: [root], userHome: room })).rejects.toMatchObject({
        code: 'folder-refused',
      });
    }
    expect(readdirSync(join(room, 'outside'))).toEqual([]);
  });
});

test('what the user typed about an account of their own is reviewed like a profile', async () => {
  const kit = loopback();
  const typed = {
    issuer: 'https://login.example.com/',
    clientId: '0oa4driftless',
    awsAccount: '1234-5678-9012',
    bucket: 'alice-files',
    region: 'eu-central-1',
    subject: 'alice-1',
    isEveryone: false,
  };
  expect(await kit.setup.proposeOwn({ ...typed, bucket: '' }, never)).toMatchObject({
    ok: false,
    error: { code: 'own-incomplete' },
  });
  expect(await kit.setup.proposeOwn(typed, never)).toEqual({ ok: true, value: null });
  expect(kit.setup.view().proposal).toMatchObject({
    source: 'form',
    issuerHost: 'login.example.com',
    awsAccount: '123456789012',
    bucket: 'alice-files',
    problems: [],
    hostsToType: [],
  });
  expect(existsSync(join(home, 'config.json'))).toBe(false);
});

test.each([
  ['https://login.example.com/', 'login.example.com', ''],
  ['https://login.example.com/tenant-1/v2.0', 'login.example.com', '/tenant-1/v2.0'],
  ['https://login.example.com/realms/staff/', 'login.example.com', '/realms/staff'],
])('the question of main names the issuer %s whole', async (issuer, issuerHost, issuerPath) => {
  const asked: unknown[] = [];
  const dialogs = {
    chooseFolder: () => Promise.resolve(null),
    confirmPlace: () => Promise.resolve(false),
    confirmConnection: (question: unknown) => {
      asked.push(question);
      return Promise.resolve(false);
    },
    chooseCertificates: () => Promise.resolve(null),
    confirmCertificates: () => Promise.resolve(false),
    confirmAwsProfile: () => Promise.resolve(false),
  };
  const kit = loopback({}, [root], dialogs);
  const id = await proposed(kit, { ...goodProfile, issuer });
  expect(await kit.setup.accept(yes(id, { folder: null }), never)).toEqual({ ok: true, value: null });
  expect(asked).toMatchObject([{ issuerHost, issuerPath }]);
});

describe('team folders of a profile', () => {
  const teams = {
    ...goodProfile,
    exchange: { ...goodProfile.exchange, kind: 'access-grants' },
    teamFolders: ['teams/blue/', 'shared/'],
  };
  const pairs = (): readonly { readonly prefix: string; readonly folder: string }[] =>
    (JSON.parse(written() ?? '{"pairs":[]}') as { pairs: { prefix: string; folder: string }[] }).pairs;

  const dialogsThat = (confirms: boolean, asked: unknown[] = []): SetupDialogs => ({
    chooseFolder: (startAt) => Promise.resolve(`${startAt} chosen`),
    confirmPlace: () => Promise.resolve(false),
    confirmConnection: (question) => {
      asked.push(question);
      return Promise.resolve(confirms);
    },
    chooseCertificates: () => Promise.resolve(null),
    confirmCertificates: () => Promise.resolve(false),
    confirmAwsProfile: () => Promise.resolve(false),
  });

  test('are each shown with a folder of its own, and nothing is made before the approval', async () => {
    const kit = loopback();
    await proposed(kit, teams);
    const shown = kit.setup.view().proposal;
    expect(shown?.facts.filter(({ name }) => name === 'teamFolder').map(({ value }) => value)).toEqual(
      teams.teamFolders,
    );
    const folders = [shown?.folder, ...(shown?.teamFolders ?? []).map(({ folder }) => folder)];
    expect(folders).toEqual(['Driftless', 'Driftless 2', 'Driftless 3'].map((name) => join(root, name)));
    expect([readdirSync(root), written()]).toEqual([[], null]);
  });

  test('become pairs of their own, in the folders that the user typed', async () => {
    const kit = loopback();
    const id = await proposed(kit, teams);
    const teamFolders = [join(root, 'Blue'), join(root, 'Shared')];
    const accepted = await kit.setup.accept(yes(id, { folder: join(root, 'Mine'), teamFolders }), never);
    const pairIds = ['mine', 'blue', 'shared'];
    expect(accepted).toEqual({ ok: true, value: { accountId: 'work', pairIds } });
    for (const one of pairIds) expect(existsSync(join(home, 'pairs', `${one}.paused`))).toBe(true);
    expect(pairs().map(({ prefix, folder }) => [prefix, folder])).toEqual([
      ['users/{sub}/', join(root, 'Mine')],
      ['teams/blue/', teamFolders[0]],
      ['shared/', teamFolders[1]],
    ]);
    expect(readdirSync(root).sort()).toEqual(['Blue', 'Mine', 'Shared']);
  });

  test('are all there or none: where one folder cannot be, nothing is written and no folder is left', async () => {
    const kit = loopback();
    const id = await proposed(kit, teams);
    const teamFolders = [join(root, 'Blue'), join(room, 'elsewhere')];
    const refused = await kit.setup.accept(yes(id, { folder: join(root, 'Mine'), teamFolders }), never);
    expect(refused).toMatchObject({ ok: false, error: { code: 'folder-refused' } });
    const nested = [join(root, 'Mine', 'Blue'), join(root, 'Shared')];
    expect(
      await kit.setup.accept(yes(id, { folder: join(root, 'Mine'), teamFolders: nested }), never),
    ).toMatchObject({ ok: false });
    expect([readdirSync(root), written()]).toEqual([[], null]);
  });

  test('a team folder that comes later is added alone, beside the own one', async () => {
    const kit = loopback({}, [root], dialogsThat(true));
    const first = { ...teams, teamFolders: ['teams/blue/'] };
    await kit.setup.accept(yes(await proposed(kit, first)), never);
    const id = await proposed(kit, teams);
    expect(kit.setup.view().proposal).toMatchObject({
      ...{ knownAs: 'work', folder: null },
      teamFolders: [{ prefix: 'shared/', folder: join(root, 'Driftless 3') }],
    });
    expect(await kit.setup.accept(yes(id), never)).toMatchObject({ ok: true });
    expect(pairs().map(({ prefix }) => prefix)).toEqual(['users/{sub}/', 'teams/blue/', 'shared/']);
  });

  test('an own folder that names no user is shown, and asked about, as one that others share', async () => {
    const asked: unknown[] = [];
    for (const [prefix, sharedAt] of [
      ['teams/everyone/', 'company-files/teams/everyone/'],
      ['', 'company-files/'],
      ['users/{sub}/', null],
      ['teams/{tag:team}/', null],
    ] as const) {
      const kit = loopback({}, [root], dialogsThat(false, asked));
      const proposalId = await proposed(kit, { ...goodProfile, prefix });
      expect(kit.setup.view().proposal).toMatchObject({ sharedAt });
      await kit.setup.accept(yes(proposalId), never);
      expect(asked.pop()).toMatchObject({ sharedAt });
    }
    // Of team folders alone, each is named by itself.
    const kit = loopback({}, [root], dialogsThat(true, asked));
    const fixed = { ...teams, prefix: 'plans/', teamFolders: ['teams/blue/'] };
    await kit.setup.accept(yes(await proposed(kit, fixed)), never);
    await kit.setup.accept(yes(await proposed(kit, { ...fixed, teamFolders: teams.teamFolders })), never);
    expect(asked).toMatchObject([{ sharedAt: 'company-files/plans/' }, { folder: null, sharedAt: null }]);
  });

  test('in the desktop each is chosen in main’s dialog, which asks by prefix and folder', async () => {
    const asked: unknown[] = [];
    const kit = loopback({}, [root], dialogsThat(false, asked));
    const proposalId = await proposed(kit, teams);
    await kit.setup.chooseFolder({ proposalId, teamFolder: 'shared/' });
    expect(await kit.setup.chooseFolder({ proposalId, teamFolder: 'teams/red/' })).toMatchObject({
      error: { code: 'proposal-gone' },
    });
    const typed = yes(proposalId, { teamFolders: [join(root, 'a'), join(root, 'b')] });
    expect(await kit.setup.accept(typed, never)).toMatchObject({ error: { code: 'not-supported' } });
    expect(await kit.setup.accept(yes(proposalId), never)).toEqual({ ok: true, value: null });
    expect(asked).toMatchObject([
      {
        folder: join(root, 'Driftless'),
        teamFolders: [
          { prefix: 'teams/blue/', folder: join(root, 'Driftless 2') },
          { prefix: 'shared/', folder: join(root, 'Driftless 3 chosen') },
        ],
      },
    ]);
    expect(written()).toBeNull();
  });
});
