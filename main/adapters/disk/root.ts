// Holds the directory behind a pair's folder: on Linux by a descriptor that every path is resolved from, elsewhere by its identity.
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { RootStatus } from '../../ports/local-files.port.ts';
import { isErrno } from './errors.ts';
import { messageOf } from '../system/errno.ts';
import { shareLooks } from './share-looks.ts';

export type TakenRoot = {
  readonly kind: 'taken';
  /** Where the ports work: the descriptor's entry in /proc, or the folder's own path. */
  readonly path: string;
  readonly isFirm: boolean;
  readonly identity: string;
  isThere(): Promise<boolean>;
  release(): Promise<void>;
};

/** Device numbers change when drives are plugged in another order; an inode's time of birth does not. */
export function identityOf(stats: BigIntStats): string {
  return `${stats.ino}-${stats.birthtimeNs}`;
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && identityOf(one) === identityOf(other);
}

async function statOrNull(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch {
    // Whatever stands in the way: that it is the same directory cannot be told.
    return null;
  }
}

/** Whether a descriptor of this process was once reached by its entry in /proc: it then always is. */
export type ProcEntry = { isProven: boolean };

export async function takeRoot(
  root: string,
  proc: ProcEntry,
): Promise<TakenRoot | Exclude<RootStatus, { kind: 'ok' }>> {
  try {
    return process.platform === 'linux' ? await takeFirmly(root, proc) : await takeLoosely(root);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'missing' };
    if (isErrno(error, 'ENOTDIR')) {
      const there = await statOrNull(root);
      return { kind: there === null ? 'missing' : 'not-a-folder' };
    }
    return { kind: 'unreadable', message: messageOf(error) };
  }
}

async function takeLoosely(root: string): Promise<TakenRoot | { readonly kind: 'not-a-folder' }> {
  const stats = await stat(root, { bigint: true });
  if (!stats.isDirectory()) return { kind: 'not-a-folder' };
  return taken({ root, path: root, stats, handle: null });
}

async function takeFirmly(root: string, proc: ProcEntry): Promise<TakenRoot> {
  const handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const stats = await handle.stat({ bigint: true });
    const path = `/proc/self/fd/${String(handle.fd)}`;
    const viaProc = proc.isProven ? stats : await statOrNull(path);
    proc.isProven = viaProc !== null && isSame(viaProc, stats);
    // Without /proc (some containers) the folder's own path has to do.
    if (proc.isProven) return taken({ root, path, stats, handle });
    await handle.close();
    return taken({ root, path: root, stats, handle: null });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function taken(held: {
  readonly root: string;
  readonly path: string;
  readonly stats: BigIntStats;
  readonly handle: FileHandle | null;
}): TakenRoot {
  const { root, path, stats, handle } = held;
  return {
    kind: 'taken',
    path,
    isFirm: handle !== null,
    identity: identityOf(stats),
    isThere: shareLooks(async () => {
      const now = await statOrNull(root);
      return now !== null && isSame(now, stats);
    }),
    release: async () => {
      await handle?.close();
    },
  };
}

/** See `LocalRoot.sight`; `marker` reads the state that the folder's marker names, null without one. */
export async function sightOfRoot(root: string, marker: () => Promise<string | null>): Promise<string> {
  const stats = await statOrNull(root);
  if (stats === null) return 'missing';
  return `${String(stats.dev)}-${identityOf(stats)}-${String(await marker())}`;
}
