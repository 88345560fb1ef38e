// Memory of a pause over restarts: a file beside the pair's state, empty or with the end of the pause.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../../ports/log.port.ts';

export type PauseMemory = {
  readonly isPaused: () => boolean;
  /** End of a timed pause, wall clock in milliseconds; null for a pause without an end, or none. */
  readonly endsAtMs: () => number | null;
  /** Never throws: a pause that cannot be kept holds until the program ends, also for other engines of the pair, and the log says so. */
  readonly remember: (isPaused: boolean, untilMs?: number | null) => void;
};

/** By file: what could not be written. The next engine of the pair in this process goes by it. */
const unwritten = new Map<string, { readonly isPaused: boolean; readonly untilMs: number | null }>();

function fileOf(home: string, pairId: string): string {
  return join(home, 'pairs', `${pairId}.paused`);
}

export function makePauseMemory(home: string, pairId: string, log: Log): PauseMemory {
  const file = fileOf(home, pairId);
  return {
    isPaused: () => unwritten.get(file)?.isPaused ?? existsSync(file),
    endsAtMs: () => {
      const held = unwritten.get(file);
      return held === undefined ? readEnd(file) : held.untilMs;
    },
    remember(isPaused, untilMs = null) {
      unwritten.delete(file);
      try {
        if (isPaused) {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          // Empty needs no room on a full disk.
          writeFileSync(file, untilMs === null ? '' : String(untilMs), { mode: 0o600 });
        } else forgetPause(home, pairId);
      } catch (error) {
        unwritten.set(file, { isPaused, untilMs });
        log.warn('the pause could not be kept for the next start', {
          pairId,
          isPaused,
          cause: String(error),
        });
      }
    },
  };
}

/** An unreadable end counts as none: the pause then lasts until the user ends it. */
function readEnd(file: string): number | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

/** For a pair that is taken out of the configuration: another one of its name begins unpaused. */
export function forgetPause(home: string, pairId: string): void {
  unwritten.delete(fileOf(home, pairId));
  rmSync(fileOf(home, pairId), { force: true });
}
