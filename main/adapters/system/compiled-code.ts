// Folder for compiled code across starts, which only this user can write to.
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './home/data-dir.ts';
import { stepsOf } from './home/fixed-place.ts';

/**
 * Compiled code is believed as the program itself is: Node's own place for it, the temporary folder that everybody shares,
 * would let another account of the machine plant some. A folder that cannot be made, or is open to others, is not used,
 * and the program starts a little slower: then the answer is null.
 */
export function codeFolder(directory: string = join(cacheDirectory(), 'code')): string | null {
  return isOurs(directory) ? directory : null;
}

/** False where another user may put another folder in its place: all on the way is ours or root's, and closed to others or sticky. */
function isBelowOurs(directory: string): boolean {
  return stepsOf(directory).every(({ within, linkOwner }) => {
    const { mode, uid } = lstatSync(within);
    const isFixed = (mode & 0o022) === 0 || (mode & 0o1000) !== 0;
    return isFixed && [uid, linkOwner ?? uid].every((owner) => owner === process.getuid?.() || owner === 0);
  });
}

/** Makes the folder where there is none. */
function isOurs(directory: string): boolean {
  try {
    // Before anything is made; what is made then is ours.
    if (process.platform !== 'win32' && !isBelowOurs(directory)) return false;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const stats = lstatSync(directory);
    const isPrivate = process.platform === 'win32' || (stats.mode & 0o022) === 0;
    return stats.isDirectory() && isPrivate && stats.uid === (process.getuid?.() ?? stats.uid);
  } catch {
    // A home that cannot be written to is no reason not to start.
    return false;
  }
}
