// Choice of the name that goes where a crash cut a rename in two.
import type { RelPath } from './model.ts';
import { nameOf } from './path.ts';

type Cut = {
  readonly from: RelPath;
  readonly to: RelPath;
  /** The folder of the old name still has its name, so that a file elsewhere was moved there by itself. */
  readonly isFolderThere: boolean;
};

/**
 * Of the names of one file, one is the old name of the rename or comes from it, another the new one. The old one goes, unless the
 * user gave it a name of its own: that is the latest wish, and the name that we gave goes. Null where it cannot be told.
 */
export function chooseNames(
  cut: Cut,
  names: readonly RelPath[],
): { readonly stale: RelPath; readonly kept: RelPath } | null {
  const ends = names.length === 2 ? twoEnds(cut, names) : endsAmongLinks(cut, names);
  if (ends === null) return null;
  const { old, fresh } = ends;
  const isRenamed = nameOf(old) !== nameOf(cut.from);
  const isMoved = old !== cut.from && cut.isFolderThere && fresh === cut.to;
  return isRenamed || isMoved ? { stale: fresh, kept: old } : { stale: old, kept: fresh };
}

type Ends = { readonly old: RelPath; readonly fresh: RelPath };

/** One is closer to the old name than the other. */
function twoEnds(cut: Cut, names: readonly RelPath[]): Ends | null {
  const [old, fresh] = names.toSorted((one, other) => lean(cut, other) - lean(cut, one));
  if (old === undefined || fresh === undefined) return null;
  return lean(cut, old) > lean(cut, fresh) ? { old, fresh } : null;
}

/** Beside hard links of the user's each end must be known by itself. */
function endsAmongLinks(cut: Cut, names: readonly RelPath[]): Ends | null {
  const [old, ...moreOld] = best(cut, names, 1);
  const [fresh, ...moreFresh] = best(cut, names, -1);
  const isClear = moreOld.length === 0 && moreFresh.length === 0;
  return isClear && old !== undefined && fresh !== undefined ? { old, fresh } : null;
}

function best(cut: Cut, names: readonly RelPath[], sign: 1 | -1): readonly RelPath[] {
  const most = Math.max(...names.map((name) => sign * lean(cut, name)));
  return most > 0 ? names.filter((name) => sign * lean(cut, name) === most) : [];
}

/** Above 0: closer to the old name, by the last segments that are the same; the whole name counts most. */
function lean({ from, to }: Cut, name: RelPath): number {
  if (name === from) return Number.MAX_SAFE_INTEGER;
  if (name === to) return -Number.MAX_SAFE_INTEGER;
  return commonTail(name, from) - commonTail(name, to);
}

function commonTail(one: RelPath, other: RelPath): number {
  const [left, right] = [one.split('/').toReversed(), other.split('/').toReversed()];
  const end = left.findIndex((segment, index) => segment !== right[index]);
  return end < 0 ? left.length : end;
}
