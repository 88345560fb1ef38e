// Rule 16: what is recognised as a move, on what proof, and what is transferred instead.
import { describe, expect, test } from 'vitest';
import { plan } from '../../main/core/plan/plan.ts';
import {
  baseOf,
  contentOf,
  etagOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  markedFolder,
  planned,
  row,
  there,
  unknown,
  wavesOf,
} from '../support/plan-rows.ts';

const from = row('from', { base: baseOf('MM', 5n), remote: there('MM') });
const to = row('to', { local: here('MM', { inode: 5n }) });
const toUnhashed = row('to', { local: here('MM', { inode: 5n, unhashed: true }) });
const goneThere = row('from', { base: baseOf('MM'), local: here('MM') });

describe('a file moved here', () => {
  test('is one copy and one removal there, under the version that base names', () => {
    expect(plan(inputOf([from, to])).waves).toEqual([
      [
        {
          kind: 'move-remote',
          path: 'to',
          from: 'from',
          entry: 'file',
          reason: 'moved-local',
          content: contentOf('MM'),
          etag: etagOf('MM'),
          sizeBytes: 2,
          over: null,
          keepsSource: false,
          parks: false,
          turn: 0,
        },
      ],
    ]);
  });

  test('is only suggested by the inode: the bytes are read first, and the old name waits', () => {
    expect(planned([from, toUnhashed])).toEqual([['hash-local to']]);
  });

  test('keeps the folder that it left while the bytes are read', () => {
    const folder = row('d', { base: folderBase(), remote: markedFolder });
    const source = row('d/from', { base: baseOf('MM', 5n), remote: there('MM') });
    expect(planned([folder, source, toUnhashed])).toEqual([['hash-local to']]);
    expect(planned([folder, source, to])).toEqual([['move-remote d/from -> to'], ['remove-remote-folder d']]);
  });

  test('is none where the inode was reused for other bytes', () => {
    const reused = row('to', { local: here('NN', { inode: 5n }) });
    expect(planned([from, reused])).toEqual([['upload to'], ['remove-remote from']]);
  });

  test.each([
    [
      'the old name is still here',
      row('from', { base: baseOf('MM', 5n), local: here('MM'), remote: there('MM') }),
      [['upload to']],
    ],
    [
      'the old one was edited there',
      row('from', { base: baseOf('MM', 5n), remote: there('other') }),
      [['download from', 'upload to']],
    ],
    [
      'the old one is gone there, too',
      row('from', { base: baseOf('MM', 5n) }),
      [['forget from'], ['upload to']],
    ],
    [
      'a folder has the old name',
      row('from', { base: baseOf('MM', 5n), local: folderHere(), remote: there('MM') }),
      [['upload to'], ['remove-remote from']],
    ],
  ])('is none where %s', (_name, source, waves) => {
    expect(planned([source, to])).toEqual(waves);
  });

  test('is none while its absence under the old name is not proven', () => {
    expect(planned([from, to], { localComplete: false })).toEqual([['upload to']]);
    expect(planned([from, to], { hinted: new Set([from.path]) })).toEqual([['upload to']]);
  });

  test('is none while either name is held, and the old name stays with a new one that is (rule 26)', () => {
    expect(planned([from, to], { held: (path) => path === 'from' })).toEqual([['upload to']]);
    expect(planned([from, to], { held: (path) => path === 'to' })).toEqual([]);
  });

  test('is uploaded again where the store does not copy safely, but hashed for the guard', () => {
    expect(planned([from, toUnhashed], { serverCopy: false })).toEqual([['hash-local to']]);
    expect(planned([from, to], { serverCopy: false })).toEqual([['upload to'], ['remove-remote from']]);
  });

  test('prefers the same name elsewhere, then the same folder', () => {
    const target = row('d/x', { local: here('MM', { inode: 5n }) });
    const folder = row('d', { base: folderBase(), local: folderHere(), remote: folderThere });
    const source = (path: string) => row(path, { base: baseOf('MM', 5n), remote: there('MM') });
    expect(planned([folder, target, source('a'), source('x')])).toEqual([
      ['move-remote x -> d/x'],
      ['remove-remote a'],
    ]);
    expect(planned([folder, target, source('a'), source('d/z')])).toEqual([
      ['move-remote d/z -> d/x'],
      ['remove-remote a'],
    ]);
  });

  test('one old name serves one new name', () => {
    const other = row('to2', { local: here('MM', { inode: 5n }) });
    expect(planned([from, to, other])).toEqual([['move-remote from -> to'], ['upload to2']]);
  });

  test('a rename of case alone is a move', () => {
    const rows = [
      row('a.txt', { base: baseOf('MM', 5n), remote: there('MM') }),
      row('A.txt', { local: here('MM', { inode: 5n }) }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['move-remote a.txt -> A.txt']]);
  });

  test('the folder that it left gets a marker when it was the last', () => {
    const rows = [
      row('d', { base: folderBase(), local: folderHere(), remote: folderThere }),
      row('d/x', { base: baseOf('MM', 5n), remote: there('MM') }),
      row('x', { local: here('MM', { inode: 5n }) }),
    ];
    expect(planned(rows)).toEqual([['make-remote-folder d'], ['move-remote d/x -> x']]);
  });
});

