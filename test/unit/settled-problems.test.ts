// Problems that end when their file is in sync for any reason.
import { expect, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { systemClock, systemRandom } from '../../main/adapters/system/clock.ts';
import type { BaseCell, LocalCell, RemoteCell } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import { newIntent } from '../../main/sync/operations/journal.ts';
import { forgetSettledProblems } from '../../main/sync/operations/record-problem.ts';
import { soonestOf } from '../../main/sync/session/problem-pace.ts';

const fingerprint = { sizeBytes: 1, mtimeNs: 1n, ctimeNs: 1n, inode: 1n };
const content = 'c'.repeat(64);
const base = { kind: 'file', content, sizeBytes: 1, etag: 'e1', fingerprint, executable: false } as BaseCell;
const local = {
  state: 'present',
  kind: 'file',
  rawName: 'x',
  fingerprint,
  content,
  executable: false,
} as LocalCell;
const remote = (etag: string): RemoteCell =>
  ({
    state: 'present',
    kind: 'file',
    rawKey: 'k',
    etag,
    sizeBytes: 1,
    content: null,
  }) as unknown as RemoteCell;
const folder = { kind: 'folder', inode: 2n } as BaseCell;

function rows(
  name: string,
  cells: { base?: BaseCell; local?: LocalCell; remote?: RemoteCell },
): StateChange[] {
  const path = relPath(name);
  const problem = { path, code: 'outcome-unknown', fields: {}, sinceMs: 0, attempts: 1, retryAtMs: 10 ** 12 };
  return [
    ...(cells.local === undefined ? [] : [{ kind: 'local' as const, path, cell: cells.local }]),
    ...(cells.remote === undefined ? [] : [{ kind: 'remote' as const, path, cell: cells.remote }]),
    ...(cells.base === undefined ? [] : [{ kind: 'base' as const, path, cell: cells.base }]),
    { kind: 'problem', problem },
  ];
}

test('the trash is read once, and each change to it is seen in its place', () => {
  const store = openSqliteState({ file: ':memory:' });
  const itemAt = (id: string, sizeBytes: number): StateChange => ({
    kind: 'trash',
    item: {
      ...{ id, side: 'local', path: relPath('x'), where: id, versionId: null, content: null },
      ...{ sizeBytes, executable: false, atMs: 0, why: 'removed' },
    },
  });
  const sizesOf = () => store.trash().map(({ id, sizeBytes }) => `${id} ${sizeBytes}`);
  store.record([itemAt('c', 1), itemAt('a', 1), itemAt('b', 1)]);
  const before = store.trash();
  store.record([itemAt('a', 2), { kind: 'trash-gone', id: 'c' }, itemAt('d', 1)]);
  expect(sizesOf()).toEqual(['a 2', 'b 1', 'd 1']);
  expect(store.trash()[1]).toBe(before[2]);
  store.record([itemAt('c', 3)]);
  expect(sizesOf()).toEqual(['a 2', 'b 1', 'd 1', 'c 3']);
  expect(() => {
    store.record([
      { kind: 'trash-gone', id: 'a' },
      { kind: 'rename', from: relPath('x'), to: relPath('x/y'), sides: ['local'], keys: null },
    ]);
  }).toThrow();
  expect(sizesOf()).toEqual(['a 2', 'b 1', 'd 1', 'c 3']);
  expect(before.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  store.close();
});

test('a changed problem costs a look at no other, and all stay in the order of their paths', () => {
  const store = openSqliteState({ file: ':memory:' });
  const problemAt = (name: string, attempts: number): StateChange => {
    const path = relPath(name);
    return {
      kind: 'problem',
      problem: { path, code: 'remote-archived', fields: {}, sinceMs: 0, attempts, retryAtMs: 1 },
    };
  };
  const pathsOf = () => store.problems().map(({ path }) => path);
  store.record(['b', '\u{1f600}', 'a', '\uff01'].map((name) => problemAt(name, 1)));
  const before = store.problems();
  // By bytes, as the database sorts.
  expect(pathsOf()).toEqual(['a', 'b', '\uff01', '\u{1f600}']);
  store.record([problemAt('b', 2)]);
  expect(before[1]?.attempts).toBe(1);
  expect(store.problems()[1]?.attempts).toBe(2);
  expect(store.problems()[0]).toBe(before[0]);
  store.record([{ kind: 'problem-gone', path: relPath('a') }, problemAt('aa', 1), problemAt('c', 1)]);
  expect(pathsOf()).toEqual(['aa', 'b', 'c', '\uff01', '\u{1f600}']);
  expect(store.problems()).toBe(store.problems());
  expect(store.problems().at(-1)).toBe(before.at(-1));
  store.close();
});

test('the soonest try is found among more problems than a call takes arguments', () => {
  // As many objects in an archive, which every writer of a prefix can put there.
  const tries = Array.from({ length: 200_000 }, (_, at) => 300_000 - at);
  expect(soonestOf(tries)).toBe(100_001);
  expect(soonestOf([])).toBe(Infinity);
});

test('what is in sync, gone on both sides or left out by a rule loses its problem, and remaining work keeps its own', () => {
  const store = openSqliteState({ file: ':memory:' });
  const made = { random: systemRandom, clock: systemClock };
  store.record([
    ...rows('in-sync.txt', { base, local, remote: remote('e1') }),
    ...rows('gone.txt', {}),
    ...rows('changed.txt', { base, local, remote: remote('e2') }),
    ...rows('new.txt', { local }),
    ...rows('left-out.txt', { base, local: { state: 'unknown', reason: 'ignored' }, remote: remote('e2') }),
    ...rows('left-out', { base: folder, remote: { state: 'unknown', reason: 'excluded' } }),
    ...rows('interrupted.txt', { local: { state: 'unknown', reason: 'ignored' }, remote: remote('e2') }),
    // Recovery cannot look at its file, and nothing but the problem says so.
    { kind: 'intent', intent: newIntent(made, { kind: 'upload', path: relPath('interrupted.txt') }) },
    ...rows('unseen.txt', { base, local: { state: 'unknown', reason: 'unreadable' } }),
    // Its marker may be what was refused.
    ...rows('folder', {
      base: folder,
      local: { state: 'present', kind: 'folder', rawName: 'folder', inode: 2n },
      remote: { state: 'present', kind: 'folder', marker: null },
    }),
  ]);
  forgetSettledProblems({ store });
  expect(
    store
      .problems()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['changed.txt', 'folder', 'interrupted.txt', 'new.txt', 'unseen.txt']);
  store.close();
});
