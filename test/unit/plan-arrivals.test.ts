// Renamed content (rule 26): the old name stays until the new one holds it.
import { describe, expect, test } from 'vitest';
import type { Entry, Op, Trace } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import { plan } from '../../main/core/plan/plan.ts';
import {
  baseOf,
  contentOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  planned,
  row,
  there,
  unknown,
} from '../support/plan-rows.ts';

const gone = (path: string, text: string, inode: bigint): Entry =>
  row(path, { base: baseOf(text, inode), remote: there(text) });
const moved = (path: string, text: string, inode: bigint): Entry =>
  row(path, { local: here(text, { inode }) });
const heldAt =
  (...paths: readonly string[]) =>
  (path: string): boolean =>
    paths.includes(path);
const afterOf = (rows: readonly Entry[], policy: Parameters<typeof inputOf>[1] = {}): readonly unknown[] =>
  plan(inputOf(rows, policy))
    .waves.flat()
    .filter((op: Op) => op.after !== undefined)
    .map((op) => [op.kind, op.path, op.after]);
const noCopy = { serverCopy: false } as const;

describe('rule 26: renamed locally', () => {
  test('a file renamed locally keeps its old name while the new one is held, whatever the store can do', () => {
    const rows = [gone('a', 'AA', 5n), moved('b', 'AA', 5n)];
    for (const policy of [{}, noCopy, { movesOver: false }])
      expect(planned(rows, { ...policy, held: heldAt('b') })).toEqual([]);
  });

  test('without safe copies a renamed file is uploaded before its old name is removed, and the removal names the upload', () => {
    const rows = [gone('a', 'AA', 5n), moved('b', 'AA', 5n)];
    expect(planned(rows, noCopy)).toEqual([['upload b'], ['remove-remote a']]);
    expect(afterOf(rows, noCopy)).toEqual([['remove-remote', 'a', { path: 'b', content: contentOf('AA') }]]);
  });

  test('a rename onto an occupied name changes neither name while the occupied one is held', () => {
    const rows = [
      gone('a', 'AA', 5n),
      row('b', { base: baseOf('B', 6n), local: here('AA', { inode: 5n }), remote: there('B') }),
    ];
    expect(planned(rows, { held: heldAt('b') })).toEqual([]);
    expect(planned(rows, noCopy)).toEqual([['upload b'], ['remove-remote a']]);
  });

  test('a chain of renames waits as a whole for its last name', () => {
    const rows = [
      gone('a', 'AA', 5n),
      row('b', { base: baseOf('B', 6n), local: here('AA', { inode: 5n }), remote: there('B') }),
      moved('c', 'B', 6n),
    ];
    expect(planned(rows, { held: heldAt('c') })).toEqual([]);
    expect(planned(rows, noCopy)).toEqual([['upload c'], ['upload b'], ['remove-remote a']]);
    expect(afterOf(rows)).toEqual([['move-remote', 'b', { path: 'c', content: contentOf('B') }]]);
  });

  test('a swap without safe copies does not wait for itself', () => {
    const rows = [
      row('a', { base: baseOf('AA', 5n), local: here('B', { inode: 6n }), remote: there('AA') }),
      row('b', { base: baseOf('B', 6n), local: here('AA', { inode: 5n }), remote: there('B') }),
    ];
    expect(planned(rows, noCopy).flat()).toEqual(['upload a', 'upload b']);
  });

  test('a copy whose bytes have not been read may be the file that disappeared', () => {
    const copied = row('b', { local: here('AA', { inode: 9n, unhashed: true }) });
    expect(planned([gone('a', 'AA', 5n), copied], { held: heldAt('b') })).toEqual([]);
    expect(planned([gone('a', 'AA', 5n), copied])).toEqual([['upload b'], ['remove-remote a']]);
  });

  test('one new name explains one missing file and not all with its content', () => {
    const rows = [gone('a', 'AA', 5n), gone('c', 'AA', 6n), moved('b', 'AA', 5n)];
    expect(planned(rows, { held: heldAt('b') })).toEqual([['remove-remote c']]);
  });

  test('a moved folder with one held file keeps that file alone', () => {
    const rows = [
      row('d', { base: folderBase(1n), remote: folderThere }),
      gone('d/a', 'AA', 5n),
      gone('d/b', 'BBB', 6n),
      row('e', { base: folderBase(1n), local: folderHere(1n), remote: folderThere }),
      row('e/a', { base: baseOf('AA', 5n), local: here('AA', { inode: 5n }), remote: there('AA') }),
      moved('e/b', 'BBB', 6n),
    ];
    expect(planned(rows, { held: heldAt('e/b') })).toEqual([['remove-remote d/a']]);
  });

  test('the old name is removed when the new one already holds the content', () => {
    const rows = [
      gone('a', 'AA', 5n),
      row('b', { base: baseOf('AA', 5n), local: here('AA', { inode: 5n }), remote: there('AA') }),
    ];
    expect(planned(rows)).toEqual([['remove-remote a']]);
  });

  test('a name that is about to go itself is not the new name of another one', () => {
    const removedThere = row('d', { base: baseOf('AA', 5n), local: here('AA', { inode: 5n }) });
    const rows = [gone('a', 'AA', 5n), removedThere, gone('e', 'AA', 5n)];
    expect(planned(rows).flat().sort()).toEqual(['remove-local d', 'remove-remote a', 'remove-remote e']);
    expect(
      planned(rows, { held: heldAt('e') })
        .flat()
        .sort(),
    ).toEqual(['remove-local d', 'remove-remote a']);
  });

  test('a renamed file is edited under its old name only after it has arrived under the new one', () => {
    const rows = [
      row('a', { base: baseOf('AA', 5n), local: here('new', { inode: 7n }), remote: there('AA') }),
      moved('a.bak', 'AA', 5n),
    ];
    expect(planned(rows, noCopy)).toEqual([['upload a.bak'], ['upload a']]);
    expect(planned(rows, { ...noCopy, held: heldAt('a.bak') })).toEqual([]);
  });

  test('a copy beside an edited file does not delay the edit', () => {
    const rows = [
      row('a', { base: baseOf('AA', 5n), local: here('new', { inode: 5n }), remote: there('AA') }),
      row('copy', { local: here('AA', { inode: 7n }) }),
    ];
    expect(planned(rows, { held: heldAt('copy') })).toEqual([['upload a']]);
  });
});

