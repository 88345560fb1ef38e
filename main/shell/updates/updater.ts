// electron-updater as our updater: it fetches and installs, and decides nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { AppUpdater } from 'electron-updater';
import type { Updater } from '../../ports/updater.port.ts';

/** Where a build of ours may replace itself; elsewhere it only says that a newer version is out. */
export type UpdateFacts = {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  /** Written into the package by the build, if it has a feed. */
  readonly hasFeed: boolean;
  /** The AppImage that runs; null in a deb or rpm, which the system's package manager updates. */
  readonly appImage: string | null;
};

export function mayReplaceItself({ platform, isPackaged, hasFeed, appImage }: UpdateFacts): boolean {
  // On macOS the installation ends outside of electron-updater, in ways that have not been seen by us: it only tells.
  return isPackaged && hasFeed && (platform === 'win32' || (platform === 'linux' && appImage !== null));
}

/** As for a quit. */
const endMs = 5000;

/**
 * Nothing happens without a call: no download after a check, no installation at quit. electron-updater starts the new program before
 * this one has ended, so `beforeInstall` ends the engine and releases the locks; where that takes longer than `patienceMs`, as in a
 * folder on a share that does not answer, nothing is installed.
 */
export function overElectronUpdater(
  program: AppUpdater,
  beforeInstall: () => Promise<void>,
  patienceMs = endMs,
): Updater {
  const failures: Error[] = [];
  program.autoDownload = false;
  program.autoInstallOnAppQuit = false;
  program.allowDowngrade = false;
  program.allowPrerelease = false;
  // Its block map, which the feed may invent, would be unpacked before anything is compared with the manifest.
  program.disableDifferentialDownload = true;
  // Its file is not in the manifest.
  program.disableWebInstaller = true;
  // Instead of an identifier of this installation.
  program.requestHeaders = { 'x-user-staging-id': '0' };
  program.logger = null;
  // Without a listener an error would end the process; each call rejects as well.
  program.on('error', (error) => {
    failures.push(error);
  });
  return {
    async check() {
      const found = await program.checkForUpdates();
      if (found?.isUpdateAvailable !== true) return null;
      const { version, files } = found.updateInfo;
      return { version, sha512: files.map((file) => file.sha512), names: files.map((file) => file.url) };
    },
    async download() {
      const [file] = await program.downloadUpdate();
      if (file === undefined) throw new Error('no file');
      return file;
    },
    async install() {
      await inTime(beforeInstall(), patienceMs);
      failures.length = 0;
      program.quitAndInstall();
      // It says so by an event, not by throwing.
      const [failure] = failures;
      if (failure !== undefined) throw failure;
    },
  };
}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  const ended = new AbortController();
  const late = delay(ms, undefined, { signal: ended.signal }).then(() => {
    throw new Error('the engine did not end in time');
  });
  try {
    await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}
