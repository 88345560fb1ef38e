// Exclusive naming of an entry, never overwriting. Hard link if the volume supports them, otherwise a check
// immediately followed by a rename.
import { renameSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, rename, rm, unlink } from '../../shares/calls.ts';
import { randomBytes } from 'node:crypto';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { RelPath } from '../../../core/model/model.ts';
import { isErrno } from '../errors.ts';
import { copyProven } from './copy.ts';
import { isRecordName, readRecord, writeRecord } from './half-rename.ts';
import { stagePath } from './stage.ts';
import { lstatNow, lstatOrNull } from '../paths.ts';
import { ensureRoom, ownFolder, tempFolder } from './own-folder.ts';
import type { FileTimes } from './times.ts';
import { fingerprintOf } from '../worker/hash.ts';

/** What FAT, exFAT, some FUSE and network file systems answer to `link`. */
const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

/**
 * `copied`: between two mounts; what has the new name is another file with the same bytes. `left`: the user renamed one of the two
 * names meanwhile, so the other one was taken away.
 */
export type Naming = 'named' | 'copied' | 'taken' | 'left';

export type NamingTools = {
  readonly root: string;
  readonly times: FileTimes;
  /** False tries the way of volumes without hard links; tests use it. */
  readonly supportsLinks: boolean;
};

export function isWithoutLinks(error: unknown): boolean {
  return isErrno(error, ...noLinks);
}

/** Removes `path` while it is the file that was looked at; nothing of ours runs between the look and the removal. */
export function unlinkIfSame(path: string, seen: BigIntStats): boolean {
  const now = lstatNow(path);
  if (now === null || !sameFingerprint(fingerprintOf(now), fingerprintOf(seen))) return false;
  unlinkSync(path);
  return true;
}

/** `record`: where one was written. */
type Kind = { readonly isOurs: true } | { readonly isOurs: false; readonly record: string | null };

/**
 * Moves a file to a free name. `rename` alone would overwrite a file that appeared since the last check;
 * `link` fails on any existing name. `isOurs`: only we write to `from` (temporary files, trash), so removing
 * that name needs no second check.
 */
