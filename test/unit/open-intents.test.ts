// In-memory cache of open intents, always equal to the table.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { OpId, RelPath } from '../../main/core/model/model.ts';
import type { Intent, StateChange } from '../../main/ports/sync-state.port.ts';
import { tempFolder } from '../support/temp.ts';

function intentOf(id: string, step: Intent['step'] = 'planned'): Intent {
  return {
    id: id as OpId,
    kind: 'upload',
    path: `files/${id}` as RelPath,
    other: null,
    step,
    content: null,
    sizeBytes: 1,
    previousEtag: null,
    rawKey: null,
    fingerprint: { sizeBytes: 1, mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 2n, inode: 3n },
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: 4,
  };
}
const intent = (id: string, step?: Intent['step']): StateChange => ({
  kind: 'intent',
  intent: intentOf(id, step),
});
const together = (...ids: readonly string[]): StateChange => ({
  kind: 'intents',
  intents: ids.map((id) => intentOf(id)),
});
const done = (id: string): StateChange => ({ kind: 'intent-done', id: id as OpId });

test('intents come oldest first, in their last written form, without those of a failed transaction', () => {
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  const open = () => store.intents().map(({ id, step }) => `${id} ${step}`);
  expect(open()).toEqual([]);
  store.record([intent('a'), intent('b'), intent('c')]);
  expect({ kind: 'intent', intent: store.intents()[0] }).toEqual(intent('a'));
  store.record([intent('a', 'sent'), done('b')]);
  expect(open()).toEqual(['a sent', 'c planned']);

  const broken = { kind: 'no such change' } as unknown as StateChange;
  expect(() => {
    store.record([done('a'), intent('d'), intent('c', 'sent'), broken]);
  }).toThrow();
  expect(open()).toEqual(['a sent', 'c planned']);
  store.record([intent('b')]);
  expect(open()).toEqual(['a sent', 'c planned', 'b planned']);
});

test('intents opened together take one row, close one by one, and come back after a restart', async () => {
  const file = join(await tempFolder('state'), 'pair.db');
  const rows = (): number => {
    const db = new DatabaseSync(file, { readOnly: true });
    const found = db.prepare('SELECT count(*) AS rows FROM intent').get();
    db.close();
    return Number(found?.rows);
  };
  const first = openSqliteState({ file });
  first.record([intent('a'), together('b', 'c', 'd'), intent('e')]);
  expect(rows()).toBe(3);
  expect(first.intents().map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  first.record([done('c')]);
  first.close();

  const second = openSqliteState({ file });
  expect(second.intents()).toEqual(['a', 'b', 'd', 'e'].map((id) => intentOf(id)));
  second.record([intent('d', 'sent')]);
  second.close();

  const third = openSqliteState({ file });
  expect(third.intents().map(({ id, step }) => `${id} ${step}`)).toEqual([
    'a planned',
    'b planned',
    'd sent',
    'e planned',
  ]);
  third.record([done('b'), done('d')]);
  third.close();
  expect(rows()).toBe(2);
});

test('of a failed transaction nothing is left of intents opened together, nor closed', () => {
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  const open = () => store.intents().map(({ id }) => id);
  const broken = { kind: 'no such change' } as unknown as StateChange;
  store.record([together('a', 'b')]);
  expect(() => {
    store.record([done('a'), together('c', 'd'), broken]);
  }).toThrow();
  expect(open()).toEqual(['a', 'b']);
  store.record([together('c', 'd'), done('c'), done('d'), done('a')]);
  expect(open()).toEqual(['b']);
  store.record([done('b')]);
  expect(open()).toEqual([]);
});
