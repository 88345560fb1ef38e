// Everything for the desktop: the lock of its home, the app, its page's backend, and the socket for the verbs of the command line.
import { join } from 'node:path';
import { logFile } from '../adapters/system/home/state-dir.ts';
import { acquireEngineLock } from '../adapters/system/engine-lock.ts';
import { fileLog } from '../adapters/system/file-log.ts';
import { FileSecrets } from '../adapters/system/file-secrets.ts';
import type { ComposeDesktop, ShellServices } from '../app/desktop-app.ts';
import { makeStagedUpdate } from '../adapters/updates/staged.ts';
import { watchUpdates } from '../app/update-watch.ts';
import { onDisk } from '../adapters/disk/errors.ts';
import { doCallsWait } from '../adapters/shares/calls.ts';
import { messageOf } from '../adapters/system/errno.ts';
import { outputOf } from '../adapters/system/programs/run-program.ts';
import type { CommandLineTool } from '../app/settings.ts';
import type { Log } from '../ports/log.port.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { composeApp } from './app.ts';
import { engineBusy } from '../app/errors.ts';
import type { App, ComposeOptions } from './app.ts';
import { runApp } from './run.ts';
import { readConditions, thisMachine } from '../adapters/limits/machine-conditions.ts';
import { routeOfPac } from '../core/net/proxy.ts';
import { engineRequests } from '../control/requests.ts';
import { startControlSocket } from '../control/socket.ts';
import type { ControlServer } from '../control/socket.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { Backend } from '../../preload/contract.ts';

/** Without a configuration it runs empty, for the first run. */
export const composeDesktop: ComposeDesktop = async (services, signal) => {
  const lock = acquireEngineLock(services.home);
  if (lock.kind === 'held') throw engineBusy(services.home, lock.holder?.pid ?? null);
  try {
    const app = await composeApp(optionsOf(services), signal);
    const ends = new AbortController();
    const { version, locale, dialogs, revealInFileManager, copyText, decodePicture, saveText } = services;
    const { login, crashReports } = services;
    const shown = { version, home: 'desktop', platform: process.platform, locale } as const;
    const { backend, setup } = app.makePage(
      {
        app: shown,
        revealFolder: revealInFileManager,
        copyText,
        decodePicture,
        saveText,
        crashReports,
        login,
        commandLine: commandLineOf(services, app.log),
        dialogs,
        folderRoots: null,
      },
      ends.signal,
    );
    const control = await openSocket(services.home, app, backend);
    lock.announce({ url: null, socket: control?.invented ?? null });
    const running = runApp(app);
    return {
      backend,
      log: app.log,
      redact: app.redact,
      outputOf,
      offerLink: (link) => setup.offerLink(link, ends.signal),
      refuseLink: () => {
        setup.refuseLink();
      },
      followUpdates: (updater, onReady) => {
        const { log } = app;
        const signedRelease = () => app.acceptedRelease();
        const staged = makeStagedUpdate({
          updater,
          signedRelease,
          ownVersion: version,
          clock: systemClock,
          log,
        });
        const stage = (): Promise<string | null> =>
          staged.stage().then((outcome) => (outcome.kind === 'ready' ? outcome.version : null));
        const newest = (): string | null => backend.snapshot().newerVersion;
        void watchUpdates({ newest, stage, onReady, clock: systemClock }, ends.signal);
        return async () => (await staged.install()) === null;
      },
      wake: (why) => {
        running.wake(why);
      },
      conditionsChanged: () => {
        running.conditionsChanged();
      },
      async stop() {
        await Promise.all([running.stop(), control?.close(), app.changes.ended()]);
        ends.abort(new Error('stopped'));
        lock.release();
      },
      isHeld: doCallsWait,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};

/** Faults of the disk leave as the engine's errors, which the page has words for. */
function commandLineOf({ commandLine: tool }: ShellServices, log: Log): CommandLineTool | null {
  if (tool === null) return null;
  const renew = (): Promise<void> => onDisk('renew the command line', tool.renew);
  renew().catch((cause: unknown) => {
    log.warn('command line not renewed', { cause: messageOf(cause) });
  });
  return {
    renew,
    view: tool.view,
    install: () => onDisk('install the command line', tool.install),
    remove: () => onDisk('remove the command line', tool.remove),
  };
}

/** Who has no socket still has a window: where it cannot be opened the app runs without it, and the log says so. */
async function openSocket(home: string, app: App, backend: Backend): Promise<ControlServer | null> {
  try {
    return await startControlSocket(home, backend, {
      ...engineRequests(app),
      pageUrl: () => Promise.resolve(failed('not-supported')),
    });
  } catch (error) {
    app.log.warn('no control socket', { message: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function optionsOf(services: ShellServices): ComposeOptions {
  return {
    home: services.home,
    secrets: services.secrets,
    // What the command line stored while no engine ran.
    otherSecrets: [new FileSecrets(join(services.home, 'secrets'))],
    launch: services.openExternal,
    logLevel: 'info',
    writeLog: fileLog(() => logFile(services.home)),
    isPackaged: services.isPackaged,
    version: services.version,
    env: process.env,
    proxyFor: async (url) => routeOfPac(await services.resolveProxy(url.href)),
    isConfigOptional: true,
    readConditions: async (signal) => ({
      ...(await readConditions(thisMachine, signal)),
      onBattery: services.isOnBattery(),
    }),
  };
}
