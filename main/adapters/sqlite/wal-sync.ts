// Makes commits durable on another thread: the transaction is written at once, and its log goes to the disk beside the work.
import { close, fdatasync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { SyncError } from '../../core/model/errors.ts';
import { messageOf } from '../system/errno.ts';

/** Runs one transaction without a sync: the next sync of the log makes it durable, too. */
export function unsynced(db: DatabaseSync, work: () => void): void {
  db.exec('PRAGMA synchronous = NORMAL');
  try {
    work();
  } finally {
    db.exec('PRAGMA synchronous = FULL');
  }
}

/**
 * SQLite in WAL mode keeps a transaction by its frames in the log (sqlite.org/wal.html): with `synchronous = NORMAL` a commit
 * writes them and asks for no sync, and a sync of the log file afterwards does what FULL does within the commit. A power cut
 * in between loses the last transactions as a whole, in their order: frames carry checksums that are chained.
 */
export class WalSync {
  readonly #db: DatabaseSync;
  readonly #file: string;
  #descriptor: number | null = null;
  #running = 0;
  #isClosed = false;

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
  }

  /** Runs one transaction; resolves when it is on the disk. Throws what `work` throws, rejects with `state-unavailable`. */
  after(work: () => void): Promise<void> {
    unsynced(this.#db, work);
    return this.#sync();
  }

  #sync(): Promise<void> {
    // The log is there once something was written, and stays the same file until the database is closed.
    const descriptor = this.#opened();
    this.#running += 1;
    return new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => {
        this.#running -= 1;
        this.#release();
        if (error === null) resolve();
        else reject(unavailable(error));
      });
    });
  }

  /** Throws `state-unavailable`, as where the process has no descriptor left. */
  #opened(): number {
    try {
      this.#descriptor ??= openSync(`${this.#file}-wal`, 'r+');
      return this.#descriptor;
    } catch (error) {
      throw unavailable(error);
    }
  }

  #release(): void {
    if (!this.#isClosed || this.#running > 0 || this.#descriptor === null) return;
    // Nothing waits for it: the database was closed, and with it everything was written.
    close(this.#descriptor, () => undefined);
    this.#descriptor = null;
  }

  /** After the database: a sync that runs still ends by itself. */
  close(): void {
    this.#isClosed = true;
    this.#release();
  }
}

function unavailable(cause: unknown): SyncError {
  return new SyncError({
    code: 'state-unavailable',
    retry: 'backoff',
    scope: 'pair',
    message: `state database: its log was not written: ${messageOf(cause)}`,
    cause,
  });
}
