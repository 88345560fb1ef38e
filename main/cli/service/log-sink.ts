// Where the log of a running engine goes: the file beside its state, another file, or standard error for a service manager.
import { resolve } from 'node:path';
import { logFile } from '../../adapters/system/home/state-dir.ts';
import { fileLog } from '../../adapters/system/file-log.ts';

export type LogChoice = {
  readonly home: string;
  /** `-` is standard error; null the file beside the state. */
  readonly file: string | null;
  /** Also on standard error. */
  readonly isVerbose: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export function logSink({ home, file, isVerbose, env }: LogChoice): (line: string) => void {
  const toStderr = (line: string): void => {
    process.stderr.write(line);
  };
  if (file === '-') {
    // systemd sets it where standard error is the journal (systemd.exec(5)).
    return env['JOURNAL_STREAM'] === undefined ? toStderr : (line) => toStderr(withPriority(line));
  }
  const toFile = fileLog(() => (file === null ? logFile(home) : resolve(file)));
  return (line) => {
    toFile(line);
    if (isVerbose) toStderr(line);
  };
}

const priorities: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** The kernel's `<N>` in front of the line, which the journal takes as its priority (sd-daemon(3)). */
export function withPriority(line: string): string {
  const level = /"level":"(\w+)"/u.exec(line)?.[1] ?? '';
  return `<${String(priorities[level] ?? 6)}>${line}`;
}
