// Appends to an owner-only log file with size-based rotation.
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';

const maxBytes = 8 * 1024 * 1024;

/** Synchronous appends: a line that was logged before a crash is there after it. */
export function fileLog(path: string): (line: string) => void {
  let bytes = sizeOf(path);
  return (line) => {
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
