// What every verb needs to talk to the terminal: JSON or words on stdout, messages on stderr, one line per error.
import { systemClock } from '../adapters/system/clock.ts';
import { isSyncError } from '../core/model/errors.ts';
import { redactText } from '../core/redact.ts';
import { adviceFor } from './advice.ts';
import { writeJson } from './terminal/json-list.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { progressFor } from './terminal/progress-line.ts';
import type { ProgressLine } from './terminal/progress-line.ts';
import { withHome } from './terminal/named-command.ts';
import { oneLine, plainLines } from './terminal/one-line.ts';

export { oneLine };

export type CliIo = {
  readonly home: string;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** What is printed goes to a terminal. */
  readonly isTerminal: boolean;
  /** One JSON value, which may hold a `JsonList`, or with `--json` off the words that stand for it. */
  print(value: unknown, words: string): void;
  say(message: string): void;
  /** Null where a program reads what is printed. */
  readonly progress: ProgressLine | null;
};

export function makeIo(options: { home: string; json: boolean; verbose: boolean }): CliIo {
  const progress = progressFor({
    output: process.stderr,
    env: process.env,
    isJson: options.json,
    isVerbose: options.verbose,
    monotonicMs: () => systemClock.monotonicMs(),
  });
  return {
    progress,
    home: options.home,
    isJson: options.json,
    isVerbose: options.verbose,
    isTerminal: !options.json && process.stdout.isTTY,
    print: (value, words) => {
      progress?.clear();
      if (options.json) writeJson(value, '\n', (text) => process.stdout.write(text));
      else if (words !== '') process.stdout.write(`${plainLines(words)}\n`);
    },
    say: (message) => {
      progress?.clear();
      process.stderr.write(`${plainLines(message)}\n`);
    },
  };
}

/** The published shape of an error (docs/cli.md). */
export type ErrorShape = {
  readonly code: string;
  readonly pair: string | null;
  readonly path: string | null;
  readonly retryAt: string | null;
  readonly message: string;
};

export function shapeOfError(error: unknown, pair: string | null): ErrorShape {
  const known = isSyncError(error) ? error : null;
  const { path, retryAt } = known?.fields ?? {};
  return {
    code: known?.code ?? 'internal',
    pair,
    path: typeof path === 'string' ? path : null,
    retryAt: typeof retryAt === 'string' ? retryAt : null,
    message: oneLine(redactText(error instanceof Error ? error.message : String(error), [])),
  };
}

/** Its place in the text stays. */
function oneLineOf(line: string): string {
  return `  ${oneLine(redactText(line, []))}`;
}

/** What happened and what to do about it, in one line. */
export function sayError(io: CliIo, error: unknown, pair: string | null): ExitCode {
  const { code, message } = shapeOfError(error, pair);
  const reason = isSyncError(error) ? error.fields['reason'] : undefined;
  const advice = adviceFor(code, typeof reason === 'string' ? reason : null);
  io.say(
    `driftless: ${pair === null ? '' : `${pair}: `}${message}${advice === null ? '' : `; ${withHome(io.home, advice)}`}`,
  );
  if (isSyncError(error)) return exitCodeOf(error);
  if (error instanceof Error && io.isVerbose)
    io.say((error.stack ?? '').split('\n').map(oneLineOf).join('\n'));
  return exitCodes.failed;
}

/** One clear line for the user; with `--json` the published error shape on stdout as well. */
export function reportError(io: CliIo, error: unknown, pair: string | null): ExitCode {
  if (io.isJson) io.print({ ok: false, error: shapeOfError(error, pair) }, '');
  return sayError(io, error, pair);
}
