// Memoised lookups in the ancestor folders of many paths.
// A bucket may hold thousands of paths, each five hundred folders deep. Without memory, a plan would visit every ancestor of every path.
import type { RelPath } from '../model/model.ts';
import { parentOf, rootPath } from '../model/path.ts';

/**
 * Returns the nearest ancestor folder that passes, or null.
 * @param passes must be stable: each folder is tested once
 */
export function makeNearestAbove(passes: (dir: RelPath) => boolean): (path: RelPath) => RelPath | null {
  const known = new Map<RelPath, RelPath | null>([[rootPath, null]]);
  const nearest = (dir: RelPath): RelPath | null => {
    const found = known.get(dir);
    if (found !== undefined) return found;
    const made = passes(dir) ? dir : nearest(parentOf(dir));
    known.set(dir, made);
    return made;
  };
  return (path) => nearest(parentOf(path));
}

/** Adds the ancestors of `path`. Stops at the first known one, so `dirs` must contain all ancestors of each member. */
export function addAbove(dirs: Set<RelPath>, path: RelPath): void {
  for (let dir = parentOf(path); dir !== rootPath && !dirs.has(dir); dir = parentOf(dir)) dirs.add(dir);
}
