// Object key of a path, in the store's spelling.
import type { ObjectKey, RelPath } from '../../core/model/model.ts';
import { keyFor } from '../../core/model/path.ts';
import type { PairContext } from '../context.ts';

/** Raw key of a path: the store's spelling if it was seen, otherwise the one we would create. */
export function keyOf(
  context: Pick<PairContext, 'settings' | 'store'>,
  path: RelPath,
  kind: 'file' | 'folder' = 'file',
): ObjectKey {
  const { remote } = context.store.entry(path);
  if (remote.state === 'present' && remote.kind === 'file' && kind === 'file') return remote.rawKey;
  if (remote.state === 'present' && remote.kind === 'folder' && remote.marker !== null && kind === 'folder') {
    return remote.marker.rawKey;
  }
  return keyFor(context.settings.binding.prefix, path, kind);
}
