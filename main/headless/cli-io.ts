// What every verb needs to talk to the terminal: JSON or words on stdout, messages on stderr, one line per error.
import { isSyncError } from '../core/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

export type CliIo = {
  readonly home: string;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** One JSON value, or with `--json` off the words that stand for it. */
  print(value: unknown, words: string): void;
  say(message: string): void;
};

export function makeIo(options: { home: string; json: boolean; verbose: boolean }): CliIo {
  return {
    home: options.home,
    isJson: options.json,
    isVerbose: options.verbose,
    print: (value, words) => {
      const text = options.json ? JSON.stringify(value) : words;
      if (text !== '') process.stdout.write(`${text}\n`);
    },
    say: (message) => {
      process.stderr.write(`${message}\n`);
    },
  };
}

/** One clear line for a person; with `--json` the published error shape on stdout as well. */
export function reportError(io: CliIo, error: unknown, pair: string | null): ExitCode {
  const known = isSyncError(error) ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  io.say(`driftless: ${oneLine(message)}`);
  if (known === null && error instanceof Error && io.isVerbose) io.say(error.stack ?? '');
  if (io.isJson) {
    const { path, retryAt } = known?.fields ?? {};
    io.print(
      {
        ok: false,
        error: {
          code: known?.code ?? 'internal',
          pair,
          path: path ?? null,
          retryAt: retryAt ?? null,
          message: oneLine(message),
        },
      },
      '',
    );
  }
  return known === null ? exitCodes.failed : exitCodeOf(known);
}

/** File names and foreign messages may hold line breaks and control characters; a terminal must not obey them. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
