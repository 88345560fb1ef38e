// Folders that a group of small files lies in, each proven once for the group.
//
// Security rule 15: nothing is written through a link. Below a root that is held by a descriptor each folder is opened from the one
// above, never through a link, and names in it are reached from that descriptor: what becomes of the path meanwhile leads nowhere
// else. Elsewhere the folders on the way are looked at once for a group.
import * as fs from 'node:fs';
import { nameOf, parentOf } from '../../../core/model/path.ts';
import { isAtShare } from '../../shares/calls.ts';
import { needsNoSync, ownFolder, tempFolder } from '../changes/own-folder.ts';
import { isForeignSpelling, isHeldRoot, lstatNow } from '../paths.ts';

export type FolderDisk = Pick<typeof fs, 'openSync' | 'closeSync' | 'fsync' | 'fsyncSync'>;

const openFolder = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

type Folder = {
  /** Names in it are reached below. */
  readonly path: string;
  /** Null where it is reached by its name. */
  readonly descriptor: number | null;
};

function isPrivate(stats: fs.BigIntStats | fs.Stats): boolean {
  return process.platform === 'win32' || (Number(stats.mode) & 0o077) === 0;
}

/** To be closed. */
export class GroupFolders {
  readonly #root: string;
  readonly #disk: FolderDisk;
  readonly #isHeld: boolean;
  readonly #known = new Map<string, Folder | null>();
  #room: string | null | undefined;

  constructor(root: string, disk: FolderDisk = fs) {
    this.#root = root;
    this.#disk = disk;
    this.#isHeld = isHeldRoot(root);
  }

  /** Where names in the folder are reached; null where one on the way is not there, is a link, or has another spelling. Throws what the disk does. */
  pathOf(dir: string): string | null {
    return this.#folder(dir)?.path ?? null;
  }

  /** The folder for temporary files; null where others may look into it, or it cannot be proven. */
  room(): string | null {
    if (this.#room !== undefined) return this.#room;
    const temp = `${ownFolder}/${tempFolder}`;
    const isSafe = this.#isPrivate(ownFolder) && this.#isPrivate(temp);
    this.#room = isSafe ? this.pathOf(temp) : null;
    return this.#room;
  }

  /** Names that were made in it last once this resolves. */
  async sync(dir: string): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = this.#folder(dir);
    if (folder === null) return;
    try {
      await this.#syncFolder(folder);
    } catch (error) {
      if (!needsNoSync(error)) throw error;
    }
  }

  async #syncFolder({ path, descriptor }: Folder): Promise<void> {
    const opened = descriptor ?? this.#disk.openSync(path, 'r');
    try {
      if (isAtShare(opened)) this.#disk.fsyncSync(opened);
      else
        await new Promise<void>((resolve, reject) => {
          this.#disk.fsync(opened, (error) => {
            if (error === null) resolve();
            else reject(error);
          });
        });
    } finally {
      if (descriptor === null) this.#disk.closeSync(opened);
    }
  }

  close(): void {
    for (const folder of this.#known.values()) this.#close(folder);
    this.#known.clear();
  }

  #close(folder: Folder | null): void {
    if (folder !== null && folder.descriptor !== null) this.#disk.closeSync(folder.descriptor);
  }

  #folder(dir: string): Folder | null {
    const known = this.#known.get(dir);
    if (known !== undefined) return known;
    const found = isForeignSpelling(dir) ? null : this.#prove(dir);
    this.#known.set(dir, found);
    return found;
  }

  #prove(dir: string): Folder | null {
    if (dir === '') return this.#rootFolder();
    const above = this.#folder(parentOf(dir));
    return above === null ? null : this.#below(above, nameOf(dir));
  }

  #rootFolder(): Folder | null {
    // What a descriptor leads to was a directory when it was opened.
    const isThere = this.#isHeld || fs.statSync(this.#root).isDirectory();
    return isThere ? { path: this.#root, descriptor: null } : null;
  }

  #below({ path }: Folder, name: string): Folder | null {
    const full = `${path}/${name}`;
    if (!this.#isHeld)
      return lstatNow(full)?.isDirectory() === true ? { path: full, descriptor: null } : null;
    const descriptor = this.#disk.openSync(full, openFolder);
    return { path: `/proc/self/fd/${String(descriptor)}`, descriptor };
  }

  #isPrivate(dir: string): boolean {
    const folder = this.#folder(dir);
    if (folder === null) return false;
    const { path, descriptor } = folder;
    const stats = descriptor === null ? lstatNow(path) : fs.fstatSync(descriptor);
    return stats !== null && isPrivate(stats);
  }
}

/** The folders of each root in a group. To be closed. */
export class FoldersByRoot {
  readonly #disk: FolderDisk;
  readonly #roots = new Map<string, GroupFolders>();

  constructor(disk: FolderDisk = fs) {
    this.#disk = disk;
  }

  of(root: string): GroupFolders {
    const known = this.#roots.get(root) ?? new GroupFolders(root, this.#disk);
    this.#roots.set(root, known);
    return known;
  }

  close(): void {
    for (const folders of this.#roots.values()) folders.close();
  }
}
