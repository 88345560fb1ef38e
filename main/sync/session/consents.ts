// Approved effects, stored durably: an interrupted removal continues without a second question (C19).
import type { CountedEffect } from '../../core/safety/ledger.ts';
import { effectKey, isEffectDone } from '../../core/safety/ledger.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

type Kept = Pick<PairContext, 'store'>;

/** Keys are those of `effectKey`. */
export function consentsOf(store: PairContext['store']): ReadonlySet<string> {
  return new Set(allowed(store).map(effectKey));
}

export function consentChange({ store }: Kept, added: readonly CountedEffect[]): StateChange {
  const known = new Set(allowed(store).map(effectKey));
  const all = [...allowed(store), ...added.filter((effect) => !known.has(effectKey(effect)))];
  return { kind: 'meta', key: 'guardConsents', value: JSON.stringify(all) };
}

/** After a plan, drops the consent for effects that took place. */
export function pruneConsents({ store }: Kept): void {
  const before = allowed(store);
  if (before.length === 0) return;
  const left = before.filter((effect) => !isEffectDone(effect, store.entry(effect.path)));
  if (left.length === before.length) return;
  const value = left.length === 0 ? null : JSON.stringify(left);
  store.record([{ kind: 'meta', key: 'guardConsents', value }]);
}

/** After a full scan without changes, drops all consents: an approval does not outlive its purpose. */
export function forgetConsents({ store }: Kept): void {
  if (store.meta('guardConsents') === null) return;
  store.record([{ kind: 'meta', key: 'guardConsents', value: null }]);
}

function allowed(store: PairContext['store']): readonly CountedEffect[] {
  const text = store.meta('guardConsents');
  return text === null ? [] : (JSON.parse(text) as CountedEffect[]); // our own database wrote it
}
