// Sends one command in the context of a call and sorts the answer: value, expected outcome, or mapped error.
import type { ErrorScope } from '../../../core/model/errors.ts';
import type { Redact } from '../../../core/redact.ts';
import type { Condition, EndpointAbilities } from '../../../ports/remote-objects.port.ts';
import { cleanSyncError } from '../../system/redacting.ts';
import { runCall, Withdrawn } from './call.ts';
import type { DirectS3 } from '../direct/direct.ts';
import type { S3Sdk } from '../sdk/requests.ts';
import { failureOf, mapS3Error } from '../errors.ts';
import type { Failure } from '../errors.ts';

export type S3Bucket = {
  readonly sdk: S3Sdk;
  /** For requests that are made often, or many at once; without it they are the SDK's, too. */
  readonly direct?: Omit<DirectS3, 'signing'> | null;
  readonly bucket: string;
  /** What the probe found; null before it ran. */
  readonly abilities: () => EndpointAbilities | null;
  readonly nowMs: () => number;
  /** For errors: a store may repeat what it was sent. */
  readonly redact?: Redact;
};

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'withdrawn' }
  /** A status that may be an outcome of this operation: 304, 404, 405, 409, 412, 416. */
  | { readonly kind: 'status'; readonly failure: Failure; readonly error: unknown };

export type CallOptions = {
  readonly writes: boolean;
  readonly deniedScope: ErrorScope;
  readonly beforeSend?: () => Promise<boolean>;
  readonly bodySha256?: string;
  readonly into?: Uint8Array;
  readonly takeXml?: (bytes: Uint8Array) => boolean;
};

export const reads = { writes: false, deniedScope: 'item' } as const;
export const writes = { writes: true, deniedScope: 'item' } as const;

const outcomeStatus = new Set([304, 404, 405, 409, 412, 416]);

export async function ask<T>(
  bucket: S3Bucket,
  work: () => Promise<T>,
  options: CallOptions,
  signal: AbortSignal,
): Promise<Answer<T>> {
  try {
    const value = await runCall({ ...options, signal }, work);
    return { kind: 'ok', value };
  } catch (error) {
    if (error instanceof Withdrawn) return { kind: 'withdrawn' };
    signal.throwIfAborted();
    const failure = failureOf(error);
    // Some stores wrap an error in a 200 after a long wait; then only the code tells.
    const isLost = failure.code === 'PreconditionFailed' || failure.code === 'ConditionalRequestConflict';
    if (
      isLost ||
      (failure.status !== null && outcomeStatus.has(failure.status) && failure.code !== 'NoSuchBucket')
    )
      return { kind: 'status', failure, error };
    throw mapped(bucket, error, options);
  }
}

export function mapped(bucket: S3Bucket, error: unknown, options: CallOptions): Error {
  const mappedError = mapS3Error(error, { ...options, nowMs: bucket.nowMs() });
  return bucket.redact === undefined ? mappedError : cleanSyncError(mappedError, bucket.redact);
}

/** Where a write condition goes, and so which probed ability it depends on. */
export type ConditionPlace = 'put' | 'complete' | 'copy';

/**
 * ETags go unquoted with writes: AWS and MinIO take both forms, Ceph and Spaces only this one.
 * What the probe found not honoured is not sent: Ceph, in a bucket with versions, ignores `If-None-Match: *` and loses
 * every `If-Match`, so that sending it would mean never replacing anything.
 * @see https://github.com/slatedb/slatedb/issues/1818
 */
export function writeCondition(
  condition: Condition,
  place: ConditionPlace,
  abilities: EndpointAbilities | null,
): { IfMatch?: string; IfNoneMatch?: string } {
  if (condition.kind === 'none' || !isHonoured(condition, place, abilities)) return {};
  return condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

function isHonoured(
  condition: Condition,
  place: ConditionPlace,
  abilities: EndpointAbilities | null,
): boolean {
  if (abilities === null) return true;
  if (place === 'complete') return abilities.completeIfNoneMatch;
  if (place === 'copy') return abilities.copyConditions;
  return condition.kind === 'absent' ? abilities.putIfNoneMatch : abilities.putIfMatch;
}

/** `NotFound` is what the SDK makes of a 404 that names no code: a proxy in the way, not S3 speaking of a key. */
const lostCodes = new Set(['NoSuchKey', 'NoSuchVersion']);

/** 404 of the object itself, 409 and 412: someone else was there first (rule 17). */
export function isLost(failure: Failure): boolean {
  if (failure.status === 404) return lostCodes.has(failure.code);
  return (
    failure.status === 409 ||
    failure.status === 412 ||
    failure.code === 'PreconditionFailed' ||
    failure.code === 'ConditionalRequestConflict'
  );
}
