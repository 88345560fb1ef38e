// Turns whatever the S3 client throws into a SyncError, once: what happened, what to do, how far it reaches.
import { SyncError, isSyncError } from '../../core/model/errors.ts';
import { networkError } from '../http/network-errors.ts';
import type { ErrorFields, ErrorScope, RetryClass } from '../../core/model/errors.ts';

/** What a failed call told: HTTP status and the service's error code, where there was an answer at all. */
export type Failure = {
  readonly status: number | null;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type CallKind = {
  /** A write may have taken effect although its reply was lost. */
  readonly writes: boolean;
  /** What stands still when access is denied: one object, or the pair (LIST and bucket calls). */
  readonly deniedScope: ErrorScope;
  readonly nowMs: number;
};

type Verdict = { readonly code: string; readonly retry: RetryClass; readonly scope: ErrorScope };

const verdicts: Readonly<Record<string, Verdict>> = {
  NoSuchBucket: { code: 'bucket-missing', retry: 'slow', scope: 'pair' },
  InvalidBucketName: { code: 'bucket-missing', retry: 'slow', scope: 'pair' },
  PermanentRedirect: { code: 'bucket-wrong-region', retry: 'slow', scope: 'pair' },
  AuthorizationHeaderMalformed: { code: 'bucket-wrong-region', retry: 'slow', scope: 'pair' },
  IllegalLocationConstraintException: { code: 'bucket-wrong-region', retry: 'slow', scope: 'pair' },
  ExpiredToken: { code: 'credentials-expired', retry: 'now', scope: 'account' },
  ExpiredTokenException: { code: 'credentials-expired', retry: 'now', scope: 'account' },
  TokenRefreshRequired: { code: 'credentials-expired', retry: 'now', scope: 'account' },
  InvalidToken: { code: 'credentials-refused', retry: 'slow', scope: 'account' },
  InvalidAccessKeyId: { code: 'credentials-refused', retry: 'slow', scope: 'account' },
  SignatureDoesNotMatch: { code: 'credentials-refused', retry: 'slow', scope: 'account' },
  RequestTimeTooSkewed: { code: 'clock-skew', retry: 'slow', scope: 'account' },
  RequestExpired: { code: 'clock-skew', retry: 'slow', scope: 'account' },
  SlowDown: { code: 'slow-down', retry: 'backoff', scope: 'account' },
  Throttling: { code: 'slow-down', retry: 'backoff', scope: 'account' },
  ThrottlingException: { code: 'slow-down', retry: 'backoff', scope: 'account' },
  RequestLimitExceeded: { code: 'slow-down', retry: 'backoff', scope: 'account' },
  TooManyRequests: { code: 'slow-down', retry: 'backoff', scope: 'account' },
  RequestTimeout: { code: 'timeout', retry: 'backoff', scope: 'item' },
  QuotaExceeded: { code: 'remote-full', retry: 'slow', scope: 'pair' },
  XMinioStorageFull: { code: 'remote-full', retry: 'slow', scope: 'pair' },
  XMinioAdminBucketQuotaExceeded: { code: 'remote-full', retry: 'slow', scope: 'pair' },
  EntityTooLarge: { code: 'object-too-large', retry: 'slow', scope: 'item' },
  KeyTooLongError: { code: 'remote-name-too-long', retry: 'slow', scope: 'item' },
  MetadataTooLarge: { code: 'remote-refused', retry: 'slow', scope: 'item' },
  InvalidObjectState: { code: 'remote-archived', retry: 'slow', scope: 'item' },
  BadDigest: { code: 'content-mismatch', retry: 'slow', scope: 'item' },
  InvalidDigest: { code: 'content-mismatch', retry: 'slow', scope: 'item' },
  XAmzContentSHA256Mismatch: { code: 'content-mismatch', retry: 'slow', scope: 'item' },
  XAmzContentChecksumMismatch: { code: 'content-mismatch', retry: 'slow', scope: 'item' },
  NotImplemented: { code: 'remote-refused', retry: 'slow', scope: 'item' },
  IncompleteBody: { code: 'connection-lost', retry: 'backoff', scope: 'item' },
};

/** A map: a code is the store's text, and may be a name that every object inherits. */
const byServiceCode: ReadonlyMap<string, Verdict> = new Map(Object.entries(verdicts));

/** Of the codes and names in an answer, what is kept: they go to log and page. */
const longestNameChars = 80;

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ERR_PROXY_TUNNEL',
]);
const lost = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET']);

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string {
  const text = property(value, name);
  return typeof text === 'string' ? text : '';
}

