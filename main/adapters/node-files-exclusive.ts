// Gives an entry a name without ever overwriting one: hard link where the volume has them, else a placeholder that is ours.
import { link, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import { isErrno } from './node-files-errors.ts';
import { lstatOrNull } from './node-files-paths.ts';
import { ensureRoom, ownFolder, tempFolder } from './node-files-room.ts';

/** What FAT, exFAT, some FUSE and network file systems answer to `link`. */
const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

export type Naming = 'named' | 'taken';

/**
 * Moves a file to a free name. `rename` alone would overwrite a file that appeared since the last look; `link` fails on any existing name.
 * `isOurs`: nobody else writes to `from` (temporary files, trash), so removing that name needs no second look.
 */
export async function moveExclusively(
  from: string,
  to: string,
  options: { readonly root: string; readonly isOurs: boolean; readonly supportsLinks?: boolean },
): Promise<Naming> {
  if (options.supportsLinks === false) return moveByPlaceholder(from, to);
  try {
    await link(from, to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'taken';
    if (!isErrno(error, ...noLinks)) throw error;
    return moveByPlaceholder(from, to);
  }
  if (options.isOurs) await rm(from, { force: true });
  else await unlinkExactly(options.root, from, (await lstat(to, { bigint: true })).ino);
  return 'named';
}

/**
 * Removes one name of an inode that has another. A program that saves by renaming may have put a new file there in the meantime: so the name is
 * first moved aside, looked at, and put back when it is not what was meant.
 */
async function unlinkExactly(root: string, path: string, inode: bigint): Promise<void> {
  const aside = join(await ensureRoom(root, tempFolder), `${asidePrefix}${randomBytes(8).toString('hex')}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  if ((await lstat(aside, { bigint: true })).ino === inode) await rm(aside, { force: true });
  else await putBeside(aside, path, { root, tag: aside.slice(-8) });
}

const asidePrefix = 'aside-';

/** Names that `unlinkExactly` uses in the folder of temporary files. */
export function isAside(name: string): boolean {
  return name.startsWith(asidePrefix);
}

/**
 * What a crash left of `unlinkExactly`. A file with another name is only removed; one without may be what a program
 * had just saved there: it is put where a person sees it.
 */
export async function clearAside(root: string, name: string): Promise<void> {
  const aside = join(root, ownFolder, tempFolder, name);
  const stats = await lstatOrNull(aside);
  if (stats === null) return;
  if (stats.isFile() && stats.nlink > 1n) await rm(aside, { force: true });
  else await putBeside(aside, join(root, 'Recovered file'), { root, tag: name.slice(-8) });
}

/** Moves what only we know of to `path`, or to a name beside it where that is taken: it is never left where no one looks. */
export async function putBeside(
  from: string,
  path: string,
  options: { readonly root: string; readonly tag: string; readonly supportsLinks?: boolean },
): Promise<void> {
  const extension = extname(path);
  const stem = join(dirname(path), basename(path, extension));
  const isFolder = (await lstat(from)).isDirectory();
  for (let attempt = 0; ; attempt++) {
    const to = attempt === 0 ? path : `${stem} (kept ${options.tag} ${attempt})${extension}`;
    const naming = isFolder
      ? await moveFolderExclusively(from, to)
      : await moveExclusively(from, to, { ...options, isOurs: true });
    if (naming === 'named') return;
  }
}

/**
 * Without hard links: an empty file is created exclusively under the new name, looked at once more, and replaced by the rename. Between that
 * look and the rename another program would have to open a file that is milliseconds old; no portable call closes that gap.
 */
async function moveByPlaceholder(from: string, to: string): Promise<Naming> {
  let placeholder: bigint;
  try {
    const handle = await open(to, 'wx', 0o600);
    placeholder = (await handle.stat({ bigint: true })).ino;
    await handle.close();
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'taken';
    throw error;
  }
  const stats = await lstatOrNull(to);
  if (stats === null || stats.ino !== placeholder || stats.size > 0n) return 'taken';
  try {
    await rename(from, to);
    return 'named';
  } catch (error) {
    const left = await lstatOrNull(to);
    if (left !== null && left.ino === placeholder && left.size === 0n) await rm(to, { force: true });
    throw error;
  }
}

/** Moves a folder to a free name: an empty folder of ours holds the name, and `rename` replaces only an empty folder. */
export async function moveFolderExclusively(from: string, to: string): Promise<Naming> {
  if (process.platform === 'win32') {
    // Windows never renames onto an existing folder.
    if ((await lstatOrNull(to)) !== null) return 'taken';
    await rename(from, to);
    return 'named';
  }
  try {
    await mkdir(to, { mode: 0o700 });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'taken';
    throw error;
  }
  try {
    await rename(from, to);
    return 'named';
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return 'taken';
    await rmdir(to).catch(() => undefined);
    throw error;
  }
}
