// Retry decorator over the remote ports, with full jitter, by error class; the program's only retry loop.
// A write whose reply was lost is never blindly resent: it may have succeeded, and a second one could
// overwrite what came after it. It surfaces as `outcome-unknown`; the layer above checks again and knows its
// own op id (C11, C17).
import { backoffMs } from '../../core/backoff.ts';
import type { BackoffPolicy } from '../../core/backoff.ts';
import { discard } from '../../core/bytes/discard.ts';
import { SyncError, isRefusal, isSyncError } from '../../core/model/errors.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { Clock, Random } from '../../ports/clock.port.ts';
import type {
  GetOutcome,
  MultipartObjects,
  ObjectVersions,
  RemoteObjects,
  RemotePage,
} from '../../ports/remote-objects.port.ts';

/** Failed attempts by call and key, for all sessions of one command. */
export type SpentAttempts = Map<string, number>;

export type RetryOptions = {
  readonly clock: Clock;
  readonly random: Random;
  /** Total number of attempts, including the first. */
  readonly maxAttempts?: number;
  /**
   * Limit of the total waiting time of one call; a wait beyond it is not started. Attempts themselves do not
   * count.
   */
  readonly maxTotalMs?: number;
  /**
   * Shared by sessions that follow one another in one command: a call that used up its attempts in one of them has a
   * single attempt in each later one, until it succeeds. Absent in an engine, where the waits of file and pair grow instead.
   */
  readonly spent?: SpentAttempts;
  readonly onRetry?: (retry: {
    readonly code: string;
    readonly attempt: number;
    readonly waitMs: number;
  }) => void;
  /** The parts of an upload that nothing will complete may not be dropped. */
  readonly onPartsLeft?: (left: { readonly key: ObjectKey; readonly code: string }) => void;
};

const defaultAttempts = 5;
const defaultTotalMs = 60_000;
/** Calls whose attempts are remembered; in a command that fails for more files, the rest begin afresh. */
const maxSpent = 10_000;

/** `what` names it for `spent`; absent where each call begins afresh. */
type Call = { readonly kind: 'repeatable' | 'write'; readonly what?: string };

function reading(what: string): Call {
  return { kind: 'repeatable', what };
}

function writing(what: string): Call {
  return { kind: 'write', what };
}

function remember(spent: SpentAttempts | undefined, what: string | undefined, failures: number): void {
  if (spent === undefined || what === undefined) return;
  if (failures === 0) spent.delete(what);
  else if (spent.has(what) || spent.size < maxSpent) spent.set(what, failures);
}

/** A store that asks to slow down gets a longer back-off than a broken connection. */
function policyFor(code: string): BackoffPolicy {
  if (code === 'slow-down') return { baseMs: 1000, capMs: 20_000 };
  if (code === 'endpoint-unreachable') return { baseMs: 1000, capMs: 10_000 };
  return { baseMs: 200, capMs: 10_000 };
}

/** Milliseconds before the next attempt after this failure; null if it is not retried here. */
function waitBefore(error: unknown, failures: number, options: RetryOptions, spent = 0): number | null {
  if (!isSyncError(error) || error.retry === 'slow' || error.code === 'outcome-unknown') return null;
  // `now` is for what a fresh request cures (new credentials, a corrected clock): once.
  if (error.retry === 'now') return failures === 1 ? 0 : null;
  if (spent + failures >= (options.maxAttempts ?? defaultAttempts)) return null;
  const { retryAfterMs } = error.fields;
  const jitterMs = backoffMs(failures, options.random.next(), policyFor(error.code));
  return typeof retryAfterMs === 'number' ? retryAfterMs + jitterMs : jitterMs;
}

function outcomeUnknown(cause: SyncError): SyncError {
  return new SyncError({
    code: 'outcome-unknown',
    retry: 'now',
    scope: cause.scope === 'account' ? 'account' : 'item',
    message: `outcome-unknown after ${cause.code}`,
    cause,
    fields: cause.fields,
  });
}

