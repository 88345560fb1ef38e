// Selective sync: excluded folders of a pair, before and after the user's choices.
import type { RelPath } from '../model/model.ts';
import { comparePaths, depthOf, isBelow, rootPath } from '../model/path.ts';

export type FolderChoice = { readonly path: RelPath; readonly isIn: boolean };

/** `part`: synced, but for folders inside it. */
export type FolderStanding = 'in' | 'part' | 'out';

/** Lookups whose time does not grow with the number of excluded folders, because every path of both sides is checked. */
export type Excluded = {
  /** Topmost excluded folder that is `path` or holds it; undefined where it is synced. */
  readonly holderOf: (path: RelPath) => RelPath | undefined;
  readonly standingOf: (path: RelPath) => FolderStanding;
};

export function makeExcluded(folders: readonly RelPath[]): Excluded {
  const all = new Set(folders);
  const lengths = new Set(folders.map(({ length }) => length));
  let sorted: readonly RelPath[] | null = null;
  const holderOf = (path: RelPath): RelPath | undefined => {
    if (all.size === 0) return undefined;
    if (all.has(rootPath)) return rootPath;
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (!lengths.has(at)) continue;
      const above = path.slice(0, at) as RelPath; // the beginning of a path, up to a slash
      if (all.has(above)) return above;
    }
    return all.has(path) ? path : undefined;
  };
  return {
    holderOf,
    standingOf: (path) => {
      if (holderOf(path) !== undefined) return 'out';
      sorted ??= [...all].sort(comparePaths);
      const first = sorted[firstFrom(sorted, `${path}/`)];
      return first !== undefined && isBelow(first, path) ? 'part' : 'in';
    },
  };
}

/** Index of the first that is not before `text`. */
function firstFrom(sorted: readonly RelPath[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePaths(sorted[middle] ?? '', text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Excluded folders after the choices; a choice stands for everything in its folder, and one for a folder inside it wins. To sync a
 * folder of an excluded one, that one is opened: its other folders are excluded in its place, level by level.
 * @param foldersIn direct subfolders of a folder on either side
 */
export async function excludedAfter(
  before: readonly RelPath[],
  choices: readonly FolderChoice[],
  foldersIn: (path: RelPath) => Promise<readonly RelPath[]>,
): Promise<readonly RelPath[]> {
  let excluded = [...before];
  for (const { path, isIn } of [...choices].sort((a, b) => depthOf(a.path) - depthOf(b.path))) {
    const holder = excluded.find((folder) => path === folder || isBelow(path, folder));
    if (!isIn && holder !== undefined) continue;
    excluded = excluded.filter((folder) => folder !== path && !isBelow(folder, path));
    if (!isIn) excluded.push(path);
    else if (holder !== undefined && holder !== path) {
      const beside = await besides(holder, path, foldersIn);
      excluded = [...excluded.filter((folder) => folder !== holder), ...beside];
    }
  }
  return excluded.sort(comparePaths);
}

/** Folders inside `holder` that neither are nor hold nor lie in `path`, as few as possible. */
async function besides(
  holder: RelPath,
  path: RelPath,
  foldersIn: (path: RelPath) => Promise<readonly RelPath[]>,
): Promise<readonly RelPath[]> {
  const found: RelPath[] = [];
  let open: RelPath | undefined = holder;
  while (open !== undefined && open !== path) {
    const level: readonly RelPath[] = await foldersIn(open);
    open = level.find((folder) => folder === path || isBelow(path, folder));
    for (const folder of level) if (folder !== open) found.push(folder);
  }
  return found;
}
