// Folders that move, both ends, and what is inside of them.
// Folders come one by one between the questions. Each folder above a path is looked at once, and once more when it comes to be inside.
import type { RelPath } from '../../model/model.ts';
import { parentOf, rootPath } from '../../model/path.ts';

export class MovedFolders {
  readonly #moved = new Set<RelPath>();
  /** Answers so far for folders, themselves included. */
  readonly #inside = new Map<RelPath, boolean>([[rootPath, false]]);
  /** By a folder that is not inside, those in it that were asked about and are not either. */
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
