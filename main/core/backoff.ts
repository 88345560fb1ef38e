// Back-off between attempts: exponential growth with jitter.
import type { RetryClass } from './model/errors.ts';

export type BackoffPolicy = {
  readonly baseMs: number;
  readonly capMs: number;
};

export const defaultBackoff: BackoffPolicy = { baseMs: 500, capMs: 300_000 };

/**
 * Wait before attempt number `attempt + 1`, where `attempt` counts failures so far (1 for the first). Full
 * jitter: anywhere between nothing and the cap for this attempt, so that many clients do not return in step.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number, policy: BackoffPolicy = defaultBackoff): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const ceilingMs = Math.min(policy.capMs, policy.baseMs * 2 ** exponent);
  return Math.floor(random * ceilingMs);
}

/** Back-off of a stopped pair or account: the return of a network should be noticed within two minutes. */
const standingBackoff: BackoffPolicy = { baseMs: 2000, capMs: 120_000 };
/** Back-off of one file. */
const itemBackoff: BackoffPolicy = { baseMs: 10_000, capMs: 15 * 60_000 };
const slowBackoff: BackoffPolicy = { baseMs: 5 * 60_000, capMs: 60 * 60_000 };
const atOnceMs = 250;

/** Upper bound of any wait, whatever a stored time says: the wall clock may have been set back since. */
export const longestWaitMs = slowBackoff.capMs;

/**
 * Wait in milliseconds before a failed file, pair or account is retried. Half of it is fixed, so that what
 * always fails is not tried all the time; the rest is jitter.
 * @param failures consecutive failures, 1 for the first
 * @param random a number in [0, 1)
 */
export function retryWaitMs(
  retry: RetryClass,
  what: 'item' | 'standing',
  failed: { readonly failures: number; readonly random: number },
): number {
  if (retry === 'now' && what === 'standing') return atOnceMs;
  const policy = retry === 'slow' ? slowBackoff : what === 'item' ? itemBackoff : standingBackoff;
  return backoffMs(failed.failures, 0.5 + failed.random / 2, policy);
}
