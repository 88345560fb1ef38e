// How long to wait before the next attempt: exponential growth with full jitter.

export type BackoffPolicy = {
  readonly baseMs: number;
  readonly capMs: number;
};

export const defaultBackoff: BackoffPolicy = { baseMs: 500, capMs: 300_000 };

/**
 * The wait before attempt number `attempt + 1`, where `attempt` counts failures so far (1 for the first).
 * Full jitter: anywhere between nothing and the cap for this attempt, so that many clients do not return in step.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number, policy: BackoffPolicy = defaultBackoff): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const ceilingMs = Math.min(policy.capMs, policy.baseMs * 2 ** exponent);
  return Math.floor(random * ceilingMs);
}
