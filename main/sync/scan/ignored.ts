// Entries that ignore rules or the limits of object keys leave out.
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { LocalCell, RelPath } from '../../core/model/model.ts';
import { ancestorsOf, isKeyTooLong, parentOf, rootPath } from '../../core/model/path.ts';

/** Ignored entries, and names that no object key can have, are unknown. */
export function syncable(
  { settings }: { readonly settings: { readonly binding: { readonly prefix: string } } },
  ignores: IgnoreMatcher,
  path: RelPath,
  found: LocalCell,
): LocalCell {
  const cell = withIgnore(ignores, path, found);
  if (cell.state !== 'present' || cell.kind !== 'file') return cell;
  if (!isKeyTooLong(settings.binding.prefix, path, 'file')) return cell;
  const { inode, sizeBytes } = cell.fingerprint;
  return { state: 'unknown', reason: 'name-too-long', trace: { kind: 'file', inode, sizeBytes } };
}

function withIgnore(ignores: IgnoreMatcher, path: RelPath, cell: LocalCell): LocalCell {
  if (cell.state === 'absent') return cell;
  const kind = cell.state === 'present' ? cell.kind : 'file';
  const reason = ignores(path, kind);
  return reason === null ? cell : { state: 'unknown', reason };
}

/**
 * The topmost ignored ancestor of `path`, because gitignore never descends into an ignored folder. Everything below an ignored folder is
 * ignored, so a binary search finds it: a key may name five hundred folders.
 */
export function topmostIgnored(
  ignores: IgnoreMatcher,
  path: RelPath,
): { readonly path: RelPath; readonly reason: 'ignored' | 'excluded' } | null {
  const parent = parentOf(path);
  const reason = parent === rootPath ? null : ignores(parent, 'folder');
  // Then no ancestor above it is ignored either.
  if (reason === null) return null;
  let top = { path: parent, reason };
  let above = ancestorsOf(parent);
  while (above.length > 0) {
    const half = above.length >> 1;
    const [middle = rootPath] = above.slice(half);
    const found = ignores(middle, 'folder');
    if (found !== null) top = { path: middle, reason: found };
    above = found === null ? above.slice(0, half) : above.slice(half + 1);
  }
  return top;
}
