// Hostile local users, links, profiles and stores, each stopped at its boundary.
import { existsSync, rmdirSync } from 'node:fs';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeFolder } from '../../main/adapters/system/compiled-code.ts';
import { acquireEngineLock, findEngine } from '../../main/adapters/system/engine-lock.ts';
import { protectHome, protectState } from '../../main/adapters/system/home/data-dir.ts';
import { absoluteOf } from '../../main/app/files/file-commands.ts';
import { isForeignSpelling } from '../../main/adapters/disk/paths.ts';
import { ensureRoom } from '../../main/adapters/disk/changes/own-folder.ts';
import type { ObjectKey, RelPath } from '../../main/core/model/model.ts';
import { askEngine, socketInHome, startControlSocket } from '../../main/control/socket.ts';
import { printable, quoted } from '../../main/cli/verbs/profile.ts';
import { demandOwnHome } from '../../main/compose/own-home.ts';
import { chooseHome, refuseUnsafeHome } from '../../main/shell/home.ts';
import { restoreVersion } from '../../main/sync/operations/restore.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { Backend, Result } from '../../preload/contract.ts';
import { skipUnless } from '../support/skip.ts';

const otherUserId = 65_534;
const isRoot = process.getuid?.() === 0;
const modesCount = process.platform !== 'win32';

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'driftless-hostile-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What it throws comes as a rejection. */
async function tried<Args extends readonly unknown[]>(
  run: (...args: Args) => unknown,
  ...args: Args
): Promise<unknown> {
  return await Promise.resolve(run(...args));
}

test(
  'a socket that another user put in place of ours receives no request',
  skipUnless(isRoot && modesCount, 'giving a file away needs root'),
  async () => {
    const home = await tempFolder();
    const control = await startControlSocket(home, {} as Backend, {
      hello: () => Promise.resolve({ ok: true, value: 'ours' }),
    });
    onTestFinished(() => control.close());
    const { signal } = new AbortController();
    const question = { name: 'hello', input: {} };
    expect(await askEngine(home, question, signal)).toEqual({ ok: true, value: 'ours' });
    await chown(socketInHome(home) ?? '', otherUserId, otherUserId);
    expect(await askEngine(home, question, signal)).toBeNull();
  },
);

test(
  'a data directory too deep for a socket gets a random private name that is trusted only while its engine lives',
  skipUnless(modesCount, 'Windows has pipes'),
  async () => {
    const home = join(await tempFolder(), 'deep'.repeat(30));
    const { signal } = new AbortController();
    const question = { name: 'hello', input: {} };
    const lock = acquireEngineLock(home);
    if (lock.kind === 'held') throw new Error('not acquired');
    const hello = (): Promise<Result<unknown>> => Promise.resolve({ ok: true, value: 'ours' });
    const [first, second] = [
      await startControlSocket(home, {} as Backend, { hello }),
      await startControlSocket(home, {} as Backend, { hello }),
    ];
    onTestFinished(() => second.close());
    // No other process can be there first: names never repeat, and no other user may enter the folder.
    expect(first.invented).not.toBe(second.invented);
    expect((await stat(dirname(second.invented ?? ''))).mode & 0o777).toBe(0o700);
    await first.close();
    expect(existsSync(dirname(first.invented ?? ''))).toBe(false);
    expect(await askEngine(home, question, signal)).toBeNull();
    lock.announce({ url: null, socket: second.invented });
    expect(await askEngine(home, question, signal)).toEqual({ ok: true, value: 'ours' });
    const label = await readFile(join(home, 'engine.json'));
    lock.release();
    await writeFile(join(home, 'engine.json'), label);
    expect(await askEngine(home, question, signal)).toBeNull();
  },
);

