// Conflicts as the page shows them, with the ids that it names them by.
import type { LocalFile } from '../../core/model/model.ts';
import { nameOf } from '../../core/model/path.ts';
import { versionsOf } from '../../sync/conflicts/list.ts';
import type { Conflict } from '../../sync/conflicts/list.ts';
import type { ConflictView } from '../../../preload/contract.ts';
import { digestOf } from '../files/item-names.ts';

export function conflictViews(pairId: string, conflicts: readonly Conflict[]): readonly ConflictView[] {
  return conflicts.map((conflict) => ({
    id: conflictIdOf(pairId, conflict),
    pairId,
    path: conflict.path,
    copyName: nameOf(conflict.copy),
    atMs: conflict.atMs,
    current: { ...factsOf(conflict.current), device: null },
    aside: { ...factsOf(conflict.aside), device: conflict.device },
  }));
}

/** Changes with each version, so that a choice stands for what the page showed. */
export function conflictIdOf(pairId: string, conflict: Conflict): string {
  return digestOf(pairId, `conflict ${versionsOf(conflict)} ${conflict.copy}`);
}

function factsOf({ fingerprint }: LocalFile): { readonly bytes: number; readonly modifiedMs: number } {
  return { bytes: fingerprint.sizeBytes, modifiedMs: Number(fingerprint.mtimeNs / 1_000_000n) };
}
