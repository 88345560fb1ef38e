// Small files read for a group over any local side: what the worker does with them, with the bytes in the open.
import { hash } from 'node:crypto';
import type { ContentId } from '../../main/core/model/model.ts';
import type { HeldPath, LocalFiles, StableReader } from '../../main/ports/local-files.port.ts';
import type { HeldRead } from '../../main/ports/remote-objects.port.ts';

export async function readHeldBy(
  open: LocalFiles['open'],
  files: readonly HeldPath[],
): Promise<readonly (HeldRead | null)[]> {
  const reads: (HeldRead | null)[] = [];
  for (const { opId, path } of files) {
    const opened = await open(path);
    reads.push(opened.kind === 'open' ? await readOne(opId, opened.reader) : null);
  }
  return reads;
}

async function readOne(opId: string, reader: StableReader): Promise<HeldRead | null> {
  const { fingerprint, executable } = reader;
  const { sizeBytes } = fingerprint;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < sizeBytes;) {
    const piece = await reader.read(at, sizeBytes - at);
    if (piece.length === 0) return null;
    pieces.push(piece);
    at += piece.length;
  }
  if (!(await reader.isUnchanged())) return null;
  const bytes = Buffer.concat(pieces);
  const source = {
    sizeBytes,
    read: (at: number, length: number) => Promise.resolve(bytes.subarray(at, at + length)),
    isUnchanged: () => reader.isUnchanged(),
  };
  return { opId, fingerprint, executable, content: hash('sha256', bytes) as ContentId, source };
}
