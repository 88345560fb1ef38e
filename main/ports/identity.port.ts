// Identity provider: sign-in, verified id_token, sign-out.
import type { DeviceIdentity, TokenFileIdentity } from '../core/config/config.ts';

/**
 * A verified OpenID Connect id_token. Signature (RS/ES 256/384/512), `iss`, `aud`, `azp`, `exp` and, at sign-in, `nonce` have been
 * checked before anyone sees it (OpenID Connect Core 3.1.3.7). It is a bearer secret: memory only, never logged.
 */
export type IdToken = {
  readonly jwt: string;
  readonly subject: string;
  readonly issuer: string;
  /** By this machine's corrected clock, see `IdentityState.clockOffsetMs`. */
  readonly expiresAtMs: number;
  /** Display name of the user, from `email`, `preferred_username` or `name`; display only, it decides nothing. */
  readonly displayName: string | null;
  /** IdP-controlled session tags (claim `https://aws.amazon.com/tags`); STS reads the same ones from the token. */
  readonly tags: Readonly<Record<string, string>>;
};

/** Reason user action is required. */
export type SignInReason =
  | 'signed-out'
  | 'refresh-rejected'
  | 'refresh-without-id-token'
  | 'no-refresh-token'
  | 'token-file-expired'
  | 'aws-profile-expired';

export type IdTokenOutcome =
  | { readonly kind: 'token'; readonly token: IdToken }
  | { readonly kind: 'needs-sign-in'; readonly reason: SignInReason };

/** RFC 8628 device code, and the address to enter it at. */
export type DeviceCode = {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | null;
  readonly expiresAtMs: number;
};

/** One-off sign-in method, overriding the account's configuration. */
export type SignInWay = DeviceIdentity | TokenFileIdentity;

export type SignInOptions = {
  /** Default: as configured. The override lasts until the next sign-in, sign-out, or process exit. */
  readonly by?: SignInWay;
  /** Opens the system browser; must go through `openUrl` of `adapters/system/programs/open-url.ts` (security rule 3). */
  readonly openUrl: (url: URL) => Promise<void>;
  /** The provider asks which account to use, also where its own session would answer by itself. */
  readonly choosesAccount?: boolean;
  /** Called once, for the device flow. */
  readonly onDeviceCode: (code: DeviceCode) => void;
};

export type IdentityState =
  | { readonly kind: 'signed-out'; readonly reason: SignInReason; readonly clockOffsetMs: number | null }
  | { readonly kind: 'signing-in'; readonly clockOffsetMs: number | null }
  | {
      readonly kind: 'signed-in';
      readonly subject: string | null;
      readonly displayName: string | null;
      /** The provider's clock minus ours, from its `Date` header; `null` until a response was seen. */
      readonly clockOffsetMs: number | null;
    };

export interface Identity {
  /** Loads the stored session, if any, without a request; an offline start shows "signed in" from it. */
  restore(signal: AbortSignal): Promise<IdentityState>;

  /**
   * Signs the user in (authorization code + PKCE with a loopback redirect, RFC 8252; or device code, RFC 8628; or reads the token file).
   * Replaces whatever was stored. A second call cancels the first. `null` where the sign-in is not ours (an AWS profile) and yields no token.
   * Throws SyncError: sign-in-cancelled, sign-in-timeout, sign-in-denied, sign-in-failed, issuer-unreachable, issuer-invalid,
   * issuer-lacks-feature, no-id-token, token-invalid, clock-skew, browser-unavailable, subject-unsafe.
   */
  signIn(options: SignInOptions, signal: AbortSignal): Promise<IdToken | null>;

  /**
   * An id_token with at least a minute to live, refreshed if need be; single flight, and serialised across processes.
   * An account of an AWS profile has none: throws `no-id-token`. `needs-sign-in` is an outcome, and stays the outcome without another request until `signIn` succeeds.
   * Throws SyncError with retry `backoff` when the provider cannot be reached: offline is not signed out.
   */
  currentIdToken(signal: AbortSignal): Promise<IdTokenOutcome>;

  /**
   * Forgets everything on this machine first, then revokes the refresh token (RFC 7009), then opens the provider's end-session page if it has
   * one and `openUrl` is given. Never throws for an unreachable provider: local state is gone either way.
   */
  signOut(openUrl: ((url: URL) => Promise<void>) | null, signal: AbortSignal): Promise<SignOutOutcome>;

  state(): IdentityState;
}

export type SignOutOutcome = {
  readonly revoked: 'revoked' | 'not-offered' | 'failed' | 'nothing-to-revoke';
  readonly endSession: 'opened' | 'not-offered' | 'failed';
};
