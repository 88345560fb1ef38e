// Precondition of a removal or replacement: its content has arrived under its new name (C26).
import { holds, isOther } from '../../core/plan/moves/arrivals.ts';
import type { Op } from '../../core/model/model.ts';
import type { PairContext } from '../context.ts';

/**
 * True for operations without this precondition. Base and cells hold the proof: an upload, a copy and a
 * download end in both.
 */
export function hasArrived({ store }: Pick<PairContext, 'store'>, op: Op): boolean {
  if (op.after === undefined) return true;
  const row = store.entry(op.after.path);
  const isLocal = op.kind === 'remove-local' || op.kind === 'download' || op.kind === 'move-local';
  const side = isLocal ? 'local' : 'remote';
  return holds(row, side, op.after.content) || isOther(row, side, op.after.content);
}
