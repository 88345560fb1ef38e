// Where the settings, the secrets and the state of one person live, per platform.
import type { Stats } from 'node:fs';
import { chmodSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { demandFixedPlace, quoted, trustedFolders, unsafe } from './fixed-place.ts';
import type { Place } from './fixed-place.ts';

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

/**
 * Refuses a home that another user owns or may write to, as ssh does with its folder: they could exchange the settings, and with
 * them where the sign-in is sent. The default home is closed to others; a chosen one that others may enter is reported.
 * @returns whether others may enter it. Throws SyncError `config-invalid`. A home that is not there yet is made private later.
 */
export function protectHome(
  home: string,
  source: HomeSource = thisMachine(),
): { readonly isOpenToOthers: boolean } {
  if (source.platform === 'win32') return { isOpenToOthers: false };
  const found = demandOwnFolder({ what: 'the folder of the settings', folder: home, env: source.env });
  if (found === null) return { isOpenToOthers: false };
  const own = process.getuid?.();
  const isClosed = (found.mode & openToOthers) === 0;
  // In a closed home others reach the file only where it is a link to somewhere else.
  if (!isClosed || isLink(join(home, 'config.json'))) demandOwnSettings(home, own, source.env);
  if (isClosed) return { isOpenToOthers: false };
  if (found.uid !== own || home !== platformHome(source)) return { isOpenToOthers: true };
  chmodSync(home, 0o700);
  return { isOpenToOthers: false };
}

/** The same for the state where it is elsewhere: its records decide what is removed. Throws SyncError `config-invalid`. */
export function protectState(home: string, source: HomeSource = thisMachine()): void {
  const folder = join(home, 'pairs');
  if (source.platform === 'win32' || !isLink(folder)) return;
  demandOwnFolder({ what: 'the folder of the state', folder, env: source.env });
}

/** Null where there is none. */
function demandOwnFolder(place: Place): Stats | null {
  const { what, folder, env } = place;
  const found = statOrNull(folder);
  if (found?.isDirectory() === true) {
    const isOthers = found.uid !== process.getuid?.() && found.uid !== 0;
    if (isOthers) throw unsafe(`${what}, ${folder}, belongs to another user; use a folder of your own`);
    const isWritable = (found.mode & writableByOthers) !== 0;
    if (isWritable && !trustedFolders(env).has(realpathSync(folder)))
      throw unsafe(
        `${what}, ${folder}, can be written to by other users; check its contents, then run: chmod 700 ${quoted(folder)}`,
      );
  }
  demandFixedPlace(place);
  return found?.isDirectory() === true ? found : null;
}

/** The file itself, which may be a link to a place outside of the home. */
function demandOwnSettings(home: string, own: number | undefined, env: HomeSource['env']): void {
  const file = join(home, 'config.json');
  const found = statOrNull(file);
  if (found === null) return;
  demandFixedPlace({ what: 'the file of the settings', folder: file, env });
  if (found.uid !== own && found.uid !== 0)
    throw unsafe(`the settings, ${file}, belong to another user; use a file of your own`);
  if ((found.mode & writableByOthers) !== 0)
    throw unsafe(
      `the settings, ${file}, can be written to by other users; check them, then run: chmod 600 ${quoted(file)}`,
    );
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Null also for what may not be looked at: what reads it says so. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
