// Index of paths by folder, from which a whole subtree is removed at once.
import type { RelPath } from '../../model/model.ts';
import { parentOf, rootPath } from '../../model/path.ts';

type Inside = { readonly paths: RelPath[]; readonly folders: RelPath[] };

export class FolderIndex {
  readonly #folders = new Map<RelPath, Inside>();

  add(dir: RelPath, path: RelPath): void {
    this.#at(dir).paths.push(path);
  }

  /** Removes and returns all paths of the folder and of its subfolders. Visits only what it removes. */
  takeBelow(dir: RelPath): readonly RelPath[] {
    const taken: RelPath[] = [];
    const open = [dir];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      const inside = this.#folders.get(one);
      if (inside === undefined) continue;
      this.#folders.delete(one);
      for (const path of inside.paths) taken.push(path);
      for (const folder of inside.folders) open.push(folder);
    }
    return taken;
  }

  #at(dir: RelPath): Inside {
    const known = this.#folders.get(dir);
    if (known !== undefined) return known;
    const made: Inside = { paths: [], folders: [] };
    this.#folders.set(dir, made);
    if (dir !== rootPath) this.#at(parentOf(dir)).folders.push(dir);
    return made;
  }
}
