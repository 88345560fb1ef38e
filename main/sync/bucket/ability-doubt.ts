// Renewal of endpoint probes: at least daily, and when a response contradicts the last result.
import type { PairContext } from '../context.ts';

type Scope = Pick<PairContext, 'store' | 'log'>;

const doubtKey = 'abilitiesDoubt';
const dayMs = 24 * 3600_000;

export function doubtAbilities({ store, log }: Scope, why: string): void {
  if (store.meta(doubtKey) !== null) return;
  log.info('the endpoint answers otherwise than it was probed to', { why });
  store.record([{ kind: 'meta', key: doubtKey, value: 'true' }]);
}

/** @param atMs time of the last probe (wall clock); a clock that was set back since makes it due */
export function isProbeDue({ store }: Pick<Scope, 'store'>, atMs: number, nowMs: number): boolean {
  return store.meta(doubtKey) !== null || nowMs < atMs || nowMs - atMs >= dayMs;
}

/** The time of a last probe that makes the next one due in an hour. */
export function soonDueMs(nowMs: number): number {
  return nowMs - dayMs + 3600_000;
}

export function settleDoubt({ store }: Pick<Scope, 'store'>): void {
  if (store.meta(doubtKey) !== null) store.record([{ kind: 'meta', key: doubtKey, value: null }]);
}
