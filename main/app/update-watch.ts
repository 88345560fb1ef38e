// Repeated attempt to stage the newer version that the signed manifest names.
import type { Clock } from '../ports/clock.port.ts';

export type UpdateWatchParts = {
  /** Version by the signed manifest that is newer than this one; null: none. */
  readonly newest: () => string | null;
  /** Fetches it. Resolves with the version that can be installed now, or null; never rejects. */
  readonly stage: () => Promise<string | null>;
  readonly onReady: (version: string) => void;
  readonly clock: Clock;
};

/** Milliseconds; a look at memory where nothing is new. */
const lookAgainMs = 600_000;
/** Looks between two attempts that failed: an hour, so that a broken feed is not asked all the time. */
const looksBetween = 6;

/** Runs until `signal` aborts. */
export async function watchUpdates(parts: UpdateWatchParts, signal: AbortSignal): Promise<void> {
  let ready: string | null = null;
  let looksLeft = 0;
  for (;;) {
    const newest = parts.newest();
    if (newest === null || newest === ready) looksLeft = 0;
    else if (looksLeft > 0) looksLeft -= 1;
    else {
      const staged = await parts.stage();
      if (signal.aborted) return;
      if (staged !== null) parts.onReady(staged);
      ready = staged ?? ready;
      looksLeft = looksBetween - 1;
    }
    try {
      await parts.clock.sleep(lookAgainMs, signal);
    } catch {
      return;
    }
  }
}
