// One append-only file that holds every change and the bytes of small objects; replayed at start.
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writev } from 'node:fs';

type Batch = { readonly buffers: Buffer[]; readonly done: PromiseWithResolvers<undefined> };

export type Appended = { readonly dataOffset: number; readonly written: Promise<undefined> };

const HEADER_BYTES = 8;

/**
 * Frames: length of the JSON, length of the data, JSON, data. Appends of one turn of the event loop go out in one write, which is
 * what makes thousands of small PUTs per second possible. Nothing is synced: it survives a kill, not a power cut.
 */
export class Journal {
  readonly #fd: number;
  #tail: number;
  #open: Batch | undefined;
  #writing = false;
  #failure: Error | undefined;

  constructor(path: string, replay: (record: unknown, dataOffset: number, dataLength: number) => void) {
    const isNew = !existsSync(path);
    this.#fd = openSync(path, isNew ? 'w+' : 'r+', 0o600);
    this.#tail = isNew ? 0 : this.#replay(replay);
  }

  append(record: unknown, data?: Buffer): Appended {
    const json = Buffer.from(JSON.stringify(record));
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32LE(json.length, 0);
    header.writeUInt32LE(data?.length ?? 0, 4);
    const dataOffset = this.#tail + HEADER_BYTES + json.length;
    this.#tail = dataOffset + (data?.length ?? 0);
    this.#open ??= { buffers: [], done: Promise.withResolvers<undefined>() };
    const batch = this.#open;
    batch.buffers.push(header, json);
    if (data !== undefined && data.length > 0) batch.buffers.push(data);
    if (!this.#writing) {
      this.#writing = true;
      setImmediate(() => {
        this.#flush();
      });
    }
    return { dataOffset, written: batch.done.promise };
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    readFully(this.#fd, bytes, offset);
    return bytes;
  }

  async close(): Promise<void> {
    while (this.#writing)
      await (this.#open?.done.promise ?? new Promise<void>((resolve) => setImmediate(resolve)));
    closeSync(this.#fd);
  }

  #written = 0;

  #flush(): void {
    const batch = this.#open;
    this.#open = undefined;
    if (batch === undefined) {
      this.#writing = false;
      return;
    }
    if (this.#failure !== undefined) {
      batch.done.reject(this.#failure);
      this.#flush();
      return;
    }
    this.#write(batch, batch.buffers);
  }

  #write(batch: Batch, buffers: readonly Buffer[]): void {
    const slice = buffers.slice(0, 1000);
    const expected = slice.reduce((sum, buffer) => sum + buffer.length, 0);
    writev(this.#fd, slice, this.#written, (error, count) => {
      if (error !== null || count !== expected) {
        // The file no longer matches what memory believes: every later write fails too.
        this.#failure = error ?? new Error(`journal: ${String(count)} of ${String(expected)} bytes written`);
        batch.done.promise.catch(() => undefined);
        batch.done.reject(this.#failure);
        this.#flush();
        return;
      }
      this.#written += count;
      const rest = buffers.slice(1000);
      if (rest.length > 0) {
        this.#write(batch, rest);
        return;
      }
      batch.done.resolve(undefined);
      this.#flush();
    });
  }

  #replay(replay: (record: unknown, dataOffset: number, dataLength: number) => void): number {
    const size = fstatSync(this.#fd).size;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    let offset = 0;
    while (offset + HEADER_BYTES <= size) {
      readFully(this.#fd, header, offset);
      const jsonLength = header.readUInt32LE(0);
      const dataLength = header.readUInt32LE(4);
      const end = offset + HEADER_BYTES + jsonLength + dataLength;
      // A frame cut short by a kill was never acknowledged.
      if (end > size) break;
      const json = Buffer.allocUnsafe(jsonLength);
      readFully(this.#fd, json, offset + HEADER_BYTES);
      replay(JSON.parse(json.toString('utf8')), offset + HEADER_BYTES + jsonLength, dataLength);
      offset = end;
    }
    ftruncateSync(this.#fd, offset);
    this.#written = offset;
    return offset;
  }
}

function readFully(fd: number, bytes: Buffer, offset: number): void {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, offset + done);
    if (count === 0) throw new Error('journal: unexpected end of file');
    done += count;
  }
}
