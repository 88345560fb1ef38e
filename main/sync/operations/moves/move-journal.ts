// What both kinds of moves write down: the intent before the effect, and the line in the activity afterwards.
import type { Op } from '../../../core/model/model.ts';
import type { Intent } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { newIntent } from '../journal.ts';

export type MoveLocal = Extract<Op, { kind: 'move-local' }>;
export type MoveRemote = Extract<Op, { kind: 'move-remote' }>;

export function moveIntent(
  context: PairContext,
  kind: 'move-local' | 'move-remote',
  op: MoveLocal | MoveRemote,
  previousEtag: Intent['previousEtag'],
): Intent {
  const { path, from, content, sizeBytes } = op;
  return newIntent(context, { kind, path, other: from, content, sizeBytes, previousEtag });
}
