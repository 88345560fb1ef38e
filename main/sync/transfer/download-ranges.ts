// Ranged download: parallel ranges written at their offsets, hashed in order.
import type { ContentId, Etag, ObjectKey } from '../../core/model/model.ts';
import type { ObjectInfo, RemoteObjects } from '../../ports/remote-objects.port.ts';
import { ReusedBuffers } from './reused-buffers.ts';

export type Hasher = { update(bytes: Uint8Array): void; digestHex(): string };

export type RangedDownload = {
  /** Retries included. */
  readonly objects: RemoteObjects;
  readonly key: ObjectKey;
  /** Every range is requested with `If-Match`: ranges of two versions are never joined. */
  readonly etag: Etag;
  readonly sizeBytes: number;
  readonly rangeBytes: number;
  /** Ranges in flight, each held in memory until it is written and hashed in turn. Their buffers are used again. */
  readonly concurrency: number;
  readonly sink: { write(bytes: Uint8Array, position: number): Promise<void> };
  /** Fresh, or already fed with the first `startAt` bytes of the sink when a download is resumed. */
  readonly hasher: Hasher;
  readonly startAt: number;
  readonly onProgress: (bytesDone: number) => void;
};

export type RangedOutcome =
  | { readonly kind: 'done'; readonly content: ContentId; readonly info: ObjectInfo }
  /** The requested version no longer exists. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'damaged'; readonly why: 'length' | 'checksum' };

type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer>; readonly info: ObjectInfo }
  | { readonly kind: 'lost' }
  | { readonly kind: 'damaged' };

/**
 * `startAt` of a later call may be the last `onProgress` of this one: everything before it was written and
 * hashed.
 */
export async function downloadRanged(download: RangedDownload, signal: AbortSignal): Promise<RangedOutcome> {
  const { sizeBytes, rangeBytes, hasher } = download;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const waiting: Promise<Piece>[] = [];
  const buffers = new ReusedBuffers(Math.min(rangeBytes, sizeBytes));
  let asked = download.startAt;
  let done = download.startAt;
  let info: ObjectInfo | null = null;
  try {
    while (done < sizeBytes) {
      while (waiting.length < download.concurrency && asked < sizeBytes) {
        const piece = fetchPiece(download, { start: asked, buffers }, both);
        // Awaited in turn; until then a failure must not count as unhandled.
        piece.catch(() => undefined);
        waiting.push(piece);
        asked = Math.min(asked + rangeBytes, sizeBytes);
      }
      const piece = await (waiting.shift() ?? fetchPiece(download, { start: done, buffers }, both));
      if (piece.kind === 'lost') return { kind: 'lost' };
      if (piece.kind === 'damaged') return { kind: 'damaged', why: 'length' };
      info ??= piece.info;
      const written = download.sink.write(piece.bytes, done);
      // The disk writes meanwhile; only what is hashed and written counts as done.
      hasher.update(piece.bytes);
      await written;
      done += piece.bytes.length;
      buffers.giveBack(piece.bytes.buffer);
      download.onProgress(done);
    }
  } finally {
    stop.abort(new Error('the download is over'));
    await Promise.allSettled(waiting);
    signal.throwIfAborted();
  }
  info ??= await factsNow(download, signal);
  if (info === null) return { kind: 'lost' };
  const content = hasher.digestHex() as ContentId; // a hash just made
  if (info.sha256 !== null && info.sha256 !== content) return { kind: 'damaged', why: 'checksum' };
  return { kind: 'done', content, info };
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

type PieceRequest = { readonly start: number; readonly buffers: ReusedBuffers };

async function fetchPiece(
  download: RangedDownload,
  { start, buffers }: PieceRequest,
  signal: AbortSignal,
): Promise<Piece> {
  const { key, etag, sizeBytes, rangeBytes } = download;
  const end = Math.min(start + rangeBytes, sizeBytes);
  const bytes = new Uint8Array(buffers.take(), 0, end - start);
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
