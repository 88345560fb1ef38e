// Resumable multipart upload: journalled before the first part, verified when resumed (C13).
import { SyncError } from '../../core/model/errors.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type {
  ByteSource,
  MultipartObjects,
  PartInfo,
  PartSum,
  PutOptions,
  WriteOutcome,
} from '../../ports/remote-objects.port.ts';
import type { PartDigest, PartDigests } from '../../ports/local-files.port.ts';
import { runLimited } from '../limit.ts';
import { ReusedBuffers } from '../../core/bytes/reused-buffers.ts';

export type PartsAhead = {
  readonly digests: PartDigests;
  /** True if bytes read so far are those that the digests were made of. */
  readonly isUnchanged: () => Promise<boolean>;
};

export type UploadHandle = { readonly uploadId: string; readonly partBytes: number };

export type ResumableUpload = {
  /** Retries included: one failing part does not end the upload. */
  readonly multipart: MultipartObjects;
  readonly key: ObjectKey;
  readonly source: ByteSource;
  readonly options: Omit<PutOptions, 'sha256'>;
  /** From the journal, of exactly the same bytes; null to start. */
  readonly resume: UploadHandle | null;
  /** Durable when it resolves, and called before the first part is sent. */
  readonly save: (handle: UploadHandle) => Promise<void>;
  /** For a new upload; a resumed one keeps its own (`layOutParts`). */
  readonly partBytes: number;
  /** Parts in flight; each holds one part in memory. */
  readonly concurrency: number;
  /** Lower-case hex MD5 of bytes in memory. */
  readonly md5: (bytes: Uint8Array) => string;
  /** The probe found part ETags to be plain MD5: parts already sent are verified by it. */
  readonly md5Etags: boolean;
  /**
   * Checksum that the store would keep of these bytes; null if parts are sent without one. If absent, the
   * adapter chooses.
   */
  readonly sumOf?: (bytes: Uint8Array) => PartSum | null;
  /** Digests of its parts, for parts of their size; null where each is made when it is sent. */
  readonly ahead?: PartsAhead | null;
  /** Asked before the last step where the store has no condition for it: the key holds what the upload began with. */
  readonly isAsExpected?: (() => Promise<boolean>) | null;
  /** Called when an ETag is not an MD5 although the probe found that they are: the bucket has changed. */
  readonly onContradiction?: () => void;
};

/**
 * Resolves to the outcome of CompleteMultipartUpload. A lost or withdrawn upload is aborted; one that throws
 * is kept and can be resumed from its saved handle. `lost` also if the upload vanished before its last step:
 * an earlier completion may have won, so the caller checks again (C17).
 */
export async function uploadResumable(upload: ResumableUpload, signal: AbortSignal): Promise<WriteOutcome> {
  let handle = upload.resume;
  for (let beginnings = 0; beginnings < 3; beginnings += 1) {
    const sent = handle === null ? null : await listSent(upload, handle, signal);
    if (handle === null || sent === null) {
      handle = await begin(upload, signal);
    }
    const result = await sendAll(upload, handle, sent ?? [], signal);
    if (result.kind === 'withdrawn') {
      await upload.multipart.abort(upload.key, handle.uploadId, signal);
      return { kind: 'withdrawn' };
    }
    if (result.kind === 'parts') return await finish(upload, handle, result.parts, signal);
    // The store dropped the upload midway (a lifecycle rule, another client): start again.
    handle = null;
  }
  throw new SyncError({
    code: 'upload-gone',
    retry: 'backoff',
    scope: 'item',
    message: 'the store keeps dropping the upload',
  });
}

async function begin(upload: ResumableUpload, signal: AbortSignal): Promise<UploadHandle> {
  const { contentType, metadata, headers } = upload.options;
  const about = { contentType, metadata, ...(headers === undefined ? {} : { headers }) };
  const { uploadId } = await upload.multipart.create(upload.key, about, signal);
  const handle = { uploadId, partBytes: upload.partBytes };
  await upload.save(handle);
  return handle;
}

async function listSent(
  upload: ResumableUpload,
  handle: UploadHandle,
  signal: AbortSignal,
): Promise<readonly PartInfo[] | null> {
  const listed = await upload.multipart.listParts(upload.key, handle.uploadId, signal);
  return listed.kind === 'parts' ? listed.parts : null;
}

type Sent =
  | { readonly kind: 'parts'; readonly parts: readonly PartInfo[] }
  | { readonly kind: 'upload-gone' }
  /** The source yielded fewer bytes than announced: the file is being changed. */
  | { readonly kind: 'withdrawn' };

/** Ends a lane early without being an error. */
class Stop extends Error {
  readonly why: 'upload-gone' | 'withdrawn';
  constructor(why: 'upload-gone' | 'withdrawn') {
    super(why);
    this.why = why;
  }
}

