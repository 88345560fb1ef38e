// Where the settings, the secrets and the state of one person live, per platform.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export type HomeSource = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
};

/** `--home` wins over `DRIFTLESS_HOME`, that over the platform's configuration folder. */
export function homeDirectory(
  given: string | null,
  source: HomeSource = { platform: process.platform, env: process.env, userHome: homedir() },
): string {
  const chosen = given ?? source.env['DRIFTLESS_HOME'];
  return chosen === undefined || chosen === '' ? platformHome(source) : resolve(chosen);
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
