// Learns what the volume under a pair can tell apart: letter case, and how finely it keeps times.
import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootStatus } from '../ports/local-files.port.ts';
import { isErrno, messageOf } from './node-files-errors.ts';
import { lstatOrNull } from './node-files-paths.ts';
import { ownFolder, tempFolder } from './node-files-room.ts';

type RootOk = Extract<RootStatus, { kind: 'ok' }>;

/** Kernels stamp files with a clock that ticks this coarsely, however finely the volume stores the result (HZ=100, with room). */
const clockTickNs = 20_000_000n;
const unprobedGranularityNs = 2_000_000_000n;
const storageStepsNs = [1n, 100n, 1_000n, 1_000_000n, 10_000_000n, 1_000_000_000n, 2_000_000_000n];
const platformTellsCase = process.platform !== 'darwin' && process.platform !== 'win32';

function swapCase(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

/** Asks the volume by a name that is there: the other spelling finds the same entry, or it does not. Writes nothing. */
async function tellsCase(root: string): Promise<boolean | null> {
  const names = [ownFolder, ...(await readdir(root))];
  for (const name of names) {
    const other = swapCase(name);
    if (other === name) continue;
    const here = await lstatOrNull(join(root, name));
    if (here === null) continue;
    const there = await lstatOrNull(join(root, other));
    return there === null || there.ino !== here.ino;
  }
  return null;
}

/** Sets a time with odd digits on a file of ours and reads what is left of it. */
async function storageGranularityNs(root: string): Promise<bigint | null> {
  const file = join(root, ownFolder, tempFolder, `probe-${randomBytes(8).toString('hex')}`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      // A double holds about 240 ns of such a time, hence no finer digits. The second is odd to tell FAT's two-second steps.
      await handle.utimes(1_600_000_001.987654, 1_600_000_001.987654);
      const { mtimeNs } = await handle.stat({ bigint: true });
      return storageStepsNs.findLast((step) => mtimeNs % step === 0n) ?? 1n;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC')) return null;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
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

export class Volume {
  readonly #root: string;
  /** What was really measured, for this identity; what could not be measured yet is asked again. */
  #identity = '';
  #caseSensitive: boolean | null = null;
  #granularityNs: bigint | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  async #identify(): Promise<string | null> {
    const stats = await stat(this.#root, { bigint: true });
    if (!stats.isDirectory()) return null;
    // Device numbers change when drives are plugged in another order; an inode's time of birth does not.
    const identity = `${stats.ino}-${stats.birthtimeNs}`;
    if (identity !== this.#identity) {
      this.#caseSensitive = null;
      this.#granularityNs = null;
    }
    this.#identity = identity;
    return identity;
  }

  async status(): Promise<RootStatus> {
    try {
      const identity = await this.#identify();
      if (identity === null) return { kind: 'not-a-folder' };
      const caseSensitive = await this.caseSensitive();
      this.#granularityNs ??= await storageGranularityNs(this.#root);
      const stepNs = this.#granularityNs ?? unprobedGranularityNs;
      const mtimeGranularityNs = stepNs > clockTickNs ? stepNs : clockTickNs;
      const sizes = await sizesOf(this.#root);
      return { kind: 'ok', identity, caseSensitive, mtimeGranularityNs, ...sizes };
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
      return { kind: 'unreadable', message: messageOf(error) };
    }
  }

  async caseSensitive(): Promise<boolean> {
    this.#caseSensitive ??= await tellsCase(this.#root);
    return this.#caseSensitive ?? platformTellsCase;
  }
}

/** True when two paths lead to one entry of the same directory. */
export async function isSameEntry(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([lstat(a, { bigint: true }), lstat(b, { bigint: true })]);
  return left.ino === right.ino && left.dev === right.dev;
}
