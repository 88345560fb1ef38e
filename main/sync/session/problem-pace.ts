// When a file that could not be synced is tried again.
import { longestWaitMs } from '../../core/backoff.ts';
import type { Problem, StateChange } from '../../ports/sync-state.port.ts';

/**
 * Milliseconds until the next try: 0 when it is due, null where nothing waits (the row only says why something is left
 * alone). A time further away than any wait was stored by a wall clock that has been set back since, or not at all by an
 * earlier version: both are due.
 */
export function problemDueInMs(problem: Problem, nowMs: number): number | null {
  if (problem.attempts === 0) return null;
  const leftMs = problem.retryAtMs === null ? 0 : problem.retryAtMs - nowMs;
  return leftMs > longestWaitMs ? 0 : Math.max(0, leftMs);
}

/** Everything that waits becomes due, because what stood in the way may be over; how often it failed is remembered. */
export function dueNow(problems: readonly Problem[], nowMs: number): readonly StateChange[] {
  return problems
    .filter((problem) => (problemDueInMs(problem, nowMs) ?? 0) > 0)
    .map((problem) => ({ kind: 'problem', problem: { ...problem, retryAtMs: nowMs } }));
}