/** Reads status and code from a thrown value; `status` is null when no answer came. */
export function failureOf(error: unknown): Failure {
  const status = property(property(error, '$metadata'), 'httpStatusCode');
  const answered = property(property(error, '$response'), 'statusCode');
  const rawHeaders = property(property(error, '$response'), 'headers');
  const headers: Record<string, string> = {};
  if (typeof rawHeaders === 'object' && rawHeaders !== null) {
    for (const [name, value] of Object.entries(rawHeaders)) headers[name.toLowerCase()] = String(value);
  }
  const name = property(error, 'Code') ?? property(error, 'name');
  const from = typeof status === 'number' ? status : answered;
  return {
    status: typeof from === 'number' ? from : null,
    code: typeof name === 'string' ? name.slice(0, longestNameChars) : 'Unknown',
    headers,
  };
}

export const skewLimitMs = 5 * 60_000;

/** How far the service's clock is ahead of ours, from the Date header; null when it did not say. */
export function clockOffsetMs(failure: Failure, nowMs: number): number | null {
  const date = failure.headers['date'];
  const serverMs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(serverMs) ? null : serverMs - nowMs;
}

function retryAfterMs(failure: Failure, nowMs: number): number | null {
  const value = failure.headers['retry-after'];
  if (value === undefined) return null;
  const seconds = Number(value);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(waitMs) && waitMs >= 0 ? Math.min(waitMs, 300_000) : null;
}

function verdictByStatus(failure: Failure, call: CallKind): Verdict {
  const { status } = failure;
  const offsetMs = clockOffsetMs(failure, call.nowMs);
  if (status === 403 || status === 401) {
    // A refused HEAD has no body to say why; the Date header still shows a clock that is off.
    if (offsetMs !== null && Math.abs(offsetMs) > 3 * skewLimitMs)
      return { code: 'clock-skew', retry: 'slow', scope: 'account' };
    return { code: 'remote-denied', retry: 'slow', scope: call.deniedScope };
  }
  if (status === 301 || status === 307) return { code: 'bucket-wrong-region', retry: 'slow', scope: 'pair' };
  if (status === 429 || status === 503) return { code: 'slow-down', retry: 'backoff', scope: 'account' };
  // Where it is no outcome (`OperationAborted`): another operation on the same resource is under way, and AWS says to try again.
  if (status === 409) return { code: 'remote-busy', retry: 'backoff', scope: 'item' };
  if (status === 507) return { code: 'remote-full', retry: 'slow', scope: 'pair' };
  if (status === 408) return { code: 'timeout', retry: 'backoff', scope: 'item' };
  if (status !== null && status >= 500)
    return { code: 'remote-unavailable', retry: 'backoff', scope: 'item' };
  if (status === 404) return { code: 'remote-invalid-answer', retry: 'backoff', scope: 'pair' };
  if (status !== null && status < 400)
    return { code: 'remote-invalid-answer', retry: 'backoff', scope: 'item' };
  return { code: 'remote-refused', retry: 'slow', scope: 'item' };
}

/**
 * Credentials come from the exchange as a whole: what does not fit for one object alone is how its name arrived, as behind a gateway that
 * decodes names or joins slashes. Where the credentials are wrong, a listing says the same.
 */
const signatureOfObject: Verdict = { code: 'signature-refused', retry: 'slow', scope: 'item' };

function verdictOn(failure: Failure, call: CallKind): Verdict {
  if (failure.code === 'SignatureDoesNotMatch' && call.deniedScope === 'item') return signatureOfObject;
  return byServiceCode.get(failure.code) ?? verdictByStatus(failure, call);
}

