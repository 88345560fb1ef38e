// Opens the database of one pair: schema, migrations by user_version, durability settings, error mapping.
import { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { SyncError } from '../../core/model/errors.ts';
import { unsettledFlag } from './row-codec.ts';
import { stateError } from '../system/state-error.ts';

/**
 * `entry` is one path, keyed by (parent, name): renaming a folder rewrites one row. Names are NFC text, compared as UTF-8 bytes (BINARY).
 * `folder` counts the rows directly below an entry, so that a summary costs the same in a directory of ten and of a million files.
 * States: 0 absent, 1 file, 2 folder, 3 unknown. Raw names are null where they equal the name.
 */
const version1 = `
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL, unsettled INTEGER NOT NULL DEFAULT 0,
  b_kind INTEGER NOT NULL DEFAULT 0, b_content TEXT, b_size INTEGER, b_etag TEXT,
  b_mtime INTEGER, b_ctime INTEGER, b_inode INTEGER, b_exec INTEGER,
  l_state INTEGER NOT NULL DEFAULT 0, l_reason TEXT, l_raw TEXT, l_size INTEGER,
  l_mtime INTEGER, l_ctime INTEGER, l_inode INTEGER, l_content TEXT, l_exec INTEGER,
  r_state INTEGER NOT NULL DEFAULT 0, r_reason TEXT, r_key TEXT, r_etag TEXT, r_size INTEGER, r_content TEXT
) STRICT;
CREATE UNIQUE INDEX entry_place ON entry (parent, name);
CREATE INDEX entry_unsettled ON entry (unsettled) WHERE unsettled = 1;
CREATE INDEX entry_base_inode ON entry (b_inode) WHERE b_inode IS NOT NULL;
CREATE INDEX entry_base_content ON entry (b_content) WHERE b_content IS NOT NULL;
INSERT INTO entry (id, parent, name) VALUES (1, 0, '');
CREATE TABLE folder (
  id INTEGER PRIMARY KEY, kids INTEGER NOT NULL,
  lp INTEGER NOT NULL, lu INTEGER NOT NULL, rp INTEGER NOT NULL, ru INTEGER NOT NULL
) STRICT;
CREATE TABLE tally (id INTEGER PRIMARY KEY, files INTEGER NOT NULL, folders INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO tally VALUES (1, 0, 0, 0);
CREATE TABLE intent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
CREATE TABLE problem (path TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE trash (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
CREATE TABLE activity (id INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT NOT NULL) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** Word for word in the query too, or SQLite would not use the index. */
export const leftAloneRemotely =
  "r_state = 3 AND r_reason NOT IN ('ignored', 'excluded', 'contains-unknown')";
const version2 = `CREATE INDEX entry_remote_unknown ON entry (id) WHERE ${leftAloneRemotely};`;

/** Files that are not in sync, by size, and what is left alone here, by inode: destinations of removed files (rule 26). Word for word, too. */
export const openLocally = 'l_state = 1 AND (unsettled = 1 OR r_state = 3)';
export const openRemotely = 'r_state = 1 AND (unsettled = 1 OR l_state = 3)';
export const tracedLocally = 'l_state = 3 AND l_inode IS NOT NULL';
const version3 = `
CREATE INDEX entry_open_local ON entry (l_size) WHERE ${openLocally};
CREATE INDEX entry_open_remote ON entry (r_size) WHERE ${openRemotely};
CREATE INDEX entry_traced ON entry (l_inode) WHERE ${tracedLocally};
`;

/** Only base folders are looked up, by inode. The indexes of all files took half of the time that recording a base row takes. */
const version4 = `
DROP INDEX entry_base_content;
DROP INDEX entry_base_inode;
CREATE INDEX entry_base_folder ON entry (b_inode) WHERE b_kind = 2;
`;

/** Nothing to change: one row of `intent` may have several from here on, which a program before it would not know. */
const version5 = '';

/** Index i brings a database from version i to i + 1. Append only. */
const migrations: readonly string[] = [version1, version2, version3, version4, version5];

/** A database up to this size is checked page by page when it is opened (about 0.1 s); larger ones only when a read fails. */
const quickCheckLimitBytes = 64 * 1024 * 1024;

function corrupt(message: string): SyncError {
  return new SyncError({
    code: 'state-corrupt',
    retry: 'slow',
    scope: 'pair',
    message: `state database: ${message}`,
  });
}

function firstNumber(db: DatabaseSync, sql: string): number {
  const row = db.prepare(sql).get();
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === 'number' ? value : 0;
}

/** Neither an older layout, which only its owner may carry over, nor a newer one. */
export function isOfThisProgram(db: DatabaseSync): boolean {
  return firstNumber(db, 'PRAGMA user_version') === migrations.length;
}

function migrate(db: DatabaseSync): void {
  const found = firstNumber(db, 'PRAGMA user_version');
  if (found > migrations.length) {
    throw new SyncError({
      code: 'state-newer',
      retry: 'slow',
      scope: 'pair',
      message: `state database has version ${found}; this program knows up to ${migrations.length}`,
    });
  }
  if (found === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  for (const step of migrations.slice(found)) db.exec(step);
  db.exec(`PRAGMA user_version = ${migrations.length}`);
  db.exec('COMMIT');
}

function quickCheck(db: DatabaseSync, file: string): void {
  if (statSync(file).size > quickCheckLimitBytes) return;
  const row = db.prepare('PRAGMA quick_check(1)').get();
  const verdict = row === undefined ? 'ok' : Object.values(row)[0];
  if (verdict !== 'ok') throw corrupt(String(verdict));
}

export function openStateDatabase(file: string): DatabaseSync {
  const isMemory = file === ':memory:';
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: 5000 });
    if (isMemory) {
      db.exec('PRAGMA temp_store = MEMORY');
    } else {
      // FULL: a commit is on the disk when it returns, or an effect could outlive its intent (rule 11).
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = FILE');
      // A checkpoint every 32 MB: a first scan of a large tree would otherwise stop every few thousand rows for two more fsyncs.
      db.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864');
      db.exec('PRAGMA cache_size = -8000; PRAGMA temp.cache_size = -2000');
      quickCheck(db, file);
    }
    db.function('unsettled_flag', { deterministic: true, varargs: true }, unsettledFlag);
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    throw stateError(error);
  }
}
