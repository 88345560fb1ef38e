// Intents that a transaction opens, one by one or together.
import type { Intent, StateChange } from '../../main/ports/sync-state.port.ts';
import type { LivePair } from './live-pair.ts';

export function openedIntents(changes: readonly StateChange[], kind: Intent['kind']): readonly Intent[] {
  return changes
    .flatMap((one) => (one.kind === 'intent' ? [one.intent] : one.kind === 'intents' ? one.intents : []))
    .filter((intent) => intent.kind === kind);
}

/** How many intents of this kind each transaction holds from now on that has any; grows with them. */
export function watchIntents(pair: LivePair, kind: Intent['kind']): readonly number[] {
  const seen: number[] = [];
  const { recordSoon } = pair.store;
  Object.assign(pair.store, {
    recordSoon: (changes: readonly StateChange[]) => {
      const { length } = openedIntents(changes, kind);
      if (length > 0) seen.push(length);
      return recordSoon(changes);
    },
  });
  return seen;
}
