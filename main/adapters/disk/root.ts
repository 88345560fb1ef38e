// Holds the directory behind a pair's folder: on Linux by a descriptor that every path is resolved from, elsewhere by its identity.
import type { BigIntStats } from 'node:fs';
import type { RootStatus } from '../../ports/local-files.port.ts';
import { isErrno } from './errors.ts';
import { messageOf } from '../system/errno.ts';
import type { FolderLooks, OpenFolder } from './looks.ts';
import { shareLooks } from './share-looks.ts';

export type TakenRoot = {
  readonly kind: 'taken';
  /** Where the ports work: the descriptor's entry in /proc, or the folder's own path. */
  readonly path: string;
  readonly isFirm: boolean;
  readonly identity: string;
  /** Of the directory when it was taken. */
  readonly stats: BigIntStats;
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

async function statOrNull(looks: FolderLooks, path: string): Promise<BigIntStats | null> {
  try {
    return await looks.stat(path);
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
  looks: FolderLooks,
): Promise<TakenRoot | Exclude<RootStatus, { kind: 'ok' }>> {
  try {
    return process.platform === 'linux'
      ? await takeFirmly(root, proc, looks)
      : await takeLoosely(root, looks);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'missing' };
    if (isErrno(error, 'ENOTDIR')) {
      const there = await statOrNull(looks, root);
      return { kind: there === null ? 'missing' : 'not-a-folder' };
    }
    return { kind: 'unreadable', message: messageOf(error) };
  }
}

async function takeLoosely(
  root: string,
  looks: FolderLooks,
): Promise<TakenRoot | { readonly kind: 'not-a-folder' }> {
  const stats = await looks.stat(root);
  if (!stats.isDirectory()) return { kind: 'not-a-folder' };
  return taken({ root, path: root, stats, held: null, looks });
}

async function takeFirmly(root: string, proc: ProcEntry, looks: FolderLooks): Promise<TakenRoot> {
  const held = await looks.openFolder(root);
  try {
    const { stats } = held;
    const path = `/proc/self/fd/${String(held.fd)}`;
    const viaProc = proc.isProven ? stats : await statOrNull(looks, path);
    proc.isProven = viaProc !== null && isSame(viaProc, stats);
    // Without /proc (some containers) the folder's own path has to do.
    if (!proc.isProven) {
      await held.close();
      return taken({ root, path: root, stats, held: null, looks });
    }
    await looks.learn(path, stats);
    return taken({ root, path, stats, held, looks });
  } catch (error) {
    await held.close();
    throw error;
  }
}

function taken({
  root,
  path,
  stats,
  held,
  looks,
}: {
  readonly root: string;
  readonly path: string;
  readonly stats: BigIntStats;
  readonly held: OpenFolder | null;
  readonly looks: FolderLooks;
}): TakenRoot {
  return {
    kind: 'taken',
    path,
    isFirm: held !== null,
    identity: identityOf(stats),
    stats,
    isThere: shareLooks(async () => {
      const now = await statOrNull(looks, root);
      return now !== null && isSame(now, stats);
    }),
    release: async () => {
      await held?.close();
    },
  };
}

/** See `LocalRoot.sight`; `marker` reads the state that the folder's marker names, null without one. */
export async function sightOfRoot(
  root: string,
  looks: FolderLooks,
  marker: () => Promise<string | null>,
): Promise<string> {
  const stats = await statOrNull(looks, root);
  if (stats === null) return 'missing';
  return `${String(stats.dev)}-${identityOf(stats)}-${String(await marker())}`;
}
