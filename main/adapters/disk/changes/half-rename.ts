// Records of renames, by which one that a crash cut in two is known.
//
// A record is a file in the folder of temporary files, written before the new name is linked. The removal of the old name renames that
// over the record, in one step: while the record is a record, the old name was not removed by us.
import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, readdir, readFile, rm } from '../../shares/calls.ts';
import { join } from 'node:path';
import type { RelPath } from '../../../core/model/model.ts';
import { relPath } from '../../../core/model/path.ts';
import { lstatOrNull } from '../paths.ts';
import { openForReading } from '../worker/hash.ts';
import { ensureRoom, ownFolder, tempFolder } from './own-folder.ts';
import { createExclusive } from './temp.ts';

const recordPrefix = 'half-';
const recordMaxBytes = 64 * 1024;

export type RenameRecord = {
  readonly from: RelPath;
  readonly to: RelPath;
  readonly inode: bigint;
  /** Names that the file had before. */
  readonly names: bigint;
};

export function isRecordName(name: string): boolean {
  return name.startsWith(recordPrefix);
}

export function recordPath(root: string, id: string): string {
  return join(root, ownFolder, tempFolder, id);
}

/** Null where none can be written, as on a full disk: the rename continues without. */
export async function writeRecord(
  root: string,
  names: { readonly from: RelPath; readonly to: RelPath },
  file: BigIntStats,
): Promise<string | null> {
  const path = join(await ensureRoom(root, tempFolder), `${recordPrefix}${randomBytes(8).toString('hex')}`);
  try {
    const handle = await open(path, createExclusive, 0o600);
    try {
      const own = await handle.stat({ bigint: true });
      const fields = { own: own.ino, inode: file.ino, names: file.nlink };
      const numbers = Object.entries(fields).map(([key, value]) => [key, String(value)] as const);
      await handle.writeFile(JSON.stringify({ ...names, ...Object.fromEntries(numbers) }));
    } finally {
      await handle.close();
    }
    return path;
  } catch {
    await rm(path, { force: true }).catch(() => undefined);
    return null;
  }
}

/** Null for what is no record: a user's file whose old name was renamed over it, or half of one. */
export async function readRecord(root: string, id: string): Promise<RenameRecord | null> {
  const path = recordPath(root, id);
  const stats = isRecordName(id) ? await lstatOrNull(path) : null;
  if (stats === null || !stats.isFile() || stats.nlink !== 1n || stats.size > recordMaxBytes) return null;
  return parseRecord(await readFile(path, { encoding: 'utf8', flag: openForReading }), stats.ino);
}

/** A user's file that only looks like a record has another inode than it tells of. */
function parseRecord(text: string, ownInode: bigint): RenameRecord | null {
  try {
    const value = JSON.parse(text) as Partial<Record<'own' | 'inode' | 'names' | 'from' | 'to', unknown>>;
    const { own, inode, names, from, to } = value;
    if (typeof from !== 'string' || typeof to !== 'string' || own !== String(ownInode)) return null;
    const numbers = { inode: BigInt(String(inode)), names: BigInt(String(names)) };
    return { from: relPath(from), to: relPath(to), ...numbers };
  } catch {
    return null;
  }
}

export async function listRecords(
  root: string,
): Promise<readonly (RenameRecord & { readonly id: string })[]> {
  const own = await lstatOrNull(join(root, ownFolder));
  const folder = own?.isDirectory() === true ? await lstatOrNull(recordPath(root, '')) : null;
  if (folder?.isDirectory() !== true) return [];
  const found = [];
  for (const id of (await readdir(recordPath(root, ''))).filter(isRecordName)) {
    const record = await readRecord(root, id);
    if (record !== null) found.push({ id, ...record });
  }
  return found;
}