export async function moveExclusively(from: string, to: string, tools: NamingTools & Kind): Promise<Naming> {
  if (!tools.supportsLinks) return moveInOneBreath(from, to, tools);
  try {
    await link(from, to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'taken';
    if (isErrno(error, 'EXDEV')) return moveAcross(from, to, tools);
    if (!isWithoutLinks(error)) throw error;
    return moveInOneBreath(from, to, tools);
  }
  if (tools.isOurs) await unlink(from);
  else {
    const { record } = tools;
    const now = await lstatOrNull(to);
    if (now === null && record !== null && (await unlinkSpare(tools, from, record))) return 'left';
    const { ino } = now ?? (await lstat(to, { bigint: true }));
    const over = record ?? (await newAside(tools));
    const isRemoved = await unlinkExactly(tools, from, { inode: ino, over, mustStay: false });
    if (!isRemoved && record !== null && (await unlinkSpare(tools, to, record))) return 'left';
  }
  return 'named';
}

/** Moves a user's file, with a record that tells after a crash whether both names are of our making. */
export async function moveRecorded(
  from: string,
  to: string,
  tools: NamingTools & { readonly names: { readonly from: RelPath; readonly to: RelPath } },
): Promise<Naming> {
  const stats = tools.supportsLinks ? await lstatOrNull(from) : null;
  const record = stats === null ? null : await writeRecord(tools.root, tools.names, stats);
  try {
    return await moveExclusively(from, to, { ...tools, isOurs: false, record });
  } finally {
    if (record !== null && !(await areBothGone(from, to))) await dropRecord(tools.root, record);
  }
}

/** Their folder was renamed between the two steps: the record stays for the next start. */
async function areBothGone(from: string, to: string): Promise<boolean> {
  return (await lstatOrNull(from)) === null && (await lstatOrNull(to)) === null;
}

/** Gone already where the old name was renamed over it. */
async function dropRecord(root: string, record: string): Promise<void> {
  if ((await readRecord(root, basename(record))) !== null) await rm(record, { force: true });
}

/**
 * One of the two names went between the two steps: renamed by the user, unless the file has no more names than before. Then `path`, the other
 * one, is removed.
 */
async function unlinkSpare(tools: NamingTools, path: string, over: string): Promise<boolean> {
  const record = await readRecord(tools.root, basename(over));
  const now = await lstatOrNull(path);
  if (record === null || now?.ino !== record.inode || now.nlink !== record.names + 1n) return false;
  return unlinkExactly(tools, path, { inode: record.inode, over, mustStay: true });
}

type Mover = Pick<NamingTools, 'times'> & { readonly isOurs: boolean };

/**
 * Without hard links: a last look at the new name and the rename follow each other without a pause (docs/decisions/0011). An empty file that
 * holds the name meanwhile would stand there as an edit after a crash.
 */
async function moveInOneBreath(from: string, to: string, tools: Mover): Promise<Naming> {
  if (lstatNow(to) !== null) return 'taken';
  try {
    renameSync(from, to);
  } catch (error) {
    if (isErrno(error, 'EXDEV')) return moveAcross(from, to, tools);
    throw error;
  }
  return 'named';
}

/** Between two mounts (a bind mount, a subvolume): a proven copy beside the new name gets it, then the old name goes while it is unchanged. */
async function moveAcross(from: string, to: string, { isOurs, times }: Mover): Promise<Naming> {
  if ((await lstatOrNull(to)) !== null) return 'taken';
  const stage = stagePath(dirname(to));
  try {
    const copied = await copyProven(from, stage, times);
    if ((await nameStage(stage, to)) === 'taken') return 'taken';
    if (isOurs) await rm(from, { force: true });
    else unlinkIfSame(from, copied.source);
    return 'copied';
  } finally {
    await rm(stage, { force: true });
  }
}

/** `stage` lies in the folder of `to`. */
export async function nameStage(stage: string, to: string): Promise<Naming> {
  try {
    await link(stage, to);
    await rm(stage, { force: true });
    return 'named';
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'taken';
    if (!isWithoutLinks(error)) throw error;
  }
  if (lstatNow(to) !== null) return 'taken';
  renameSync(stage, to);
  return 'named';
}

async function newAside(tools: NamingTools): Promise<string> {
  const folder = await ensureRoom(tools.root, tempFolder);
  return join(folder, `${asidePrefix}${randomBytes(8).toString('hex')}`);
}

export type Removal = {
  readonly inode: bigint;
  /** What the name is moved over: a free name or the record of the rename, in the folder of temporary files. */
  readonly over: string;
  /** A file whose other name went meanwhile keeps this one. Only where the disk was seen to count names. */
  readonly mustStay: boolean;
};

/**
 * Removes one name of an inode that has another. A program that saves by renaming may have put a new file there in the meantime: so the name is
 * first moved aside, looked at, and put back when it is not what was meant. False where it was not removed.
 */
export async function unlinkExactly(
  tools: NamingTools,
  path: string,
  { inode, over, mustStay }: Removal,
): Promise<boolean> {
  try {
    await rename(path, over);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    if (!isErrno(error, 'EXDEV')) throw error;
    const now = lstatNow(path);
    if (now?.ino !== inode || (mustStay && now.nlink < 2n)) return false;
    unlinkSync(path);
    return true;
  }
  const moved = await lstat(over, { bigint: true });
  if (moved.ino === inode && !(mustStay && moved.nlink < 2n)) {
    await rm(over, { force: true });
    return true;
  }
  await putBeside(over, path, over.slice(-8), tools);
  return false;
}

const asidePrefix = 'aside-';

/** Names that `unlinkExactly` uses in the folder of temporary files. */
export function isAside(name: string): boolean {
  return name.startsWith(asidePrefix) || isRecordName(name);
}

/**
 * Cleans up after an interrupted `unlinkExactly`. A file with another name is removed; one without may have
 * just been saved there by a program: it is put where the user sees it.
 */
export async function clearAside(tools: NamingTools, name: string): Promise<void> {
  const aside = join(tools.root, ownFolder, tempFolder, name);
  // Read and ended by recovery, not here.
  if ((await readRecord(tools.root, name)) !== null) return;
  const stats = await lstatOrNull(aside);
  if (stats === null) return;
  // Empty: a record that was cut while it was written.
  if (stats.isFile() && (stats.nlink > 1n || (isRecordName(name) && stats.size === 0n)))
    await rm(aside, { force: true });
  else await putBeside(aside, join(tools.root, 'Recovered file'), name.slice(-8), tools);
}

/**
 * Moves what only we know of to `path`, or to a name beside it where that is taken: it is never left where no one looks. Answers where it stands. A folder on the way that the
 * user renamed or removed meanwhile is made again, so that an edit stands where it was saved; where something else has that folder's name, it
 * stands in the root.
 */
export async function putBeside(
  from: string,
  path: string,
  tag: string,
  tools: NamingTools,
): Promise<string> {
  try {
    return await nameBeside(from, path, tag, tools);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR') || (await lstatOrNull(from)) === null) throw error;
    const isThere = await makeParents(tools.root, path);
    return nameBeside(from, isThere ? path : join(tools.root, basename(path)), tag, tools);
  }
}

async function nameBeside(from: string, path: string, tag: string, tools: NamingTools): Promise<string> {
  const extension = extname(path);
  const stem = join(dirname(path), basename(path, extension));
  const isFolder = (await lstat(from)).isDirectory();
  for (let attempt = 0; ; attempt++) {
    const to = attempt === 0 ? path : `${stem} (kept ${tag} ${attempt})${extension}`;
    const naming = isFolder
      ? moveFolderExclusively(from, to)
      : await moveExclusively(from, to, { ...tools, isOurs: true });
    if (naming !== 'taken') return to;
  }
}

/**
 * Makes what is missing of the folders between `root` and `path`; never `root` itself, which may be on a disk that went away. False where
 * something else has the name of one.
 */
async function makeParents(root: string, path: string): Promise<boolean> {
  const names = relative(root, dirname(path)).split(sep);
  for (let depth = 1; depth <= names.length; depth++) {
    const folder = join(root, ...names.slice(0, depth));
    if (folder === root) return true;
    const there = await lstatOrNull(folder);
    if (there === null) await mkdir(folder);
    else if (!there.isDirectory()) return false;
  }
  return true;
}

/**
 * Moves a folder to a free name. What appears between the look and the rename is safe: a folder is never renamed onto a file, nor onto a
 * folder that holds anything.
 */
export function moveFolderExclusively(from: string, to: string): Naming {
  if (lstatNow(to) !== null) return 'taken';
  try {
    renameSync(from, to);
    return 'named';
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR') && lstatNow(to) !== null) return 'taken';
    throw error;
  }
}
