// Cross-process lock that the operating system releases when its holder ends.
import { closeSync, constants, fchmodSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';

const pollMs = 50;
const patienceMs = 60_000;

/**
 * Runs `step` while holding the lock file. An SQLite exclusive transaction is the lock: Node has no flock, and a lock file that is merely
 * created stays behind after a crash. Throws `lock-busy` when another process holds it for a minute.
 */
export async function withOsLock<T>(
  lock: { readonly path: string; readonly clock: Clock },
  step: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  await mkdir(dirname(lock.path), { recursive: true, mode: 0o700 });
  const startMs = lock.clock.monotonicMs();
  let held = tryLock(lock.path);
  while (held === null) {
    if (lock.clock.monotonicMs() - startMs > patienceMs) {
      throw new SyncError({
        code: 'lock-busy',
        retry: 'backoff',
        scope: 'account',
        message: `another process holds ${lock.path}`,
      });
    }
    await lock.clock.sleep(pollMs, signal);
    held = tryLock(lock.path);
  }
  try {
    signal.throwIfAborted();
    return await step();
  } finally {
    held.close();
  }
}

const sqliteBusy = 5;

/**
 * SQLite would create the file with mode 0644, and any process that can read it could hold a shared lock on
 * it forever.
 */
function makePrivate(path: string): void {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  // Windows has no such flag. Elsewhere a link is refused, and the file behind it keeps its rights.
  const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
  const descriptor = openSync(path, O_APPEND | O_CREAT | O_WRONLY | noFollow, 0o600);
  try {
    if (process.platform !== 'win32') fchmodSync(descriptor, 0o600);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Null where another holds it. Never waits. Node has no `flock`; an open exclusive transaction of SQLite is one, on every
 * platform, and dies with the process. Throws what SQLite throws.
 */
export function tryLock(path: string): DatabaseSync | null {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return null;
    throw error;
  }
}
