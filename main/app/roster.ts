// Registry of running accounts and pairs; grows and shrinks while the app runs.
import type { AccountRuntime } from './account-runtime.ts';
import { followPair } from './pair-runtime.ts';
import type { PairRuntime } from './pair-runtime.ts';

export type RosterPart = {
  readonly accounts: readonly AccountRuntime[];
  readonly pairs: readonly PairRuntime[];
};

/** Both lists keep their identity, so that holders see every change. */
export type Roster = RosterPart & {
  add(part: RosterPart): void;
  onAdded(listener: (part: RosterPart) => void): () => void;
  /** Resolves once every listener has let go of the pair. */
  remove(pair: PairRuntime): Promise<void>;
  /** As `remove`, then `add`; the pair keeps its place in the list. */
  replace(pair: PairRuntime, by: PairRuntime): Promise<void>;
  /** A pair that is about to leave: its listeners end their use of it before the promise resolves. */
  onRemoved(listener: (pair: PairRuntime) => Promise<void>): () => void;
};

export function makeRoster(first: RosterPart): Roster {
  const accounts = [...first.accounts];
  const pairs = [...first.pairs];
  const added = new Set<(part: RosterPart) => void>();
  const removed = new Set<(pair: PairRuntime) => Promise<void>>();
  const tell = (part: RosterPart): void => {
    for (const listener of added) listener(part);
  };
  async function swap(pair: PairRuntime, by: readonly PairRuntime[]): Promise<void> {
    for (const listener of removed) await listener(pair);
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
    replace: (pair, by) => swap(pair, [by]),
    onRemoved(listener) {
      removed.add(listener);
      return () => void removed.delete(listener);
    },
  };
}

/** Lets each account show what stops its pairs, for as long as they are in the roster. */
export function followPairs(roster: Roster): void {
  const ends = new Map<PairRuntime, () => void>();
  const follow = ({ pairs }: RosterPart): void => {
    for (const pair of pairs) ends.set(pair, followPair(pair));
  };
  follow(roster);
  roster.onAdded(follow);
  roster.onRemoved((pair) => {
    ends.get(pair)?.();
    ends.delete(pair);
    return Promise.resolve();
  });
}
