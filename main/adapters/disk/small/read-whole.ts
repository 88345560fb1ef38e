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

export function readWhole(path: string, folders: GroupFolders): SmallReply {
  const parent = path === '' || isForeignSpelling(path) ? null : folders.pathOf(parentOf(path));
  if (parent === null) return other;
  const file = `${parent}/${nameOf(path)}`;
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
