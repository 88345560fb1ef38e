// Ranged download: parallel ranges written at their offsets, hashed in order.
import type { ContentId, Etag, ObjectKey } from '../../core/model/model.ts';
import type { OrderedHasher } from '../../ports/local-files.port.ts';
import type { ObjectInfo, RemoteObjects } from '../../ports/remote-objects.port.ts';

export type RangedDownload = {
  /** Retries included. */
  readonly objects: RemoteObjects;
  readonly key: ObjectKey;
  /** Every range is requested with `If-Match`: ranges of two versions are never joined. */
  readonly etag: Etag;
  readonly sizeBytes: number;
  readonly rangeBytes: number;
  /** Ranges in flight. Each is held in memory until it is written and hashed in turn; its buffer is then used again. */
  readonly concurrency: number;
  readonly sink: { write(bytes: Uint8Array, position: number): Promise<void> };
  /** Fresh, or already fed with the first `startAt` bytes of the sink when a download is resumed. */
  readonly hasher: OrderedHasher;
  readonly startAt: number;
  /** With the SHA-256 of these bytes. */
  readonly onProgress: (bytesDone: number, sha256: string) => void;
};

export type RangedOutcome =
  | { readonly kind: 'done'; readonly content: ContentId; readonly info: ObjectInfo }
  /** The requested version no longer exists. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'damaged'; readonly why: 'length' | 'checksum' };

type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly info: ObjectInfo }
  | { readonly kind: 'lost' }
  | { readonly kind: 'damaged' };

/** Ranges that are written and hashed while others come. */
const mostTaken = 2;

/**
 * `startAt` of a later call may be the last `onProgress` of this one: everything before it was written and
 * hashed.
 */
export async function downloadRanged(download: RangedDownload, signal: AbortSignal): Promise<RangedOutcome> {
  const { sizeBytes, rangeBytes } = download;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const waiting: Promise<Piece>[] = [];
  const taking = takeInOrder(download);
  let asked = download.startAt;
  let taken = download.startAt;
  let info: ObjectInfo | null = null;
  try {
    while (taken < sizeBytes) {
      while (waiting.length < download.concurrency && asked < sizeBytes) {
        const piece = fetchPiece(download, asked, both);
        // Awaited in turn; until then a failure must not count as unhandled.
        piece.catch(() => undefined);
        waiting.push(piece);
        asked = Math.min(asked + rangeBytes, sizeBytes);
      }
      const piece = await taking.unlessFailed(waiting[0] ?? fetchPiece(download, taken, both));
      // Until now it was one to be waited for, whatever fails.
      void waiting.shift();
      if (piece.kind === 'lost') return { kind: 'lost' };
      if (piece.kind === 'damaged') return { kind: 'damaged', why: 'length' };
      info ??= piece.info;
      taking.take(piece.bytes, taken);
      taken += piece.bytes.length;
      await taking.untilAtMost(mostTaken);
    }
    await taking.untilAtMost(0);
  } finally {
    stop.abort(new Error('the download is over'));
    await Promise.allSettled([...waiting, taking.settled()]);
    signal.throwIfAborted();
  }
  info ??= await factsNow(download, signal);
  if (info === null) return { kind: 'lost' };
  const content = (await download.hasher.update(nothing)) as ContentId; // a hash just made
  if (info.sha256 !== null && info.sha256 !== content) return { kind: 'damaged', why: 'checksum' };
  return { kind: 'done', content, info };
}

const nothing = new Uint8Array(0);

type Taking = {
  /** Begins to write and to hash it, and reports it after those before it. */
  readonly take: (bytes: Uint8Array, at: number) => void;
  /** As the promise, unless one of those that were taken fails first. */
  readonly unlessFailed: <Value>(promise: Promise<Value>) => Promise<Value>;
  /** Waits for the first ones. */
  readonly untilAtMost: (count: number) => Promise<void>;
  /** Nothing is written any more. */
  readonly settled: () => Promise<unknown>;
};

function takeInOrder({ hasher, sink, onProgress }: RangedDownload): Taking {
  const open: Promise<void>[] = [];
  let failure: Error | null = null;
  let onFailure = (_error: Error): void => undefined;
  let last: Promise<void> = Promise.resolve();
  const finish = async (before: Promise<void>, bytes: Uint8Array, at: number): Promise<void> => {
    const hashing = hasher.update(bytes);
    // Whatever becomes of the hash, what was begun to be written is waited for.
    const [written] = await Promise.allSettled([sink.write(bytes, at), hashing]);
    await before;
    if (written.status === 'rejected') throw written.reason;
    const sha256 = await hashing;
    hasher.giveBack(bytes);
    onProgress(at + bytes.length, sha256);
  };
  return {
    take: (bytes, at) => {
      last = finish(last, bytes, at);
      last.catch((error: unknown) => {
        failure ??= error as Error;
        onFailure(failure);
      });
      open.push(last);
    },
    unlessFailed: (promise) =>
      new Promise((resolve, reject) => {
        onFailure = reject;
        if (failure !== null) reject(failure);
        promise.then(resolve, reject);
      }),
    untilAtMost: async (count) => {
      while (open.length > count) await open.shift();
    },
    settled: () => Promise.allSettled([...open, last]),
  };
}

/** Nothing left to fetch: an empty object, or a download interrupted just before its end. */
async function factsNow(download: RangedDownload, signal: AbortSignal): Promise<ObjectInfo | null> {
  const head = await download.objects.head(download.key, signal);
  return head.kind === 'found' && head.info.etag === download.etag ? head.info : null;
}

/** Came straight there (`into` of `get`). */
export function isInPlace(chunk: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return chunk.buffer === bytes.buffer && chunk.byteOffset === bytes.byteOffset + at;
}

async function fetchPiece(download: RangedDownload, start: number, signal: AbortSignal): Promise<Piece> {
  const { key, etag, sizeBytes, rangeBytes, hasher } = download;
  const end = Math.min(start + rangeBytes, sizeBytes);
  const bytes = await hasher.take(end - start, signal);
  const asked = { condition: { kind: 'etag', etag }, range: { start, end }, into: bytes } as const;
  const got = await download.objects.get(key, asked, signal);
  if (got.kind !== 'found') return { kind: 'lost' };
  let filled = 0;
  for await (const chunk of got.body) {
    if (filled + chunk.length > bytes.length) return { kind: 'damaged' };
    if (!isInPlace(chunk, bytes, filled)) bytes.set(chunk, filled);
    filled += chunk.length;
  }
  // Read to its end first, so that the socket is free whatever the response.
  if (got.info.etag !== etag) return { kind: 'lost' };
  if (filled !== bytes.length || got.info.sizeBytes !== sizeBytes) return { kind: 'damaged' };
  return { kind: 'bytes', bytes, info: got.info };
}