async function sendAll(
  upload: ResumableUpload,
  handle: UploadHandle,
  alreadySent: readonly PartInfo[],
  signal: AbortSignal,
): Promise<Sent> {
  const count = Math.max(1, Math.ceil(upload.source.sizeBytes / handle.partBytes));
  const known = new Map(alreadySent.map((part) => [part.number, part]));
  const parts: PartInfo[] = [];
  const lengthBytes = Math.min(handle.partBytes, upload.source.sizeBytes);
  const buffers = new ReusedBuffers((bytes) => new ArrayBuffer(bytes));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  // The first failure aborts the other parts at once.
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let doneBytes = 0;
  try {
    const send = async (number: number) => {
      try {
        const into = buffers.take(lengthBytes);
        const asked = { number, known: known.get(number) ?? null, into };
        const part = await sendPart(upload, handle, asked, both);
        // Not after a failure: the socket may still use it.
        buffers.giveBack(into);
        parts.push(part);
        doneBytes += part.sizeBytes;
        upload.options.onProgress(doneBytes);
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    };
    await runLimited(numbers, upload.concurrency, send, both);
  } catch (error) {
    signal.throwIfAborted();
    const first: unknown = stop.signal.aborted ? stop.signal.reason : error;
    if (first instanceof Stop) return { kind: first.why };
    throw first;
  }
  return { kind: 'parts', parts: parts.toSorted((a, b) => a.number - b.number) };
}

async function sendPart(
  upload: ResumableUpload,
  handle: UploadHandle,
  asked: { readonly number: number; readonly known: PartInfo | null; readonly into: ArrayBuffer },
  signal: AbortSignal,
): Promise<PartInfo> {
  const { number, known, into } = asked;
  const start = (number - 1) * handle.partBytes;
  const sizeBytes = Math.min(handle.partBytes, upload.source.sizeBytes - start);
  signal.throwIfAborted();
  const bytes = await readFully(upload.source, start, new Uint8Array(into, 0, sizeBytes));
  const made = await madeAhead(upload.ahead, handle, number);
  const sum = made === null ? (upload.sumOf?.(bytes) ?? null) : made.sum;
  if (known !== null && known.sizeBytes === sizeBytes && isSamePart(upload, known, { bytes, sum }))
    return known;
  const digests = made === null ? {} : { sha256: made.sha256 };
  const part = { number, bytes, ...(sum === null ? {} : { sum }), ...digests };
  const sent = await upload.multipart.uploadPart(upload.key, handle.uploadId, part, signal);
  if (sent.kind === 'upload-gone') throw new Stop('upload-gone');
  // Where the store has verified a checksum, the first part shows whether ETags still are what the probe found: an MD5 of each takes
  // longer than all else that is made of it.
  const isCompared = upload.md5Etags && (sum === null || number === 1);
  if (isCompared && sent.part.etag !== upload.md5(bytes)) refuseOrDoubt(upload, sum, number);
  return sent.part;
}

/** Null if there is none for this part. Throws `Stop` if the file changed, because then the digest may be of other bytes. */
async function madeAhead(
  ahead: PartsAhead | null | undefined,
  { partBytes }: UploadHandle,
  number: number,
): Promise<PartDigest | null> {
  if (ahead?.digests.partBytes !== partBytes) return null;
  const made = await ahead.digests.of(number);
  if (made !== null && !(await ahead.isUnchanged())) throw new Stop('withdrawn');
  return made;
}

/**
 * An ETag that is not an MD5 does not prove damage: under another encryption (KMS) it is opaque. If the store
 * has verified a checksum the part is valid; otherwise the next probe finds out whether ETags are still MD5,
 * and the retry relies on that.
 */
function refuseOrDoubt(upload: ResumableUpload, sum: PartSum | null, number: number): void {
  upload.onContradiction?.();
  if (sum !== null) return;
  throw new SyncError({
    code: 'content-mismatch',
    retry: 'backoff',
    scope: 'item',
    message: `part ${String(number)} arrived as other bytes`,
  });
}

/** By the checksum the store keeps of the part, otherwise by an ETag that is its MD5. */
function isSamePart(
  { md5Etags, md5 }: ResumableUpload,
  known: PartInfo,
  { bytes, sum }: { readonly bytes: Uint8Array; readonly sum: PartSum | null },
): boolean {
  if (sum !== null && known.sum?.kind === sum.kind) return known.sum.value === sum.value;
  return md5Etags && known.etag === md5(bytes);
}

/** Fills and returns `whole`, or returns the source's own memory if it has all bytes at once. */
async function readFully(source: ByteSource, start: number, whole: Uint8Array): Promise<Uint8Array> {
  const sizeBytes = whole.length;
  for (let at = 0; at < sizeBytes;) {
    const rest = whole.subarray(at);
    const more = await source.read(start + at, rest.length, rest);
    if (more.length === sizeBytes) return more;
    if (more.length === 0) throw new Stop('withdrawn');
    rest.set(more);
    at += more.length;
  }
  return whole;
}

async function finish(
  upload: ResumableUpload,
  handle: UploadHandle,
  parts: readonly PartInfo[],
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { condition, beforeSend } = upload.options;
  const last = { condition, beforeSend };
  if ((await upload.isAsExpected?.()) === false) {
    await upload.multipart.abort(upload.key, handle.uploadId, signal);
    return { kind: 'lost' };
  }
  const outcome = await upload.multipart.complete(upload.key, handle.uploadId, parts, last, signal);
  if (outcome.kind === 'upload-gone') return { kind: 'lost' };
  if (outcome.kind !== 'done') await upload.multipart.abort(upload.key, handle.uploadId, signal);
  return outcome;
}
