// What every operation writes down: the intent before its effect, and a line for the person afterwards.
import type { OpId, RelPath } from '../../core/model/model.ts';
import type { ActivityKind, Intent, StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

type Known = Pick<Intent, 'kind' | 'path'> & Partial<Intent>;

/** What is not said is not known (yet). */
export function newIntent(context: Pick<PairContext, 'random' | 'clock'>, known: Known): Intent {
  return {
    id: context.random.hex(16) as OpId, // made here
    other: null,
    step: 'planned',
    content: null,
    sizeBytes: 0,
    previousEtag: null,
    rawKey: null,
    fingerprint: null,
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: context.clock.nowMs(),
    ...known,
  };
}

export function activity(
  context: Pick<PairContext, 'clock'>,
  kind: ActivityKind,
  what: { readonly path: RelPath; readonly from?: RelPath; readonly bytes: number },
): StateChange {
  const { path, from = null, bytes } = what;
  return { kind: 'activity', item: { atMs: context.clock.nowMs(), kind, path, from, bytes } };
}
