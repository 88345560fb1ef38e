// Sizes by which files of a few bytes travel in parts.
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';

export const tinyParts: TransferSizes = {
  ...transferSizes,
  largeBytes: 5,
  singlePutBytes: 5,
  resumableBytes: 5,
  partBytes: 5,
  partUnitBytes: 1,
};
