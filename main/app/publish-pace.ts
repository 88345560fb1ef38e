// When a changed state is published: soon, or as late as its listeners can wait.
import type { Clock } from '../ports/clock.port.ts';
import type { Log } from '../ports/log.port.ts';
import { LIMITS } from '../../preload/lean/limits.ts';

/** Minimum interval between two events (at most four per second). */
const publishEveryMs = 250;
/** With so many reports a listener that can wait gets events as soon as others: more entries of the activity than a snapshot has would be lost to it. */
const mostUntold = LIMITS.activity / 2;

export type Pace = {
  /** To compare two snapshots takes as long as a request: without a listener none are made, and few for one that can wait. */
  readonly changed: () => void;
  readonly publishNow: () => void;
  /** A listener that can wait so long. Returns its end. */
  readonly listen: (everyMs?: number) => () => void;
};

export function makePace(
  { clock, log, publish }: { readonly clock: Clock; readonly log: Log; readonly publish: () => void },
  signal: AbortSignal,
): Pace {
  const listeners = new Set<{ readonly everyMs: number }>();
  let isDirty = false;
  let isTimed = false;
  let isSlowlyTimed = false;
  let reports = 0;
  function publishNow(): void {
    isDirty = false;
    reports = 0;
    publish();
  }
  async function publishLater(): Promise<void> {
    // One command changes several facts: they are published together.
    await Promise.resolve();
    publishNow();
    await clock.sleep(publishEveryMs, signal);
    isTimed = false;
    if (isDirty) changed();
  }
  async function publishSlowly(everyMs: number): Promise<void> {
    await clock.sleep(everyMs, signal);
    isSlowlyTimed = false;
    if (isDirty) publishNow();
  }
  function logEnd(error: unknown): void {
    if (!signal.aborted) log.error('status is not announced any more', { message: String(error) });
  }
  function changed(): void {
    isDirty = true;
    reports += 1;
    if (listeners.size === 0 || signal.aborted) return;
    const everyMs = Math.min(...[...listeners].map((one) => one.everyMs));
    const isSlow = everyMs > publishEveryMs && reports < mostUntold;
    if (isSlow ? isSlowlyTimed : isTimed) return;
    if (isSlow) isSlowlyTimed = true;
    else isTimed = true;
    (isSlow ? publishSlowly(everyMs) : publishLater()).catch(logEnd);
  }
  return {
    changed,
    publishNow,
    listen(everyMs = publishEveryMs) {
      const one = { everyMs };
      listeners.add(one);
      return () => void listeners.delete(one);
    },
  };
}
