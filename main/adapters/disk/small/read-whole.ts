// Reads small files whole with synchronous calls, hashed and proven unchanged, for the worker.
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import { isForeignSpelling, lstatNow } from '../paths.ts';
import { fingerprintOf, heldStill, isExecutable, openForReading } from '../worker/hash.ts';
import type { ReadTask, SameTask, SmallReply } from './protocol.ts';
import { wholeBytes } from './protocol.ts';

export const other: SmallReply = { kind: 'other' };

/** The folder that holds `path` where each one on the way is there, in this spelling, and none is a link (security rule 15). */
export function provenParent(root: string, path: string): string | null {
  if (path === '' || isForeignSpelling(path) || !statSync(root).isDirectory()) return null;
  let folder = root;
  for (let from = 0, slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
    folder = `${folder}/${path.slice(from, slash)}`;
    if (lstatNow(folder)?.isDirectory() !== true) return null;
    from = slash + 1;
  }
  return folder;
}

function readOpen(descriptor: number, file: string): SmallReply {
  const stats = fstatSync(descriptor, { bigint: true });
  if (!stats.isFile() || stats.size > BigInt(wholeBytes)) return other;
  const fingerprint = fingerprintOf(stats);
  const bytes = new Uint8Array(fingerprint.sizeBytes);
  for (let filled = 0; filled < bytes.length;) {
    const length = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
    if (length === 0) return other;
    filled += length;
  }
  const sha256 = hash('sha256', bytes);
  return heldStill(fingerprint, fstatSync(descriptor, { bigint: true }), lstatNow(file))
    ? { kind: 'read', bytes, sha256, fingerprint, isExecutable: isExecutable(stats) }
    : other;
}

export function readWhole({ root, path }: Pick<ReadTask, 'root' | 'path'>): SmallReply {
  const parent = provenParent(root, path);
  if (parent === null) return other;
  const file = `${parent}/${path.slice(path.lastIndexOf('/') + 1)}`;
  const descriptor = openSync(file, openForReading);
  try {
    return readOpen(descriptor, file);
  } finally {
    closeSync(descriptor);
  }
}

export function isSameFile({ file, fingerprint }: Pick<SameTask, 'file' | 'fingerprint'>): boolean {
  const now = lstatNow(file);
  return now !== null && sameFingerprint(fingerprint, fingerprintOf(now));
}
