// The volume under a pair: its identity and room, and what it can tell apart and keep (learned once for each volume).
import type { BigIntStats } from 'node:fs';
import { readdir, stat, statfs } from '../shares/calls.ts';
import { join } from 'node:path';
import type { Fingerprint } from '../../core/model/model.ts';
import { foldName } from '../../core/model/path.ts';
import type { DiskTraits, RootStatus } from '../../ports/local-files.port.ts';
import { isErrno } from './errors.ts';
import { messageOf } from '../system/errno.ts';
import { shareLooks } from './share-looks.ts';
import { lstatOrNull } from './paths.ts';
import { probeDisk } from './probe.ts';
import { ensureRoom, ownFolder, tempFolder } from './changes/own-folder.ts';
import { fingerprintOf } from './worker/hash.ts';

type RootOk = Extract<RootStatus, { kind: 'ok' }>;

/** Kernels stamp files with a clock that ticks this coarsely, however finely the volume stores the result (HZ=100, with room). */
const clockTickNs = 20_000_000n;
const unprobedGranularityNs = 2_000_000_000n;
const platformTellsCase = process.platform !== 'darwin' && process.platform !== 'win32';

function swapCase(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

/**
 * Asks the volume by a name that is there: the other spelling finds an entry, or it does not. Writes nothing. Inode numbers prove
 * nothing here: exfat-fuse gives each asked spelling one of its own.
 */
async function tellsCase(root: string): Promise<boolean | null> {
  const listed = await readdir(root);
  const own = (await lstatOrNull(join(root, ownFolder))) === null ? [] : [ownFolder];
  for (const name of [...own, ...listed]) {
    const other = swapCase(name);
    if (other === name) continue;
    if ((await lstatOrNull(join(root, other))) === null) return true;
    if (!listed.includes(other)) return false;
  }
  return null;
}

/** FUSE and network file systems that do not know their size answer 0 of 0 blocks, as ramfs does; some have no statfs at all. */
async function sizesOf(root: string): Promise<Pick<RootOk, 'freeBytes' | 'totalBytes'>> {
  try {
    const { bavail, blocks, bsize } = await statfs(root);
    if (blocks > 0) return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    if (!isErrno(error, 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
  }
  return { freeBytes: null, totalBytes: null };
}

export type VolumePlace = {
  readonly path: string;
  /** What was seen of the directory when it was opened, where it is held since. */
  readonly held: BigIntStats | null;
};

export class Volume {
  /** Where the volume is reached at the moment. */
  readonly #placeNow: () => VolumePlace;
  #identity = '';
  /** What was really tried, for this identity; what could not be tried yet is tried again. */
  #traits: DiskTraits | null = null;
  #learning: Promise<DiskTraits> | null = null;
  #caseSensitive: boolean | null = null;

  constructor(place: () => VolumePlace) {
    this.#placeNow = place;
  }

  get #root(): string {
    return this.#placeNow().path;
  }

  async #identify(): Promise<string | null> {
    const { path, held } = this.#placeNow();
    const stats = held ?? (await stat(path, { bigint: true }));
    if (!stats.isDirectory()) return null;
    // Device numbers change when drives are plugged in another order; an inode's time of birth does not.
    const identity = `${stats.ino}-${stats.birthtimeNs}`;
    const volume = `${identity}-${stats.dev}`;
    if (volume !== this.#identity) {
      this.#traits = null;
      this.#caseSensitive = null;
    }
    this.#identity = volume;
    return identity;
  }

  readonly status = shareLooks(() => this.#status());

  async #status(): Promise<RootStatus> {
    try {
      const identity = await this.#identify();
      if (identity === null) return { kind: 'not-a-folder' };
      const { caseSensitive, mtimeGranularityNs } = await this.traits();
      const sizes = await sizesOf(this.#root);
      return { kind: 'ok', identity, caseSensitive, mtimeGranularityNs, ...sizes };
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
      return { kind: 'unreadable', message: messageOf(error) };
    }
  }

  /** Tries the volume out, where it was not yet. */
  async learn(): Promise<DiskTraits> {
    await this.#identify();
    if (this.#traits !== null) return this.#traits;
    try {
      await ensureRoom(this.#root, tempFolder);
    } catch (error) {
      if (!isErrno(error, 'EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT')) throw error;
    }
    return this.traits();
  }

  /** What was tried out, without trying it. */
  known(): DiskTraits | null {
    return this.#traits;
  }

  /** What is known of the volume; where our folder is not there yet, only what can be seen without writing. */
  async traits(): Promise<DiskTraits> {
    if (this.#traits !== null) return this.#traits;
    this.#learning ??= this.#try().finally(() => {
      this.#learning = null;
    });
    return this.#learning;
  }

  async #try(): Promise<DiskTraits> {
    const own = join(this.#root, ownFolder);
    const temp = join(own, tempFolder);
    const hasRoom =
      (await lstatOrNull(own))?.isDirectory() === true && (await lstatOrNull(temp))?.isDirectory() === true;
    const tried = hasRoom ? await probeDisk(own, temp) : null;
    if (tried !== null) {
      const stepNs = tried.mtimeGranularityNs;
      this.#traits = { ...tried, mtimeGranularityNs: stepNs > clockTickNs ? stepNs : clockTickNs };
      return this.#traits;
    }
    this.#caseSensitive ??= await tellsCase(this.#root);
    return {
      caseSensitive: this.#caseSensitive ?? platformTellsCase,
      keepsSpelling: true,
      foldsNormalForms: false,
      hardLinks: true,
      keepsModes: process.platform !== 'win32',
      inodesLast: true,
      mtimeGranularityNs: unprobedGranularityNs,
      refusedNames: [],
    };
  }

  async caseSensitive(): Promise<boolean> {
    return (await this.traits()).caseSensitive;
  }

  /** What a look says of a file on this volume: without an inode number where those do not last. */
  async fingerprint(stats: BigIntStats): Promise<Fingerprint> {
    const fingerprint = fingerprintOf(stats);
    return (await this.traits()).inodesLast ? fingerprint : { ...fingerprint, inode: 0n };
  }
}

/**
 * True when two names of one folder, equal but for letter case, lead to one entry: the listing has one of them only. Inode numbers are no
 * proof, because some disks give each asked spelling one of its own.
 */
export async function isOneEntry(parent: string, name: string): Promise<boolean> {
  const folded = foldName(name);
  return (await readdir(parent)).filter((raw) => foldName(raw) === folded).length === 1;
}