describe('a file moved there', () => {
  test('is renamed here', () => {
    expect(plan(inputOf([goneThere, row('to', { remote: there('MM', { etag: 'copy' }) })])).waves).toEqual([
      [
        {
          kind: 'move-local',
          path: 'to',
          from: 'from',
          entry: 'file',
          reason: 'moved-remote',
          content: contentOf('MM'),
          sizeBytes: 2,
          over: null,
          turn: 0,
        },
      ],
    ]);
  });

  test('is told by content alone: one of that size is identified first, and the old name waits', () => {
    expect(planned([goneThere, row('to', { remote: there('MM', { unread: true }) })])).toEqual([
      ['identify-remote to'],
    ]);
    expect(planned([goneThere, row('to', { remote: there('three', { unread: true }) })])).toEqual([
      ['download to'],
      ['remove-local from'],
    ]);
  });

  test('is none where the bytes differ', () => {
    expect(planned([goneThere, row('to', { remote: there('NN') })])).toEqual([
      ['download to'],
      ['remove-local from'],
    ]);
  });

  test('is none where the old one was edited here', () => {
    const edited = row('from', { base: baseOf('MM'), local: here('NN') });
    expect(planned([edited, row('to', { remote: there('MM') })])).toEqual([['upload from', 'download to']]);
  });

  test('into a folder that is new there: the folder first', () => {
    const rows = [goneThere, row('d', { remote: folderThere }), row('d/from', { remote: there('MM') })];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['move-local from -> d/from']]);
  });

  test('is none where a file stands in the place of its new folder', () => {
    const rows = [
      goneThere,
      row('p', { base: baseOf('B'), local: here('B'), remote: folderThere }),
      row('p/from', { remote: there('MM') }),
    ];
    expect(planned(rows)).toEqual([['remove-local p']]);
  });

  test('is none where its new folder cannot be made here', () => {
    const rows = [goneThere, row('nul', { remote: folderThere }), row('nul/from', { remote: there('MM') })];
    expect(planned(rows, { windowsNames: true })).toEqual([]);
    const deeper = [
      ...rows.slice(0, 2),
      row('nul/d', { remote: folderThere }),
      row('nul/d/from', { remote: there('MM') }),
    ];
    expect(planned(deeper, { windowsNames: true })).toEqual([]);
  });

  test('is none where its new folder is one name with another folder here', () => {
    const standing = row('d', { base: folderBase(), local: folderHere(), remote: folderThere });
    const rows = [
      goneThere,
      standing,
      row('D', { remote: folderThere }),
      row('D/from', { remote: there('MM') }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([]);
  });

  test('below its own old name: the file goes first, for a folder needs its place', () => {
    const rows = [
      row('b', { base: baseOf('MM'), local: here('MM'), remote: folderThere }),
      row('b/a', { remote: there('MM') }),
    ];
    expect(planned(rows)).toEqual([['remove-local b']]);
  });

  test('a rename of case alone is a rename here, too', () => {
    const rows = [
      row('a.txt', { base: baseOf('MM'), local: here('MM') }),
      row('A.txt', { remote: there('MM', { etag: 'copy' }) }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['move-local a.txt -> A.txt']]);
  });

  test('is not renamed to a name that no Windows disk takes', () => {
    const made = plan(inputOf([goneThere, row('nul', { remote: there('MM') })], { windowsNames: true }));
    expect(wavesOf(made)).toEqual([]);
    expect(made.problems).toEqual([{ path: 'nul', code: 'name-reserved', fields: { from: 'from' } }]);
  });
});

