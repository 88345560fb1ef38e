// Timers of a running pair: change feed poll, rolling bucket audit, full local scan.
import type { Clock } from '../../ports/clock.port.ts';

export type PairTimes = {
  readonly settleMs: number;
  /** Interval of full local scans, and the longest time for one audit pass over a small bucket. */
  readonly auditMs: number;
  /** Interval of conditional GETs of the change feed while idle. */
  readonly pollMs: number;
  /** The same for a while after a change, because more changes are likely. */
  readonly activePollMs: number;
};

export type Due = { readonly local: boolean; readonly audit: boolean; readonly poll: boolean };

export type PairTimers = {
  /** What is due; taking it restarts its timer. A full scan covers everything. */
  take(isFull: boolean): Due;
  /** Something changed on either side. */
  noteActivity(): void;
  /** Makes the full local scan due, for instance because the watches were set up again. */
  localNow(): void;
  /** True if the full local scan is due and has not begun. */
  isLocalDue(): boolean;
  /** Makes the poll for other devices' announcements due. */
  pollNow(): void;
  nextDelayMs(): number;
  /** Call around a wait. If the wait overran (system sleep), all timers become due at once. */
  beginWait(): (plannedMs: number) => void;
};

const activeMs = 60_000;
/**
 * One audit page every 2 minutes is 30 LISTs an hour; with 360 polls an idle pair stays below 400 requests.
 */
const auditPageMs = 120_000;
/** Interval of full local scans without working watches. */
const timedLookMs = 60_000;
/** A wait this much longer than planned means the system was asleep. */
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
    isLocalDue: () => clock.monotonicMs() >= next.localMs,
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
        // On some systems the monotonic clock stops during sleep, on others it continues.
        const passedMs = Math.max(clock.monotonicMs() - fromMs, clock.nowMs() - fromWallMs);
        if (passedMs > plannedMs + sleptMs) next.pollMs = 0;
      };
    },
  };
}
