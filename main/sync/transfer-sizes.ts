// Size thresholds of the ways a file is transferred; a simulation makes them tiny to use all ways.

import { maxCopyBytes } from '../core/plan/moves/moves.ts';

const mebibyte = 1024 * 1024;

export type TransferSizes = {
  /** Above this an operation counts as large: few run at once. */
  readonly largeBytes: number;
  /** Up to here a download stays in memory until it is placed. */
  readonly wholeBytes: number;
  /** Up to this size one PUT, read once into memory. Larger bodies are sent in parts. */
  readonly singlePutBytes: number;
  /** Above this our own journalled multipart upload is used: lib-storage can neither resume nor resend one part. */
  readonly resumableBytes: number;
  /** What a part is where no setting says, in whole units; the store's least part is five of them. */
  readonly partBytes: number;
  readonly partUnitBytes: number;
  /** Above this, parallel ranges are worth their requests. */
  readonly rangedBytes: number;
  readonly rangeBytes: number;
  /** Above this an object is copied within the bucket in parts of `copyPartBytes`. */
  readonly copyBytes: number;
  readonly copyPartBytes: number;
  /** From so many small files on they go by the group. One alone is quicker the general way, but for a simulation. */
  readonly leastGroup: number;
};

export const transferSizes: TransferSizes = {
  largeBytes: 8 * mebibyte,
  wholeBytes: mebibyte / 4,
  singlePutBytes: 8 * mebibyte,
  resumableBytes: 8 * mebibyte,
  partBytes: 16 * mebibyte,
  partUnitBytes: mebibyte,
  rangedBytes: 64 * mebibyte,
  rangeBytes: 8 * mebibyte,
  copyBytes: maxCopyBytes,
  copyPartBytes: Math.min(maxCopyBytes, 512 * mebibyte),
  leastGroup: 2,
};
