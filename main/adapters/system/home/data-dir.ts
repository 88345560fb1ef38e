// Where the settings, the secrets and the state of one person live, per platform.
import { chmod, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { SyncError } from '../../../core/model/errors.ts';

export type HomeSource = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
};

/** `--home` wins over `DRIFTLESS_HOME`, that over the platform's configuration folder. */
export function homeDirectory(given: string | null, source: HomeSource = thisMachine()): string {
  const chosen = given ?? source.env['DRIFTLESS_HOME'];
  return chosen === undefined || chosen === '' ? platformHome(source) : resolve(chosen);
}

export const thisMachine = (): HomeSource => ({
  platform: process.platform,
  env: process.env,
  userHome: homedir(),
});

/** For what can be made again: inside a home that was named by `DRIFTLESS_HOME`, else in the platform's folder for such things. */
export function cacheDirectory(source: HomeSource = thisMachine()): string {
  const { platform, env, userHome } = source;
  const named = env['DRIFTLESS_HOME'];
  if (named !== undefined && named !== '') return join(resolve(named), 'cache');
  if (platform === 'darwin') return join(userHome, 'Library', 'Caches', 'Driftless');
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(userHome, 'AppData', 'Local'), 'Driftless', 'Cache');
  const cacheHome = env['XDG_CACHE_HOME'];
  return join(
    cacheHome !== undefined && isAbsolute(cacheHome) ? cacheHome : join(userHome, '.cache'),
    'driftless',
  );
}

export function platformHome({ platform, env, userHome }: HomeSource): string {
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'Driftless');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(userHome, 'AppData', 'Roaming'), 'Driftless');
  const configHome = env['XDG_CONFIG_HOME'];
  // The XDG base directory specification: a relative value is invalid and ignored.
  return join(
    configHome !== undefined && isAbsolute(configHome) ? configHome : join(userHome, '.config'),
    'driftless',
  );
}

const writableByOthers = 0o022;
const openToOthers = 0o077;
const writableByAll = 0o002;
const sticky = 0o1000;

/**
 * Refuses a home that another user owns or may write to, as ssh does with its folder: they could exchange the settings, and with
 * them where the sign-in is sent. The default home is closed to others; a chosen one that others may enter is reported.
 * @returns whether others may enter it. Throws SyncError `config-invalid`. A home that is not there yet is made private later.
 */
export async function protectHome(
  home: string,
  source: HomeSource = thisMachine(),
): Promise<{ readonly isOpenToOthers: boolean }> {
  if (source.platform === 'win32') return { isOpenToOthers: false };
  const found = await stat(home).catch(() => null);
  if (found?.isDirectory() !== true) return { isOpenToOthers: false };
  const own = process.getuid?.();
  if (found.uid !== own && found.uid !== 0)
    throw unsafeHome(home, 'belongs to another user', 'use a folder of your own');
  if ((found.mode & writableByOthers) !== 0)
    throw unsafeHome(
      home,
      'can be written to by other users',
      `check its contents, then run: chmod 700 ${home}`,
    );
  await demandFixedPlace(home);
  if ((found.mode & openToOthers) === 0) return { isOpenToOthers: false };
  if (found.uid === own && home === platformHome(source)) {
    await chmod(home, 0o700);
    return { isOpenToOthers: false };
  }
  await demandOwnSettings(home, own);
  return { isOpenToOthers: true };
}

/** A user who may write to a folder above can put another home in its place, unless the sticky bit forbids it. */
async function demandFixedPlace(home: string): Promise<void> {
  const real = await realpath(home);
  for (let above = dirname(real); ; above = dirname(above)) {
    const { mode } = await stat(above);
    if ((mode & writableByAll) !== 0 && (mode & sticky) === 0)
      throw unsafeHome(
        home,
        `is in ${above}, where all users can put another in its place`,
        'choose another place',
      );
    if (above === dirname(above)) return;
  }
}

/** In a home that others may enter, the file itself must be closed to them. */
async function demandOwnSettings(home: string, own: number | undefined): Promise<void> {
  const file = join(home, 'config.json');
  const found = await stat(file).catch(() => null);
  if (found === null) return;
  if (found.uid !== own && found.uid !== 0)
    throw unsafe(`the settings, ${file}, belong to another user; use a file of your own`);
  if ((found.mode & writableByOthers) !== 0)
    throw unsafe(
      `the settings, ${file}, can be written to by other users; check them, then run: chmod 600 ${file}`,
    );
}

function unsafeHome(home: string, what: string, whatToDo: string): SyncError {
  return unsafe(`the folder of the settings, ${home}, ${what}; ${whatToDo}`);
}

function unsafe(message: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message,
    fields: { field: 'home' },
  });
}
