// Open conflicts of all pairs as the page asks for them: searched, filtered, a part at a time.
import type { Conflict } from '../../sync/conflicts/list.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Input, Output } from '../../../preload/contract.ts';
import { conflictViews } from './conflict-views.ts';

export type PairConflicts = { readonly pairId: string; readonly conflicts: readonly Conflict[] };

/** Newest first, whatever the folder. */
export function conflictsPage(
  pairs: readonly PairConflicts[],
  asked: Input<'listConflicts'>,
): Output<'listConflicts'> {
  const wanted = asked.text.normalize('NFC').toLowerCase();
  const found = pairs
    .filter(({ pairId }) => asked.pairId === null || pairId === asked.pairId)
    .flatMap(({ pairId, conflicts }) => conflicts.map((conflict) => ({ pairId, conflict })))
    .filter(({ conflict }) => conflict.path.toLowerCase().includes(wanted))
    .sort((a, b) => b.conflict.atMs - a.conflict.atMs);
  // Views only of what is sent, because making the ids of thousands takes time.
  const part = found.slice(asked.skip, asked.skip + LIMITS.conflicts);
  return {
    conflicts: part.flatMap(({ pairId, conflict }) => conflictViews(pairId, [conflict])),
    total: found.length,
  };
}
