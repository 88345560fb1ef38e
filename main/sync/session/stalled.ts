// Detection of stalled operations: one planned unchanged again and again, each time impossible, becomes a
// problem with a reason.
import type { Op, RelPath } from '../../core/model/model.ts';
import { hashPlan } from '../../core/safety/check.ts';
import type { ErrorFields } from '../../core/model/errors.ts';
import type { OpEnd } from '../operations/execute.ts';
import { problem } from '../operations/journal.ts';
import type { OpProblem } from '../operations/journal.ts';
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
  const waiting = Map.groupBy(ends, ({ outcome }) =>
    outcome.kind === 'replan' ? (outcome.waitsFor ?? null) : null,
  );
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
    await recordProblem(context, noProgress(op, waiting, { why: outcome.why }));
    for (const one of waitingFor(op, waiting)) {
      const cause = { why: outcome.why, waitsFor: op.path };
      await recordProblem(context, noProgress(one, waiting, cause));
    }
  }
}

/** Ends by the path of the operation that each waits for; null for those that wait for none. */
type Waiting = ReadonlyMap<RelPath | null, readonly OpEnd[]>;

/** One problem for both names of a rename, also of one that is made of an arrival and a removal. */
function noProgress(op: Op, waiting: Waiting, fields: ErrorFields): OpProblem {
  const from =
    'from' in op ? op.from : waiting.get(op.path)?.find((other) => isItsRemoval(other, op))?.op.path;
  return problem(op.path, 'no-progress', 'backoff', from === undefined ? fields : { ...fields, from });
}

function isItsRemoval({ op }: OpEnd, { path }: Op): boolean {
  return op.after?.path === path;
}

/** What would otherwise wait in silence: operations that wait for this one, and those that wait for them. */
function waitingFor(op: Op, waiting: Waiting): readonly Op[] {
  const found = new Set([op]);
  for (const one of found) {
    for (const end of waiting.get(one.path) ?? []) if (!isItsRemoval(end, one)) found.add(end.op);
  }
  found.delete(op);
  return [...found];
}
