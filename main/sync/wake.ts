// Lets a loop sleep until something happens or a time has come.
import type { Clock } from '../ports/clock.port.ts';

export type Wake = {
  /** Ends the current wait, or the next one if none is under way. */
  wake(): void;
  /** Resolves after `delayMs` with false, when woken with true, or when `signal` aborts; never rejects. */
  wait(delayMs: number, signal: AbortSignal): Promise<boolean>;
};

export function makeWake(clock: Clock): Wake {
  let isWoken = false;
  let current: AbortController | null = null;
  return {
    wake() {
      isWoken = true;
      current?.abort();
    },
    async wait(delayMs, signal) {
      if (!isWoken && !signal.aborted) {
        current = new AbortController();
        try {
          await clock.sleep(delayMs, AbortSignal.any([signal, current.signal]));
        } catch {
          // Woken or stopped: both end the wait, and the loop looks for itself which it was.
        }
        current = null;
      }
      const wasWoken = isWoken;
      isWoken = false;
      return wasWoken;
    },
  };
}
