// Whether a pair is paused, kept over restarts: an empty file beside the pair's state, which needs no room on a full disk.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../../ports/log.port.ts';

export type PauseMemory = {
  readonly isPaused: () => boolean;
  /** Never throws: a pause that cannot be kept holds until the program ends, and the log says so. */
  readonly remember: (isPaused: boolean) => void;
};

function fileOf(home: string, pairId: string): string {
  return join(home, 'pairs', `${pairId}.paused`);
}

export function makePauseMemory(home: string, pairId: string, log: Log): PauseMemory {
  const file = fileOf(home, pairId);
  return {
    isPaused: () => existsSync(file),
    remember(isPaused) {
      try {
        if (isPaused) {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          writeFileSync(file, '', { mode: 0o600 });
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

/** For a pair that is taken out of the configuration: another one of its name begins unpaused. */
export function forgetPause(home: string, pairId: string): void {
  rmSync(fileOf(home, pairId), { force: true });
}
