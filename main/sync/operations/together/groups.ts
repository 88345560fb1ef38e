// Transfers of small new files by the group, in both directions.
import type { Op } from '../../../core/model/model.ts';
import type { PairContext } from '../../context.ts';
import type { OpOutcome } from '../journal.ts';
import { downloadTogether, mayDownloadTogether } from './downloads.ts';
import type { DownloadOp } from './placed.ts';
import type { TogetherHow } from './plain.ts';
import type { UploadOp } from './sent.ts';
import { mayUploadTogether, uploadTogether } from './uploads.ts';

export type GroupOp = DownloadOp | UploadOp;

/** True for one that may go with others of its kind. */
export function mayGoTogether(context: PairContext, op: Op): op is GroupOp {
  return mayDownloadTogether(context, op) || mayUploadTogether(context, op);
}

/** The outcome of each; null for those that go the general way. Throws errors of scope `pair` or `account`, and those of an item for all of them. */
export function transferTogether(
  context: PairContext,
  ops: readonly GroupOp[],
  how: TogetherHow,
): Promise<readonly (OpOutcome | null)[]> {
  const uploads = ops.filter((op) => op.kind === 'upload');
  return uploads.length === ops.length
    ? uploadTogether(context, uploads, how)
    : downloadTogether(
        context,
        ops.filter((op) => op.kind === 'download'),
        how,
      );
}
