// Pairs of an old and a new folder that renamed files point to.
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

/** `d/p/x -> e/p/x`: the pair (d/p, e/p), of which (d, e) is the next; null where the names differ, or nothing is left. */
export function pairAbove({ from, to }: MovePair): MovePair | null {
  if (nameOf(from) !== nameOf(to)) return null;
  const above = { from: parentOf(from), to: parentOf(to) };
  return above.from === '' || above.to === '' || above.from === above.to ? null : above;
}

/** Each target of a folder is compared with all of the folder: one whose files went to thousands of others must not make that quadratic. */
const maxTargets = 8;

/**
 * Pairs of folders that the files may have moved between; of many for one folder, those that most of its files name. The deepest are counted
 * first, so that each adds what it has to the pair above it, once for all its files.
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