async function withTries<T>(
  run: () => Promise<T>,
  { kind, what }: Call,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<T> {
  const { clock } = options;
  const spent = what === undefined ? 0 : (options.spent?.get(what) ?? 0);
  // An upload that fails after an hour has as much time for its retry as one that fails at once.
  let leftMs = options.maxTotalMs ?? defaultTotalMs;
  for (let failures = 1; ; failures += 1) {
    try {
      const value = await run();
      remember(options.spent, what, 0);
      return value;
    } catch (error) {
      signal.throwIfAborted();
      remember(options.spent, what, spent + failures);
      if (kind === 'write' && isSyncError(error) && error.fields['mayHaveHappened'] === true)
        throw outcomeUnknown(error);
      const waitMs = waitBefore(error, failures, options, spent);
      if (waitMs === null || waitMs > leftMs) throw error;
      leftMs -= waitMs;
      options.onRetry?.({ code: isSyncError(error) ? error.code : 'unknown', attempt: failures, waitMs });
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      signal.throwIfAborted();
    }
  }
}

export function withRetry(objects: RemoteObjects, options: RetryOptions): RemoteObjects {
  return {
    list: (prefix, startAfter, signal) => listAgain(objects, { prefix, startAfter }, options, signal),
    head: (key, signal) =>
      withTries(() => objects.head(key, signal), reading(`head ${key}`), options, signal),
    get: (key, asked, signal) => getAgain(objects, { key, asked }, options, signal),
    put: (key, source, asked, signal) =>
      withTries(() => objects.put(key, source, asked, signal), writing(`put ${key}`), options, signal),
    delete: (key, condition, signal) =>
      withTries(() => objects.delete(key, condition, signal), writing(`delete ${key}`), options, signal),
    copy: (from, to, asked, signal) =>
      withTries(() => objects.copy(from, to, asked, signal), writing(`copy ${from}`), options, signal),
    tagging: (key, signal) =>
      withTries(() => objects.tagging(key, signal), reading(`tagging ${key}`), options, signal),
  };
}

/** Parts and their list can be repeated: sending a part twice stores it once. */
export function withRetryMultipart(multipart: MultipartObjects, options: RetryOptions): MultipartObjects {
  return {
    create: (key, asked, signal) =>
      withTries(() => multipart.create(key, asked, signal), reading(`create ${key}`), options, signal),
    uploadPart: (key, uploadId, part, signal) =>
      withTries(
        () => multipart.uploadPart(key, uploadId, part, signal),
        reading(`part ${String(part.number)} ${key}`),
        options,
        signal,
      ),
    copyPart: (key, uploadId, part, signal) =>
      withTries(
        () => multipart.copyPart(key, uploadId, part, signal),
        reading(`copy-part ${String(part.number)} ${key}`),
        options,
        signal,
      ),
    listParts: (key, uploadId, signal) =>
      withTries(() => multipart.listParts(key, uploadId, signal), reading(`parts ${key}`), options, signal),
    complete: (key, uploadId, parts, asked, signal) =>
      withTries(
        () => multipart.complete(key, uploadId, parts, asked, signal),
        writing(`complete ${key}`),
        options,
        signal,
      ),
    abort: (key, uploadId, signal) => abortAgain(multipart, { key, uploadId }, options, signal),
  };
}

/** A refusal is no failure of what the upload was for: the bucket's lifecycle rule removes the parts. */
async function abortAgain(
  multipart: MultipartObjects,
  { key, uploadId }: { readonly key: ObjectKey; readonly uploadId: string },
  options: RetryOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await withTries(() => multipart.abort(key, uploadId, signal), { kind: 'repeatable' }, options, signal);
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    options.onPartsLeft?.({ key, code: error.code });
  }
}

/** The caller restarts a version list that breaks half-way; other requests are retried here. */
export function withRetryVersions(versions: ObjectVersions, options: RetryOptions): ObjectVersions {
  return {
    versions: (prefix, signal) => versions.versions(prefix, signal),
    getVersion: (key, versionId, signal) =>
      withTries(() => versions.getVersion(key, versionId, signal), { kind: 'repeatable' }, options, signal),
    bucketVersioning: (signal) =>
      withTries(() => versions.bucketVersioning(signal), { kind: 'repeatable' }, options, signal),
  };
}

