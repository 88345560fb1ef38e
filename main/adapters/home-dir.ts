// Where the settings, the secrets and the state of one person live, per platform.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

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

const thisMachine = (): HomeSource => ({ platform: process.platform, env: process.env, userHome: homedir() });

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

function platformHome({ platform, env, userHome }: HomeSource): string {
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'Driftless');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(userHome, 'AppData', 'Roaming'), 'Driftless');
  const configHome = env['XDG_CONFIG_HOME'];
  // The XDG base directory specification: a relative value is invalid and ignored.
  return join(
    configHome !== undefined && isAbsolute(configHome) ? configHome : join(userHome, '.config'),
    'driftless',
  );
}
