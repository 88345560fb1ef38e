// Makes the app for a verb of the command line: file secrets, log to a file, the system browser.
import { join } from 'node:path';
import { acquireEngineLock } from '../adapters/system/engine-lock.ts';
import type { EngineLock } from '../adapters/system/engine-lock.ts';
import { FileSecrets } from '../adapters/system/file-secrets.ts';
import { launchSystemBrowser, openUrl } from '../adapters/system/programs/open-url.ts';
import { composeApp } from '../compose/app.ts';
import { engineBusy } from '../app/errors.ts';
import type { App, ComposeOptions } from '../compose/app.ts';
import type { CliIo } from './io.ts';
import { logSink } from './service/log-sink.ts';
import { appVersion, isBuilt } from './install-paths.ts';

/** `DRIFTLESS_BROWSER=print` writes the address instead of opening it: for machines without a browser, and for tests. */
function launcher(io: CliIo): ComposeOptions['launch'] {
  const words = { 'sign-in': 'to sign in', 'sign-out': 'to sign out at the provider, too' } as const;
  if (process.env['DRIFTLESS_BROWSER'] !== 'print') {
    return async (href, purpose = 'sign-in') => {
      io.say(`Opening ${new URL(href).origin} in your browser ${words[purpose]}.`);
      // At a terminal the user can open it; a log is read later, if at all.
      const isRead = process.stderr.isTTY && purpose === 'sign-in';
      if (isRead) io.say(`If nothing opens, this is the address: ${href}`);
      try {
        await launchSystemBrowser(href);
      } catch (error) {
        if (!isRead) throw error;
        io.say('No browser could be opened here; open the address above.');
      }
    };
  }
  return (href, purpose = 'sign-in') => {
    io.say(`Open this address ${words[purpose]}: ${href}`);
    return Promise.resolve();
  };
}

/** An address that the running engine wants opened; it is checked here as well. */
export function openInBrowser(
  io: CliIo,
  url: URL,
  account: { readonly development: boolean },
): Promise<void> {
  return openUrl(url, { development: account.development }, launcher(io));
}

export function makeApp(
  io: CliIo,
  signal: AbortSignal,
  first: Pick<ComposeOptions, 'isConfigOptional' | 'isOnePass' | 'inTurn'> &
    Partial<Pick<ComposeOptions, 'writeLog' | 'logLevel'>> = {},
): Promise<App> {
  return composeApp(
    {
      home: io.home,
      secrets: new FileSecrets(join(io.home, 'secrets')),
      launch: launcher(io),
      logLevel: io.isVerbose ? 'debug' : 'info',
      writeLog:
        first.writeLog ?? logSink({ home: io.home, file: null, isVerbose: io.isVerbose, env: process.env }),
      isPackaged: isBuilt(),
      version: appVersion(),
      env: process.env,
      ...first,
    },
    signal,
  );
}

/** Rule 21: one engine per home. Throws `engine-running` naming the pid. */
export function lockHome(io: CliIo): EngineLock {
  const lock = acquireEngineLock(io.home);
  if (lock.kind === 'held') throw engineBusy(io.home, lock.holder?.pid ?? null);
  return lock;
}
