// Disk space that a listing may take while it is staged: in the state's folder and in the folder of temporary files.
import { statfsSync } from 'node:fs';

/** Free bytes of the fullest of these volumes; infinite where none says. */
export function freeBytesOn(paths: readonly string[]): number {
  return Math.min(...paths.map(freeBytesAt));
}

function freeBytesAt(path: string): number {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return blocks > 0 ? bavail * bsize : Number.POSITIVE_INFINITY;
  } catch {
    // No such folder, or a file system that cannot tell: then the write itself fails when it is full.
    return Number.POSITIVE_INFINITY;
  }
}
