// Recognition of moves, the required proof, and the resulting operations (rule 16).
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

describe('a file moved locally', () => {
  test('a file moved locally becomes one remote copy and one removal under the version that base names', () => {
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

  test('an inode only suggests a move: the bytes are read first and the old name waits', () => {
    expect(planned([from, toUnhashed])).toEqual([['hash-local to']]);
  });

  test("the folder that a file left stays while the file's bytes are read", () => {
    const folder = row('d', { base: folderBase(), remote: markedFolder });
    const source = row('d/from', { base: baseOf('MM', 5n), remote: there('MM') });
    expect(planned([folder, source, toUnhashed])).toEqual([['hash-local to']]);
    expect(planned([folder, source, to])).toEqual([['move-remote d/from -> to'], ['remove-remote-folder d']]);
  });

  test('a remote version that may be another one is identified before the new name is uploaded', () => {
    const unread = row('from', { base: baseOf('MM', 5n), remote: there('MM', { etag: 'e2', unread: true }) });
    const edited = row('from', { base: baseOf('MM', 5n), remote: there('NN') });
    expect(planned([unread, toUnhashed])).toEqual([['identify-remote from', 'hash-local to']]);
    expect(planned([unread, to])).toEqual([['identify-remote from']]);
    expect(planned([edited, to])).toEqual([['download from', 'upload to']]);
  });

  test('another spelling that is here as well, or was a file of another size, is no old name', () => {
    const folds = { caseSensitive: false };
    const [lower, upper] = [
      row('x', { local: here('MM', { inode: 5n }) }),
      row('X', { local: here('MM', { inode: 6n }) }),
    ];
    expect(planned([lower, upper], folds)).toEqual([['upload X', 'upload x']]);
    const longer = row('from', { base: baseOf('MMM', 5n), remote: there('MMM') });
    const respelled = row('From', { local: here('MM', { inode: 9n, unhashed: true }) });
    expect(planned([longer, respelled], folds)).toEqual([['upload From'], ['remove-remote from']]);
  });

  test('an inode reused for other bytes is no move', () => {
    const reused = row('to', { local: here('NN', { inode: 5n }) });
    expect(planned([from, reused])).toEqual([['upload to'], ['remove-remote from']]);
  });

  test.each([
    [
      'the old name still exists locally',
      row('from', { base: baseOf('MM', 5n), local: here('MM'), remote: there('MM') }),
      [['upload to']],
    ],
    [
      'the old file was edited remotely',
      row('from', { base: baseOf('MM', 5n), remote: there('other') }),
      [['download from', 'upload to']],
    ],
    [
      'the old file is gone remotely, too',
      row('from', { base: baseOf('MM', 5n) }),
      [['forget from'], ['upload to']],
    ],
    [
      'the old name is a folder',
      row('from', { base: baseOf('MM', 5n), local: folderHere(), remote: there('MM') }),
      [['upload to'], ['remove-remote from']],
    ],
  ])('a new local file is no move where %s', (_name, source, waves) => {
    expect(planned([source, to])).toEqual(waves);
  });

  test('a new local file is no move while its absence under the old name is not proven', () => {
    expect(planned([from, to], { localComplete: false })).toEqual([['upload to']]);
    expect(planned([from, to], { changing: new Set([from.path]) })).toEqual([['upload to']]);
  });

  test('a local file is no move while either name is held, and the old name stays with a held new one (rule 26)', () => {
    expect(planned([from, to], { held: (path) => path === 'from' })).toEqual([['upload to']]);
    expect(planned([from, to], { held: (path) => path === 'to' })).toEqual([]);
  });

  test('without safe copies a moved file is uploaded again but hashed for the safety check', () => {
    expect(planned([from, toUnhashed], { serverCopy: false })).toEqual([['hash-local to']]);
    expect(planned([from, to], { serverCopy: false })).toEqual([['upload to'], ['remove-remote from']]);
  });

  test('a move prefers the same name elsewhere, then the same folder', () => {
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

  test('a local rename of letter case alone is a move', () => {
    const rows = [
      row('a.txt', { base: baseOf('MM', 5n), remote: there('MM') }),
      row('A.txt', { local: here('MM', { inode: 5n }) }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['move-remote a.txt -> A.txt']]);
  });

  test('the folder that lost its last file to a move gets a marker', () => {
    const rows = [
      row('d', { base: folderBase(), local: folderHere(), remote: folderThere }),
      row('d/x', { base: baseOf('MM', 5n), remote: there('MM') }),
      row('x', { local: here('MM', { inode: 5n }) }),
    ];
    expect(planned(rows)).toEqual([['make-remote-folder d'], ['move-remote d/x -> x']]);
  });
});

describe('a file moved remotely', () => {
  test('a file moved remotely is renamed locally', () => {
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

  test('a remote move is recognised by content alone: a file of that size is identified first and the old name waits', () => {
    expect(planned([goneThere, row('to', { remote: there('MM', { unread: true }) })])).toEqual([
      ['identify-remote to'],
    ]);
    expect(planned([goneThere, row('to', { remote: there('three', { unread: true }) })])).toEqual([
      ['download to'],
      ['remove-local from'],
    ]);
  });

  test('a file that has to be read again is read before its new name in the bucket is fetched', () => {
    const left = row('from', { base: baseOf('MM'), local: here('MM', { unhashed: true }) });
    const other = row('from', { base: baseOf('MM'), local: here('NN') });
    const unread = row('to', { remote: there('MM', { unread: true }) });
    const fresh = row('to', { remote: there('MM') });
    expect(planned([left, unread])).toEqual([['hash-local from', 'identify-remote to']]);
    expect(planned([left, fresh])).toEqual([['hash-local from']]);
    expect(planned([goneThere, fresh])).toEqual([['move-local from -> to']]);
    expect(planned([other, fresh])).toEqual([['upload from', 'download to']]);
  });

  test('a remote file with other bytes is no move', () => {
    expect(planned([goneThere, row('to', { remote: there('NN') })])).toEqual([
      ['download to'],
      ['remove-local from'],
    ]);
  });

  test('a remote move is not followed where the local file was edited', () => {
    const edited = row('from', { base: baseOf('MM'), local: here('NN') });
    expect(planned([edited, row('to', { remote: there('MM') })])).toEqual([['upload from', 'download to']]);
  });

  test('a remote move into a new folder creates the folder first', () => {
    const rows = [goneThere, row('d', { remote: folderThere }), row('d/from', { remote: there('MM') })];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['move-local from -> d/from']]);
  });

  test('a remote move is no rename where a file occupies the place of its new folder', () => {
    const rows = [
      goneThere,
      row('p', { base: baseOf('B'), local: here('B'), remote: folderThere }),
      row('p/from', { remote: there('MM') }),
    ];
    expect(planned(rows)).toEqual([['remove-local p']]);
  });

  test('a remote move is no rename where its new folder cannot be created locally', () => {
    const rows = [goneThere, row('nul', { remote: folderThere }), row('nul/from', { remote: there('MM') })];
    expect(planned(rows, { windowsNames: true })).toEqual([]);
    const deeper = [
      ...rows.slice(0, 2),
      row('nul/d', { remote: folderThere }),
      row('nul/d/from', { remote: there('MM') }),
    ];
    expect(planned(deeper, { windowsNames: true })).toEqual([]);
  });

  test('a remote move is no rename where its new folder has the same name as another local folder', () => {
    const standing = row('d', { base: folderBase(), local: folderHere(), remote: folderThere });
    const rows = [
      goneThere,
      standing,
      row('D', { remote: folderThere }),
      row('D/from', { remote: there('MM') }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([]);
  });

  test('a remote move below its own old name moves the file first, because the folder needs its place', () => {
    const rows = [
      row('b', { base: baseOf('MM'), local: here('MM'), remote: folderThere }),
      row('b/a', { remote: there('MM') }),
    ];
    expect(planned(rows)).toEqual([['remove-local b']]);
  });

  test('a remote rename of letter case alone is a local rename, too', () => {
    const rows = [
      row('a.txt', { base: baseOf('MM'), local: here('MM') }),
      row('A.txt', { remote: there('MM', { etag: 'copy' }) }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['move-local a.txt -> A.txt']]);
  });

  test('a file is not renamed to a name that Windows disks refuse', () => {
    const made = plan(inputOf([goneThere, row('nul', { remote: there('MM') })], { windowsNames: true }));
    expect(wavesOf(made)).toEqual([]);
    expect(made.problems).toEqual([{ path: 'nul', code: 'name-reserved', fields: { from: 'from' } }]);
  });
});

describe('a folder moved locally', () => {
  const old = row('d', { base: folderBase(9n), remote: folderThere });
  const renamed = row('e', { local: folderHere(9n) });
  const left = (name: string, inode: bigint) =>
    row(`d/${name}`, { base: baseOf('MM', inode), remote: there('MM') });
  const found = (name: string, inode: bigint) =>
    row(`e/${name}`, { local: here('MM', { inode, unhashed: true }) });

  test('a folder moved locally is one operation and its contents follow in the next cycle', () => {
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

  test('a folder moved locally carries a remote edit along', () => {
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
  ])('a folder moved locally moves file by file where %s', (_name, rows) => {
    expect(planned([old, renamed, ...rows]).flat()).not.toContain('move-remote d -> e');
  });

  test('a folder moved locally moves file by file where another folder has the old name now', () => {
    const again = row('d', { base: folderBase(9n), local: folderHere(12n), remote: folderThere });
    expect(planned([again, renamed, left('x', 5n), found('x', 5n)])).toEqual([['hash-local e/x']]);
    const file = row('d', { base: folderBase(9n), local: here('X'), remote: folderThere });
    expect(planned([file, renamed, left('x', 5n), found('x', 5n)])).toEqual([['hash-local e/x']]);
  });

  test('a folder moved locally moves file by file without a safe copy or while something in it is held', () => {
    const rows = [old, renamed, left('x', 5n), found('x', 5n)];
    expect(planned(rows, { serverCopy: false })).toEqual([['hash-local e/x']]);
    expect(planned(rows, { held: (path) => path === 'd/x' }).flat()).not.toContain('move-remote d -> e');
    expect(planned(rows, { localComplete: false })).toEqual([['upload e/x']]);
  });
});

describe('a folder moved remotely', () => {
  const old = row('d', { base: folderBase(), local: folderHere() });
  const renamed = row('e', { remote: folderThere });
  const left = (name: string, text: string) => row(`d/${name}`, { base: baseOf(text), local: here(text) });
  const found = (name: string, text: string, unread = false) =>
    row(`e/${name}`, { remote: there(text, { unread }) });

  test('a folder moved remotely is one local rename', () => {
    const rows = [old, renamed, left('x', '1'), left('y', '2'), found('x', '1'), found('y', '2')];
    expect(planned(rows)).toEqual([['move-local d -> e']]);
  });

  test('a folder moved remotely takes its subfolders along', () => {
    const inner = row('d/p', { base: folderBase(101n), local: folderHere(101n) });
    const rows = [old, renamed, inner, row('e/p', { remote: folderThere })];
    expect(planned([...rows, left('p/x', '1'), found('p/x', '1')])).toEqual([['move-local d -> e']]);
  });

  test('a subfolder that went elsewhere is no second move in the same plan', () => {
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

  test('nothing in a moved folder is touched while its contents are being identified', () => {
    const rows = [old, renamed, left('x', '1'), found('x', '1', true), row('d/new', { local: here('X') })];
    expect(planned(rows)).toEqual([['identify-remote e/x']]);
  });

  test('a folder moved remotely moves file by file where most of its files went elsewhere', () => {
    const rows = [old, renamed, left('x', '1'), left('y', '22'), left('z', '333'), found('x', '1')];
    expect(planned(rows)).toEqual([
      ['make-local-folder e'],
      ['move-local d/x -> e/x'],
      ['remove-local d/y', 'remove-local d/z'],
      ['remove-local-folder d'],
    ]);
  });

  test('a folder moved remotely moves file by file where the old folder stays', () => {
    const stays = row('d', { base: folderBase(), local: folderHere(), remote: markedFolder });
    expect(planned([stays, renamed, left('x', '1'), found('x', '1')])).toEqual([
      ['make-local-folder e'],
      ['move-local d/x -> e/x'],
    ]);
  });

  test('a folder moved remotely is one rename into an existing folder, and into a new one once it is created', () => {
    const inner = [row('n/d', { remote: folderThere }), row('n/d/x', { remote: there('1') })];
    expect(planned([old, left('x', '1'), row('n', { remote: folderThere }), ...inner])).toEqual([
      ['make-local-folder n'],
      ['move-local d -> n/d'],
    ]);
    const known = row('n', { base: folderBase(), local: folderHere(), remote: folderThere });
    expect(planned([old, left('x', '1'), known, ...inner])).toEqual([['move-local d -> n/d']]);
  });
});