describe('the configuration folder', skipUnless(modesCount, 'Windows has no such modes'), () => {
  const source = (userHome: string) => ({ platform: 'linux' as const, env: {}, userHome });

  test.each([0o720, 0o702, 0o777])(
    'a configuration folder with mode %o is refused because others could exchange the settings',
    async (mode) => {
      const home = await tempFolder();
      await chmod(home, mode);
      await expect(tried(protectHome, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
        message: `the folder of the settings, ${home}, can be written to by other users; check its contents, then run: chmod 700 ${home}`,
      });
    },
  );

  test(
    'a configuration folder of another user is refused',
    skipUnless(isRoot, 'giving a folder away needs root'),
    async () => {
      const home = await tempFolder();
      await chown(home, otherUserId, otherUserId);
      await expect(tried(protectHome, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
      });
    },
  );

  test.each([0o620, 0o602])(
    'settings with mode %o are refused in a folder that others may enter, and fine in a closed one',
    async (mode) => {
      const home = await tempFolder();
      await writeFile(join(home, 'config.json'), '{}');
      await chmod(join(home, 'config.json'), mode);
      await chmod(home, 0o755);
      await expect(tried(protectHome, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
        message: `the settings, ${join(home, 'config.json')}, can be written to by other users; check them, then run: chmod 600 ${join(home, 'config.json')}`,
      });
      await chmod(home, 0o700);
      expect(protectHome(home, source('/home/me'))).toEqual({ isOpenToOthers: false });
    },
  );

  test(
    'settings of another user are refused',
    skipUnless(isRoot, 'giving a file away needs root'),
    async () => {
      const home = await tempFolder();
      await writeFile(join(home, 'config.json'), '{}');
      await chown(join(home, 'config.json'), otherUserId, otherUserId);
      await chmod(home, 0o755);
      await expect(tried(protectHome, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
      });
    },
  );

  test('a configuration folder is refused where all users can put another in its place, also behind a link', async () => {
    const place = await tempFolder();
    const above = join(place, 'above');
    const home = join(above, 'home');
    await mkdir(home, { recursive: true, mode: 0o700 });
    const link = join(await tempFolder(), 'link');
    await symlink(home, link);
    await chmod(above, 0o777);
    for (const way of [home, link])
      await expect(tried(protectHome, way, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
        message: `the folder of the settings, ${way}, is in ${above}, where all users can put another in its place; run: chmod +t ${above} (or, where no other user can reach it, as in a container, set DRIFTLESS_TRUSTED_FOLDERS=${above})`,
      });
    // As /tmp is.
    await chmod(above, 0o1777);
    expect(protectHome(home, source('/home/me'))).toEqual({ isOpenToOthers: false });
  });

  test('a link to the configuration folder is refused where all users can put another link in its place', async () => {
    const home = await tempFolder();
    const above = join(await tempFolder(), 'above');
    await mkdir(above);
    await symlink(dirname(home), join(above, 'link'));
    await chmod(above, 0o777);
    const way = join(above, 'link', basename(home));
    await expect(tried(protectHome, way, source('/home/me'))).rejects.toMatchObject({
      message: expect.stringContaining(`is in ${above}, where all users`) as string,
    });
    await chmod(above, 0o1777);
    expect(protectHome(way, source('/home/me'))).toEqual({ isOpenToOthers: false });
  });

  test(
    'a link that another user put into a common folder does not lead to the configuration folder',
    skipUnless(isRoot, 'giving a link away needs root'),
    async () => {
      const home = await tempFolder();
      const above = join(await tempFolder(), 'above');
      await mkdir(above);
      await symlink(home, join(above, 'link'));
      await lchown(join(above, 'link'), otherUserId, otherUserId);
      await chmod(above, 0o1777);
      await expect(tried(protectHome, join(above, 'link'), source('/home/me'))).rejects.toMatchObject({
        message: expect.stringContaining('is behind a link of another user') as string,
      });
    },
  );

  test('the place of a folder that is not there yet counts, too', async () => {
    const above = join(await tempFolder(), 'above');
    await mkdir(above);
    await chmod(above, 0o777);
    for (const home of [join(above, 'home'), join(above, 'deep', 'home')])
      await expect(tried(protectHome, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
      });
  });

  test('a container with a volume that everyone may write to names it as trusted, and nothing else', async () => {
    const volume = join(await tempFolder(), 'volume');
    const home = join(volume, 'home');
    await mkdir(home, { recursive: true, mode: 0o700 });
    await chmod(volume, 0o777);
    const trusting = (...folders: readonly string[]) => ({
      ...source('/home/me'),
      env: { DRIFTLESS_TRUSTED_FOLDERS: folders.join(delimiter) },
    });
    for (const folders of [[''], ['.'], [dirname(volume)], [home]])
      await expect(tried(protectHome, home, trusting(...folders))).rejects.toMatchObject({
        code: 'config-invalid',
      });
    for (const folders of [[volume], [`${volume}/`, '/elsewhere']])
      expect(protectHome(home, trusting(...folders))).toEqual({ isOpenToOthers: false });
    // The volume itself as the home: its owner is another, and no chmod is possible.
    await expect(tried(protectHome, volume, source('/home/me'))).rejects.toMatchObject({
      code: 'config-invalid',
    });
    expect(protectHome(volume, trusting(volume))).toEqual({ isOpenToOthers: true });
  });

  test('state elsewhere is held to the same rules as the settings', async () => {
    const home = await tempFolder();
    const above = join(await tempFolder(), 'above');
    const pairs = join(above, 'pairs');
    await mkdir(pairs, { recursive: true, mode: 0o700 });
    await symlink(pairs, join(home, 'pairs'));
    protectState(home, source('/home/me'));
    for (const [folder, mode] of [
      [above, 0o777],
      [pairs, 0o770],
    ] as const) {
      await chmod(folder, mode);
      await expect(tried(protectState, home, source('/home/me'))).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringContaining('the folder of the state') as string,
      });
      await chmod(folder, 0o700);
    }
  });

  test('a default configuration folder with wide permissions is tightened and a chosen one is reported', async () => {
    const userHome = await tempFolder();
    const home = join(userHome, '.config', 'driftless');
    await mkdir(home, { recursive: true });
    await chmod(home, 0o755);
    expect(protectHome(home, source('/elsewhere'))).toEqual({ isOpenToOthers: true });
    expect(protectHome(home, source(userHome))).toEqual({ isOpenToOthers: false });
    expect((await stat(home)).mode & 0o777).toBe(0o700);
  });

  test('the locks in the configuration folder can only be opened by their owner', async () => {
    const home = await tempFolder();
    const lock = acquireEngineLock(home);
    if (lock.kind !== 'acquired') throw new Error('held');
    onTestFinished(() => {
      lock.release();
    });
    expect((await stat(join(home, 'engine.lock'))).mode & 0o777).toBe(0o600);
  });

  test('a socket is private from its first instant and leaves nothing behind', async () => {
    const home = await tempFolder();
    const control = await startControlSocket(home, {} as Backend, {});
    onTestFinished(() => control.close());
    expect((await stat(socketInHome(home) ?? '')).mode & 0o777).toBe(0o600);
    expect((await readdir(home)).sort()).toEqual(['engine.sock']);
    await control.close();
    expect(await readdir(home)).toEqual([]);
  });
});

