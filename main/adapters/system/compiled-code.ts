// V8 compile cache across starts, in a folder that only this user can write to.
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './home/data-dir.ts';

/**
 * Compiled code is believed as the program itself is: Node's own place for it, the temporary folder that everybody shares,
 * would let another account of the machine plant some. A folder that cannot be made, or is open to others, is not used,
 * and the program starts a little slower: then the answer is false.
 */
export function keepCompiledCode(directory: string = join(cacheDirectory(), 'code')): boolean {
  if (!isOurs(directory)) return false;
  enableCompileCache(directory);
  return true;
}

/** False where another user may put another folder in its place: it and every folder above is ours or root's, and closed to others or sticky. */
function isBelowOurs(directory: string): boolean {
  if (process.platform === 'win32') return true;
  for (let at = directory; ; at = dirname(at)) {
    const { mode, uid } = lstatSync(at);
    if (uid !== process.getuid?.() && uid !== 0) return false;
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Makes the folder where there is none. */
function isOurs(directory: string): boolean {
  try {
    // Before anything is made: what is there of the way to it.
    let there = directory;
    while (lstatSync(there, { throwIfNoEntry: false }) === undefined) there = dirname(there);
    if (!isBelowOurs(realpathSync(there))) return false;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const stats = lstatSync(directory);
    const isPrivate = process.platform === 'win32' || (stats.mode & 0o022) === 0;
    const isOwn = stats.uid === (process.getuid?.() ?? stats.uid);
    return stats.isDirectory() && isPrivate && isOwn && isBelowOurs(realpathSync(directory));
  } catch {
    // A home that cannot be written to is no reason not to start.
    return false;
  }
}
