// Places small files in a group, for the worker: written, dressed, made durable side by side, then named.
//
// Each file is on the disk before it has its name, and each folder before the answer: what `place` promises holds for every file
// of the group (docs/decisions/0019). Each folder is proven once for the group, just before the names are made.
import * as fs from 'node:fs';
import { nameOf, parentOf } from '../../../core/model/path.ts';
import { isErrno } from '../errors.ts';
import { createExclusive } from '../changes/temp.ts';
import type { FileTimes } from '../changes/times.ts';
import { asPlaced, fingerprintOf, isExecutable } from '../worker/hash.ts';
import type { FileSyncs } from './file-syncs.ts';
import { FoldersByRoot } from './group-folders.ts';
import type { GroupFolders } from './group-folders.ts';
import type { PlaceTask, SmallReply } from './protocol.ts';
import { other } from './read-whole.ts';

/** Another normal form of a name is found by a listing only. */
const ascii = /^[\x20-\x7e]+$/u;

/** The calls that change or sync something; a test puts a disk here that remembers what was not synced. */
export type PlacingDisk = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'fchmodSync' | 'fsync' | 'fsyncSync' | 'linkSync' | 'unlinkSync' | 'closeSync'
>;

export type PlacingTools = {
  readonly times: Pick<FileTimes, 'set'>;
  readonly syncs: FileSyncs;
  readonly disk?: PlacingDisk;
};

/** A file on its way: `reply` ends it. */
type Placing = {
  readonly disk: PlacingDisk;
  readonly task: PlaceTask;
  readonly folders: GroupFolders;
  temp: string;
  descriptor: number | null;
  reply: SmallReply | null;
};

/** Ends it as `other`, with nothing of it left. */
function giveUp(placing: Placing): void {
  const { disk } = placing;
  placing.reply ??= other;
  if (placing.descriptor === null) return;
  disk.closeSync(placing.descriptor);
  placing.descriptor = null;
  removeTemp(placing);
}

function removeTemp({ disk, temp }: Placing): void {
  try {
    disk.unlinkSync(temp);
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
  const { disk, task, folders } = placing;
  const room = ascii.test(task.path) ? folders.room() : null;
  if (room === null) {
    placing.reply = other;
    return;
  }
  placing.temp = `${room}/${task.tempName}`;
  const descriptor = disk.openSync(placing.temp, createExclusive, 0o600);
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

async function makeDurable(group: readonly Placing[], syncs: FileSyncs, disk: PlacingDisk): Promise<void> {
  const written = group.flatMap((placing) =>
    placing.reply === null && placing.descriptor !== null
      ? [{ placing, descriptor: placing.descriptor }]
      : [],
  );
  const failures = await syncs.all(
    written.map(({ descriptor }) => descriptor),
    disk,
  );
  for (const [index, { placing }] of written.entries())
    if ((failures[index] ?? null) !== null) giveUp(placing);
}

/** Gives it its name, as something new in `parent`. */
function name(placing: Placing, parent: string): boolean {
  const { disk, task, temp, descriptor } = placing;
  if (descriptor === null) return false;
  const before = fs.fstatSync(descriptor, { bigint: true });
  try {
    disk.linkSync(temp, `${parent}/${nameOf(task.path)}`);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) placing.reply = { kind: 'taken' };
    giveUp(placing);
    return false;
  }
  disk.unlinkSync(temp);
  const standing = fs.fstatSync(descriptor, { bigint: true });
  disk.closeSync(descriptor);
  const stats = asPlaced(before, standing);
  placing.descriptor = null;
  placing.reply = {
    kind: 'placed',
    fingerprint: fingerprintOf(stats),
    isExecutable: isExecutable(stats),
  };
  return true;
}

/** Returns the folders that have a new name in them. */
function nameAll(group: readonly Placing[]): ReadonlyMap<GroupFolders, ReadonlySet<string>> {
  const named = new Map<GroupFolders, Set<string>>();
  for (const placing of group) {
    attempt(placing, () => {
      const { folders, task } = placing;
      const dir = parentOf(task.path);
      const parent = folders.pathOf(dir);
      if (parent === null) {
        giveUp(placing);
        return;
      }
      if (!name(placing, parent)) return;
      const dirs = named.get(folders) ?? new Set();
      named.set(folders, dirs.add(dir));
    });
  }
  return named;
}

/** One reply for each task, in order. Rejects where a folder cannot be made durable: then nothing is known to last. */
export async function placeWhole(
  tasks: readonly PlaceTask[],
  { times, syncs, disk = fs }: PlacingTools,
): Promise<readonly SmallReply[]> {
  const roots = new FoldersByRoot(disk);
  try {
    const group = tasks.map((task): Placing => {
      const folders = roots.of(task.root);
      return { disk, task, folders, temp: '', descriptor: null, reply: null };
    });
    for (const placing of group) {
      attempt(placing, () => {
        write(placing);
      });
    }
    await Promise.all(group.map((placing) => setTime(placing, times)));
    await makeDurable(group, syncs, disk);
    const named = nameAll(group);
    await Promise.all([...named].flatMap(([folders, dirs]) => [...dirs].map((dir) => folders.sync(dir))));
    return group.map(({ reply }) => reply ?? other);
  } finally {
    roots.close();
  }
}
