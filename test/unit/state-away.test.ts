// State files on a lost, full or read-only disk: a pair error retried within minutes.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateError } from '../../main/adapters/system/state-error.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import { tempFolder } from '../support/temp.ts';

test.each([
  ['SQLITE_READONLY', 8, 'state-unavailable'],
  ['SQLITE_READONLY_DBMOVED', 8 | (4 << 8), 'state-unavailable'],
  ['SQLITE_IOERR', 10, 'state-unavailable'],
  ['SQLITE_IOERR_FSYNC', 10 | (4 << 8), 'state-unavailable'],
  ['SQLITE_FULL', 13, 'disk-full'],
  ['SQLITE_IOERR_SHMSIZE', 10 | (19 << 8), 'disk-full'],
  ['SQLITE_CANTOPEN', 14, 'state-unavailable'],
])('the error of state files (%s) is retried soon', (_name, errcode, code) => {
  const error = stateError(Object.assign(new Error('from SQLite'), { errcode }));
  expect(error).toMatchObject({ code, retry: 'backoff', scope: 'pair' });
});

test('a missing data directory gets no new records, and the old ones are whole when it is back', async () => {
  const home = await tempFolder('home');
  const pairs = join(home, 'pairs');
  await mkdir(pairs);
  const file = join(pairs, 'docs.db');
  const first = openSqliteState({ file });
  const path = relPath('a');
  first.record([{ kind: 'base', path, cell: { kind: 'folder', inode: 1n } }]);
  first.close();
  await rename(pairs, join(home, 'away'));
  expect(() => openSqliteState({ file })).toThrow(
    expect.objectContaining({ code: 'state-unavailable', retry: 'backoff' }),
  );
  expect(existsSync(pairs)).toBe(false);
  await rename(join(home, 'away'), pairs);
  const again = openSqliteState({ file });
  expect(again.entry(path).base).toEqual({ kind: 'folder', inode: 1n });
  again.close();
});