test('on Windows the pipe name cannot be known before the engine runs', () => {
  expect(socketInHome('/home/me', 'win32')).toBeNull();
  expect(socketInHome('/home/me', 'linux')).toBe('/home/me/engine.sock');
});

describe('a home that others can write to', skipUnless(modesCount, 'Windows has no such modes'), () => {
  async function planted() {
    const [home, elsewhere] = [await tempFolder(), await tempFolder()];
    const victim = join(elsewhere, 'victim');
    await writeFile(victim, 'mine');
    await chmod(victim, 0o664);
    const names = ['engine.lock', 'engine.json', 'engine.json.new'];
    for (const name of names) await symlink(victim, join(home, name));
    await chmod(home, 0o777);
    const untouched = async (): Promise<void> => {
      expect(await readFile(victim, 'utf8')).toBe('mine');
      expect((await stat(victim)).mode & 0o777).toBe(0o664);
      expect((await readdir(home)).sort()).toEqual(names.toSorted());
    };
    return { home, untouched };
  }

  test.each([acquireEngineLock, findEngine])(
    'is refused before anything in it is opened: %o',
    async (ask: (home: string) => unknown) => {
      const { home, untouched } = await planted();
      await expect(tried(ask, home)).rejects.toMatchObject({ code: 'config-invalid' });
      await untouched();
    },
  );

  test('a link in the place of the lock is not followed, in a home that is closed now either', async () => {
    const { home, untouched } = await planted();
    await chmod(home, 0o700);
    expect(() => acquireEngineLock(home)).toThrow();
    await untouched();
  });

  test('is refused by the app before Chromium has a folder in it', async () => {
    const { home } = await planted();
    const said: string[] = [];
    const elsewhere: string[] = [];
    const ended = Promise.withResolvers<number | undefined>();
    const app = {
      exit: (code?: number) => {
        ended.resolve(code);
      },
      getLocale: () => 'en',
      setPath: (name: string, path: string) => {
        elsewhere.push(`${name} ${dirname(path)}`);
        rmdirSync(path);
      },
      whenReady: () => Promise.resolve(),
    };
    const dialog = { showErrorBox: (_title: string, text: string) => void said.push(text) };
    const isRefused = refuseUnsafeHome(app, dialog, () => {
      demandOwnHome(home);
    });
    expect([isRefused, await ended.promise]).toEqual([true, 2]);
    expect(said).toEqual([expect.stringContaining('can be written to by other users')]);
    expect(elsewhere).toEqual([`userData ${tmpdir()}`]);
  });

  test('holds no compiled code, nor does a folder in one that others can exchange', async () => {
    const { home } = await planted();
    const between = join(home, 'cache');
    await mkdir(between, { mode: 0o700 });
    expect(codeFolder(join(between, 'code'))).toBe(null);
    await chmod(home, 0o775);
    expect(codeFolder(join(between, 'code'))).toBe(null);
    expect(await readdir(between)).toEqual([]);
    // Others can exchange the link, wherever it leads.
    await symlink(await tempFolder(), join(home, 'link'));
    expect(codeFolder(join(home, 'link', 'code'))).toBe(null);
  });
});

