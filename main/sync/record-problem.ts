// Notes what an operation, or the recovery of one, failed of: the path is held until its back-off is over.
import { retryWaitMs } from '../core/backoff.ts';
import type { OpProblem } from './ops/outcome.ts';
import type { PairContext } from './pair-context.ts';

/** Counts the attempts and says when the next one is due. */
export async function recordProblem(
  context: Pick<PairContext, 'store' | 'clock' | 'random' | 'commit'>,
  outcome: OpProblem,
): Promise<void> {
  const known = context.store.problem(outcome.path);
  const attempts = (known?.attempts ?? 0) + 1;
  const nowMs = context.clock.nowMs();
  const waitMs = retryWaitMs(outcome.retry, 'item', {
    failures: attempts,
    random: context.random.next(),
  });
  await context.commit([
    {
      kind: 'problem',
      problem: {
        path: outcome.path,
        code: outcome.code,
        fields: printable(outcome.fields),
        sinceMs: known?.sinceMs ?? nowMs,
        attempts,
        retryAtMs: nowMs + waitMs,
      },
    },
  ]);
}

function printable(
  fields: Readonly<Record<string, string | number | boolean | null>>,
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  );
}
