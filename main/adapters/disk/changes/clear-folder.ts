// Removal of what is left in our own folder, never of what is elsewhere.
//
// A program that writes to the synced folder may put a link in the place of ours at any moment. On Linux the folders are held open, and all
// paths begin at what is held; a removal takes one name and follows no link.
import { constants } from 'node:fs';
import { open, readdir, rmdir, unlink } from '../../shares/calls.ts';
import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import { lstatOrNull } from '../paths.ts';

type Held = { readonly path: string; readonly release: () => Promise<void> };

/** Null where no folder has that name; a link to one is none. */
async function holdFolder(path: string): Promise<Held | null> {
  if (process.platform !== 'linux') {
    const stats = await lstatOrNull(path);
    return stats?.isDirectory() === true ? { path, release: () => Promise.resolve() } : null;
  }
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const held = `/proc/self/fd/${String(handle.fd)}`;
    // Without /proc (some containers) the folder's own path has to do.
    const hasProc = (await lstatOrNull(held)) !== null;
    return { path: hasProc ? held : path, release: () => handle.close() };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
    throw error;
  }
}

async function within(path: string, work: (held: string) => Promise<void>): Promise<void> {
  const held = await holdFolder(path);
  if (held === null) return;
  try {
    await work(held.path);
  } finally {
    await held.release();
  }
}

/**
 * Removes the entries of `<own>/<name>`, files and folders of files, but for those that `keeps` answers true for. What lies deeper, which we
 * never make, stays. One that cannot be removed keeps none of the others; throws the first such failure.
 */
export async function clearFolder(
  own: string,
  name: string,
  keeps: (entry: string) => Promise<boolean>,
): Promise<void> {
  await within(own, (ownHeld) =>
    within(join(ownHeld, name), async (held) => {
      const failures: unknown[] = [];
      for (const entry of await readdir(held)) {
        try {
          if (!(await keeps(entry))) await removeEntry(held, entry);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    }),
  );
}

async function removeEntry(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  if (await isUnlinked(path)) return;
  await within(path, async (held) => {
    for (const entry of await readdir(held)) await isUnlinked(join(held, entry));
  });
  try {
    await rmdir(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

/** False for a folder. */
async function isUnlinked(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    // Linux says EISDIR of a folder, others EPERM.
    const mayBeFolder = isErrno(error, 'EISDIR', 'EPERM', 'EACCES');
    if (mayBeFolder && (await lstatOrNull(path))?.isDirectory() === true) return false;
    throw error;
  }
}
