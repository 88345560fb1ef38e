// Registry of running accounts and pairs; grows when a profile is accepted.
import type { AccountRuntime } from './account-runtime.ts';
import type { PairRuntime } from './pair-runtime.ts';

export type RosterPart = {
  readonly accounts: readonly AccountRuntime[];
  readonly pairs: readonly PairRuntime[];
};

/** Both lists keep their identity, so that holders see additions. */
export type Roster = RosterPart & {
  add(part: RosterPart): void;
  onAdded(listener: (part: RosterPart) => void): () => void;
};

export function makeRoster(first: RosterPart): Roster {
  const accounts = [...first.accounts];
  const pairs = [...first.pairs];
  const listeners = new Set<(part: RosterPart) => void>();
  return {
    accounts,
    pairs,
    add(part) {
      accounts.push(...part.accounts);
      pairs.push(...part.pairs);
      for (const listener of listeners) listener(part);
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
