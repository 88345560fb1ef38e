// Disk space that a listing may take while it is staged: in the state's folder and in the folder of temporary files.
import { accessSync, constants, statSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

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

/**
 * Folder of SQLite's temporary files, which hold a staged listing: the first of these that is one and can be written to
 * (https://sqlite.org/tempfiles.html, section 5).
 */
export function sqliteTempFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return tmpdir();
  const named = [env['SQLITE_TMPDIR'], env['TMPDIR'], '/var/tmp', '/usr/tmp', '/tmp'];
  return named.find((folder) => folder !== undefined && isWritableFolder(folder)) ?? tmpdir();
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