test(
  'settings behind a link in a closed home are held to the rule, too',
  skipUnless(modesCount, 'Windows has no such modes'),
  async () => {
    const [home, elsewhere] = [await tempFolder(), await tempFolder()];
    await writeFile(join(elsewhere, 'config.json'), '{}');
    await chmod(join(elsewhere, 'config.json'), 0o666);
    await symlink(join(elsewhere, 'config.json'), join(home, 'config.json'));
    await chmod(home, 0o700);
    const source = { platform: 'linux' as const, env: {}, userHome: '/home/me' };
    await expect(tried(protectHome, home, source)).rejects.toMatchObject({ code: 'config-invalid' });
  },
);

test('a command printed for copying quotes foreign text', () => {
  expect(quoted('a/{sub}/')).toBe(`'a/{sub}/'`);
  expect(quoted(`a';id;'/`)).toBe(String.raw`'a'\'';id;'\''/'`);
  expect(printable('a/{sub}/')).toBe(`'a/{sub}/'`);
  expect(printable("team & calc & ';calc;'/{sub}/")).toBe('PREFIX');
  expect(quoted('a/\u202eb\u001b[2J/')).toBe(`'a/ b [2J/'`);
});

test('an option that came in with a link does not choose the data directory', () => {
  const app = { getPath: () => '/config' } as unknown as Parameters<typeof chooseHome>[0];
  const usual = chooseHome(app, ['driftless'], {});
  expect(chooseHome(app, ['driftless', 'driftless://connect?x=', '--home', '/evil'], {})).toBe(usual);
  expect(chooseHome(app, ['driftless', '--home', '/mine', 'driftless://connect'], {})).toBe('/mine');
});

