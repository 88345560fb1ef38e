// Status of a pair that is not open, read while another process has it open.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readRecords } from '../../main/adapters/sqlite/reader.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import { memoryOf, noteInSync } from '../../main/sync/session/memory.ts';
import { baseFile } from '../conformance/sync-state-cells.ts';
import { tempFolder } from '../support/temp.ts';

const read = (file: string) => readRecords(file, (records) => memoryOf(records, 10));

async function filled() {
  const file = join(await tempFolder('memory'), 'docs.db');
  const store = openSqliteState({ file });
  store.record([
    { kind: 'base', path: relPath('a.txt'), cell: baseFile(12) },
    { kind: 'activity', item: { atMs: 5, kind: 'uploaded', path: relPath('a.txt'), from: null, bytes: 12 } },
    {
      kind: 'problem',
      problem: {
        path: relPath('b'),
        code: 'local-denied',
        fields: {},
        sinceMs: 1,
        attempts: 1,
        retryAtMs: 9,
      },
    },
  ]);
  noteInSync(store, 1_800_000_000_000, true);
  return { file, store };
}

test('counts, activity, problems and the last time in sync are readable beside the owner of the records', async () => {
  const { file, store } = await filled();
  const known = {
    counts: { files: 1, folders: 0, bytes: 12 },
    activity: [{ kind: 'uploaded', path: 'a.txt' }],
    problems: [{ path: 'b', code: 'local-denied' }],
    questions: [],
    lastInSyncAtMs: 1_800_000_000_000,
  };
  expect(read(file)).toMatchObject(known);
  store.close();
  expect(read(file)).toMatchObject(known);
});

test('unreadable records yield no status, and nothing is created or changed', async () => {
  const folder = await tempFolder('memory');
  expect(read(join(folder, 'none.db'))).toBeNull();
  const junk = join(folder, 'junk.db');
  writeFileSync(
    junk,
    'this is no database at all, and long enough to be read as a header, if a reader tried',
  );
  expect(read(junk)).toBeNull();
  const { file, store } = await filled();
  store.close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(read(file)).toBeNull();
});

test('an idle pair stores its time only now and then', async () => {
  const { store } = await filled();
  const at = 1_800_000_000_000;
  const noted = (nowMs: number, hasWorked = false): string | null => {
    noteInSync(store, nowMs, hasWorked);
    return store.meta('lastInSyncAt');
  };
  expect(noted(at + 10_000)).toBe(String(at));
  expect(noted(at + 20_000, true)).toBe(String(at + 20_000));
  expect(noted(at + 700_000)).toBe(String(at + 700_000));
  // A clock that was set back.
  expect(noted(at)).toBe(String(at));
  store.close();
});
