// Problem record of a failed operation or recovery: holds the path until its back-off ends.
import { retryWaitMs } from '../../core/backoff.ts';
import type { Entry } from '../../core/model/model.ts';
import { isLeftOut, isSettled } from '../../core/model/settled.ts';
import type { OpProblem } from './journal.ts';
import type { PairContext } from '../context.ts';

/** Counts attempts and sets the time of the next one. */
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

/**
 * Drops problems of what a rule leaves out by now, and of files that are in sync or gone on both sides: recovery closes an operation whose
 * reply was lost, and no plan for such a path would end its problem. Folders keep theirs: one in sync may
 * still lack its marker.
 */
export function forgetSettledProblems({ store }: Pick<PairContext, 'store'>): void {
  const gone = store.problems().filter(({ path, attempts }) => attempts > 0 && isOver(store.entry(path)));
  if (gone.length > 0) store.record(gone.map(({ path }) => ({ kind: 'problem-gone' as const, path })));
}

function isOver(entry: Entry): boolean {
  return isLeftOut(entry.local) || isLeftOut(entry.remote) || isFileSettled(entry);
}

function isFileSettled(entry: Entry): boolean {
  const { base, local, remote } = entry;
  const isKnown = local.state !== 'unknown' && remote.state !== 'unknown';
  return isKnown && base?.kind !== 'folder' && isSettled(entry);
}