/** No answer came: the network, TLS, or a timeout. `sent` tells whether the request may have arrived. */
function verdictWithoutAnswer(error: unknown): (Verdict & { readonly sent: boolean }) | null {
  const code = textOf(error, 'code');
  const name = textOf(error, 'name');
  const message = textOf(error, 'message');
  if (unreachable.has(code))
    return { code: 'endpoint-unreachable', retry: 'backoff', scope: 'account', sent: false };
  if (code.startsWith('ERR_SSL') || code === 'EPROTO')
    return { code: 'tls-failed', retry: 'backoff', scope: 'account', sent: false };
  if (name === 'TimeoutError' && /connect/i.test(message) && !/socket timed out/.test(message))
    return { code: 'endpoint-unreachable', retry: 'backoff', scope: 'account', sent: false };
  // The HTTP handler calls a reset connection a timeout too, so the code goes first.
  if (lost.has(code) || code.startsWith('HPE_') || /socket hang up|aborted/.test(message))
    return { code: 'connection-lost', retry: 'backoff', scope: 'item', sent: true };
  if (name === 'TimeoutError' || code === 'ETIMEDOUT')
    return { code: 'timeout', retry: 'backoff', scope: 'item', sent: true };
  const inner = property(error, 'errors') ?? property(error, 'cause');
  if (Array.isArray(inner) && inner.length > 0) return verdictWithoutAnswer(inner[0]);
  return null;
}

/**
 * Maps anything thrown by a call. `fields.mayHaveHappened` is true for a write whose reply was lost; the retry loop
 * turns that into `outcome-unknown` (rule 17). `fields.retryAfterMs` and `fields.offsetMs` where the service said so.
 */
export function mapS3Error(error: unknown, call: CallKind): SyncError {
  if (isSyncError(error)) return error;
  const failure = failureOf(error);
  if (failure.status === null) {
    const onTheWay = networkError(error);
    if (onTheWay !== null) return onTheWay;
    const network = verdictWithoutAnswer(error);
    const verdict = network ?? { code: 'remote-failed', retry: 'backoff', scope: 'item', sent: true };
    return toSyncError(error, verdict, { mayHaveHappened: call.writes && verdict.sent });
  }
  const verdict = verdictOn(failure, call);
  const waitMs = retryAfterMs(failure, call.nowMs);
  const offsetMs = verdict.code === 'clock-skew' ? clockOffsetMs(failure, call.nowMs) : null;
  // The client learned the offset from this very answer: the next request is signed with the right time.
  const corrected = property(property(error, '$metadata'), 'clockSkewCorrected') === true;
  const isUnsure =
    call.writes && (failure.status < 400 || (failure.status >= 500 && verdict.code !== 'slow-down'));
  return toSyncError(
    error,
    verdict.code === 'clock-skew' && corrected ? { ...verdict, retry: 'now' } : verdict,
    {
      status: failure.status,
      serviceCode: failure.code,
      mayHaveHappened: isUnsure && verdict.code !== 'remote-full',
      ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
      ...(offsetMs === null ? {} : { offsetMs }),
      ...(failure.headers['x-amz-bucket-region'] === undefined
        ? {}
        : { bucketRegion: failure.headers['x-amz-bucket-region'].slice(0, longestNameChars) }),
    },
  );
}

function toSyncError(cause: unknown, verdict: Verdict, fields: ErrorFields): SyncError {
  const text = property(cause, 'message');
  return new SyncError({
    code: verdict.code,
    retry: verdict.retry,
    scope: verdict.scope,
    message:
      typeof text === 'string' && text !== '' ? `${verdict.code}: ${text.slice(0, 300)}` : verdict.code,
    cause,
    fields,
  });
}

/** Answers that mean: these credentials are over. */
export function saysExpired(
  error: unknown,
  used: { readonly expiresAtMs: number } | null,
  nowMs: number,
): boolean {
  const failure = failureOf(error);
  const named = [
    'ExpiredToken',
    'ExpiredTokenException',
    'TokenRefreshRequired',
    'InvalidAccessKeyId',
    'InvalidToken',
  ];
  if (named.includes(failure.code)) return true;
  // Ceph answers 403 AccessDenied to expired credentials: only the clock can tell them from a real refusal.
  return (failure.status === 403 || isBare(failure)) && used !== null && nowMs >= used.expiresAtMs - 1000;
}

/** A refused HEAD says with the same 400 that its credentials are over, and that the object has a key of its writer's (SSE-C). */
export function mayBeExpired(error: unknown): boolean {
  return isBare(failureOf(error));
}

function isBare({ status, code }: Failure): boolean {
  return status === 400 && ['400', 'BadRequest', 'Unknown', 'UnknownError'].includes(code);
}

/** A refusal that a new session may not meet: the policy of a role, or a revocation of older sessions. */
export function saysDenied(error: unknown): boolean {
  const { status, code } = failureOf(error);
  if (status !== 403) return false;
  return byServiceCode.get(code) === undefined;
}
