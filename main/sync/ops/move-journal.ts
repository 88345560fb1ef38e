// What both kinds of moves write down: the intent before the effect, and the line in the activity afterwards.
import type { Op, OpId } from '../../core/model.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../pair-context.ts';

export type MoveLocal = Extract<Op, { kind: 'move-local' }>;
export type MoveRemote = Extract<Op, { kind: 'move-remote' }>;

export function movedActivity(
  context: PairContext,
  kind: 'moved-local' | 'moved-remote',
  op: MoveLocal | MoveRemote,
): StateChange {
  return {
    kind: 'activity',
    item: { atMs: context.clock.nowMs(), kind, path: op.path, from: op.from, bytes: op.sizeBytes },
  };
}

export function moveIntent(
  context: PairContext,
  kind: 'move-local' | 'move-remote',
  op: MoveLocal | MoveRemote,
  previousEtag: Intent['previousEtag'],
): Intent {
  return {
    id: context.random.hex(16) as OpId, // made here
    kind,
    path: op.path,
    other: op.from,
    step: 'planned',
    content: op.content,
    sizeBytes: op.sizeBytes,
    previousEtag,
    rawKey: null,
    fingerprint: null,
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: context.clock.nowMs(),
  };
}
