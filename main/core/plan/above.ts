// Questions about the folders above a path, of which each folder is asked once.
// Thousands of names may lie five hundred folders deep in a bucket: where each walks up by itself, a plan takes their product.
import type { RelPath } from '../model/model.ts';
import { parentOf, rootPath } from '../model/path.ts';

/**
 * Finds the nearest folder above a path that passes, or null.
 * @param passes keeps its answers
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

/** Adds the folders above `path` to a set that has, with a folder, all that are above it. */
export function addAbove(dirs: Set<RelPath>, path: RelPath): void {
  for (let dir = parentOf(path); dir !== rootPath && !dirs.has(dir); dir = parentOf(dir)) dirs.add(dir);
}
