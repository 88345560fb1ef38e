// What the definitions of commands share: how a verb is run, and options that take numbers or lists.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { CliIo } from './io.ts';
import type { ExitCode } from './exit-codes.ts';

/** One verb at work; its end is the exit code of the program. */
export type Verb = (io: CliIo, signal: AbortSignal) => Promise<ExitCode>;

/** Runs a verb with the options that `command` was given. */
export type RunVerb = (command: Command, verb: Verb) => Promise<void>;

export type CommandKit = {
  readonly addCommon: (command: Command) => Command;
  readonly run: RunVerb;
};

/** Repeatable option, for commands that take a list. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}

/** Parser of a whole number from `least` to `most`; of anything else it says `must`. */
export function wholeNumber(must: string, least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(must);
    return value;
  };
}
