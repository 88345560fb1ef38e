// Old and new places of moved folders, and whether a path is inside one.
// Queries alternate with additions. Each ancestor folder is resolved once, and once more when an addition puts it inside.
import type { RelPath } from '../../model/model.ts';
import { parentOf, rootPath } from '../../model/path.ts';

export class MovedFolders {
  readonly #moved = new Set<RelPath>();
  /** Results so far: whether a folder is a moved one or inside one. */
  readonly #inside = new Map<RelPath, boolean>([[rootPath, false]]);
  /** Resolved subfolders that are not inside a moved folder, by their parent. */
  readonly #outside = new Map<RelPath, RelPath[]>();

  add(dir: RelPath): void {
    this.#moved.add(dir);
    const open = [dir];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      this.#inside.set(one, true);
      for (const below of this.#outside.get(one) ?? []) open.push(below);
      this.#outside.delete(one);
    }
  }

  holds(path: RelPath): boolean {
    return this.#moved.size > 0 && (this.#moved.has(path) || this.#isInside(parentOf(path)));
  }

  #isInside(dir: RelPath): boolean {
    const known = this.#inside.get(dir);
    if (known !== undefined) return known;
    const parent = parentOf(dir);
    const isInside = this.#isInside(parent);
    this.#inside.set(dir, isInside);
    if (isInside) return true;
    const siblings = this.#outside.get(parent);
    if (siblings === undefined) this.#outside.set(parent, [dir]);
    else siblings.push(dir);
    return false;
  }
}
