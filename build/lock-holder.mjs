// Holder of a file's lock, as Linux lists the locks of all processes.
// Plain JavaScript for bootstrap.mjs, which a Node without TypeScript runs.
import { readFileSync, statSync } from 'node:fs';

/** Its process id as text; null where none holds it, or that cannot be known. */
export function lockHolder(path) {
  try {
    const { ino } = statSync(path);
    const locks = readFileSync('/proc/locks', 'utf8').split('\n');
    // 1: POSIX  ADVISORY  WRITE 1234 fe:00:4243499 0 EOF
    const fields = locks.map((line) => line.trim().split(/\s+/)).find((each) => each[5]?.endsWith(`:${ino}`));
    return fields?.[4] ?? null;
  } catch {
    return null; // no such file, or a system that lists no locks
  }
}
