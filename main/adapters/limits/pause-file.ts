// Memory of a pause over restarts: a file beside the pair's state, empty or with the end of the pause.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../../ports/log.port.ts';

export type PauseMemory = {
  readonly isPaused: () => boolean;
  /** End of a timed pause, wall clock in milliseconds; null for a pause without an end, or none. */
  readonly endsAtMs: () => number | null;
  /** Never throws: a pause that cannot be kept holds until the program ends, and the log says so. */
  readonly remember: (isPaused: boolean, untilMs?: number | null) => void;
};

function fileOf(home: string, pairId: string): string {
  return join(home, 'pairs', `${pairId}.paused`);
}

export function makePauseMemory(home: string, pairId: string, log: Log): PauseMemory {
  const file = fileOf(home, pairId);
  return {
    isPaused: () => existsSync(file),
    endsAtMs: () => readEnd(file),
    remember(isPaused, untilMs = null) {
      try {
        if (isPaused) {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          // Empty needs no room on a full disk.
          writeFileSync(file, untilMs === null ? '' : String(untilMs), { mode: 0o600 });
        } else forgetPause(home, pairId);
      } catch (error) {
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
  rmSync(fileOf(home, pairId), { force: true });
}