describe('rule 26: renamed to a name that cannot be synced', () => {
  const left = (trace: Trace): Entry =>
    row('bad', { local: { state: 'unknown', reason: 'name-invalid', trace } });

  test('a file renamed to a name that cannot be synced keeps its old name on both sides', () => {
    expect(planned([gone('a', 'AA', 5n), left({ kind: 'file', inode: 5n, sizeBytes: 2 })])).toEqual([]);
  });

  test('another file under a name that cannot be synced changes nothing', () => {
    for (const trace of [
      { kind: 'file', inode: 6n, sizeBytes: 2 },
      { kind: 'file', inode: 5n, sizeBytes: 3 },
      { kind: 'folder', inode: 5n },
    ] as const)
      expect(planned([gone('a', 'AA', 5n), left(trace)])).toEqual([['remove-remote a']]);
    expect(planned([gone('a', 'AA', 5n), row('bad', { local: unknown() })])).toEqual([['remove-remote a']]);
  });

  test('a folder renamed to a name that cannot be synced keeps all its contents', () => {
    const rows = [
      row('d', { base: folderBase(8n), remote: folderThere }),
      row('d/e', { base: folderBase(9n), remote: folderThere }),
      gone('d/e/a', 'AA', 5n),
      left({ kind: 'folder', inode: 8n }),
    ];
    expect(planned(rows)).toEqual([]);
  });
});

