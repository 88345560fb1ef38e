// Problem record of a failed operation or recovery: holds the path until its back-off ends.
import { retryWaitMs } from '../../core/backoff.ts';
import type { Entry, RelPath } from '../../core/model/model.ts';
import { isLeftOut, isSettled } from '../../core/model/settled.ts';
import { unclearPaths, type OpProblem } from './journal.ts';
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
 * still lack its marker. So does what a rule leaves out amid an operation: while recovery cannot look at it,
 * only its problem says so.
 */
export function forgetSettledProblems(context: Pick<PairContext, 'store'>): void {
  const { store } = context;
  const unclear = unclearPaths(context);
  const isOver = (path: RelPath): boolean => {
    const entry = store.entry(path);
    return isFileSettled(entry) || (isEntryLeftOut(entry) && !unclear.has(path));
  };
  const gone = store.problems().filter(({ path, attempts }) => attempts > 0 && isOver(path));
  if (gone.length > 0) store.record(gone.map(({ path }) => ({ kind: 'problem-gone' as const, path })));
}

function isEntryLeftOut({ local, remote }: Entry): boolean {
  return isLeftOut(local) || isLeftOut(remote);
}

function isFileSettled(entry: Entry): boolean {
  const { base, local, remote } = entry;
  const isKnown = local.state !== 'unknown' && remote.state !== 'unknown';
  return isKnown && base?.kind !== 'folder' && isSettled(entry);
}
