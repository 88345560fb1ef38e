// Appends to an owner-only log file with size-based rotation.
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';

const maxBytes = 8 * 1024 * 1024;

/**
 * Synchronous appends: a line that was logged before a crash is there after it. `where` is asked at the first line, since state and
 * logs may be moved until then.
 */
export function fileLog(where: () => string): (line: string) => void {
  let path: string | null = null;
  let bytes = 0;
  return (line) => {
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
  };
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.size ?? 0;
}
