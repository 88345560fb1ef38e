// When a running pair looks by itself: the beacon's poll, the rolling audit of the bucket, the full look at the folder.
import type { Clock } from '../../ports/clock.port.ts';

export type PairTimes = {
  readonly settleMs: number;
  /** Between full looks at the folder, and at most so long for the audit to go once through a small bucket. */
  readonly auditMs: number;
  /** Between conditional GETs of the beacon when nothing happens. */
  readonly pollMs: number;
  /** The same for a while after something happened: where people work, more is to be expected. */
  readonly activePollMs: number;
};

export type Due = { readonly local: boolean; readonly audit: boolean; readonly poll: boolean };

export type PairTimers = {
  /** What is due; taking it sets its timer anew. A full look does everything at once. */
  take(isFull: boolean): Due;
  /** Something changed on either side. */
  noteActivity(): void;
  /** The folder is looked at fully as soon as possible, for instance because watching has begun anew. */
  localNow(): void;
  /** Other devices' announcements are asked for at once. */
  pollNow(): void;
  nextDelayMs(): number;
  /** To be called around a wait: the machine may have slept, and what happened meanwhile is asked for at once. */
  beginWait(): (plannedMs: number) => void;
};

const activeMs = 60_000;
/** One page of a LIST in two minutes is 30 an hour; with 360 polls an idle pair stays below 400 requests (issue 3). */
const auditPageMs = 120_000;
/** Without working watches the folder is looked at every minute. */
const timedLookMs = 60_000;
/** A wait that was longer than planned by so much was a machine asleep. */
const sleptMs = 5000;

export function makePairTimers(
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
  times: PairTimes,
  isTimed: () => boolean,
): PairTimers {
  const next = { localMs: 0, auditMs: 0, pollMs: 0 };
  let activeUntilMs = 0;

  function localEveryMs(): number {
    return isTimed() ? Math.min(times.auditMs, timedLookMs) : times.auditMs;
  }
  function pollEveryMs(): number {
    const isActive = clock.monotonicMs() < activeUntilMs;
    return isActive ? Math.min(times.pollMs, times.activePollMs) : times.pollMs;
  }

  return {
    take(isFull) {
      const now = clock.monotonicMs();
      const due = {
        local: isFull || now >= next.localMs,
        audit: !isFull && now >= next.auditMs,
        poll: !isFull && now >= next.pollMs,
      };
      if (due.local) next.localMs = now + localEveryMs();
      if (isFull || due.audit) next.auditMs = now + Math.min(times.auditMs, auditPageMs);
      if (isFull || due.poll) next.pollMs = now + pollEveryMs();
      return due;
    },
    noteActivity() {
      const now = clock.monotonicMs();
      activeUntilMs = now + activeMs;
      next.pollMs = Math.min(next.pollMs, now + pollEveryMs());
    },
    localNow() {
      next.localMs = 0;
    },
    pollNow() {
      next.pollMs = 0;
    },
    nextDelayMs() {
      // Watches may have failed since the timer was set.
      next.localMs = Math.min(next.localMs, clock.monotonicMs() + localEveryMs());
      return Math.min(next.localMs, next.auditMs, next.pollMs) - clock.monotonicMs();
    },
    beginWait() {
      const fromMs = clock.monotonicMs();
      const fromWallMs = clock.nowMs();
      return (plannedMs) => {
        // On some systems the monotonic clock stands still while the machine sleeps, on others it goes on.
        const passedMs = Math.max(clock.monotonicMs() - fromMs, clock.nowMs() - fromWallMs);
        if (passedMs > plannedMs + sleptMs) next.pollMs = 0;
      };
    },
  };
}
