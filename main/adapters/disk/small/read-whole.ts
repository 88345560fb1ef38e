// Reads small files whole with synchronous calls, hashed and proven unchanged, for the worker.
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import { nameOf, parentOf } from '../../../core/model/path.ts';
import { isForeignSpelling, lstatNow } from '../paths.ts';
import { fingerprintOf, heldStill, isExecutable, openForReading } from '../worker/hash.ts';
import type { GroupFolders } from './group-folders.ts';
import type { SameTask, SmallReply } from './protocol.ts';
import { wholeBytes } from './protocol.ts';

export const other: SmallReply = { kind: 'other' };

/** Memory for a file of so many bytes, all of which are written. */
export type Memory = (lengthBytes: number) => Uint8Array<ArrayBuffer>;

/** Of its own, so that it can be handed over. */
const ownMemory: Memory = (lengthBytes) => new Uint8Array(lengthBytes);

const pieceBytes = 128 * 1024;

/** One piece for several files, which stays while any of them is kept. */
export function sharedMemory(): Memory {
  let free = new Uint8Array(0);
  return (lengthBytes) => {
    if (free.length < lengthBytes) free = Buffer.allocUnsafeSlow(Math.max(lengthBytes, pieceBytes));
    const taken = free.subarray(0, lengthBytes);
    free = free.subarray(lengthBytes);
    return taken;
  };
}

function readOpen(descriptor: number, file: string, memory: Memory): SmallReply {
  const stats = fstatSync(descriptor, { bigint: true });
  if (!stats.isFile() || stats.size > BigInt(wholeBytes)) return other;
  const fingerprint = fingerprintOf(stats);
  const bytes = memory(fingerprint.sizeBytes);
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

export function readWhole(path: string, folders: GroupFolders, memory = ownMemory): SmallReply {
  const parent = path === '' || isForeignSpelling(path) ? null : folders.pathOf(parentOf(path));
  if (parent === null) return other;
  const file = `${parent}/${nameOf(path)}`;
  const descriptor = openSync(file, openForReading);
  try {
    return readOpen(descriptor, file, memory);
  } finally {
    closeSync(descriptor);
  }
}

export function isSameFile({ file, fingerprint }: Pick<SameTask, 'file' | 'fingerprint'>): boolean {
  const now = lstatNow(file);
  return now !== null && sameFingerprint(fingerprint, fingerprintOf(now));
}
