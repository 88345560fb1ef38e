// Folder pairs (old, new) that moves of files suggest.
import type { RelPath } from '../../model/model.ts';
import { comparePaths, depthOf, nameOf, parentOf } from '../../model/path.ts';

export type MovePair = { readonly from: RelPath; readonly to: RelPath };

/** Values by two paths. */
export class PairMap<Value> {
  readonly #values = new Map<RelPath, Map<RelPath, Value>>();

  get(one: RelPath, other: RelPath): Value | undefined {
    return this.#values.get(one)?.get(other);
  }

  set(one: RelPath, other: RelPath, value: Value): void {
    const known = this.#values.get(one);
    if (known === undefined) this.#values.set(one, new Map([[other, value]]));
    else known.set(other, value);
  }

  forget(one: RelPath): void {
    this.#values.delete(one);
  }

  entries(): Iterable<readonly [RelPath, ReadonlyMap<RelPath, Value>]> {
    return this.#values;
  }
}

/** The pair of parent folders: (d/p, e/p) for `d/p/x -> e/p/x`. Null if the names differ, or a parent is the root, or both are the same. */
export function pairAbove({ from, to }: MovePair): MovePair | null {
  if (nameOf(from) !== nameOf(to)) return null;
  const above = { from: parentOf(from), to: parentOf(to) };
  return above.from === '' || above.to === '' || above.from === above.to ? null : above;
}

/** Limit of targets per folder, because each is compared with the whole folder. Files may have moved to thousands of folders. */
const maxTargets = 8;

/**
 * Folder pairs that the files may have moved between. If a folder has many targets, those with most files are kept. Counted from the
 * deepest pair up: each adds its count to its parent pair once, not once per file.
 */
export function likeliestPairs(files: readonly MovePair[]): readonly MovePair[] {
  const counts = new PairMap<number>();
  const levels: MovePair[][] = [];
  const add = (pair: MovePair | null, count: number): void => {
    if (pair === null) return;
    const known = counts.get(pair.from, pair.to);
    counts.set(pair.from, pair.to, (known ?? 0) + count);
    if (known === undefined) (levels[depthOf(pair.from)] ??= []).push(pair);
  };
  for (const file of files) add(pairAbove(file), 1);
  for (let depth = levels.length - 1; depth > 0; depth -= 1)
    for (const pair of levels[depth] ?? []) add(pairAbove(pair), counts.get(pair.from, pair.to) ?? 0);
  return [...counts.entries()].flatMap(([from, targets]) =>
    [...targets]
      .sort(([left, few], [right, many]) => many - few || comparePaths(left, right))
      .slice(0, maxTargets)
      .map(([to]) => ({ from, to })),
  );
}
