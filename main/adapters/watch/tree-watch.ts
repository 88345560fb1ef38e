// Watches of all folders of a tree: what both kinds report and need.
import { lstatSync, opendirSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
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
};

/** Time that a walk may hold the thread before others get their turn, in milliseconds. */
const turnMs = 8;

/** What the system has queued is read between any two turns of the loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets others have their turn whenever `turnMs` have passed since the last one. */
export function makeTurns(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < turnMs) return;
    await nextTurn();
    sinceMs = performance.now();
  };
}

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

const refused: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** Whether the folder's rights keep its names, or what is under them, from this user. */
export function isClosed(folder: string): boolean {
  try {
    opendirSync(folder).closeSync();
    lstatSync(`${folder}/.`);
    return false;
  } catch (error) {
    return refused.has(errnoOf(error));
  }
}

function openFoldersIn(folder: string): readonly string[] | null {
  return isClosed(folder) ? null : foldersIn(folder);
}

/**
 * Number of watched folders, or one more than `limit` where there are more, or one is closed.
 * @param namesIn of the folders in one, null where it is closed
 */
export async function countFolders(
  { root, isWatched }: Pick<WatchedTree, 'root' | 'isWatched'>,
  limit: number,
  signal: AbortSignal,
  namesIn = openFoldersIn,
): Promise<number> {
  const turn = makeTurns();
  const pending = [root];
  let count = 1;
  for (let next = pending.pop(); next !== undefined && count <= limit; next = pending.pop()) {
    const folder = next;
    const names = namesIn(folder);
    if (names === null) return limit + 1;
    const below = names.map((name) => `${folder}/${name}`).filter((path) => isWatched(path));
    count += below.length;
    // One by one: as arguments of one call, the folders of one with 130,000 would exceed the stack.
    for (const path of below) pending.push(path);
    await turn();
    signal.throwIfAborted();
  }
  return Math.min(count, limit + 1);
}
