// The bytes of objects: small ones inside the journal, large ones as files with reference counts, read and written in streams.
import { close, createReadStream, mkdirSync, open, readdirSync, rm, writev } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Journal } from './journal.ts';

/** A run of bytes: in the journal (`file` null) or in a blob file. */
export type Segment = { readonly file: string | null; readonly start: number; readonly length: number };

/** Bytes on their way into the store: still in memory, or already in a file. */
export type Incoming =
  { readonly kind: 'memory'; readonly bytes: Buffer } | { readonly kind: 'file'; readonly segment: Segment };

/** Up to this size an object lives in the journal: no file to create, which is what small files cost most. */
export const INLINE_BYTES = 128 * 1024;
const HIGH_WATER_BYTES = 4 << 20;

export class Blobs {
  readonly #directory: string;
  readonly #references = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  path(file: string): string {
    return join(this.#directory, file);
  }

  hold(segments: readonly Segment[]): void {
    for (const { file } of segments)
      if (file !== null) this.#references.set(file, (this.#references.get(file) ?? 0) + 1);
  }

  release(segments: readonly Segment[]): void {
    for (const { file } of segments) {
      if (file === null) continue;
      const left = (this.#references.get(file) ?? 0) - 1;
      if (left > 0) {
        this.#references.set(file, left);
        continue;
      }
      this.#references.delete(file);
      rm(this.path(file), { force: true }, () => undefined);
    }
  }

  /** Deletes files that no object names: leftovers of transfers cut by a kill. */
  removeStrays(): void {
    for (const file of readdirSync(this.#directory))
      if (!this.#references.has(file)) rm(this.path(file), { force: true }, () => undefined);
  }

  createSink(): BlobSink {
    return new BlobSink(this);
  }

  /** The bytes [start, end) of the segments, in order. */
  async *read(
    journal: Journal,
    segments: readonly Segment[],
    start: number,
    end: number,
  ): AsyncGenerator<Buffer> {
    let position = 0;
    for (const segment of segments) {
      const from = Math.max(start, position);
      const to = Math.min(end, position + segment.length);
      if (from < to) {
        const offset = segment.start + from - position;
        if (segment.file === null) yield journal.read(offset, to - from);
        else
          yield* createReadStream(this.path(segment.file), {
            start: offset,
            end: offset + (to - from) - 1,
            highWaterMark: 1 << 20,
          }) as AsyncIterable<Buffer>;
      }
      position += segment.length;
    }
  }
}

const openAsync = promisify(open);
const closeAsync = promisify(close);

/** Takes chunks; stays in memory until they outgrow the inline size. `write` answers false when the sender should wait for `drained`. */
export class BlobSink {
  readonly #blobs: Blobs;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #totalBytes = 0;
  #file: string | undefined;
  #fd: number | undefined;
  #position = 0;
  #pump: Promise<void> | undefined;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  write(chunk: Buffer): boolean {
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    this.#totalBytes += chunk.length;
    if (this.#totalBytes > INLINE_BYTES && this.#pump === undefined && this.#queuedBytes >= 512 * 1024)
      this.#startPump();
    return this.#queuedBytes < HIGH_WATER_BYTES;
  }

  async drained(): Promise<void> {
    while (this.#pump !== undefined && this.#queuedBytes >= HIGH_WATER_BYTES) await this.#pump;
  }

  async finish(): Promise<Incoming> {
    if (this.#totalBytes <= INLINE_BYTES)
      return {
        kind: 'memory',
        bytes: this.#queue.length === 1 ? (this.#queue[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#queue),
      };
    await this.#pump;
    while (this.#queue.length > 0) {
      this.#startPump();
      await this.#pump;
    }
    if (this.#fd !== undefined) await closeAsync(this.#fd);
    this.#fd = undefined;
    return { kind: 'file', segment: { file: this.#file ?? '', start: 0, length: this.#totalBytes } };
  }

  /** Forgets what came: the request failed. */
  async discard(): Promise<void> {
    this.#queue = [];
    await this.#pump?.catch(() => undefined);
    if (this.#fd !== undefined) await closeAsync(this.#fd);
    this.#fd = undefined;
    if (this.#file !== undefined) this.#blobs.release([{ file: this.#file, start: 0, length: 0 }]);
  }

  #startPump(): void {
    const pump = this.#drain().finally(() => {
      if (this.#pump === pump) this.#pump = undefined;
    });
    // A failed write is thrown again by finish(); without this the process would die before that.
    pump.catch(() => undefined);
    this.#pump = pump;
  }

  async #drain(): Promise<void> {
    this.#file ??= randomUUID();
    this.#fd ??= await openAsync(this.#blobs.path(this.#file), 'w', 0o600);
    const buffers = this.#queue;
    this.#queue = [];
    const count = await writeAll(this.#fd, buffers, this.#position);
    this.#position += count;
    this.#queuedBytes -= count;
  }
}

async function writeAll(fd: number, buffers: readonly Buffer[], position: number): Promise<number> {
  let total = 0;
  for (let index = 0; index < buffers.length; index += 1000) {
    const slice = buffers.slice(index, index + 1000);
    const expected = slice.reduce((sum, buffer) => sum + buffer.length, 0);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    writev(fd, slice, position + total, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
    if ((await promise) !== expected) throw new Error('blob: short write');
    total += expected;
  }
  return total;
}
