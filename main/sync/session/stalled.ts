// Detection of stalled operations: one planned unchanged again and again, each time impossible, becomes a
// problem with a reason.
import { hashPlan } from '../../core/safety/check.ts';
import type { OpEnd } from '../operations/execute.ts';
import { problem } from '../operations/journal.ts';
import type { PairContext } from '../context.ts';
import { recordProblem } from '../operations/record-problem.ts';

/** Consecutive plans for the same versions. A `sync --once` makes about ten plans. */
const maxRepeats = 4;

/** Number of consecutive plans of each operation, by effect and version. */
export type Stalled = Map<string, number>;

export async function holdStalled(
  context: PairContext,
  stalled: Stalled,
  ends: readonly OpEnd[],
): Promise<void> {
  const before = new Map(stalled);
  stalled.clear();
  for (const { op, outcome } of ends) {
    // An operation that waits for another one is not the cause.
    if (outcome.kind !== 'replan' || outcome.isWaiting === true) continue;
    const key = hashPlan({ waves: [[op]], problems: [] });
    const repeats = (before.get(key) ?? 0) + 1;
    if (repeats < maxRepeats) {
      stalled.set(key, repeats);
      continue;
    }
    context.log.warn('an operation makes no progress', { kind: op.kind, path: op.path, why: outcome.why });
    const from = 'from' in op ? { from: op.from } : {};
    await recordProblem(context, problem(op.path, 'no-progress', 'backoff', { why: outcome.why, ...from }));
  }
}
