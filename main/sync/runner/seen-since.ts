// Since when the plans of a running pair have found a problem.
import type { PlanProblem } from '../../core/plan/types.ts';
import type { SeenProblem } from './pair-status.ts';

/** A problem that the plan before had found as well keeps its time. */
export function seenSince(
  before: readonly SeenProblem[],
  found: readonly PlanProblem[],
  nowMs: number,
): readonly SeenProblem[] {
  const known = new Map(before.map((problem) => [keyOf(problem), problem.sinceMs]));
  return found.map((problem) => ({ ...problem, sinceMs: known.get(keyOf(problem)) ?? nowMs }));
}

function keyOf({ code, path }: PlanProblem): string {
  return `${code} ${path}`;
}