describe('rule 26: renamed remotely', () => {
  const goneThere = row('a', { base: baseOf('AA'), local: here('AA') });
  const came = row('b', { remote: there('AA', { etag: 'copy' }) });

  test('a file renamed remotely keeps its old local name while the new one is held or has no place', () => {
    expect(planned([goneThere, came], { held: heldAt('b') })).toEqual([]);
    expect(planned([goneThere, row('nul', { remote: there('AA') })], { windowsNames: true })).toEqual([]);
    const unread = row('b', { remote: there('AA', { etag: 'copy', unread: true }) });
    expect(planned([goneThere, unread], { held: heldAt('b') })).toEqual([]);
  });

  test('a file renamed remotely over another one is fetched first and removed then', () => {
    const over = row('b', { base: baseOf('B'), local: here('B'), remote: there('AA', { etag: 'copy' }) });
    expect(planned([goneThere, over], { movesOver: false })).toEqual([['download b'], ['remove-local a']]);
  });

  test('a remote rename between two folders that need each other’s places does not wait for ever', () => {
    const rows = [
      row('x', { base: baseOf('AA'), local: here('AA'), remote: folderThere }),
      row('y', { base: baseOf('B'), local: here('B'), remote: folderThere }),
      row('x/y', { remote: there('B', { etag: 'b2' }) }),
      row('y/x', { remote: there('AA', { etag: 'a2' }) }),
    ];
    expect(planned(rows).flat()).toEqual(['remove-local x']);
  });
});

describe('rule 26: several candidates for the new name', () => {
  test('no candidate is removed locally before the file under the new name is read', () => {
    const rows = [
      row('a', { base: baseOf('AA', 5n), local: here('AA', { inode: 5n }) }),
      row('c', { base: baseOf('BB', 6n), local: here('BB', { inode: 6n }) }),
      row('b', { remote: there('BB', { etag: 'copy', unread: true }) }),
    ];
    expect(planned(rows)).toEqual([['identify-remote b']]);
  });

  test('no candidate is removed remotely before the file under the new name is read', () => {
    const unread = row('b', { local: here('AA', { inode: 5n, unhashed: true }) });
    expect(planned([gone('a', 'AA', 5n), gone('c', 'AA', 5n), unread])).toEqual([['hash-local b']]);
  });
});

