// Watches of all folders of a tree: what both kinds report and need.
import { lstatSync, opendirSync, readdirSync } from 'node:fs';
import type { BigIntStats, Dirent } from 'node:fs';
import { makeTurns } from '../system/clock.ts';
import { errnoOf } from '../system/errno.ts';

/** What a watched tree reports. Paths are absolute. */
export type TreeEvents = {
  /** `name` in `folder` changed; null where the system does not say which. */
  readonly onChange: (name: string | null, folder: string) => void;
  /** The folder is new, and all of it is watched by now: what it holds is to be listed. */
  readonly onNewFolder: (folder: string) => void;
  readonly onGoneFolder: (folder: string) => void;
  /** So many watches were ended at once; the system queues an event for each, and drops others once the queue is full. */
  readonly onEnded: (watches: number) => void;
  /** The same of all watches of the tree, which is closed, or watched again. */
  readonly onAllEnded: (watches: number) => void;
  /** A folder may not be watched any more: the tree needs other watches, and then a listing. */
  readonly onDoubt: () => void;
  readonly onError: (error: unknown) => void;
};

export interface TreeWatch {
  /** Resolves once every folder is watched. */
  open(signal: AbortSignal): Promise<void>;
  /** No event is reported afterwards. */
  close(): Promise<void>;
}

export type WatchedTree = {
  readonly root: string;
  /** False for folders that are left out, with all that is below them. */
  readonly isWatched: (folder: string) => boolean;
  readonly events: TreeEvents;
  /** At a share, which this thread must not wait for; null on a disk of this computer. */
  readonly share: ShareLooks | null;
};

/** As the functions of these names here. */
export type ShareLooks = {
  readonly foldersIn: (folder: string) => Promise<readonly string[]>;
  readonly folderStats: (path: string) => Promise<BigIntStats | null>;
  readonly isThere: (path: string) => Promise<boolean>;
  readonly isClosed: (folder: string) => Promise<boolean>;
};

/** Names of the folders in `folder`; none where it is gone or cannot be read, which the scan reports. */
export function foldersIn(folder: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Null unless a folder stands there, and no link to one. */
export function folderStats(path: string): BigIntStats | null {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isDirectory() === true ? stats : null;
  } catch {
    return null;
  }
}

/** Throws where it is not to be looked at. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

const refused: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** Whether the folder's rights keep its names, or what is under them, from this user. */
export function isClosed(folder: string): boolean {
  try {
    opendirSync(folder).closeSync();
    lstatSync(`${folder}/.`);
    return false;
  } catch (error) {
    return isRefused(error);
  }
}

export function isRefused(error: unknown): boolean {
  return refused.has(errnoOf(error));
}

function openFoldersIn(folder: string): readonly string[] | null {
  return isClosed(folder) ? null : foldersIn(folder);
}

/**
 * The watched folders, with the root; null where there are more than `limit`, or one is closed.
 * @param namesIn of the folders in one, null where it is closed
 */
export async function foldersOf(
  { root, isWatched }: Pick<WatchedTree, 'root' | 'isWatched'>,
  limit: number,
  signal: AbortSignal,
  namesIn = openFoldersIn,
): Promise<Set<string> | null> {
  const turn = makeTurns();
  const folders = new Set([root]);
  // A set is walked with what is added to it meanwhile.
  for (const folder of folders) {
    const names = namesIn(folder);
    if (names === null) return null;
    for (const name of names) {
      const path = `${folder}/${name}`;
      if (isWatched(path)) folders.add(path);
    }
    if (folders.size > limit) return null;
    await turn();
    signal.throwIfAborted();
  }
  return folders;
}