describe('a folder moved here', () => {
  const old = row('d', { base: folderBase(9n), remote: folderThere });
  const renamed = row('e', { local: folderHere(9n) });
  const left = (name: string, inode: bigint) =>
    row(`d/${name}`, { base: baseOf('MM', inode), remote: there('MM') });
  const found = (name: string, inode: bigint) =>
    row(`e/${name}`, { local: here('MM', { inode, unhashed: true }) });

  test('is one operation; what it holds is looked at in the next cycle', () => {
    const rows = [old, renamed, left('x', 5n), left('y', 6n), found('x', 5n), found('y', 6n)];
    expect(plan(inputOf(rows)).waves).toEqual([
      [
        {
          kind: 'move-remote',
          path: 'e',
          from: 'd',
          entry: 'folder',
          reason: 'moved-local',
          content: null,
          etag: null,
          sizeBytes: 4,
          over: null,
          keepsSource: false,
          parks: false,
          turn: 0,
        },
      ],
    ]);
  });

  test('takes an edit along that was made there meanwhile', () => {
    const edited = row('d/y', { base: baseOf('MM', 6n), remote: there('edited') });
    expect(planned([old, renamed, left('x', 5n), edited, found('x', 5n), found('y', 6n)])).toEqual([
      ['move-remote d -> e'],
    ]);
  });

  test.each([
    ['most of its files are other files', [left('x', 5n), left('y', 6n), left('z', 7n), found('x', 5n)]],
    [
      'something in it is unknown',
      [left('x', 5n), found('x', 5n), row('d/u', { remote: unknown('name-invalid') })],
    ],
  ])('is no folder move where %s', (_name, rows) => {
    expect(planned([old, renamed, ...rows]).flat()).not.toContain('move-remote d -> e');
  });

  test('is no folder move where another folder has the old name now', () => {
    const again = row('d', { base: folderBase(9n), local: folderHere(12n), remote: folderThere });
    expect(planned([again, renamed, left('x', 5n), found('x', 5n)])).toEqual([['hash-local e/x']]);
    const file = row('d', { base: folderBase(9n), local: here('X'), remote: folderThere });
    expect(planned([file, renamed, left('x', 5n), found('x', 5n)])).toEqual([['hash-local e/x']]);
  });

  test('is no folder move without a safe copy, or while something in it is held', () => {
    const rows = [old, renamed, left('x', 5n), found('x', 5n)];
    expect(planned(rows, { serverCopy: false })).toEqual([['hash-local e/x']]);
    expect(planned(rows, { held: (path) => path === 'd/x' }).flat()).not.toContain('move-remote d -> e');
    expect(planned(rows, { localComplete: false })).toEqual([['upload e/x']]);
  });
});

describe('a folder moved there', () => {
  const old = row('d', { base: folderBase(), local: folderHere() });
  const renamed = row('e', { remote: folderThere });
  const left = (name: string, text: string) => row(`d/${name}`, { base: baseOf(text), local: here(text) });
  const found = (name: string, text: string, unread = false) =>
    row(`e/${name}`, { remote: there(text, { unread }) });

  test('is one rename here', () => {
    const rows = [old, renamed, left('x', '1'), left('y', '2'), found('x', '1'), found('y', '2')];
    expect(planned(rows)).toEqual([['move-local d -> e']]);
  });

  test('takes its subfolders along', () => {
    const inner = row('d/p', { base: folderBase(101n), local: folderHere(101n) });
    const rows = [old, renamed, inner, row('e/p', { remote: folderThere })];
    expect(planned([...rows, left('p/x', '1'), found('p/x', '1')])).toEqual([['move-local d -> e']]);
  });

  test('one operation at a time: a subfolder that went elsewhere is no second move', () => {
    const inner = row('d/p', { base: folderBase(101n), local: folderHere(101n) });
    const other = row('k', { base: folderBase(102n), local: folderHere(102n), remote: folderThere });
    const most = ['1', '22', '333'].flatMap((text) => [left(text, text), found(text, text)]);
    const rows = [old, renamed, inner, other, ...most, row('k/p', { remote: folderThere })];
    const file = [left('p/x', '4444'), row('k/p/x', { remote: there('4444') })];
    expect(planned([...rows, ...file])).toEqual([
      ['make-local-folder k/p'],
      ['move-local d -> e'],
      ['download k/p/x'],
    ]);
  });

  test('nothing in it is touched while its contents are being identified', () => {
    const rows = [old, renamed, left('x', '1'), found('x', '1', true), row('d/new', { local: here('X') })];
    expect(planned(rows)).toEqual([['identify-remote e/x']]);
  });

  test('goes file by file where most of it went elsewhere', () => {
    const rows = [old, renamed, left('x', '1'), left('y', '22'), left('z', '333'), found('x', '1')];
    expect(planned(rows)).toEqual([
      ['make-local-folder e'],
      ['move-local d/x -> e/x'],
      ['remove-local d/y', 'remove-local d/z'],
      ['remove-local-folder d'],
    ]);
  });

  test('goes file by file where the old folder stays there', () => {
    const stays = row('d', { base: folderBase(), local: folderHere(), remote: markedFolder });
    expect(planned([stays, renamed, left('x', '1'), found('x', '1')])).toEqual([
      ['make-local-folder e'],
      ['move-local d/x -> e/x'],
    ]);
  });

  test('is one rename into a folder that is new, too, once that is made, and into a folder that is here', () => {
    const inner = [row('n/d', { remote: folderThere }), row('n/d/x', { remote: there('1') })];
    expect(planned([old, left('x', '1'), row('n', { remote: folderThere }), ...inner])).toEqual([
      ['make-local-folder n'],
      ['move-local d -> n/d'],
    ]);
    const known = row('n', { base: folderBase(), local: folderHere(), remote: folderThere });
    expect(planned([old, left('x', '1'), known, ...inner])).toEqual([['move-local d -> n/d']]);
  });
});