describe('rule 26: waiting operations are reported and end', () => {
  const problemsOf = (
    rows: readonly Entry[],
    policy: Parameters<typeof inputOf>[1] = {},
  ): readonly unknown[] =>
    plan(inputOf(rows, policy)).problems.map(({ path, code, fields }) => [code, path, fields]);

  test('a remote file of the same size without a place is read because it may be another one', () => {
    const goneThere = row('a', { base: baseOf('AA'), local: here('AA') });
    const clash = (text: string, unread: boolean): readonly Entry[] => [
      goneThere,
      row('F', { base: folderBase(), local: folderHere(), remote: folderThere }),
      row('f', { remote: folderThere }),
      row('f/x', { remote: there(text, { etag: 'x', unread }) }),
    ];
    const folding = { caseSensitive: false } as const;
    expect(planned(clash('BB', true), folding)).toEqual([['identify-remote f/x']]);
    expect(planned(clash('BB', false), folding)).toEqual([['remove-local a']]);
    expect(planned(clash('AA', false), folding)).toEqual([]);
    expect(problemsOf(clash('AA', false), folding)).toEqual([
      ['awaits-new-name', 'a', { to: 'f/x' }],
      ['case-clash', 'f', { other: 'F' }],
    ]);
  });

  test('a local file of the same size under a clashing name is read', () => {
    const clash = (text: string, unhashed: boolean): readonly Entry[] => [
      gone('a', 'AA', 5n),
      row('d', { local: here(text, { inode: 7n, unhashed }), remote: unknown('name-clash') }),
    ];
    expect(planned(clash('BB', true))).toEqual([['hash-local d']]);
    expect(planned(clash('BB', false))).toEqual([['remove-remote a']]);
    expect(planned(clash('AA', false))).toEqual([]);
    expect(problemsOf(clash('AA', false))).toEqual([['awaits-new-name', 'a', { to: 'd' }]]);
  });

  test('a file in back-off is reported and not read repeatedly', () => {
    const rows = [gone('a', 'AA', 5n), row('b', { local: here('AA', { inode: 9n, unhashed: true }) })];
    expect(planned(rows, { held: heldAt('b') })).toEqual([]);
    expect(problemsOf(rows, { held: heldAt('b') })).toEqual([['awaits-new-name', 'a', { to: 'b' }]]);
  });

  test('a name whose new one is being read or carried over is not reported', () => {
    const rows = [gone('a', 'AA', 5n), row('b', { local: here('AA', { inode: 9n, unhashed: true }) })];
    const policy = { held: heldAt('b'), running: heldAt('b') };
    expect(planned(rows, policy)).toEqual([]);
    expect(problemsOf(rows, policy)).toEqual([]);
  });

  test('a folder that moved as a whole is reported once', () => {
    const rows = [
      row('x', { base: folderBase(8n), remote: folderThere }),
      row('x/e', { base: folderBase(9n), remote: folderThere }),
      gone('x/e/1', 'AA', 5n),
      gone('x/e/2', 'BBB', 6n),
      row('d', { local: folderHere(8n), remote: unknown('name-clash') }),
      row('d/e', { local: folderHere(9n), remote: unknown('name-clash') }),
      row('d/e/1', { local: here('AA', { inode: 5n }), remote: unknown('name-clash') }),
      row('d/e/2', { local: here('BBB', { inode: 6n }), remote: unknown('name-clash') }),
    ];
    expect(problemsOf(rows)).toEqual([['awaits-new-name', 'x', { to: 'd' }]]);
  });

  test('every name of a chain that waits for one that cannot be synced is reported', () => {
    const rows = [
      gone('a', 'AA', 5n),
      row('b', { base: baseOf('B', 6n), local: here('AA', { inode: 5n }), remote: there('B') }),
      row('c', { local: here('B', { inode: 6n }), remote: unknown('name-clash') }),
    ];
    expect(planned(rows)).toEqual([]);
    expect(problemsOf(rows)).toEqual([
      ['awaits-new-name', 'a', { to: 'b' }],
      ['awaits-new-name', 'b', { to: 'c' }],
    ]);
  });

  test('a name with its own problem names the operation that waits, and nothing is reported twice', () => {
    const rows = [row('a', { base: baseOf('AA'), local: here('AA') }), row('nul', { remote: there('AA') })];
    expect(problemsOf(rows, { windowsNames: true })).toEqual([['name-reserved', 'nul', { from: 'a' }]]);
  });

  test('content that this plan transfers is not reported', () => {
    expect(problemsOf([gone('a', 'AA', 5n), moved('b', 'AA', 5n)], noCopy)).toEqual([]);
    expect(problemsOf([gone('a', 'AA', 5n), moved('b', 'AA', 5n)])).toEqual([]);
  });
});

test('a folder that the disk cannot rename moves file by file', () => {
  const rows = [
    row('d', { base: folderBase(), local: folderHere() }),
    row('d/a', { base: baseOf('AA'), local: here('AA') }),
    row('e', { remote: folderThere }),
    row('e/a', { remote: there('AA', { etag: 'copy' }) }),
  ];
  expect(planned(rows)).toEqual([['move-local d -> e']]);
  expect(planned(rows, { unmovable: new Set([relPath('d')]) })).toEqual([
    ['make-local-folder e'],
    ['move-local d/a -> e/a'],
    ['remove-local-folder d'],
  ]);
});
