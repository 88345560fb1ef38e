// Changes of many rows at once, after one of them failed.
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { LocalCell } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';

const folder: LocalCell = { state: 'present', kind: 'folder', inode: 1n, rawName: 'a' };

test('a subtree is changed although the first change of one was rolled back', () => {
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  const [top, inner, into] = [relPath('a'), relPath('a/b'), relPath('a/c')];
  store.record([
    { kind: 'local', path: top, cell: folder },
    { kind: 'local', path: inner, cell: folder },
  ]);
  expect(() => {
    store.record([
      { kind: 'base-discard' },
      { kind: 'rename', from: top, to: into, sides: ['local'], keys: null },
    ]);
  }).toThrow('rename into itself');
  store.record([{ kind: 'local-subtree', path: top, cell: { state: 'absent' } }]);
  expect(store.counts()).toMatchObject({ files: 0, folders: 0 });
  expect([...store.subtree(top)]).toEqual([]);
});
