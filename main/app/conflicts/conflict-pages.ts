// Open conflicts of all pairs in parts, as the page asks for them.
import type { Conflict } from '../../sync/conflicts/list.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Input, Output } from '../../../preload/contract.ts';
import { askedRows } from '../files/asked-rows.ts';
import { conflictViews } from './conflict-views.ts';

export type PairConflicts = { readonly pairId: string; readonly conflicts: readonly Conflict[] };

/** Newest first, whatever the folder. */
export function conflictsPage(
  pairs: readonly PairConflicts[],
  asked: Input<'listConflicts'>,
): Output<'listConflicts'> {
  const all = pairs.map(({ pairId, conflicts }) => ({ pairId, rows: conflicts }));
  const found = askedRows(all, asked).sort((a, b) => b.row.atMs - a.row.atMs);
  // Views only of what is sent, because making the ids of thousands takes time.
  const part = found.slice(asked.skip, asked.skip + LIMITS.conflicts);
  return {
    conflicts: part.flatMap(({ pairId, row }) => conflictViews(pairId, [row])),
    total: found.length,
  };
}
