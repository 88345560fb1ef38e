// Engine lock: one engine per data directory (C21). The operating system releases it however its holder ends.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { errnoOf } from './errno.ts';
import { protectHome } from './home/data-dir.ts';
import { moveState } from './home/state-dir.ts';
import { claimState } from './home/state-owner.ts';
import { tryLock } from './os-lock.ts';
import { stateError } from './state-error.ts';

const holderSchema = z.object({
  pid: z.number().int(),
  url: z.string().nullable(),
  socket: z.string().nullable().default(null),
});
/** Who holds the lock. `url`: where `serve` shows its page; `socket`: where it takes requests, if the name had to be invented. */
export type EngineHolder = z.infer<typeof holderSchema>;

export type EngineLock = {
  readonly kind: 'acquired';
  /** Tells others where the running engine answers. */
  announce(where: Omit<EngineHolder, 'pid'>): void;
  release(): void;
};
export type EngineLockOutcome =
  | EngineLock
  /** `holder` is null when it died or was still writing its name. */
  | { readonly kind: 'held'; readonly holder: EngineHolder | null };

/** The engine that holds the lock of this home says so here; trusted only while the lock is really held. */
function readHolder(file: string): EngineHolder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Missing or half-written: the lock itself is the truth, this is only its label.
    return null;
  }
}

function writeHolder(file: string, holder: EngineHolder): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    // Never through a link that lies there.
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

const noRoom: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const labelAgainMs = 5000;

/** What the holder of the lock says of itself. On a full disk it is said once there is room: the lock holds without it. */
class Label {
  readonly #file: string;
  #again: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  write(holder: EngineHolder): void {
    clearTimeout(this.#again);
    try {
      writeHolder(this.#file, holder);
    } catch (error) {
      if (!noRoom.has(errnoOf(error))) throw error;
      // One that was left there would name a socket that another user may have by now.
      rmSync(this.#file, { force: true });
      this.#writeLater(holder);
    }
  }

  #writeLater(holder: EngineHolder): void {
    this.#again = setTimeout(() => {
      try {
        writeHolder(this.#file, holder);
      } catch {
        // Whatever the disk says now: the engine runs on without it.
        this.#writeLater(holder);
      }
    }, labelAgainMs).unref();
  }

  remove(): void {
    clearTimeout(this.#again);
    rmSync(this.#file, { force: true });
  }
}

/** Lock of a state outside of the home, see `claimState`. */
function takeState(home: string): DatabaseSync | null {
  try {
    return claimState(home);
  } catch (error) {
    throw stateError(error);
  }
}

function tryEngineLock(home: string): DatabaseSync | null {
  try {
    return tryLock(join(home, 'engine.lock'));
  } catch (error) {
    throw stateError(error);
  }
}

/**
 * Never waits. `home` is made with mode 0700 when it is not there. Throws SyncError `config-invalid` where other users may write to it,
 * before anything in it is touched, and where another home uses its state.
 */
export function acquireEngineLock(home: string): EngineLockOutcome {
  protectHome(home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, 'engine.json');
  const db = tryEngineLock(home);
  if (db === null) return { kind: 'held', holder: readHolder(file) };
  const label = new Label(file);
  const announce: EngineLock['announce'] = (where) => {
    label.write({ pid: process.pid, ...where });
  };
  let state: DatabaseSync | null = null;
  try {
    moveState(home);
    state = takeState(home);
    announce({ url: null, socket: null });
  } catch (error) {
    state?.close();
    db.close();
    throw error;
  }
  return {
    kind: 'acquired',
    announce,
    release: () => {
      if (!db.isOpen) return;
      label.remove();
      state?.close();
      db.close();
    },
  };
}

/** Holder of the engine lock, read without disturbing it; null if no engine runs. Throws as `acquireEngineLock` of a home of others. */
export function findEngine(home: string): EngineHolder | null {
  protectHome(home);
  const holder = readHolder(join(home, 'engine.json'));
  if (holder === null) return null;
  const db = tryEngineLock(home);
  if (db === null) return holder;
  db.close();
  return null;
}
