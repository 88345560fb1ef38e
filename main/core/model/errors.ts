// Error type of the engine: catalogue code, retry class, and scope.

/**
 * How soon a failure is retried; every failure is. `now`: a fresh request is likely to pass. `backoff`: soon,
 * with growing waits of at most minutes. `slow`: only a change elsewhere cures it (a policy, a setting, a
 * sign-in); checked every 5 minutes to 1 hour, and at once after a possible cure.
 */
export type RetryClass = 'now' | 'backoff' | 'slow';

/** What the error blocks: one path, one pair, or the whole account. */
export type ErrorScope = 'item' | 'pair' | 'account';

/** Codes raised by identity, credentials and configuration; other adapters raise codes of their own. */
export type IdentityErrorCode =
  | 'config-invalid'
  | 'config-missing'
  | 'url-refused'
  | 'secrets-unavailable'
  | 'secrets-unsafe'
  | 'needs-sign-in'
  | 'sign-in-cancelled'
  | 'sign-in-timeout'
  | 'sign-in-denied'
  | 'sign-in-failed'
  | 'sign-out-not-revoked'
  | 'browser-unavailable'
  | 'port-in-use'
  | 'issuer-unreachable'
  | 'issuer-invalid'
  | 'issuer-lacks-feature'
  | 'no-id-token'
  | 'token-invalid'
  | 'token-expired'
  | 'token-algorithm'
  | 'token-file-unreadable'
  | 'clock-skew'
  | 'subject-unsafe'
  | 'prefix-unsafe'
  | 'exchange-unreachable'
  | 'exchange-throttled'
  | 'exchange-denied'
  | 'exchange-role-missing'
  | 'exchange-audience'
  | 'exchange-token-rejected'
  | 'exchange-request-invalid'
  | 'exchange-provider-unreachable'
  | 'exchange-response-invalid'
  | 'grant-missing'
  | 'grant-unavailable'
  | 'aws-profile-unusable'
  | 'principal-changed'
  | 'lock-busy';

/** Known codes complete in the editor; any other kebab-case code is allowed. */
export type ErrorCode = IdentityErrorCode | (string & Record<never, never>);

/**
 * Extra fields for a log line or a message. Never a secret: names are redacted, values are not inspected by
 * the caller.
 */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null>>;

export type SyncErrorInit = {
  readonly code: ErrorCode;
  readonly retry: RetryClass;
  readonly scope: ErrorScope;
  /** One plain line for logs and the terminal; the UI uses the catalogue by `code`. */
  readonly message?: string;
  readonly cause?: unknown;
  readonly fields?: ErrorFields;
};

export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly retry: RetryClass;
  readonly scope: ErrorScope;
  readonly fields: ErrorFields;

  constructor(init: SyncErrorInit) {
    super(init.message ?? init.code, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'SyncError';
    this.code = init.code;
    this.retry = init.retry;
    this.scope = init.scope;
    this.fields = init.fields ?? {};
  }
}

export function isSyncError(error: unknown): error is SyncError {
  return error instanceof SyncError;
}

/** True where the error blocks one file or object, and nothing else. */
export function isOfItem(error: unknown): error is SyncError {
  return isSyncError(error) && error.scope === 'item';
}

/** True where one file or object is refused for a reason that lasts (a policy, an archive): nothing else waits for it. */
export function isRefusal(error: unknown): error is SyncError {
  return isOfItem(error) && error.retry === 'slow';
}

/** For the `default` of a switch over `kind`: the compiler proves that it is unreachable. */
export function assertNever(value: never): never {
  throw new SyncError({
    code: 'unexpected-value',
    retry: 'slow',
    scope: 'pair',
    message: `unexpected value: ${JSON.stringify(value)}`,
  });
}

/** By the user, by another sign-in or by a sign-out. A cause that is an error of ours is left out. */
export function signInCancelled(cause?: unknown): SyncError {
  return new SyncError({
    code: 'sign-in-cancelled',
    retry: 'slow',
    scope: 'account',
    message: 'the sign-in was cancelled',
    cause: isSyncError(cause) ? undefined : cause,
  });
}

/** An unmapped error is a bug of ours: it stops the pair for a while and is reported as it is. */
export function asPairError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  return new SyncError({
    code: 'internal',
    retry: 'backoff',
    scope: 'pair',
    message: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}
