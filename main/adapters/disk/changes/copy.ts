// Copies of files that are proven before they count: for disks without hard links, and for mounts and subvolumes inside the folder.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { open, rm } from '../../shares/calls.ts';
import type { FileHandle } from 'node:fs/promises';
import { SyncError } from '../../../core/model/errors.ts';
import { isErrno, readingFile } from '../errors.ts';
import { lstatOrNull } from '../paths.ts';
import type { FileTimes } from './times.ts';
import { fingerprintOf, heldStill, openForReading } from '../worker/hash.ts';

const chunkBytes = 1024 * 1024;
const createExclusive = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export type Copied = {
  /** Lower-case hex SHA-256 of what was copied. */
  readonly content: string;
  /** The source as it was before and after. */
  readonly source: BigIntStats;
};

/**
 * Copies `from` to the free name `to`, reads the copy back and throws unless both are the same bytes and the source held still. Mode, time
 * and owner come along.
 */
export async function copyProven(
  from: string,
  to: string,
  /** Null: mode, time and owner do not come along, and the copy has what a file made there would have. */
  times: FileTimes | null,
): Promise<Copied> {
  const source = await open(from, openForReading);
  try {
    const before = await source.stat({ bigint: true });
    const target = await open(to, createExclusive, times === null ? 0o666 : 0o600);
    let content: string;
    try {
      content = await copyBytes(source, target);
      if (times !== null) await keepFacts(target, before);
      await target.sync();
    } finally {
      await target.close();
    }
    await times?.set(to, before.mtimeNs, Number(before.atimeMs));
    await proveCopy({ from, to, source, before, content });
    return { content, source: before };
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  } finally {
    await source.close();
  }
}

async function copyBytes(source: FileHandle, target: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await readingFile(() => source.read(chunk, 0, chunkBytes, at));
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    for (let done = 0; done < bytesRead;) {
      done += (await target.write(chunk, done, bytesRead - done, at + done)).bytesWritten;
    }
    at += bytesRead;
  }
}

async function keepFacts(target: FileHandle, { mode, uid, gid }: BigIntStats): Promise<void> {
  for (const step of [
    () => target.chown(Number(uid), Number(gid)),
    () => target.chmod(Number(mode) & 0o777),
  ]) {
    try {
      await step();
    } catch (error) {
      // Only root gives files away, and not every mount keeps modes.
      if (!isErrno(error, 'EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
    }
  }
}

async function hashOf(path: string): Promise<string> {
  const file = await open(path, openForReading);
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, at);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function proveCopy(copy: {
  readonly from: string;
  readonly to: string;
  readonly source: FileHandle;
  readonly before: BigIntStats;
  readonly content: string;
}): Promise<void> {
  const isSame = (await hashOf(copy.to)) === copy.content;
  const opened = await copy.source.stat({ bigint: true });
  const isStill = heldStill(fingerprintOf(copy.before), opened, await lstatOrNull(copy.from));
  if (isSame && isStill) return;
  throw new SyncError({
    code: isSame ? 'local-busy' : 'local-io',
    retry: 'backoff',
    scope: 'item',
    message: isSame ? 'the file changed while it was copied' : 'the copy is not what was written',
  });
}
