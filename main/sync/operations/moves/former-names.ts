// Former names of files whose folder was renamed here, for the records of deletions (C17).
import type { Etag, RelPath } from '../../../core/model/model.ts';
import { isBelow, keyFor, rebase } from '../../../core/model/path.ts';
import type { StateChange } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { announcedDelete } from '../../trash/remote-trash.ts';

type Renamed = { readonly from: RelPath; readonly to: RelPath };
type Kept = Pick<PairContext, 'store'>;

const metaKey = 'renamedFolders';
/** Beyond it a needless conflict copy is made, or a deleted file comes back, and nothing is lost. */
const maxRenamed = 100;

/** Latest first. */
function renamedFolders({ store }: Kept): readonly Renamed[] {
  const text = store.meta(metaKey);
  return text === null ? [] : (JSON.parse(text) as readonly Renamed[]); // our own database wrote it
}

/**
 * Base moves with a folder that was renamed here. Its files keep the versions of their former names until those of the new
 * names are known to hold the same.
 */
export function baseMoved(
  context: Kept,
  { from, to }: Renamed,
  sides: readonly ('base' | 'local')[],
): readonly StateChange[] {
  const renamed = [{ from, to }, ...renamedFolders(context)].slice(0, maxRenamed);
  return [
    { kind: 'rename', from, to, sides, keys: null },
    { kind: 'meta', key: metaKey, value: JSON.stringify(renamed) },
  ];
}

/** A device that knew this version deleted it under a former name: what came under the new name continues it. */
export async function leftFormerName(
  context: PairContext,
  path: RelPath,
  etag: Etag,
  signal: AbortSignal,
): Promise<boolean> {
  const { prefix } = context.settings.binding;
  let at = path;
  for (const { from, to } of renamedFolders(context)) {
    if (!isBelow(at, to)) continue;
    at = rebase(at, to, from);
    const announced = await announcedDelete(context, keyFor(prefix, at, 'file'), signal);
    if (announced?.includes(etag) === true) return true;
  }
  return false;
}
