// Appends to an owner-only log file with size-based rotation.
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';
import { errnoOf } from './errno.ts';

const maxBytes = 8 * 1024 * 1024;
/** Of a full or broken disk, which is reported by what needs it. */
const diskErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/**
 * A line that cannot be written is lost, so that no work fails by its log, least of all the report of a full disk.
 *
 * Synchronous appends: a line that was logged before a crash is there after it. `where` is asked at the first line, since state and
 * logs may be moved until then.
 */
export function fileLog(where: () => string): (line: string) => void {
  let path: string | null = null;
  let bytes = 0;
  let hasWritten = false;
  const append = (line: string): void => {
    if (path === null) {
      path = where();
      bytes = sizeOf(path);
    }
    if (bytes + line.length > maxBytes) {
      renameSync(path, `${path}.1`);
      bytes = 0;
    }
    appendFileSync(path, line, { mode: 0o600 });
    if (bytes === 0) chmodSync(path, 0o600);
    bytes += Buffer.byteLength(line);
    hasWritten = true;
  };
  return (line) => {
    try {
      append(line);
    } catch (error) {
      // A path that takes no line from the beginning is a mistake, which the user has to see.
      if (!hasWritten && !diskErrors.has(errnoOf(error))) throw error;
    }
  };
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.size ?? 0;
}
