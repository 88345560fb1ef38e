// Crash reports that stay on this computer: a text of uncaught errors, and of the page's processes that ended.
//
// No minidumps: Electron's reporter takes those of this process as well, which holds the secrets (security rule 14).
import { appendFileSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { App } from 'electron';
import { redactText } from '../core/redact.ts';
import type { CrashReports } from '../app/report.ts';

const errorsName = 'uncaught-errors.log';
/** Two files of this size at most: the one that is written, and the one before. */
const longestFileBytes = 256 * 1024;

export type CrashParts = {
  readonly app: Pick<App, 'getVersion' | 'on'>;
  readonly process: Pick<EventEmitter, 'on' | 'off'>;
  /** Of Chromium's own files. */
  readonly userData: string;
  readonly nowMs: () => number;
};

export type CrashWatch = CrashReports & {
  /** From when on the secrets of the run are known by value. `note` gets what is written as well, for the log. */
  follow(redact: (text: string) => string, note: (text: string) => void): void;
};

/** Call before `ready`: what crashes earlier is not seen. Nothing is sent. */
export function keepCrashReports({ app, process, userData, nowMs }: CrashParts): CrashWatch {
  const folder = join(userData, 'crashes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let clean = (text: string): string => redactText(text, []);
  let tell = (_text: string): void => undefined;
  const record = (origin: string, error: unknown): void => {
    const text = clean(error instanceof Error ? (error.stack ?? String(error)) : String(error));
    tell(text);
    const head = `${new Date(nowMs()).toISOString()} ${app.getVersion()} ${origin}`;
    append(join(folder, errorsName), `${head}\n${text}\n\n`);
  };
  // A monitor leaves what happens next to Electron, which says it in a dialog.
  const onException = (error: unknown, origin: string): void => {
    record(origin, error);
  };
  const onRejection = (reason: unknown): void => {
    record('unhandledRejection', reason);
  };
  process.on('uncaughtExceptionMonitor', onException);
  process.on('unhandledRejection', onRejection);
  app.on('render-process-gone', (_event, _page, { reason, exitCode }) => {
    if (reason !== 'clean-exit') record('render-process-gone', `${reason} ${String(exitCode)}`);
  });
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') record('child-process-gone', `${type} ${reason} ${String(exitCode)}`);
  });
  app.on('quit', () => {
    process.off('uncaughtExceptionMonitor', onException);
    process.off('unhandledRejection', onRejection);
  });
  return {
    folder,
    names: () => reportsIn(folder),
    follow(redact, note) {
      clean = redact;
      tell = note;
    },
  };
}

/** The process may be about to end: written at once, and a full disk must not be one more uncaught error. */
function append(file: string, text: string): void {
  try {
    const { size = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (size + Buffer.byteLength(text) > longestFileBytes) renameSync(file, `${file}.1`);
    appendFileSync(file, text, { mode: 0o600 });
  } catch {
    // Nothing is left to say it to.
  }
}

/** The newest first. */
function reportsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(errorsName))
      .sort();
  } catch {
    return [];
  }
}