test('a name that Windows reads as a path or a stream leads nowhere', () => {
  expect(isForeignSpelling(String.raw`a\..\..\b`, 'win32')).toBe(true);
  expect(isForeignSpelling('a.txt:stream', 'win32')).toBe(true);
  expect(isForeignSpelling('a/b.txt', 'win32')).toBe(false);
  expect(isForeignSpelling('a:b', 'linux')).toBe(false);
  expect(isForeignSpelling('a/../b', 'linux')).toBe(true);
  const pair = { config: { folder: '/files' } };
  const name = String.raw`..\..\Windows\calc.exe` as RelPath;
  expect(absoluteOf(pair, name, 'win32')).toBeNull();
  expect(absoluteOf(pair, 'c:/calc.exe' as RelPath, 'win32')).toBeNull();
  expect(absoluteOf(pair, 'a/b.txt' as RelPath, 'win32')).toBe(join('/files', 'a', 'b.txt'));
});

test(
  'our own folder with wide permissions is tightened, and a link in its place is refused',
  skipUnless(modesCount, 'Windows has no modes'),
  async () => {
    const root = await tempFolder();
    await mkdir(join(root, '.driftless', 'tmp'), { recursive: true });
    for (const open of ['.driftless', '.driftless/tmp']) await chmod(join(root, open), 0o777);
    const made = await ensureRoom(root, 'tmp');
    for (const closed of [made, join(root, '.driftless')]) {
      expect((await stat(closed)).mode & 0o777).toBe(0o700);
    }
    await writeFile(join(root, 'mine'), 'x');
    await symlink(root, join(root, '.driftless', 'trash'));
    await expect(ensureRoom(root, 'trash')).rejects.toMatchObject({ code: 'local-room-unsafe' });
  },
);

type Volume = { readonly freeBytes: number | null; readonly written: number[] };

/** The parts of a pair that restoring a version uses; the store sends without end. */
function endlessPair({ freeBytes, written }: Volume): PairContext {
  const body = async function* (): AsyncIterable<Uint8Array> {
    for (;;) yield await Promise.resolve(new Uint8Array(1000));
  };
  const temp = {
    name: 'temp',
    write: (bytes: Uint8Array) => Promise.resolve(void written.push(bytes.length)),
    discard: () => Promise.resolve(),
  };
  const parts = {
    files: {
      look: () => Promise.resolve({ state: 'absent' }),
      rootStatus: () =>
        Promise.resolve({ kind: 'ok', freeBytes, totalBytes: freeBytes === null ? null : 100_000 }),
    },
    versions: {
      getVersion: () => Promise.resolve({ kind: 'found', facts: { sizeBytes: 2500 }, body: body() }),
    },
    changes: { createTemp: () => Promise.resolve(temp) },
    random: { hex: () => 'ab' },
    clock: { nowMs: () => 0 },
    makeHasher: () => ({ update: () => undefined, digestHex: () => '' }),
  };
  return parts as unknown as PairContext;
}

test('a store that sends more than announced, or more than there is space for, does not fill the disk', async () => {
  const { signal } = new AbortController();
  const version = { path: 'a.txt' as RelPath, key: 'p/a.txt' as ObjectKey, versionId: 'v', sizeBytes: 2500 };
  const written: number[] = [];
  const outcome = await restoreVersion(endlessPair({ freeBytes: 90_000, written }), version, signal);
  expect(outcome).toEqual({ kind: 'failed', code: 'trash-item-gone' });
  expect(written).toEqual([1000, 1000]);
  await expect(
    restoreVersion(endlessPair({ freeBytes: 6000, written }), version, signal),
  ).rejects.toMatchObject({ code: 'disk-full' });
  // A volume that does not report its size: the write itself finds out.
  const unknownSize = await restoreVersion(endlessPair({ freeBytes: null, written }), version, signal);
  expect(unknownSize).toEqual({ kind: 'failed', code: 'trash-item-gone' });
});
