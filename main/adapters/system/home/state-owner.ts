// Home that a state outside of it belongs to; a copy of that home has the same link and must not use the same state.
import { lstatSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { SyncError } from '../../../core/model/errors.ts';
import { tryLock } from '../os-lock.ts';

const recordName = '.home.json';
const lockName = '.engine.lock';

const recordSchema = z.object({
  path: z.string(),
  /** Inode and time of birth: they stay when the home is renamed, and a copy has others. */
  identity: z.string(),
});
type OwnerRecord = z.infer<typeof recordSchema>;

/** Path of another home that is still there and uses this state; null: there is no other. `pairs`: the state itself. */
export function otherOwner(home: string, pairs: string): string | null {
  const record = readRecord(pairs);
  if (record === null || record.identity === identityOf(home)) return null;
  // A home that was restored or came with a new disk is another folder under the same path.
  if (isSameFolder(record.path, home) || !isSameFolder(join(record.path, 'pairs'), pairs)) return null;
  return record.path;
}

/** Records this home as the owner; a state that another one uses stays that one's. Throws what the disk says. */
export function recordOwner(home: string, pairs: string): void {
  if (otherOwner(home, pairs) !== null) return;
  const record: OwnerRecord = { path: realpathSync(home), identity: identityOf(home) };
  const known = readRecord(pairs);
  if (known?.path === record.path && known.identity === record.identity) return;
  const draft = join(pairs, `${recordName}.${randomBytes(8).toString('hex')}`);
  try {
    writeFileSync(draft, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(pairs, recordName));
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes a state that lies behind a link of the home, until the returned lock is closed; null where it is in the home. Throws SyncError
 * `config-invalid` where another home uses it.
 */
export function claimState(home: string): DatabaseSync | null {
  const pairs = linkedState(home);
  if (pairs === null) return null;
  const lock = tryLock(join(pairs, lockName));
  const other = otherOwner(home, pairs);
  if (lock !== null && other === null) {
    try {
      recordOwner(home, pairs);
      return lock;
    } catch (error) {
      lock.close();
      throw error;
    }
  }
  lock?.close();
  throw stateTaken(home, other);
}

/** That another home has the state behind this one's link; null where none has it. Takes nothing. */
export function stateConflict(home: string): SyncError | null {
  const pairs = linkedState(home);
  const other = pairs === null ? null : otherOwner(home, pairs);
  return other === null ? null : stateTaken(home, other);
}

/** Null where the state is in the home itself, or nowhere. */
function linkedState(home: string): string | null {
  const pairs = join(home, 'pairs');
  if (lstatSync(pairs, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return null;
  return statSync(pairs, { throwIfNoEntry: false })?.isDirectory() === true ? pairs : null;
}

function stateTaken(home: string, other: string | null): SyncError {
  const user = other === null ? 'an engine of another home' : `the home ${other}, of which this is a copy`;
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `the state behind the link ${join(home, 'pairs')} is used by ${user}; use that home, or remove the link to begin with a state of this home's own`,
    fields: { field: 'home' },
  });
}

function readRecord(pairs: string): OwnerRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(join(pairs, recordName), 'utf8')));
  } catch {
    // Missing or damaged: the next home that uses the state is recorded.
    return null;
  }
}

function identityOf(folder: string): string {
  const { ino, birthtimeNs } = statSync(folder, { bigint: true });
  return `${String(ino)}-${String(birthtimeNs)}`;
}

function isSameFolder(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statOrNull(path));
  return first !== null && second !== null && first?.dev === second?.dev && first?.ino === second?.ino;
}

function statOrNull(path: string) {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}
