// Choice of the home directory, before Electron fixes its folders and instance lock.
import { mkdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { App } from 'electron';

/** `--home DIR`, else `DRIFTLESS_HOME`, else the platform's configuration folder: the same order as the command line's. */
export function chooseHome(app: App, argv: readonly string[], env: NodeJS.ProcessEnv): string {
  // Arguments after a link came with the link: a quote in it must not select another configuration.
  const link = argv.findIndex((text) => /^driftless:/iu.test(text));
  const own = link < 0 ? argv : argv.slice(0, link);
  const flag = own.indexOf('--home');
  const chosen = (flag >= 0 ? own[flag + 1] : undefined) ?? env['DRIFTLESS_HOME'];
  // The command line finds the same folder without Electron (main/adapters/system/home/data-dir.ts); on case-sensitive file systems both must agree.
  const name = process.platform === 'linux' ? 'driftless' : 'Driftless';
  if (chosen === undefined || chosen === '') return join(app.getPath('appData'), name);
  return isAbsolute(chosen) ? chosen : resolve(chosen);
}

/** Chromium's own files go below the home; the single-instance lock is taken per user data folder, so per home. */
export function useHome(app: App, home: string): void {
  const userData = join(home, 'desktop');
  // Electron throws if the folder is missing; only its owner may enter it.
  mkdirSync(userData, { recursive: true, mode: 0o700 });
  app.setPath('userData', userData);
}
