// The pair's own folder `.driftless`: its subfolders (0700, never links), the marker, and durable directory entries.
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from '../../shares/calls.ts';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SyncError } from '../../../core/model/errors.ts';
import type { DiskTraits, LocalRoom, MarkerStatus, RootMarker } from '../../../ports/local-files.port.ts';
import { isErrno, onDisk } from '../errors.ts';
import { messageOf } from '../../system/errno.ts';
import { lstatOrNull } from '../paths.ts';
import type { KnownMarker } from '../known-marker.ts';
import { FolderLooks } from '../looks.ts';

export const ownFolder = '.driftless';
export const tempFolder = 'tmp';
export const trashFolder = 'trash';
const markerName = 'root.json';
const markerMaxBytes = 64 * 1024;

function unsafe(message: string): SyncError {
  return new SyncError({ code: 'local-room-unsafe', retry: 'slow', scope: 'pair', message });
}

async function ensureDirectory(path: string): Promise<void> {
  const stats = (await lstatOrNull(path)) ?? (await makeDirectory(path));
  if (!stats.isDirectory()) throw unsafe(`${ownFolder} holds a link or a file where a folder belongs`);
  if ((stats.mode & 0o077n) !== 0n) await closeToOthers(path);
}

async function makeDirectory(path: string): Promise<BigIntStats> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  return lstat(path, { bigint: true });
}

/** A folder that was there before us (copied, unpacked, on a share) may be open to others; not every volume can change that. */
async function closeToOthers(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await handle.chmod(0o700);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EACCES')) throw error;
  }
}

/** Makes `<root>/.driftless/<segments>` and answers its path. Every step is looked at: a link planted there would lead writes out. */
export async function ensureRoom(root: string, ...segments: readonly string[]): Promise<string> {
  let path = join(root, ownFolder);
  await ensureDirectory(path);
  for (const segment of segments) {
    path = join(path, segment);
    await ensureDirectory(path);
  }
  return path;
}

/** Directory fsyncs asked for while one is waiting share it: one for a whole group of operations (rule 12). */
export class DirectorySync {
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();

  async sync(directory: string): Promise<void> {
    const waiting = this.#waiting.get(directory);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(directory) ?? Promise.resolve();
    const next = running
      .catch(() => undefined)
      .then(() => {
        // From here on a new change needs a new fsync.
        this.#waiting.delete(directory);
        this.#running.set(directory, next);
        return syncDirectory(directory);
      })
      .finally(() => {
        if (this.#running.get(directory) === next) this.#running.delete(directory);
      });
    this.#waiting.set(directory, next);
    return next;
  }
}

/** Some network and FUSE file systems know no fsync of a directory; a directory removed since needs none. */
export function needsNoSync(error: unknown): boolean {
  return isErrno(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOENT', 'EACCES');
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directories; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  let handle;
  try {
    handle = await open(directory, 'r');
    await handle.sync();
  } catch (error) {
    if (!needsNoSync(error)) throw error;
  } finally {
    await handle?.close();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseMarker(text: string): RootMarker | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Whatever else it is, it is not a marker that we wrote.
    return null;
  }
  if (!isRecord(value)) return null;
  const { spaceId, stateId, deviceId, generation } = value;
  const isMarker = typeof spaceId === 'string' && typeof stateId === 'string' && typeof deviceId === 'string';
  if (!isMarker || typeof generation !== 'number' || !Number.isSafeInteger(generation)) return null;
  return { spaceId, stateId, deviceId, generation };
}

/** @param known what was read before, and what is read now; `mayRecall`: where its stats are enough */
export async function readMarkerAt(
  root: string,
  known?: KnownMarker,
  mayRecall = true,
): Promise<MarkerStatus> {
  const file = join(root, ownFolder, markerName);
  const looks = known?.looks ?? new FolderLooks();
  try {
    const own = await looks.lstatOrNull(dirname(file));
    if (own === null) return { kind: 'missing' };
    if (!own.isDirectory()) return { kind: 'unreadable', message: `${ownFolder} is not a folder` };
    const stats = await looks.lstatOrNull(file);
    if (stats === null) return { kind: 'missing' };
    const said = mayRecall ? known?.recall(stats) : undefined;
    if (said !== undefined) return { kind: 'present', marker: said };
    const atMs = known?.nowMs() ?? 0;
    const read = await looks.readSmall(file, markerMaxBytes);
    const marker = read === null ? null : parseMarker(read.text);
    if (read === null) return { kind: 'unreadable', message: 'not a marker file' };
    if (marker === null) return { kind: 'unreadable', message: 'not a marker' };
    known?.keep({ stats: read.stats, atMs }, marker);
    return { kind: 'present', marker };
  } catch (error) {
    return { kind: 'unreadable', message: messageOf(error) };
  }
}

/**
 * Removes the marker if it is the one of these records, so that a folder which now is another pair's is no foreign one. False where it
 * stayed: then the pair asks before it merges. Never rejects.
 */
export async function forgetMarkerAt(root: string, stateId: string): Promise<boolean> {
  const status = await readMarkerAt(root);
  if (status.kind !== 'present' || status.marker.stateId !== stateId) return false;
  return rm(join(root, ownFolder, markerName)).then(
    () => true,
    () => false,
  );
}

/** In the place of what a crash left under this name. */
async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    await rm(file, { force: true });
    return open(file, 'wx', 0o600);
  }
}

export class NodeRoom implements LocalRoom {
  readonly #root: string;
  readonly #directories: DirectorySync;
  readonly #learn: () => Promise<DiskTraits>;
  readonly #known: KnownMarker;

  constructor(
    root: string,
    directories: DirectorySync,
    { learn, known }: { readonly learn: () => Promise<DiskTraits>; readonly known: KnownMarker },
  ) {
    this.#root = root;
    this.#directories = directories;
    this.#learn = learn;
    this.#known = known;
  }

  async learnDisk(): Promise<DiskTraits> {
    return onDisk('try the disk out', this.#learn);
  }

  async readMarker(mayRecall = false): Promise<MarkerStatus> {
    return readMarkerAt(this.#root, this.#known, mayRecall);
  }

  async writeMarker(marker: RootMarker): Promise<void> {
    await onDisk('write the marker', async () => {
      const folder = await ensureRoom(this.#root);
      const next = join(folder, `${markerName}.new`);
      const handle = await openNew(next);
      try {
        await handle.writeFile(`${JSON.stringify(marker)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(next, join(folder, markerName));
      await this.#directories.sync(folder);
    });
  }
}
