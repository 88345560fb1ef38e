// Phase of credentials: fresh, due for renewal, or expired.

export type CredentialPhase = 'fresh' | 'renew' | 'expired';

const longestRenewMarginMs = 5 * 60_000;
const longestUseMarginMs = 60_000;

/**
 * `renew`: a renewal is due, but the old credentials still work if it fails. `expired`: too close to the end
 * to start a request. Margins shrink with short sessions, so that a session of seconds is not renewed on
 * every call.
 */
export function credentialPhase(issuedMs: number, expiresMs: number, nowMs: number): CredentialPhase {
  const lifetimeMs = Math.max(0, expiresMs - issuedMs);
  const leftMs = expiresMs - nowMs;
  if (leftMs <= Math.min(longestUseMarginMs, lifetimeMs / 6)) return 'expired';
  if (leftMs <= Math.min(longestRenewMarginMs, lifetimeMs / 3)) return 'renew';
  return 'fresh';
}

type Clocks = { nowMs(): number; monotonicMs(): number };

/** A moment by both clocks. */
export type Moment = { readonly wallMs: number; readonly monotonicMs: number };

export function momentOf(clock: Clocks): Moment {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

/** The wall clock, but that it is not set back since that moment: what a service issued then ends by the service's clock. */
export function notSetBackMs(since: Moment, clock: Clocks): number {
  return Math.max(clock.nowMs(), since.wallMs + clock.monotonicMs() - since.monotonicMs);
}

/** A smaller difference is explained by the one-second resolution of `Date`, a slow response and ordinary drift. */
export const skewWorthTellingMs = 90_000;

/** Signed offset as text for a log line or the terminal: positive if this machine's clock is behind. */
export function describeClockOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const amount =
    minutes >= 120 ? `${String(Math.round(minutes / 6) / 10)} hours` : `${String(minutes)} minutes`;
  return `this computer's clock is ${amount} ${offsetMs > 0 ? 'behind' : 'ahead'}`;
}
