// Local trash of a pair: captures files, verifies them, puts them back, purges.
import { readdir, rename, rm, rmdir } from '../../shares/calls.ts';
import { basename, dirname, join } from 'node:path';
import type { ContentId, RelPath } from '../../../core/model/model.ts';
import { SyncError } from '../../../core/model/errors.ts';
import type { CaptureOutcome, HashOutcome } from '../../../ports/local-files.port.ts';
import { isErrno } from '../errors.ts';
import { blocked } from './blocked.ts';
import { copyProven } from './copy.ts';
import type { Copied } from './copy.ts';
import { putBeside, unlinkIfSame } from './exclusive.ts';
import type { NamingTools } from './exclusive.ts';
import type { Target } from '../paths.ts';
import { lstatOrNull, resolveTarget } from '../paths.ts';
import type { DirectorySync } from './own-folder.ts';
import { ensureRoom, ownFolder, tempFolder, trashFolder } from './own-folder.ts';
import { checkOwnName } from './temp.ts';

const trashNamePattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}\/[0-9a-z]{2}\/[0-9A-Za-z][0-9A-Za-z.-]{0,99}$/u;

/** Where a trash name (`<date>/<shard>/<op id>`) lies; refuses anything else, because names come back from a database. */
export function trashPath(root: string, trashName: string): string {
  if (trashNamePattern.test(trashName)) return join(root, ownFolder, trashFolder, ...trashName.split('/'));
  throw new SyncError({ code: 'local-misuse', retry: 'slow', scope: 'item', message: 'not a trash name' });
}

function shardOf(opId: string): string {
  return opId
    .slice(0, 2)
    .toLowerCase()
    .padEnd(2, '0')
    .replace(/[^0-9a-z]/gu, '0');
}

export type CaptureTools = NamingTools & {
  readonly directories: DirectorySync;
  readonly nowMs: () => number;
  readonly hashAt: (file: string, signal: AbortSignal) => Promise<HashOutcome>;
};

export async function freeTrashName(tools: CaptureTools, opId: string): Promise<string> {
  const date = new Date(tools.nowMs()).toISOString().slice(0, 10);
  const shard = shardOf(checkOwnName(opId));
  await ensureRoom(tools.root, trashFolder, date, shard);
  for (let attempt = 0; ; attempt++) {
    const name = `${date}/${shard}/${attempt === 0 ? opId : `${opId}.${attempt}`}`;
    // `rename` overwrites: a capture of the same operation before a crash must not be lost to the next one.
    if ((await lstatOrNull(trashPath(tools.root, name))) === null) return name;
  }
}

/** Puts the captured file back; if its name was taken since, under a name beside it, so that it is never hidden. */
async function restore(tools: CaptureTools, trashName: string, path: string): Promise<void> {
  const tag = basename(trashName).slice(0, 8);
  const where = await putBeside(trashPath(tools.root, trashName), path, tag, tools);
  await tools.directories.sync(dirname(where));
}

export type CaptureRequest = {
  readonly path: RelPath;
  readonly content: ContentId;
  readonly opId: string;
};

export async function captureFile(
  tools: CaptureTools,
  request: CaptureRequest,
  signal: AbortSignal,
): Promise<CaptureOutcome> {
  const resolved = await resolveTarget(tools.root, request.path);
  if (resolved.kind === 'missing') return { kind: 'gone' };
  if (resolved.kind !== 'target') return blocked(resolved);
  const { target } = resolved;
  if (target.stats === null) return { kind: 'gone' };
  if (!target.stats.isFile()) return { kind: 'changed' };
  const trashName = await freeTrashName(tools, request.opId);
  const captured = trashPath(tools.root, trashName);
  try {
    await rename(target.path, captured);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'gone' };
    if (isErrno(error, 'EXDEV')) return captureAcross(tools, request, target, trashName);
    throw error;
  }
  let outcome: HashOutcome;
  try {
    outcome = await tools.hashAt(captured, signal);
  } catch (error) {
    await restore(tools, trashName, target.path);
    throw error;
  }
  if (outcome.kind === 'hashed' && outcome.content === request.content) {
    await Promise.all([tools.directories.sync(target.parent), tools.directories.sync(dirname(captured))]);
    return { kind: 'captured', trashName };
  }
  await restore(tools, trashName, target.path);
  if (outcome.kind === 'unreadable') {
    throw new SyncError({ code: 'local-denied', retry: 'slow', scope: 'item', message: outcome.message });
  }
  return { kind: 'changed' };
}

/** From another mount or subvolume: a proven copy goes into the trash, then the file goes while it is what was copied. */
async function captureAcross(
  tools: CaptureTools,
  request: CaptureRequest,
  target: Target,
  trashName: string,
): Promise<CaptureOutcome> {
  const captured = trashPath(tools.root, trashName);
  const copied = await copyIntoTrash(tools, target.path, trashName);
  if (copied.content === request.content && unlinkIfSame(target.path, copied.source)) {
    await Promise.all([tools.directories.sync(target.parent), tools.directories.sync(dirname(captured))]);
    return { kind: 'captured', trashName };
  }
  await rm(captured, { force: true });
  return { kind: 'changed' };
}

/** Under its trash name stands a whole copy or none. */
export async function copyIntoTrash(tools: CaptureTools, path: string, trashName: string): Promise<Copied> {
  const captured = trashPath(tools.root, trashName);
  const copy = join(await ensureRoom(tools.root, tempFolder), `kept-${basename(trashName)}`);
  await rm(copy, { force: true });
  const copied = await copyProven(path, copy, tools.times);
  await rename(copy, captured);
  return copied;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** The file that `opId` captured, when a crash came before its name was recorded. */
export async function findCaptured(root: string, opId: string): Promise<string | null> {
  const shard = shardOf(checkOwnName(opId));
  const dates = await namesIn(join(root, ownFolder, trashFolder));
  for (const date of dates.toSorted().toReversed()) {
    const names = await namesIn(join(root, ownFolder, trashFolder, date, shard));
    const found = names.filter((name) => name === opId || name.startsWith(`${opId}.`)).toSorted();
    const newest = found.at(-1);
    if (newest !== undefined) return `${date}/${shard}/${newest}`;
  }
  return null;
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

export async function purgeTrash(root: string, trashNames: readonly string[]): Promise<void> {
  const shards = new Set<string>();
  for (const name of trashNames) {
    const path = trashPath(root, name);
    await rm(path, { force: true });
    shards.add(dirname(path));
  }
  for (const shard of shards) await removeIfEmpty(shard);
  for (const date of new Set([...shards].map((shard) => dirname(shard)))) await removeIfEmpty(date);
}
