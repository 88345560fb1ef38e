// Selective sync: excluded folders of a pair, before and after the user's choices.
import type { RelPath } from '../model/model.ts';
import { comparePaths, depthOf, isBelow } from '../model/path.ts';

export type FolderChoice = { readonly path: RelPath; readonly isIn: boolean };

/** `part`: synced, but for folders inside it. */
export type FolderStanding = 'in' | 'part' | 'out';

/** Excluded folder that is `path` or holds it; undefined where it is synced. */
export function excludedAt(excluded: readonly RelPath[], path: RelPath): RelPath | undefined {
  return excluded.find((folder) => path === folder || isBelow(path, folder));
}

export function standingOf(excluded: readonly RelPath[], path: RelPath): FolderStanding {
  if (excludedAt(excluded, path) !== undefined) return 'out';
  return excluded.some((folder) => isBelow(folder, path)) ? 'part' : 'in';
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
    const holder = excludedAt(excluded, path);
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
    found.push(...level.filter((folder) => folder !== open));
  }
  return found;
}
