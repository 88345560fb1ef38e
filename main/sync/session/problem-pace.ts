// Retry times of files that could not be synced.
import { longestWaitMs } from '../../core/backoff.ts';
import type { Problem, StateChange } from '../../ports/sync-state.port.ts';

/**
 * Milliseconds until the next try: 0 if due, null if there is no retry (the row only explains why something
 * is left alone). A time further away than any back-off was stored before the wall clock was set back, or by
 * an earlier version: both are due.
 */
export function problemDueInMs(problem: Problem, nowMs: number): number | null {
  if (problem.attempts === 0) return null;
  const leftMs = problem.retryAtMs === null ? 0 : problem.retryAtMs - nowMs;
  return leftMs > longestWaitMs ? 0 : Math.max(0, leftMs);
}

/** Infinite without any. Not by arguments of one call: those of a hundred thousand problems would exceed the stack. */
export function soonestOf(triesInMs: readonly number[]): number {
  return triesInMs.reduce((least, ms) => Math.min(least, ms), Infinity);
}

/** Makes all retries due, because their cause may be gone; failure counts are kept. */
export function dueNow(problems: readonly Problem[], nowMs: number): readonly StateChange[] {
  return problems
    .filter((problem) => (problemDueInMs(problem, nowMs) ?? 0) > 0)
    .map((problem) => ({ kind: 'problem', problem: { ...problem, retryAtMs: nowMs } }));
}
