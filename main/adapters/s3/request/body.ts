// Body of a GET: length-checked, abortable, with errors mapped.
import { Readable } from 'node:stream';
import { SyncError } from '../../../core/model/errors.ts';
import type { Filling } from '../../http/fill.ts';

/** Larger contents are handed on as a stream. */
const wholeBytes = 256 * 1024;

/** Contents that are in memory already. */
export class WholeBody {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Contents that come straight into the caller's memory. */
export class FilledBody {
  readonly into: Uint8Array;
  readonly filling: Filling;

  constructor(into: Uint8Array, filling: Filling) {
    this.into = into;
    this.filling = filling;
  }
}

/**
 * Bytes of a stream to its end; of a longer one the first `limitBytes` and a little more: the stream is then destroyed, since it may never
 * end. Rejects with what broke it.
 */
export function readWhole(stream: Readable, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    if (stream.destroyed) {
      // It broke before this read, and will say nothing more.
      reject(stream.errored ?? aborted);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    const answer = (): void => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    };
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= limitBytes) return;
      answer();
      stream.destroy();
    });
    stream.once('end', answer);
    stream.once('error', reject);
    // After 'end' or 'error' this says nothing new.
    stream.once('close', () => {
      reject(aborted);
    });
  });
}

/** A small body read at once: a stream costs a reader of many steps. Rejects with what broke it. */
export async function heldIfSmall(body: unknown, statedBytes: number): Promise<unknown> {
  if (!(body instanceof Readable) || !(statedBytes <= wholeBytes)) return body;
  return new WholeBody(await readWhole(body, wholeBytes));
}

function shortBody(seenBytes: number, lengthBytes: number): SyncError {
  return new SyncError({
    code: 'connection-lost',
    retry: 'backoff',
    scope: 'item',
    message: `connection-lost: ${String(seenBytes)} of ${String(lengthBytes)} bytes came`,
  });
}

/** As `checkedBody`, of what came already. */
export async function* heldBody(
  { bytes }: WholeBody,
  lengthBytes: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  signal.throwIfAborted();
  if (bytes.length > 0 && bytes.length <= lengthBytes) yield bytes;
  if (bytes.length !== lengthBytes) throw shortBody(bytes.length, lengthBytes);
}

/** As `checkedBody`; what came before it broke is handed on first, so that a retry asks for the rest only. */
export async function* filledBody(
  { into, filling }: FilledBody,
  lengthBytes: number,
  onError: (error: unknown) => Error,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  let failure: { readonly error: unknown } | null = null;
  try {
    await filling.done;
  } catch (error) {
    failure = { error };
  }
  signal.throwIfAborted();
  const bytes = filling.filledBytes();
  if (bytes > 0 && bytes <= lengthBytes) yield into.subarray(0, bytes);
  if (failure !== null) throw onError(failure.error);
  if (bytes !== lengthBytes) throw shortBody(bytes, lengthBytes);
}

type Body = {
  readonly stream: Readable;
  readonly lengthBytes: number;
  readonly onError: (error: unknown) => Error;
};

/** Read it to the end, or stop early with `break`: either way the socket is freed. Not read at all, it must be discarded. */
export async function* checkedBody(body: Body, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const { stream, lengthBytes, onError } = body;
  const stop = () => {
    stream.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  let seenBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      seenBytes += chunk.length;
      if (seenBytes > lengthBytes) break;
      yield chunk;
    }
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw onError(error);
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  if (seenBytes !== lengthBytes) throw shortBody(seenBytes, lengthBytes);
}

/** The bytes of `range` from a body that begins at 0: a store that ignores ranges sends the object whole. */
export async function* partOf(
  body: AsyncIterable<Uint8Array>,
  range: { readonly start: number; readonly end: number },
): AsyncIterable<Uint8Array> {
  let position = 0;
  for await (const chunk of body) {
    const from = Math.max(0, range.start - position);
    const to = Math.min(chunk.length, range.end - position);
    if (from < to) yield chunk.subarray(from, to);
    position += chunk.length;
    if (position >= range.end) return;
  }
}
