// Places small files in a group, for the worker: written, dressed, made durable side by side, then named.
//
// Each file is on the disk before it has its name, and each folder before the answer: what `place` promises holds for every file
// of the group. The syncs run side by side, so that a journalling volume commits once for many of them (docs/decisions/0019).
import * as fs from 'node:fs';
import { isErrno } from '../errors.ts';
import { needsNoSync, ownFolder, tempFolder } from '../changes/own-folder.ts';
import { createExclusive } from '../changes/temp.ts';
import type { FileTimes } from '../changes/times.ts';
import { lstatNow } from '../paths.ts';
import { fingerprintOf, isExecutable } from '../worker/hash.ts';
import type { PlaceTask, SmallReply } from './protocol.ts';
import { other, provenParent } from './read-whole.ts';

/** Another normal form of a name is found by a listing only. */
const ascii = /^[\x20-\x7e]+$/u;

/** The calls that change or sync something; a test puts a disk here that remembers what was not synced. */
export type PlacingDisk = Pick<
  typeof fs,
  | 'openSync'
  | 'writeSync'
  | 'fchmodSync'
  | 'fsync'
  | 'linkSync'
  | 'unlinkSync'
  | 'closeSync'
  | 'open'
  | 'close'
>;

export type PlacingTools = { readonly times: Pick<FileTimes, 'set'>; readonly disk?: PlacingDisk };

/** A file on its way: `reply` ends it. */
type Placing = {
  readonly disk: PlacingDisk;
  readonly task: PlaceTask;
  readonly temp: string;
  descriptor: number | null;
  reply: SmallReply | null;
};

function isPrivateFolder(path: string): boolean {
  const stats = lstatNow(path);
  return stats?.isDirectory() === true && (process.platform === 'win32' || (stats.mode & 0o077n) === 0n);
}

function targetOf({ root, path }: PlaceTask): { readonly parent: string; readonly file: string } | null {
  const parent = ascii.test(path) ? provenParent(root, path) : null;
  return parent === null ? null : { parent, file: `${parent}/${path.slice(path.lastIndexOf('/') + 1)}` };
}

/** Ends it as `other`, with nothing of it left. */
function giveUp(placing: Placing): void {
  const { disk } = placing;
  placing.reply ??= other;
  if (placing.descriptor === null) return;
  disk.closeSync(placing.descriptor);
  placing.descriptor = null;
  try {
    disk.unlinkSync(placing.temp);
  } catch {
    // The sweep takes what cannot be removed now.
  }
}

function attempt(placing: Placing, step: () => void): void {
  if (placing.reply !== null) return;
  try {
    step();
  } catch {
    giveUp(placing);
  }
}

function write(placing: Placing): void {
  const { disk, task, temp } = placing;
  const own = `${task.root}/${ownFolder}`;
  const target = targetOf(task);
  const isPlain = target !== null && lstatNow(target.file) === null;
  if (!isPlain || !isPrivateFolder(own) || !isPrivateFolder(`${own}/${tempFolder}`)) {
    placing.reply = other;
    return;
  }
  const descriptor = disk.openSync(temp, createExclusive, 0o600);
  placing.descriptor = descriptor;
  for (let at = 0; at < task.bytes.length;)
    at += disk.writeSync(descriptor, task.bytes, at, task.bytes.length - at, at);
  if (task.mode !== null) disk.fchmodSync(descriptor, task.mode);
}

async function setTime(placing: Placing, times: PlacingTools['times']): Promise<void> {
  const { mtimeNs, nowMs } = placing.task;
  if (placing.reply !== null || mtimeNs === null) return;
  try {
    await times.set(placing.temp, mtimeNs, nowMs);
  } catch {
    giveUp(placing);
  }
}

function syncDescriptor(disk: PlacingDisk, descriptor: number): Promise<Error | null> {
  return new Promise((resolve) => {
    disk.fsync(descriptor, resolve);
  });
}

async function makeDurable(placing: Placing): Promise<void> {
  if (placing.reply !== null || placing.descriptor === null) return;
  if ((await syncDescriptor(placing.disk, placing.descriptor)) !== null) giveUp(placing);
}

/** Answers the folder that has a new name in it. */
function name(placing: Placing): string | null {
  const { disk, task, temp, descriptor } = placing;
  if (descriptor === null) return null;
  // Proven again: the syncs took their time.
  const target = targetOf(task);
  if (target === null) {
    giveUp(placing);
    return null;
  }
  try {
    disk.linkSync(temp, target.file);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) placing.reply = { kind: 'taken' };
    giveUp(placing);
    return null;
  }
  disk.unlinkSync(temp);
  const stats = fs.fstatSync(descriptor, { bigint: true });
  disk.closeSync(descriptor);
  placing.descriptor = null;
  placing.reply = {
    kind: 'placed',
    fingerprint: fingerprintOf(stats),
    isExecutable: isExecutable(stats),
  };
  return target.parent;
}

function syncFolder(disk: PlacingDisk, folder: string): Promise<void> {
  if (process.platform === 'win32') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (error: Error | null): void => {
      if (error === null || needsNoSync(error)) resolve();
      else reject(error);
    };
    disk.open(folder, 'r', (failure, descriptor) => {
      if (failure !== null) {
        end(failure);
        return;
      }
      disk.fsync(descriptor, (error) => {
        disk.close(descriptor, () => {
          end(error);
        });
      });
    });
  });
}

/** One reply for each task, in order. Rejects where a folder cannot be made durable: then nothing is known to last. */
export async function placeWhole(
  tasks: readonly PlaceTask[],
  { times, disk = fs }: PlacingTools,
): Promise<readonly SmallReply[]> {
  const group = tasks.map((task): Placing => ({
    disk,
    task,
    temp: `${task.root}/${ownFolder}/${tempFolder}/${task.tempName}`,
    descriptor: null,
    reply: null,
  }));
  for (const placing of group) {
    attempt(placing, () => {
      write(placing);
    });
  }
  await Promise.all(group.map((placing) => setTime(placing, times)));
  await Promise.all(group.map(makeDurable));
  const folders = new Set<string>();
  for (const placing of group) {
    attempt(placing, () => {
      const folder = name(placing);
      if (folder !== null) folders.add(folder);
    });
  }
  await Promise.all([...folders].map((folder) => syncFolder(disk, folder)));
  return group.map(({ reply }) => reply ?? other);
}