/**
 * Continues after the last key seen, so that a failure of page 900 does not repeat the first 899. If the
 * store does not list in key order, no key marks a position: the listing restarts.
 */
async function* listAgain(
  objects: RemoteObjects,
  from: { readonly prefix: string; readonly startAfter: string | null },
  options: RetryOptions,
  signal: AbortSignal,
): AsyncIterable<RemotePage> {
  let after = from.startAfter;
  let isOrdered = true;
  let pages = objects.list(from.prefix, after, signal)[Symbol.asyncIterator]();
  for (;;) {
    let isFresh = true;
    const next = await withTries(
      () => {
        // A generator that threw is finished: a new one starts where it stopped.
        const again = isOrdered ? after : from.startAfter;
        if (!isFresh) pages = objects.list(from.prefix, again, signal)[Symbol.asyncIterator]();
        isFresh = false;
        return pages.next();
      },
      { kind: 'repeatable' },
      options,
      signal,
    );
    if (next.done === true) return;
    yield next.value;
    for (const { key } of next.value.objects) {
      if (after !== null && comparePaths(key, after) < 0) isOrdered = false;
      after = key;
    }
    if (next.value.isLast) return;
  }
}

type GetCall = {
  readonly key: ObjectKey;
  readonly asked: Parameters<RemoteObjects['get']>[1];
};

function gettingOf({ key, asked: { range } }: GetCall): Call {
  return reading(`get ${String(range?.start ?? 0)} ${key}`);
}

async function getAgain(
  objects: RemoteObjects,
  call: GetCall,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<GetOutcome> {
  const { key, asked } = call;
  const got = await withTries(() => objects.get(key, asked, signal), gettingOf(call), options, signal);
  return got.kind === 'found' ? { ...got, body: bodyAgain(objects, call, got, options, signal) } : got;
}

type Found = Extract<GetOutcome, { kind: 'found' }>;

/** A broken body resumes at its offset, while the same version exists. */
async function* bodyAgain(
  objects: RemoteObjects,
  call: GetCall,
  first: Found,
  options: RetryOptions,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { etag, sizeBytes } = first.info;
  const end = Math.min(call.asked.range?.end ?? sizeBytes, sizeBytes);
  let at = call.asked.range?.start ?? 0;
  let { body } = first;
  // Received bytes reset the count: only consecutive failures count against a long download.
  for (let failures = 1; ; failures += 1) {
    try {
      for await (const chunk of body) {
        yield chunk;
        at += chunk.length;
        failures = chunk.length > 0 ? 1 : failures;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      const waitMs = waitBefore(error, failures, options);
      if (waitMs === null || at >= end) throw error;
      options.onRetry?.({ code: isSyncError(error) ? error.code : 'unknown', attempt: failures, waitMs });
      if (waitMs > 0) await options.clock.sleep(waitMs, signal);
      const into = call.asked.into?.subarray(at - (call.asked.range?.start ?? 0));
      const rest = { key: call.key, etag, range: { start: at, end } };
      body = await restOf(objects, into === undefined ? rest : { ...rest, into }, options, signal);
    }
  }
}

async function restOf(
  objects: RemoteObjects,
  rest: {
    readonly key: GetCall['key'];
    readonly etag: Found['info']['etag'];
    readonly range: { readonly start: number; readonly end: number };
    readonly into?: Uint8Array;
  },
  options: RetryOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { key, etag, ...place } = rest;
  const asked = { condition: { kind: 'etag', etag }, ...place } as const;
  const got = await withTries(() => objects.get(key, asked, signal), { kind: 'repeatable' }, options, signal);
  // A store may not heed the condition.
  if (got.kind === 'found' && got.info.etag === etag) return got.body;
  if (got.kind === 'found') await discard(got.body);
  throw new SyncError({
    code: 'remote-changed',
    retry: 'slow',
    scope: 'item',
    message: 'the object changed while it was read',
  });
}
