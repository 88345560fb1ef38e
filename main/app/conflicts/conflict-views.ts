// Conflicts as the page shows them, with the ids that it names them by.
import type { LocalFile } from '../../core/model/model.ts';
import { nameOf } from '../../core/model/path.ts';
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
export function conflictIdOf(pairId: string, { copy, current, aside }: Conflict): string {
  const versions = [current, aside].map(({ fingerprint }) => {
    const { sizeBytes, mtimeNs, inode } = fingerprint;
    return [sizeBytes, mtimeNs, inode].map(String).join(' ');
  });
  return digestOf(pairId, `conflict ${versions.join(' ')} ${copy}`);
}

function factsOf({ fingerprint }: LocalFile): { readonly bytes: number; readonly modifiedMs: number } {
  return { bytes: fingerprint.sizeBytes, modifiedMs: Number(fingerprint.mtimeNs / 1_000_000n) };
}
