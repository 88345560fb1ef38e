// Synchronous hashes of a whole file, or a part of it, for the scan worker.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { recordableBytes, recordableNs, sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { Fingerprint } from '../../../core/model/model.ts';
import { errnoOf, messageOf } from '../../system/errno.ts';
import { isErrno } from '../errors.ts';
import { lstatNow } from '../paths.ts';
import type { PartDigest } from '../../../ports/local-files.port.ts';
import { makeSum } from '../../sums/body-sum.ts';
import type { HashAsked, HashReply, PartAsked } from './protocol.ts';

const chunkBytes = 1024 * 1024;
const chunk = Buffer.allocUnsafe(chunkBytes);

/** Never follows a link, never waits for the other end of a pipe. A flag that a platform lacks is undefined there, and counts as 0 in `|`. */
export const openForReading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    sizeBytes: recordableBytes(stats.size),
    mtimeNs: recordableNs(stats.mtimeNs),
    ctimeNs: recordableNs(stats.ctimeNs),
    inode: stats.ino,
  };
}

export function isExecutable(stats: BigIntStats): boolean {
  return (stats.mode & 0o100n) !== 0n;
}

/** True if the open file, and what has its name now, still are as they were seen. */
export function heldStill(seen: Fingerprint, opened: BigIntStats, named: BigIntStats | null): boolean {
  return (
    named !== null &&
    sameFingerprint(seen, fingerprintOf(opened)) &&
    sameFingerprint(seen, fingerprintOf(named))
  );
}

/**
 * A placed file as it stands under its name; as it was before where another program has written to it since, and may have given it an old time, as
 * `cp -p` does: then the next scan has to see a difference.
 */
export function asPlaced(before: BigIntStats, standing: BigIntStats): BigIntStats {
  // A copy from another mount has a number of its own.
  return before.size === standing.size && before.mtimeNs === standing.mtimeNs ? standing : before;
}

/** Two looks at one state of the content: a change of names or rights shows in the ctime alone. */
function sameContent(one: BigIntStats, other: BigIntStats | null): boolean {
  return other !== null && one.size === other.size && one.mtimeNs === other.mtimeNs && one.ino === other.ino;
}

function hashOpen(descriptor: number, asked: HashAsked, isRepeat = false): HashReply {
  const { file, withMd5, cancel } = asked;
  const stats = fstatSync(descriptor, { bigint: true });
  if (!stats.isFile()) return { kind: 'changed' };
  const before = fingerprintOf(stats);
  const sha256 = createHash('sha256');
  const md5 = withMd5 ? createHash('md5') : null;
  let position = 0;
  for (;;) {
    if (Atomics.load(cancel, 0) !== 0) return { kind: 'cancelled' };
    const length = readSync(descriptor, chunk, 0, chunkBytes, position);
    if (length === 0) break;
    position += length;
    const bytes = chunk.subarray(0, length);
    sha256.update(bytes);
    md5?.update(bytes);
  }
  const after = fstatSync(descriptor, { bigint: true });
  const named = lstatNow(file);
  if (!heldStill(before, after, named)) {
    // A FUSE mount may show the ctime of an earlier link or unlink only now: what is read again is judged by the later look.
    const isLateCtime = !isRepeat && sameContent(stats, after) && sameContent(stats, named);
    return isLateCtime ? hashOpen(descriptor, asked, true) : { kind: 'changed' };
  }
  const content = sha256.digest('hex');
  return { kind: 'hashed', content, md5: md5?.digest('hex') ?? null, fingerprint: before };
}

export function hashFile(asked: HashAsked): HashReply {
  let descriptor: number;
  try {
    descriptor = openSync(asked.file, openForReading);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { kind: 'gone' };
    // A link or a socket has taken the name: not the file that was asked for.
    if (isErrno(error, 'ELOOP', 'EMLINK', 'ENXIO')) return { kind: 'changed' };
    return { kind: 'unreadable', message: messageOf(error) };
  }
  try {
    return hashOpen(descriptor, asked);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return { kind: 'unreadable', message: messageOf(error) };
  } finally {
    closeSync(descriptor);
  }
}

/** Null where the file cannot be read, has become shorter, or is no file any more: the caller finds out by itself. */
export function digestPart(asked: PartAsked): PartDigest | null {
  try {
    const descriptor = openSync(asked.file, openForReading);
    try {
      return fstatSync(descriptor).isFile() ? digestOpen(descriptor, asked) : null;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return null;
  }
}

function digestOpen(
  descriptor: number,
  { start, lengthBytes, checksum, cancel }: PartAsked,
): PartDigest | null {
  const sha256 = createHash('sha256');
  const sum = makeSum(checksum);
  for (let done = 0; done < lengthBytes;) {
    if (Atomics.load(cancel, 0) !== 0) return null;
    const length = readSync(descriptor, chunk, 0, Math.min(chunkBytes, lengthBytes - done), start + done);
    if (length === 0) return null;
    const bytes = chunk.subarray(0, length);
    sha256.update(bytes);
    sum?.update(bytes);
    done += length;
  }
  return { sha256: sha256.digest('hex'), sum: sum?.end() ?? null };
}
