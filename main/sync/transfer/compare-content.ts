// Content comparison of an object and a local file, by at most one fetch; nothing is written if they are
// equal.
import { makeCrc64 } from '../../core/crc64nvme.ts';
import type { ContentId, Etag, ObjectKey, RelPath } from '../../core/model/model.ts';
import type { StableReader, TempFile } from '../../ports/local-files.port.ts';
import { begunRecord, endBegun } from './begun-download.ts';
import { readInOrder } from './read-in-order.ts';
import { spareBytes } from './spare-bytes.ts';
import { keyOf } from '../bucket/keys.ts';
import type { PairContext } from '../context.ts';

/** SHA-256 and CRC-64/NVME of the local file in one read; null if it cannot be read or changes meanwhile. */
export async function sumLocal(
  context: PairContext,
  path: RelPath,
  signal: AbortSignal,
): Promise<{ readonly content: ContentId; readonly crc64nvme: string } | null> {
  const opened = await context.files.open(path);
  if (opened.kind !== 'open') return null;
  const { reader } = opened;
  try {
    const hasher = context.makeHasher();
    const crc = makeCrc64();
    const take = (bytes: Uint8Array): void => {
      hasher.update(bytes);
      crc.update(bytes);
    };
    const { sizeBytes } = reader.fingerprint;
    if (!(await readInOrder({ file: reader, sizeBytes }, take, signal))) return null;
    if (!(await reader.isUnchanged())) return null;
    return { content: hasher.digestHex() as ContentId, crc64nvme: crc.digestHex() }; // a hash just made
  } finally {
    await reader.close();
  }
}

export type RemoteRead =
  | { readonly kind: 'read'; readonly key: ObjectKey; readonly content: ContentId }
  | { readonly kind: 'lost' }
  | { readonly kind: 'damaged' };

type Wanted = { readonly path: RelPath; readonly etag: Etag; readonly sizeBytes: number };

/**
 * Reads the object beside the local file. While the two are equal nothing is written, so that adopting equal
 * files needs no space. From the first difference on the bytes go to a temporary file, which the following
 * download resumes.
 */
export async function readRemote(
  context: PairContext,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<RemoteRead> {
  const condition = { kind: 'etag', etag: wanted.etag } as const;
  const got = await context.remote.get(keyOf(context, wanted.path), { condition }, signal);
  if (got.kind !== 'found' || got.info.etag !== wanted.etag) return { kind: 'lost' };
  await endBegun(context, wanted.path);
  const opened = await context.files.open(wanted.path);
  const local = opened.kind === 'open' ? opened.reader : null;
  const difference = new Difference(context, wanted, local);
  try {
    const hasher = context.makeHasher();
    let at = 0;
    for await (const chunk of got.body) {
      if (at + chunk.length > wanted.sizeBytes) return { kind: 'damaged' };
      hasher.update(chunk);
      await difference.take(chunk, at, signal);
      at += chunk.length;
    }
    if (at !== wanted.sizeBytes) return { kind: 'damaged' };
    const content = hasher.digestHex() as ContentId; // a hash just made
    await difference.keep(content);
    return { kind: 'read', key: got.info.key, content };
  } finally {
    await difference.drop();
    await local?.close();
  }
}

/** Kept bytes of an object that differs from the local file. */
class Difference {
  readonly #context: PairContext;
  readonly #wanted: Wanted;
  readonly #local: StableReader | null;
  #isEqual: boolean;
  #temp: TempFile | null = null;

  constructor(context: PairContext, wanted: Wanted, local: StableReader | null) {
    this.#context = context;
    this.#wanted = wanted;
    this.#local = local;
    this.#isEqual = local !== null;
  }

  async take(chunk: Uint8Array, at: number, signal: AbortSignal): Promise<void> {
    if (this.#isEqual && !(await this.#isLocal(chunk, at))) {
      this.#isEqual = false;
      await this.#begin(at, signal);
    } else if (!this.#isEqual && at === 0) await this.#begin(0, signal);
    await this.#temp?.write(chunk, at);
  }

  async #isLocal(chunk: Uint8Array, at: number): Promise<boolean> {
    const mine = await this.#local?.read(at, chunk.length);
    return mine !== undefined && Buffer.compare(mine, chunk) === 0;
  }

  /** Not in a mode without downloads, and not without space: then the object is only read. */
  async #begin(equalBytes: number, signal: AbortSignal): Promise<void> {
    const { settings, files, changes, random } = this.#context;
    if (settings.mode === 'upload-only') return;
    const status = await files.rootStatus();
    if (status.kind !== 'ok' || this.#wanted.sizeBytes > spareBytes(status)) return;
    const temp = await changes.createTemp(random.hex(16)); // made here
    this.#temp = temp;
    if (this.#local === null) return;
    // If the local file became shorter meanwhile, bytes not written fail the check of the record, and are fetched.
    await readInOrder(
      { file: this.#local, sizeBytes: equalBytes },
      (bytes, at) => temp.write(bytes, at),
      signal,
    );
  }

  /** Kept for the following download; content that base already has is not downloaded. */
  async keep(content: ContentId): Promise<void> {
    const temp = this.#temp;
    const { path, etag, sizeBytes } = this.#wanted;
    const { base } = this.#context.store.entry(path);
    if (temp === null || (base?.kind === 'file' && base.content === content)) return;
    await temp.close();
    const record = { etag, tempName: temp.name, sizeBytes, doneBytes: sizeBytes, sha256: content };
    await this.#context.commit([begunRecord(path, record)]);
    // Only now: without its record `drop` removes the file.
    this.#temp = null;
  }

  async drop(): Promise<void> {
    await this.#temp?.discard();
    this.#temp = null;
  }
}
