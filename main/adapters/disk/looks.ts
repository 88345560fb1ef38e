// Looks at a folder and its marker: on the calling thread where the folder's disk answers at once.
//
// A call through libuv's threads costs ten times a look that the system answers from memory, and a folder is proven dozens of times for
// each edit. A share, and whatever else may not answer, is asked from another thread as ever: this one must not wait for it.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, stat, statfs } from '../shares/calls.ts';
import { isErrno } from './errors.ts';
import { lstatNow, lstatOrNull } from './paths.ts';
import { openForReading } from './worker/hash.ts';

/** ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, as `statfs` of Linux calls them: on disks of this machine, with their entries in its memory. */
const quickTypes: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994]);

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY;

export type OpenFolder = {
  readonly fd: number;
  readonly stats: BigIntStats;
  close(): Promise<void>;
};

export type SmallText = { readonly text: string; readonly stats: BigIntStats };

export class FolderLooks {
  /** The device that answers at once; null where none is known to. */
  #quickDev: bigint | null = null;
  /** The device that was asked for its kind. */
  #askedDev: bigint | null = null;

  /** Asks once for each disk what kind it is; `path` leads to what has these stats. */
  async learn(path: string, { dev }: Pick<BigIntStats, 'dev'>, typeOf = fileSystemOf): Promise<void> {
    if (this.#askedDev === dev || process.platform !== 'linux') return;
    this.#askedDev = dev;
    const isQuick = quickTypes.has(await typeOf(path));
    this.#quickDev = isQuick ? dev : null;
  }

  async stat(path: string): Promise<BigIntStats> {
    if (this.#quickDev === null) return stat(path, { bigint: true });
    return this.#quick(() => statSync(path, { bigint: true }));
  }

  async lstatOrNull(path: string): Promise<BigIntStats | null> {
    if (this.#quickDev === null) return lstatOrNull(path);
    try {
      return this.#quick(() => lstatNow(path));
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
      throw error;
    }
  }

  /** Follows links, as a pair's folder may be one. */
  async openFolder(path: string): Promise<OpenFolder> {
    if (this.#quickDev === null) {
      const handle = await open(path, folderFlags);
      try {
        const stats = await handle.stat({ bigint: true });
        return { fd: handle.fd, stats, close: () => handle.close() };
      } catch (error) {
        await handle.close();
        throw error;
      }
    }
    return this.#openNow(path);
  }

  #openNow(path: string): OpenFolder {
    const fd = openSync(path, folderFlags);
    try {
      const stats = this.#quick(() => fstatSync(fd, { bigint: true }));
      const close = (): Promise<void> => {
        closeSync(fd);
        return Promise.resolve();
      };
      return { fd, stats, close };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** The stats are of before the reading, and of the very file that is read; null for a larger file, and for what is no file. */
  async readSmall(file: string, maxBytes: number): Promise<SmallText | null> {
    if (this.#quickDev !== null) return readSmallNow(file, maxBytes);
    const handle = await open(file, openForReading);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile() || stats.size > maxBytes) return null;
      return { text: await handle.readFile('utf8'), stats };
    } finally {
      await handle.close();
    }
  }

  /** Another disk, or one that fails, is no longer known to answer at once. */
  #quick<Stats extends BigIntStats | null>(look: () => Stats): Stats {
    let stats: Stats | undefined;
    try {
      stats = look();
      return stats;
    } finally {
      if (stats === undefined || (stats !== null && stats.dev !== this.#quickDev)) {
        this.#quickDev = null;
        this.#askedDev = null;
      }
    }
  }
}

function readSmallNow(file: string, maxBytes: number): SmallText | null {
  const fd = openSync(file, openForReading);
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() || stats.size > maxBytes) return null;
    return { text: readFileSync(fd, 'utf8'), stats };
  } finally {
    closeSync(fd);
  }
}

async function fileSystemOf(path: string): Promise<number> {
  try {
    return (await statfs(path)).type;
  } catch {
    // Not known to be quick.
    return 0;
  }
}
