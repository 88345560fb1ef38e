// Updates of the installed desktop: fetched in the background, installed when the user says so.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Dialog } from 'electron';
import type { DesktopApp } from '../../app/desktop-app.ts';
import type { Words } from '../../../preload/locales/lookup.ts';
import { appImageOf } from '../autostart.ts';
import { mayReplaceItself, overElectronUpdater } from './updater.ts';

export type Updates = {
  /** Version that is ready to be installed; null: none. */
  ready(): string | null;
  /** Asks whether to restart into it; false where none is ready. */
  ask(): boolean;
};

export type UpdatesParts = {
  readonly app: App;
  readonly dialog: Pick<Dialog, 'showMessageBox' | 'showErrorBox'>;
  readonly desktop: Pick<DesktopApp, 'followUpdates' | 'stop' | 'log'>;
  readonly words: () => Words;
  readonly onReady: (version: string) => void;
};

/** Electron sets the folder; plain Node has none. */
function hasFeed({ resourcesPath }: { readonly resourcesPath?: string }): boolean {
  return resourcesPath !== undefined && existsSync(join(resourcesPath, 'app-update.yml'));
}

/** In a checkout, a deb, an rpm or a build without a feed nothing is fetched. */
export function startUpdates(parts: UpdatesParts): Updates {
  const { app, dialog, desktop, words } = parts;
  let version: string | null = null;
  let install: (() => Promise<boolean>) | null = null;
  let isAsking = false;
  const facts = {
    platform: process.platform,
    isPackaged: app.isPackaged,
    hasFeed: hasFeed(process),
    // Not that of another AppImage that started us: what installs an update goes by it.
    appImage: appImageOf(process.env, process.execPath),
  };
  const ask = async (ready: string): Promise<void> => {
    const buttons = [words().text('update.restart'), words().text('update.later')];
    const message = words().text('update.ready.title', { newest: ready });
    const detail = words().text('update.ready.text');
    const { response } = await dialog.showMessageBox({ message, detail, buttons, defaultId: 0, cancelId: 1 });
    if (response !== 0 || install === null || (await install())) return;
    version = null;
    dialog.showErrorBox(message, words().text('update.refused'));
  };
  const begin = async (): Promise<void> => {
    // Only here: it needs Electron, and a checkout must not load it.
    const { default: module } = await import('electron-updater');
    const updater = overElectronUpdater(module.autoUpdater, async () => {
      await desktop.stop();
      app.releaseSingleInstanceLock();
    });
    install = desktop.followUpdates(updater, (ready) => {
      version = ready;
      parts.onReady(ready);
    });
  };
  if (mayReplaceItself(facts))
    begin().catch((cause: unknown) => {
      desktop.log.warn('no updates', { cause: String(cause) });
    });
  return {
    ready: () => version,
    ask() {
      if (version === null) return false;
      // Notification and tray may both ask, and one dialog is enough.
      if (isAsking) return true;
      isAsking = true;
      ask(version)
        .catch((cause: unknown) => {
          desktop.log.warn('update not installed', { cause: String(cause) });
          // The engine has ended: the old program starts again.
          app.relaunch();
          app.quit();
        })
        .finally(() => {
          isAsking = false;
        });
      return true;
    },
  };
}
