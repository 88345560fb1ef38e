// State and logs of the default home on Linux: under XDG state, moved there without a loss.
import {
  chmod,
  cp,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import {
  describeState,
  logFile,
  moveState,
  openState,
  ownFolders,
  stateDirectory,
} from '../../main/adapters/system/home/state-dir.ts';
import { acquireEngineLock } from '../../main/adapters/system/engine-lock.ts';
import { fileLog } from '../../main/adapters/system/file-log.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

async function machine(env: Readonly<Record<string, string>> = {}) {
  const userHome = await tempFolder('user');
  const home = join(userHome, '.config', 'driftless');
  const state = join(userHome, '.local', 'state', 'driftless');
  return { userHome, home, state, source: { platform: 'linux', env, userHome } as const };
}

async function oldHome(home: string): Promise<void> {
  await mkdir(join(home, 'pairs'), { recursive: true, mode: 0o700 });
  await writeFile(join(home, 'config.json'), '{}');
  await writeFile(join(home, 'pairs', 'docs.db'), 'records');
  await writeFile(join(home, 'pairs', 'docs.paused'), 'until');
  await writeFile(join(home, 'driftless.log'), 'new\n');
  await writeFile(join(home, 'driftless.log.1'), 'old\n');
}

describe('on Linux', skipUnless(process.platform === 'linux', 'XDG folders are of Linux'), () => {
  test('a new home keeps settings under XDG config, and state and log under XDG state', async () => {
    const { home, state, source } = await machine();
    openState(home, source);
    expect(await readlink(join(home, 'pairs'))).toBe(join(state, 'pairs'));
    expect([stateDirectory(home), logFile(home)]).toEqual([state, join(state, 'driftless.log')]);
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    openState(home, source);
    moveState(home, source);
    expect(describeState(home, source)).toEqual({ directory: state, elsewhere: null });
  });

  test('XDG_STATE_HOME counts when it is absolute', async () => {
    const elsewhere = await tempFolder('state');
    for (const [given, expected] of [
      [elsewhere, join(elsewhere, 'driftless')],
      ['relative', null],
    ] as const) {
      const { home, state, source } = await machine({ XDG_STATE_HOME: given });
      openState(home, source);
      expect(stateDirectory(home)).toBe(expected ?? state);
    }
  });

  test('a process with another environment finds the state where the first one placed it', async () => {
    const { home, state, source } = await machine();
    openState(home, source);
    const other = { ...source, env: { XDG_STATE_HOME: await tempFolder('other') } };
    openState(home, other);
    moveState(home, other);
    expect(stateDirectory(home)).toBe(state);
  });

  test('a named home, and every home of another system, keeps its state inside', async () => {
    const { userHome, home, source } = await machine();
    for (const [at, from] of [
      [join(userHome, 'named'), source],
      [home, { ...source, platform: 'darwin' as const }],
    ] as const) {
      openState(at, from);
      moveState(at, from);
      expect((await stat(join(at, 'pairs'))).isDirectory()).toBe(true);
      expect([stateDirectory(at), describeState(at, from).elsewhere]).toEqual([at, null]);
    }
  });

  test('an engine that starts moves the state and logs of an existing home, and they stay readable at the old names', async () => {
    const { userHome, home, state } = await machine();
    vi.stubEnv('HOME', userHome);
    vi.stubEnv('XDG_CONFIG_HOME', undefined);
    vi.stubEnv('XDG_STATE_HOME', undefined);
    await mkdir(join(home, 'pairs'), { recursive: true, mode: 0o700 });
    await writeFile(join(home, 'driftless.log'), 'before\n');
    const path = relPath('a');
    const old = openSqliteState({ file: join(home, 'pairs', 'docs.db') });
    old.record([{ kind: 'base', path, cell: { kind: 'folder', inode: 1n } }]);
    old.close();
    expect(describeState(home)).toEqual({ directory: home, elsewhere: state });
    const log = fileLog(() => logFile(home));

    const lock = acquireEngineLock(home);
    if (lock.kind === 'held') throw new Error('held');
    openState(home);
    log('after\n');
    for (const place of [home, state]) {
      const store = openSqliteState({ file: join(place, 'pairs', 'docs.db') });
      expect(store.entry(path).base).toEqual({ kind: 'folder', inode: 1n });
      store.close();
    }
    expect(await readFile(join(state, 'driftless.log'), 'utf8')).toBe('before\nafter\n');
    expect((await readdir(home)).toSorted()).toEqual(['engine.json', 'engine.lock', 'pairs']);
    lock.release();
    vi.unstubAllEnvs();
  });

  test('what a kill leaves between move and link is linked at the next start', async () => {
    const { home, state, source } = await machine();
    await oldHome(home);
    moveState(home, source);
    await rm(join(home, 'pairs'));
    openState(home, source);
    expect(await readFile(join(home, 'pairs', 'docs.db'), 'utf8')).toBe('records');
    expect(stateDirectory(home)).toBe(state);
  });

  test('two states are never mixed, and a log never replaces another', async () => {
    const { home, state, source } = await machine();
    await oldHome(home);
    await mkdir(join(state, 'pairs'), { recursive: true });
    await writeFile(join(state, 'pairs', 'docs.db'), 'others');
    moveState(home, source);
    openState(home, source);
    expect(await readFile(join(home, 'pairs', 'docs.db'), 'utf8')).toBe('records');
    expect(await readFile(join(state, 'pairs', 'docs.db'), 'utf8')).toBe('others');
    expect(stateDirectory(home)).toBe(home);

    await rm(join(state, 'pairs'), { recursive: true });
    await writeFile(join(state, 'driftless.log'), 'taken\n');
    moveState(home, source);
    expect(stateDirectory(home)).toBe(state);
    expect(await readFile(join(home, 'driftless.log'), 'utf8')).toBe('new\n');
    expect(await readFile(join(state, 'driftless.log'), 'utf8')).toBe('taken\n');
    expect(await readFile(join(state, 'driftless.log.1'), 'utf8')).toBe('old\n');
  });

  test('a place that cannot be made, or that others may write to, is not used', async () => {
    const { userHome, home, source, state } = await machine();
    await oldHome(home);
    await mkdir(state, { recursive: true });
    await chmod(state, 0o777);
    moveState(home, source);
    expect(stateDirectory(home)).toBe(home);
    await rm(join(userHome, '.local'), { recursive: true });
    await writeFile(join(userHome, '.local'), 'a file');
    moveState(home, source);
    expect(await readFile(join(home, 'pairs', 'docs.db'), 'utf8')).toBe('records');
    await rm(join(home, 'pairs'), { recursive: true });
    openState(home, source);
    expect((await stat(join(home, 'pairs'))).isDirectory()).toBe(true);
  });

  test('a link that leads nowhere, from another machine, is replaced; one of the user is kept', async () => {
    const { userHome, home, state, source } = await machine();
    await mkdir(home, { recursive: true });
    await symlink('/gone/driftless/pairs', join(home, 'pairs'));
    openState(home, source);
    expect(stateDirectory(home)).toBe(state);
    const own = join(userHome, 'elsewhere', 'pairs');
    await mkdir(own, { recursive: true });
    await rm(join(home, 'pairs'));
    await symlink(own, join(home, 'pairs'));
    openState(home, source);
    moveState(home, source);
    // The logs stay: what else is in that folder is not ours.
    expect(describeState(home, source)).toEqual({ directory: home, elsewhere: null });
    expect(ownFolders(home, source)).toContain(own);
    expect(ownFolders(home, source)).not.toContain(join(userHome, 'elsewhere'));
  });

  test('a home whose pair already holds the place of the state keeps the state where it is', async () => {
    const { userHome, home, state, source } = await machine();
    await oldHome(home);
    const pairs = [{ folder: join(userHome, '.local') }];
    await writeFile(join(home, 'config.json'), JSON.stringify({ pairs }));
    moveState(home, source);
    openState(home, source);
    expect(stateDirectory(home)).toBe(home);
    expect(await readFile(join(home, 'pairs', 'docs.db'), 'utf8')).toBe('records');
    expect(ownFolders(home, source)).toEqual([home, join(userHome, '.cache', 'driftless')]);
    await writeFile(join(home, 'config.json'), '{}');
    moveState(home, source);
    expect(stateDirectory(home)).toBe(state);
  });

  test('no pair may overlap the folder of the state, or that of compiled code', async () => {
    const { userHome, home, state, source } = await machine();
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('XDG_CACHE_HOME', join(userHome, '.cache'));
    vi.stubEnv('DRIFTLESS_HOME', undefined);
    expect(ownFolders(home, source)).toContain(state);
    openState(home, source);
    const account = {
      ...{ id: 'work', issuer: 'https://login.example.com/', clientId: 'abc', region: 'eu-central-1' },
      identity: { kind: 'browser' },
      exchange: { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/driftless' },
    };
    const pair = { id: 'a', account: 'work', bucket: 'files', prefix: 'users/{sub}/', mode: 'two-way' };
    const cache = join(userHome, '.cache');
    for (const folder of [
      ...[join(userHome, '.local', 'state'), join(state, 'pairs')],
      ...[cache, join(cache, 'driftless', 'code')],
    ]) {
      await writeFile(
        join(home, 'config.json'),
        JSON.stringify({ accounts: [account], pairs: [{ ...pair, folder }] }),
      );
      const file = new ConfigFile({ home, env: {}, userHome });
      await expect(file.load(AbortSignal.timeout(5000))).rejects.toThrow("overlaps the app's own folder");
    }
  });

  describe('a copy of the home with its link to the state', () => {
    /** A default home with records, and a copy of it beside. */
    async function copied() {
      const { userHome, home, state, source } = await machine();
      openState(home, source);
      await writeFile(join(state, 'pairs', 'docs.db'), 'records');
      const copy = join(userHome, 'copy');
      await cp(home, copy, { recursive: true, verbatimSymlinks: true });
      return { userHome, home, state, source, copy, link: join(copy, 'pairs') };
    }

    function take(home: string) {
      const lock = acquireEngineLock(home);
      if (lock.kind === 'held') throw new Error('held');
      return lock;
    }

    test('is refused in one line, whether or not the first home is in use, and nothing is lost', async () => {
      const { home, state, copy, link } = await copied();
      const line = `the state behind the link ${link} is used by the home ${home}, of which this is a copy; use that home, or remove the link to begin with a state of this home's own`;
      const refusal = { code: 'config-invalid', message: line };
      expect(() => acquireEngineLock(copy)).toThrow(expect.objectContaining(refusal) as Error);
      const first = take(home);
      expect(() => acquireEngineLock(copy)).toThrow(expect.objectContaining(refusal) as Error);
      first.release();
      expect(await readFile(join(state, 'pairs', 'docs.db'), 'utf8')).toBe('records');
      // As the line says.
      await rm(link);
      take(copy).release();
      openState(copy);
      expect((await stat(link)).isDirectory()).toBe(true);
      take(home).release();
    });

    test('may use the state once the first home is gone, but for an engine that still runs there', async () => {
      const { home, copy } = await copied();
      const first = take(home);
      await rm(home, { recursive: true });
      expect(() => acquireEngineLock(copy)).toThrow(/is used by an engine of another home/u);
      first.release();
      take(copy).release();
    });

    test('a home that was moved, or restored from a copy, keeps its state', async () => {
      const { home, copy, userHome } = await copied();
      const moved = join(userHome, 'moved');
      await rename(home, moved);
      take(moved).release();
      // Whichever is under the old path now, the folder that was moved is the owner.
      await cp(copy, home, { recursive: true, verbatimSymlinks: true });
      take(moved).release();
      expect(() => acquireEngineLock(home)).toThrow(/of which this is a copy/u);

      await rm(moved, { recursive: true });
      take(home).release();
      await rm(home, { recursive: true });
      await cp(copy, home, { recursive: true, verbatimSymlinks: true });
      take(home).release();
    });

    test('of an older version, without a record, belongs to the home whose engine starts first', async () => {
      const { home, state, copy } = await copied();
      await rm(join(state, 'pairs', '.home.json'));
      take(home).release();
      expect(() => acquireEngineLock(copy)).toThrow(/of which this is a copy/u);
    });

    test('two homes behind links of the user to one state do not run at once', async () => {
      const { userHome } = await machine();
      const shared = join(userHome, 'shared');
      await mkdir(shared);
      const [one = '', other = ''] = ['one', 'other'].map((name) => join(userHome, name));
      for (const home of [one, other]) {
        await mkdir(home);
        await symlink(shared, join(home, 'pairs'));
      }
      const lock = take(one);
      expect(() => acquireEngineLock(other)).toThrow(/is used by the home/u);
      lock.release();
    });
  });

  test('two default homes of one user do not share a state', async () => {
    const { userHome, home, state, source } = await machine();
    const env = { XDG_CONFIG_HOME: join(userHome, 'other') };
    const other = join(userHome, 'other', 'driftless');
    openState(home, source);
    openState(other, { ...source, env });
    expect([stateDirectory(home), stateDirectory(other)]).toEqual([state, other]);
    expect((await stat(join(other, 'pairs'))).isDirectory()).toBe(true);
  });
});

test('a lock whose holder cannot be told is let go again', async () => {
  const { home } = await machine();
  const label = join(home, 'engine.json');
  await mkdir(join(label, 'taken'), { recursive: true });
  expect(() => acquireEngineLock(home)).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/u);
  await rm(label, { recursive: true });
  const lock = acquireEngineLock(home);
  expect(lock.kind).toBe('acquired');
  if (lock.kind === 'acquired') lock.release();
});
