// Registry of running accounts and pairs; grows and shrinks while the app runs.
import type { AccountRuntime } from './account/runtime.ts';
import { followPair } from './pair-runtime.ts';
import type { PairRuntime } from './pair-runtime.ts';

export type RegistryPart = {
  readonly accounts: readonly AccountRuntime[];
  readonly pairs: readonly PairRuntime[];
};

/** Both lists keep their identity, so that holders see every change. */
export type Registry = RegistryPart & {
  add(part: RegistryPart): void;
  onAdded(listener: (part: RegistryPart) => void): () => void;
  /** Resolves once every listener has let go of the pair. */
  remove(pair: PairRuntime): Promise<void>;
  /** As `remove`, then `add`; the pair keeps its place in the list. `between`: when the one has ended and the other has not begun. */
  replace(pair: PairRuntime, by: PairRuntime, between?: () => Promise<void>): Promise<void>;
  /** A pair that is about to leave: its listeners end their use of it before the promise resolves. */
  onRemoved(listener: (pair: PairRuntime) => Promise<void>): () => void;
};

export function makeRegistry(first: RegistryPart): Registry {
  const accounts = [...first.accounts];
  const pairs = [...first.pairs];
  const added = new Set<(part: RegistryPart) => void>();
  const removed = new Set<(pair: PairRuntime) => Promise<void>>();
  const tell = (part: RegistryPart): void => {
    for (const listener of added) listener(part);
  };
  async function swap(
    pair: PairRuntime,
    by: readonly PairRuntime[],
    between?: () => Promise<void>,
  ): Promise<void> {
    for (const listener of removed) await listener(pair);
    await between?.();
    const at = pairs.indexOf(pair);
    if (at >= 0) pairs.splice(at, 1, ...by);
    tell({ accounts: [], pairs: by });
  }
  return {
    accounts,
    pairs,
    add(part) {
      accounts.push(...part.accounts);
      pairs.push(...part.pairs);
      tell(part);
    },
    onAdded(listener) {
      added.add(listener);
      return () => void added.delete(listener);
    },
    remove: (pair) => swap(pair, []),
    replace: (pair, by, between) => swap(pair, [by], between),
    onRemoved(listener) {
      removed.add(listener);
      return () => void removed.delete(listener);
    },
  };
}

/** Lets each account show what stops its pairs, for as long as they are in the registry. */
export function followPairs(registry: Registry): void {
  const ends = new Map<PairRuntime, () => void>();
  const follow = ({ pairs }: RegistryPart): void => {
    for (const pair of pairs) ends.set(pair, followPair(pair));
  };
  follow(registry);
  registry.onAdded(follow);
  registry.onRemoved((pair) => {
    ends.get(pair)?.();
    ends.delete(pair);
    return Promise.resolve();
  });
}
