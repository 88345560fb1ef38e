// Other programs, started so that a failure to start is an outcome, not an exception.
//
// Node reports most failures to start to a listener of the child, and throws the others (ENOMEM, a NUL in an argument). Thrown in a timer, or
// in a promise that is not awaited, such an error ends the process. So no other file of `main` imports `spawn` or `execFile` (oxlint).
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio, SpawnOptions, StdioPipe } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../errno.ts';

export type RunOptions = {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
};

export type Ran =
  { readonly kind: 'done'; readonly output: string } | { readonly kind: 'failed'; readonly why: string };

/** Runs a program to its end. Never rejects. */
export function runProgram(
  program: string,
  args: readonly string[],
  { signal, timeoutMs, env }: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    try {
      execFile(program, args, { signal, timeout: timeoutMs, env, windowsHide: true }, (error, output) => {
        if (error === null) resolve({ kind: 'done', output });
        else resolve({ kind: 'failed', why: whyOf(program, error) });
      });
    } catch (error) {
      resolve({ kind: 'failed', why: messageOf(error) });
    }
  });
}

/** The number of an exit code says more than the whole command line, which Node gives. */
function whyOf(program: string, { code, message }: { code?: unknown; readonly message: string }): string {
  return typeof code === 'number' ? `${program} ended with ${String(code)}` : message;
}

/** Output of a program; null where it failed or could not be started. Never rejects. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string | null> {
  const ran = await runProgram(program, args, options);
  return ran.kind === 'done' ? ran.output : null;
}

type Started<Options> = Options & {
  /** Of the start, or of the program later; also called before `startProgram` returns. */
  readonly onFailure: (error: unknown) => void;
};

type Piped = SpawnOptions & { readonly stdio: [StdioPipe, StdioPipe, 'ignore'] };

/** A program that runs on; null where it could not be started, `onFailure` may then be called later. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: Started<Piped>,
): ChildProcessByStdio<Writable, Readable, null> | null;
export function startProgram(
  program: string,
  args: readonly string[],
  options: Started<SpawnOptions>,
): ChildProcess | null;
export function startProgram(
  program: string,
  args: readonly string[],
  { onFailure, ...options }: Started<SpawnOptions>,
): ChildProcess | null {
  try {
    const child = spawn(program, args, { ...options, shell: false, windowsHide: true });
    child.on('error', onFailure);
    // Without a free descriptor Node makes no pipes, whatever the type says, and tells the listener.
    const { stdout }: { readonly stdout?: unknown } = child;
    return stdout === undefined ? null : child;
  } catch (error) {
    onFailure(error);
    return null;
  }
}
