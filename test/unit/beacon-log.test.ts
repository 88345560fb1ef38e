// Logs of the change feed: content, size limit, and validation of foreign ones (rule 24, security rule 22).
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  capChanges,
  changesOfOps,
  everythingChanged,
  logName,
  noChanges,
  parseHead,
  parseLog,
  scopesOf,
  seqOfLog,
  writeHead,
  writeLog,
} from '../../main/core/change-log.ts';
import type { RemoteChanges } from '../../main/core/change-log.ts';
import type { Op, RelPath } from '../../main/core/model/model.ts';
import { isBelow, relPath, rootPath, utf8Bytes } from '../../main/core/model/path.ts';

const id = 'ab'.repeat(16);
const name = logName(7, id);
const previous = logName(6, id);

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `f${String(index)}`);
}

function filesAt(...paths: string[]): RemoteChanges {
  return { ...noChanges, files: paths.map(relPath) };
}

describe('announced changes', () => {
  test('a log names only what an operation may have changed in the bucket', () => {
    const path = relPath('a.txt');
    const remove: Op = {
      kind: 'remove-remote',
      path,
      reason: 'gone-local',
      etag: 'e' as never,
      sizeBytes: 1,
    };
    const move: Op = {
      kind: 'move-remote',
      path: relPath('new'),
      from: relPath('old'),
      entry: 'folder',
      reason: 'moved-local',
      content: null,
      etag: null,
      sizeBytes: 0,
      over: null,
      keepsSource: false,
      parks: false,
      turn: 0,
    };
    const ops: Op[] = [
      remove,
      move,
      { kind: 'make-remote-folder', path: relPath('dir'), reason: 'new-local' },
      { kind: 'make-local-folder', path: relPath('here'), reason: 'new-remote' },
      { kind: 'forget', path: relPath('nothing'), reason: 'same-both' },
    ];
    expect(changesOfOps(ops)).toEqual({
      files: ['a.txt'],
      folders: ['dir'],
      below: [],
      moves: [{ from: 'old', to: 'new', entry: 'folder' }],
    });
  });

  test('a log and a head are read back as they were written', () => {
    const log = { name, previous, changes: { ...filesAt('ü/a.txt'), below: [relPath('b')] } };
    expect(parseLog(writeLog(log), name)).toEqual(log);
    expect(parseHead(writeHead(name))).toBe(name);
    expect(seqOfLog(name)).toBe(7);
  });
});

describe('size limit', () => {
  test('above the size limit the deepest paths collapse to "everything below their folder"', () => {
    const many = Array.from({ length: 600 }, (_, at) => `deep/er/file${String(at)}`);
    expect(capChanges(filesAt('top.txt', 'deep/one.txt', ...many))).toEqual({
      files: ['top.txt', 'deep/one.txt'],
      folders: [],
      below: ['deep/er'],
      moves: [],
    });
  });
  test('too many top-level paths collapse to "everything"', () => {
    expect(capChanges(filesAt(...Array.from({ length: 600 }, (_, at) => `file${String(at)}`)))).toEqual(
      everythingChanged,
    );
  });
  test('every announced path stays covered and the log stays within its size', () => {
    const segment = fc.constantFrom('a', 'b', 'ü', 'long name with many letters in it', 'x'.repeat(200));
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => relPath(parts.join('/')));
    const numbered = fc.tuple(path, fc.nat(2000)).map(([one, at]) => relPath(`${one}/${String(at)}`));
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 700 }), (files) => {
        const capped = capChanges({ ...noChanges, files });
        expect(utf8Bytes(JSON.stringify(capped))).toBeLessThanOrEqual(96 * 1024);
        const scopes = scopesOf(capped);
        const isCovered = (one: RelPath): boolean =>
          scopes.has(one) || capped.below.some((dir) => dir === rootPath || isBelow(one, dir));
        expect(files.filter((one) => !isCovered(one))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test('folders in any number are collapsed in linear time', { timeout: 120_000 }, () => {
  const files = Array.from({ length: 100_000 }, (_, index) => `d${String(index)}/f` as RelPath);
  // Pair by pair this would be ten thousand million comparisons.
  expect(capChanges({ ...noChanges, files })).toEqual(everythingChanged);
  const inOne = numbered(200_000).map((each) => `d/${each}` as RelPath);
  expect(capChanges({ ...noChanges, files: inOne })).toEqual({ ...noChanges, below: ['d'] });
});

test('paths of hundreds of folders are collapsed without a look at each of their levels', () => {
  const deep = (at: number): RelPath => `b${String(at)}/${'a/'.repeat(450)}f` as RelPath;
  // Level by level this would be four thousand million steps.
  const files = Array.from({ length: 20_000 }, (_, at) => deep(at));
  expect(capChanges({ ...noChanges, files })).toEqual(everythingChanged);
  const few = Array.from({ length: 400 }, (_, at) => deep(at));
  const { below } = capChanges({ ...noChanges, files: few });
  expect(below).toHaveLength(400);
  expect(below.every((dir) => few.some((path) => isBelow(path, dir)))).toBe(true);
});

describe('a foreign log', () => {
  const good = { version: 1, name, previous, changes: filesAt('a.txt') };
  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['another version', JSON.stringify({ ...good, version: 2 })],
    ['another name than its key', JSON.stringify({ ...good, name: previous })],
    ['a predecessor that comes after it', JSON.stringify({ ...good, previous: logName(8, id) })],
    ['a predecessor that is itself', JSON.stringify({ ...good, previous: name })],
    ['a predecessor that is a path', JSON.stringify({ ...good, previous: '../../other' })],
    ['a path upwards', JSON.stringify({ ...good, changes: { ...noChanges, files: ['../x'] } })],
    ['an absolute path', JSON.stringify({ ...good, changes: { ...noChanges, below: ['/etc'] } })],
    [
      'our own folder',
      JSON.stringify({ ...good, changes: { ...noChanges, files: ['.driftless/root.json'] } }),
    ],
    ['a control character', JSON.stringify({ ...good, changes: { ...noChanges, folders: ['a\u0000b'] } })],
    ['a number for a path', JSON.stringify({ ...good, changes: { ...noChanges, files: [1] } })],
    ['a move without an end', JSON.stringify({ ...good, changes: { ...noChanges, moves: [{ from: 'a' }] } })],
    ['no changes', JSON.stringify({ version: 1, name, previous })],
    ['more entries than any device writes', JSON.stringify({ ...good, changes: filesAt(...numbered(501)) })],
  ])('a foreign log with %s is rejected', (_what, text) => {
    expect(parseLog(JSON.stringify(good), name)).not.toBeNull();
    expect(parseLog(text, name)).toBeNull();
  });
  test('a log with as many entries as a device writes is read', () => {
    const full = { ...good, changes: filesAt(...numbered(500)) };
    expect(parseLog(JSON.stringify(full), name)?.changes.files).toHaveLength(500);
  });
  test('a head that holds anything but a log name names no log', () => {
    for (const log of ['../x', '', 7, null, `${name}/x`, name.toUpperCase()]) {
      expect(parseHead(JSON.stringify({ version: 1, log }))).toBeNull();
    }
    expect(parseHead('nonsense')).toBeNull();
  });
});
