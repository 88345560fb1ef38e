// Short-lived AWS credentials, and the principal they were issued to.

/** Temporary credentials as STS returns them; memory only, never logged. */
export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** By this machine's clock, already corrected by `clockOffsetMs`: compare it with `Clock.nowMs()`. */
  readonly expiresAtMs: number;
  /** The service's clock minus ours when these were issued; a signer adds it to its own time. */
  readonly clockOffsetMs: number;
};

/** Identity returned by the exchange; the only source of prefixes (security rule 5). */
export type Principal = {
  /** SubjectFromWebIdentityToken | SAML Subject (persistent NameID) | Cognito IdentityId; byte for byte, already checked by `checkSubject`. */
  readonly sub: string;
  readonly issuer: string;
  /** SAML's NameQualifier, which with `sub` identifies one user across providers; `null` for the other kinds. */
  readonly qualifier: string | null;
  /** Session tags set by the provider (`https://aws.amazon.com/tags`). */
  readonly tags: Readonly<Record<string, string>>;
  /** The assumed-role ARN, or `null` where the exchange returns none (Cognito). */
  readonly arn: string | null;
};

export interface Credentials {
  /**
   * Credentials with at least a minute to live. Single flight: any number of callers cause one exchange. Renewed ahead of expiry; while the
   * old ones still live a failing renewal is not an error. After a failure the next exchange waits (exponential, full jitter) and callers in
   * that time get the same error without a request.
   * Throws SyncError, scope `account`: needs-sign-in, exchange-* (see core/model/errors.ts), clock-skew, subject-unsafe, principal-changed.
   */
  get(signal: AbortSignal): Promise<AwsCredentials>;

  /** The principal of the latest exchange; exchanges if there was none. Same errors as `get`. */
  principal(signal: AbortSignal): Promise<Principal>;

  /**
   * The service refused `accessKeyId` as expired or unknown: the next `get` exchanges again. Ignored when newer credentials are already
   * here, so that a burst of refusals causes one exchange.
   */
  invalidate(accessKeyId: string): void;

  /**
   * Credentials of a new session in place of `accessKeyId`, for a refusal that may be the session's own (revoked, or made
   * before the role was changed). Until they are here the old ones stay. Same errors as `get`.
   */
  renew(accessKeyId: string, signal: AbortSignal): Promise<AwsCredentials>;

  /** Ends the wait after a failure: whatever caused it may be over. */
  retryNow(): void;

  /** Clears cached credentials on sign-out. Returns the expiry of those already issued, or `null`. */
  forget(): { readonly issuedUntilMs: number | null };
}
