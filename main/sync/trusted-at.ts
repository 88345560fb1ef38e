// Fingerprints judged by the time step of the pair's disk (C6).
import { trustedFingerprint } from '../core/model/fingerprint.ts';
import type { Fingerprint } from '../core/model/model.ts';
import type { PairContext } from './context.ts';

/** Smallest step of file times in nanoseconds, as probed; the coarsest of all disks before that. */
export function timeStepNs({ store }: Pick<PairContext, 'store'>): bigint {
  return BigInt(store.meta('mtimeGranularityNs') ?? '2000000000');
}

/** @param atMs wall clock when the content was read or placed; a younger fingerprint is read again */
export function trustedAt(
  context: Pick<PairContext, 'store'>,
  fingerprint: Fingerprint,
  atMs: number,
): Fingerprint {
  return trustedFingerprint(fingerprint, BigInt(atMs) * 1_000_000n, timeStepNs(context));
}
