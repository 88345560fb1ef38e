// Problems of all pairs in parts, as the page asks for them.
import type { ProblemRow } from '../../core/problem-rows.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Input, Output } from '../../../preload/contract.ts';
import { problemIdOf, problemView } from '../pair-view.ts';
import { askedRows } from './asked-rows.ts';

export type PairProblems = { readonly pairId: string; readonly rows: readonly ProblemRow[] };

export function problemsPage(
  pairs: readonly PairProblems[],
  asked: Input<'listProblems'>,
): Output<'listProblems'> {
  const found = askedRows(pairs, asked);
  // Views only of what is sent, because making the ids of thousands takes time.
  const part = found.slice(asked.skip, asked.skip + LIMITS.problems);
  return { problems: part.map(({ pairId, row }) => problemView(pairId, row)), total: found.length };
}

/** The problem that the page knows by this id, wherever in the list it is. */
export function problemById({ pairId, rows }: PairProblems, id: string): ProblemRow | undefined {
  return rows.find((row) => problemIdOf(pairId, row) === id);
}

/** Numbers the states of some lists: another number whenever one of them is another object. */
export function makeRevision(): (lists: readonly unknown[]) => number {
  let revision = 0;
  let last: readonly unknown[] = [];
  return (lists) => {
    const isSame = lists.length === last.length && lists.every((one, at) => one === last[at]);
    if (!isSame) revision += 1;
    last = lists;
    return revision;
  };
}
