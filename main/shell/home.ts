// Choice of the home directory, before Electron fixes its folders and instance lock.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { App, Dialog } from 'electron';
import { wordsOfSystem } from './words.ts';

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

/** True where `demand` throws: the app then says why and ends. Call before anything is made in the home. */
export function refuseUnsafeHome(
  app: Pick<App, 'exit' | 'getLocale' | 'setPath' | 'whenReady'>,
  dialog: Pick<Dialog, 'showErrorBox'>,
  demand: () => void,
): boolean {
  try {
    demand();
    return false;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Chromium begins to write before the app is ready, by default into what may be this very home.
    app.setPath('userData', mkdtempSync(join(tmpdir(), 'driftless-refused-')));
    void app.whenReady().then(() => {
      dialog.showErrorBox(wordsOfSystem(app.getLocale()).text('shell.cannotStart'), message);
      app.exit(2);
    });
    return true;
  }
}

/** Chromium's own files go below the home; the single-instance lock is taken per user data folder, so per home. */
export function useHome(app: App, home: string): void {
  const userData = join(home, 'desktop');
  // Electron throws if the folder is missing; only its owner may enter it.
  mkdirSync(userData, { recursive: true, mode: 0o700 });
  app.setPath('userData', userData);
}
