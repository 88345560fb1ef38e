// The command line: parses verbs and options, hands over, and turns the end into an exit code.
import { setTimeout as delay } from 'node:timers/promises';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { doCallsWait } from '../adapters/shares/calls.ts';
import { endProcess } from '../adapters/shares/end-process.ts';
import { homeDirectory, protectHome } from '../adapters/system/home/data-dir.ts';
import { makeIo, reportError } from './io.ts';
import { exitCodes, stopMs } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { outliveOutputs } from './terminal/outlive-outputs.ts';
import { commonOf, makeProgram, missingOptions, verbIn } from './program.ts';
import type { Verb } from './command-kit.ts';
import { usage } from '../control/usage-error.ts';

/** What a shell calls the end by SIGINT. */
const interruptCode = 130;
/** What Node calls the end of a program that waits for something which never comes. */
const unsettledCode = 13;
const stopping = new AbortController();
let ended: ExitCode | typeof interruptCode = exitCodes.ok;
/** By Ctrl+C, which a shell that runs a script of several programs ends with, too. */
let interrupted = false;
/** Sets how a verb ends that does not come to its end by itself. */
let cutShort = (): void => undefined;

/** So long a call at a share may still take once a verb has done its work. */
const lingerMs = 1000;
/** For a reader that is slow, and not for one that has stopped. */
const lastWordsMs = 500;

async function run(command: Command, work: Verb): Promise<void> {
  const options = commonOf(command);
  const io = makeIo({
    home: homeDirectory(options.home ?? null),
    json: options.json ?? false,
    verbose: options.verbose ?? false,
  });
  cutShort = () => {
    // A signal is its usual end.
    if (command.name() === 'serve') return;
    io.say('driftless: stopped before the end; nothing is lost, run it again to go on');
    ended = interrupted ? interruptCode : exitCodes.failed;
  };
  try {
    // Before anything in it is read or made, whatever the verb does there.
    protectHome(io.home);
    ended = await work(io, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) {
      io.say('driftless: stopped before the end; nothing is lost, run it again to go on');
      ended = interrupted ? interruptCode : exitCodes.failed;
    } else {
      ended = reportError(io, error, options.pair ?? null);
    }
  } finally {
    cutShort = () => undefined;
  }
}

/** Commander has shown the help by itself where no verb was given. */
function reportUsage(error: CommanderError, program: Command): ExitCode {
  if (error.code === 'commander.help') return exitCodes.usage;
  // Commander names the first one only.
  const missing = missingOptions(program, process.argv.slice(2));
  const message =
    error.code === 'commander.missingMandatoryOptionValue'
      ? `missing ${missing.length === 1 ? 'option' : 'options'}: ${missing.join(', ')}`
      : error.message.replace(/^error: /u, '');
  const io = makeIo({ home: '', json: process.argv.includes('--json'), verbose: false });
  return reportError(
    io,
    usage(`${message} (${verbIn(program, process.argv.slice(2))} --help shows what there is)`),
    null,
  );
}

/** A second signal does not wait: what is in flight is journalled. */
function stopOnSignal(): void {
  let count = 0;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      count += 1;
      interrupted ||= name === 'SIGINT';
      if (count > 1) endProcess(interrupted ? interruptCode : exitCodes.failed);
      stopping.abort(new Error(`stopped by ${name}`));
      setTimeout(() => void endLate(), stopMs).unref();
    });
  }
}

async function endLate(): Promise<void> {
  cutShort();
  await Promise.race([untilWritten(), delay(lastWordsMs)]);
  endProcess(ended);
}

/** Resolves once the readers of what was printed have taken it, or have gone. */
async function untilWritten(): Promise<void> {
  for (const output of [process.stdout, process.stderr]) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    if (output.writableLength > 0 && !output.destroyed) output.write('', resolve);
    else resolve(null);
    await promise;
  }
}

/** The end comes by itself once nothing is left to wait for. What is not waited for are calls at shares. */
async function endAfterVerb(): Promise<void> {
  await untilWritten();
  // There the code would be that of a failure.
  if (process.platform === 'win32') return;
  setInterval(() => {
    if (doCallsWait()) endProcess(ended);
  }, lingerMs).unref();
}

async function main(): Promise<void> {
  const program = makeProgram(run);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    ended = error.exitCode === 0 ? exitCodes.ok : reportUsage(error, program);
  }
  process.exitCode = ended;
  await endAfterVerb();
}

stopOnSignal();
outliveOutputs(process);
// Stays where there is nothing left to wait for before the end.
process.exitCode = unsettledCode;
// The bundle is CommonJS, without a top-level await. What is thrown here ends the process.
void main();
