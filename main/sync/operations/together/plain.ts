// What transfers by the group have in common.
import type { Op } from '../../../core/model/model.ts';

export type TogetherHow = {
  readonly signal: AbortSignal;
  /** One has its bytes in memory, or was sent, and the network is free for the next one. At most once for each. */
  readonly onFetched: (op: Op) => void;
};

/** Another normal form of a name is found by a listing only. */
export const plainPath = /^[\x20-\x7e]+$/u;
