// Detection of stalled operations: one planned unchanged again and again, each time impossible, becomes a
// problem with a reason.
import type { Op, RelPath } from '../../core/model/model.ts';
import { hashPlan } from '../../core/safety/check.ts';
import type { OpEnd } from '../operations/execute.ts';
import { problem } from '../operations/journal.ts';
import type { PairContext } from '../context.ts';
import { recordProblem } from '../operations/record-problem.ts';

/** Plans in a row for the same versions. A `sync --once` makes about ten plans. */
const maxRepeats = 4;

/**
 * How often each operation, by effect and version, was planned in a row, and how many plans ago it was last
 * planned: a look at its path may come between two tries.
 */
export type Stalled = Map<string, { readonly repeats: number; readonly plansAgo: 0 | 1 }>;

export async function holdStalled(
  context: PairContext,
  stalled: Stalled,
  ends: readonly OpEnd[],
): Promise<void> {
  const before = new Map(stalled);
  stalled.clear();
  for (const [key, { repeats, plansAgo }] of before) {
    if (plansAgo === 0) stalled.set(key, { repeats, plansAgo: 1 });
  }
  for (const { op, outcome } of ends) {
    // An operation that waits for another one is not the cause.
    if (outcome.kind !== 'replan' || outcome.waitsFor !== undefined) continue;
    const key = hashPlan({ waves: [[op]], problems: [] });
    const repeats = (before.get(key)?.repeats ?? 0) + 1;
    if (repeats < maxRepeats) {
      stalled.set(key, { repeats, plansAgo: 0 });
      continue;
    }
    stalled.delete(key);
    context.log.warn('an operation makes no progress', { kind: op.kind, path: op.path, why: outcome.why });
    const fields = { why: outcome.why };
    for (const one of [op, ...waitingFor(ends, op.path)]) {
      const from = 'from' in one ? { from: one.from } : {};
      const holder = one === op ? {} : { waitsFor: op.path };
      await recordProblem(
        context,
        problem(one.path, 'no-progress', 'backoff', { ...fields, ...holder, ...from }),
      );
    }
  }
}

/** What would otherwise wait in silence: operations that wait for the one on this path, and those that wait for them. */
function waitingFor(ends: readonly OpEnd[], path: RelPath): readonly Op[] {
  const paths = new Set([path]);
  const found = new Map<RelPath, Op>();
  for (const next of paths) {
    for (const { op, outcome } of ends) {
      if (outcome.kind !== 'replan' || outcome.waitsFor !== next) continue;
      paths.add(op.path);
      found.set(op.path, op);
    }
  }
  found.delete(path);
  return [...found.values()];
}
