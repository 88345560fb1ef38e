// The proof that a removal or replacement waits for: its content stands under the name that it went to (rule 26).
import { holds, isOther } from '../../core/plan/moves/arrivals.ts';
import type { Op } from '../../core/model/model.ts';
import type { PairContext } from '../context.ts';

/** True for operations that wait for nothing. Base and cells say what was proven: an upload, a copy and a download end in both. */
export function hasArrived({ store }: Pick<PairContext, 'store'>, op: Op): boolean {
  if (op.after === undefined) return true;
  const row = store.entry(op.after.path);
  const isLocal = op.kind === 'remove-local' || op.kind === 'download' || op.kind === 'move-local';
  const side = isLocal ? 'local' : 'remote';
  return holds(row, side, op.after.content) || isOther(row, side, op.after.content);
}
