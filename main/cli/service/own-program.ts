// Notices that a package was exchanged under the running program, and starts its new version.
//
// A package manager does so under a running `serve`. The parts that are loaded late would be missing then, or the other version's, and so
// would its threads.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { errnoOf } from '../../adapters/system/errno.ts';

/** `other`: of another version. `gone`: no such file, as for a moment while a package is unpacked. */
export type ProgramState = 'own' | 'other' | 'gone';

const lookEveryMs = 5000;
/** A package of many files takes a moment to be unpacked. */
const settledMs = 5000;
const settleEveryMs = 1000;
/** A program that is gone for so long was removed, and not exchanged. */
const goneMs = 60_000;

/** The file of the program that names all others by their contents. */
export class OwnProgram {
  readonly #file: string;
  readonly #sum: number;
  #seen: string;
  #state: ProgramState = 'own';

  /** Throws where the file cannot be read. */
  constructor(file: string) {
    this.#file = file;
    this.#seen = identityOf(file) ?? '';
    this.#sum = crc32(readFileSync(file));
  }

  /** Where the file cannot be looked at, it is as it was before. */
  look(): ProgramState {
    try {
      const identity = identityOf(this.#file);
      if (identity === null) return 'gone';
      // Some file systems give a file another number each time: its contents decide.
      if (identity !== this.#seen)
        this.#state = crc32(readFileSync(this.#file)) === this.#sum ? 'own' : 'other';
      this.#seen = identity;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 'gone';
    }
    return this.#state;
  }
}

function identityOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? null : [stats.ino, stats.size, stats.mtimeMs].join('.');
}

export type ProgramWatch = {
  /** Resolves once another program, or none, is where this one was; else never. */
  readonly exchanged: Promise<void>;
  end(): void;
};

/** @param file null where nothing is to be watched: the sources in a checkout change all the time */
export function watchProgram(file: string | null, everyMs = lookEveryMs): ProgramWatch {
  if (file === null) return { exchanged: new Promise(() => undefined), end: () => undefined };
  const program = new OwnProgram(file);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setInterval(() => {
    if (program.look() === 'own') return;
    clearInterval(timer);
    resolve(undefined);
  }, everyMs).unref();
  return {
    exchanged: promise,
    end: () => {
      clearInterval(timer);
    },
  };
}

/** Resolves once `file` is there and has been the same for a while: false where it stays away, or the signal comes first. */
export async function untilSettled(file: string, signal: AbortSignal): Promise<boolean> {
  let seen: string | null = null;
  let sinceMs = performance.now();
  while (!signal.aborted) {
    const now = identityOf(file);
    if (now !== seen) sinceMs = performance.now();
    seen = now;
    const elapsedMs = performance.now() - sinceMs;
    if (now !== null && elapsedMs >= settledMs) return true;
    if (now === null && elapsedMs >= goneMs) return false;
    await delay(settleEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/**
 * Replaces this process by the program that lies where this one was, with its arguments and environment: what started it keeps its child
 * (https://nodejs.org/api/process.html#processexecvefile-args-env). Nothing of this process is ended in order any more. Returns where there
 * is no such call, as on Windows; where the system refuses it, Node prints why and ends.
 */
export function startAgain(): void {
  const { execPath, execArgv, argv, env, platform } = process;
  if (platform === 'win32' || process.execve === undefined || !existsSync(execPath)) return;
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], env);
}
