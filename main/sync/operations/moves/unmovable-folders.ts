// Folders that the disk refuses to rename as one: those of a lower layer of overlayfs answer EXDEV. Remembered over restarts,
// because the next plan would only try the same again.
import type { RelPath } from '../../../core/model/model.ts';
import type { RenameOutcome } from '../../../ports/local-files.port.ts';
import type { StateChange } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';

const metaKey = 'unmovableFolders';
const maxFolders = 1000;

export function unmovableFolders({ store }: Pick<PairContext, 'store'>): ReadonlySet<RelPath> {
  const text = store.meta(metaKey);
  return new Set(text === null ? [] : (JSON.parse(text) as readonly RelPath[])); // our own database wrote it
}

/** True for the answer to the rename of a folder whose contents may still be moved one by one. */
export function isUnmovable(renamed: RenameOutcome): boolean {
  return renamed.kind === 'blocked' && renamed.message.includes('EXDEV');
}

/** What is no folder of base any more is forgotten along the way. */
export function noteUnmovable(context: Pick<PairContext, 'store'>, folder: RelPath): StateChange {
  const left = [...unmovableFolders(context)].filter(
    (path) => context.store.entry(path).base?.kind === 'folder',
  );
  return { kind: 'meta', key: metaKey, value: JSON.stringify([...left, folder].slice(-maxFolders)) };
}
