// Source of an upload: one file's bytes under one fingerprint, with their hash (C6, C13).
import { localFile } from '../../core/model/cells.ts';
import type { ContentId, Fingerprint, RelPath } from '../../core/model/model.ts';
import type { StableReader } from '../../ports/local-files.port.ts';
import type { ByteSource } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { trustedAt } from '../trusted-at.ts';
import { transferSizes } from '../transfer-sizes.ts';
import { checksumOf, partsOf } from './send-large.ts';
import type { PartsAhead } from './upload-parts.ts';

/** What is known of a file that was read. */
export type ReadFile = {
  readonly reader: Pick<StableReader, 'fingerprint' | 'executable'>;
  readonly content: ContentId;
  /** Taken before the file was opened: what C6 measures the file's age against. */
  readonly readAtMs: number;
};

export type Source = ReadFile & {
  readonly reader: StableReader;
  readonly bytes: ByteSource;
  /** The owner ends it with the upload. */
  readonly ahead: PartsAhead | null;
};

export type OpenedFile = {
  readonly path: RelPath;
  readonly reader: StableReader;
  /** Wall clock before the file was opened: a small one is read by that. */
  readonly readAtMs: number;
};

/** Null if the file changed while it was hashed. */
export async function readSource(
  context: PairContext,
  { path, reader, readAtMs }: OpenedFile,
  signal: AbortSignal,
): Promise<Source | null> {
  const { sizeBytes } = reader.fingerprint;
  // Up to this size the file is read once and sent; larger files are hashed separately in the worker.
  if (sizeBytes <= (context.sizes ?? transferSizes).singlePutBytes) {
    const memory = await readAll(reader, sizeBytes);
    if (memory === null || (reader.content === undefined && !(await reader.isUnchanged()))) return null;
    const content = reader.content ?? hashOf(context, memory);
    const bytes = {
      sizeBytes,
      read: (at: number, length: number) => Promise.resolve(memory.subarray(at, at + length)),
    };
    return { reader, bytes, content, readAtMs, ahead: null };
  }
  const ahead = digestAhead(context, path, reader);
  let isRead = false;
  try {
    const hashed = await context.files.hash(path, signal);
    if (hashed.kind !== 'hashed' || !(await reader.isUnchanged())) return null;
    const read: ByteSource['read'] = (at, length, into) => reader.read(at, length, into);
    const bytes = { sizeBytes, read };
    isRead = true;
    return { reader, bytes, content: hashed.content, readAtMs, ahead };
  } finally {
    if (!isRead) ahead?.digests.end();
  }
}

/** Starts digests of the parts while the whole file is hashed, which must finish before the first part is sent. */
function digestAhead(context: PairContext, path: RelPath, reader: StableReader): PartsAhead | null {
  const { sizeBytes } = reader.fingerprint;
  if (sizeBytes <= (context.sizes ?? transferSizes).resumableBytes) return null;
  const begun = context.store.intents().find((intent) => intent.path === path && intent.upload !== null);
  const layout = partsOf(context, sizeBytes);
  const partBytes = begun?.upload?.partBytes ?? (layout.kind === 'parts' ? layout.partBytes : null);
  if (partBytes === null) return null;
  const digests = reader.digestParts?.({ partBytes, checksum: checksumOf(context) });
  return digests === undefined ? null : { digests, isUnchanged: () => reader.isUnchanged() };
}

function hashOf(context: PairContext, bytes: Uint8Array): ContentId {
  const hasher = context.makeHasher();
  hasher.update(bytes);
  return hasher.digestHex() as ContentId; // a hash just made
}

async function readAll(reader: StableReader, sizeBytes: number): Promise<Uint8Array | null> {
  let memory: Uint8Array | null = null;
  let at = 0;
  while (at < sizeBytes) {
    const chunk = await reader.read(at, sizeBytes - at);
    if (chunk.length === 0) return null;
    // The usual case, without a copy.
    if (chunk.length === sizeBytes) return chunk;
    memory ??= new Uint8Array(sizeBytes);
    memory.set(chunk, at);
    at += chunk.length;
  }
  return memory ?? new Uint8Array(0);
}

/** Fingerprint to record with the content; one that is too young is read again. */
export function remembered(context: PairContext, source: ReadFile): Fingerprint {
  return trustedAt(context, source.reader.fingerprint, source.readAtMs);
}

/** Records the content of the row as it is: nothing was sent. */
export function learned(context: PairContext, path: RelPath, source: ReadFile): readonly StateChange[] {
  const local = localFile(context.store.entry(path));
  if (local === null) return [];
  const fingerprint = remembered(context, source);
  const ifStill = source.reader.fingerprint;
  return [{ kind: 'local', path, cell: { ...local, fingerprint, content: source.content }, ifStill }];
}
