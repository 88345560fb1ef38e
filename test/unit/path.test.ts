// Relative paths and object keys (rule 8): parsing, refusal, and comparison.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ancestorsOf,
  areNested,
  comparePaths,
  depthOf,
  foldName,
  isBelow,
  isOwnName,
  joinPath,
  keyFor,
  nameOf,
  parentOf,
  parseKey,
  parseRelPath,
  rebase,
  relPath,
  rootPath,
  utf8Bytes,
} from '../../main/core/model/path.ts';

const windows = { windowsNames: true };
const p = relPath;

describe('parseKey', () => {
  test.each([
    ['u/alice/a/b.txt', { kind: 'file', path: 'a/b.txt' }],
    ['u/alice/a/', { kind: 'folder', path: 'a' }],
    ['u/alice/', { kind: 'folder', path: '' }],
    ['u/alice/e\u0301', { kind: 'file', path: '\u00e9' }],
    ['u/alice/a\\b', { kind: 'file', path: 'a\\b' }],
    ['u/alice/a/.driftless/x', { kind: 'file', path: 'a/.driftless/x' }],
    ['u/alice/.driftlessignore', { kind: 'file', path: '.driftlessignore' }],
    ['u/alice/.driftless/head', { kind: 'ours' }],
    ['u/alice/.driftless/', { kind: 'ours' }],
    ['u/alice/.driftless', { kind: 'ours' }],
  ])('the key %j becomes its path', (key, parsed) => {
    expect(parseKey('u/alice/', key)).toEqual(parsed);
  });

  test.each([
    ['u/bob/a', 'name-invalid'],
    ['u/alice/../bob/a', 'name-invalid'],
    ['u/alice/a/..', 'name-invalid'],
    ['u/alice/./a', 'name-invalid'],
    ['u/alice/a//b', 'name-invalid'],
    ['u/alice//a', 'name-invalid'],
    ['u/alice//', 'name-invalid'],
    ['u/alice/a\0b', 'name-invalid'],
    ['u/alice/a\nb', 'name-invalid'],
    ['u/alice/a\u007fb', 'name-invalid'],
    ['u/alice/\ud800', 'name-invalid'],
    ['u/alice/.DRIFTLESS/root.json', 'name-reserved'],
    ['u/alice/.drift\u200bless/root.json', 'name-reserved'],
    ['u/alice/.driftles\u017f/x', 'name-reserved'],
    ['u/alice/.driftless./x', 'name-reserved'],
    ['u/alice/DRIFTL~1/x', 'name-reserved'],
    [`u/alice/a/.driftless-tmp-${'0123456789abcdef'.repeat(2)}`, 'name-reserved'],
    [`u/alice/${'x'.repeat(256)}`, 'name-too-long'],
    [`u/alice/${'\u00e9'.repeat(128)}`, 'name-too-long'],
    [`u/alice/${'abcdefg/'.repeat(127)}x`, 'name-too-long'],
  ])('the key %j is refused', (key, code) => {
    expect(parseKey('u/alice/', key)).toEqual({ kind: 'refused', code });
  });

  test('names of exactly 255 bytes and keys of exactly 1,024 bytes are accepted', () => {
    expect(parseKey('', 'x'.repeat(255)).kind).toBe('file');
    const long = `${'abcdefg/'.repeat(127)}abcdefgh`;
    expect(utf8Bytes(long)).toBe(1024);
    expect(parseKey('', long).kind).toBe('file');
    expect(parseKey('', `${long}i`).kind).toBe('refused');
  });

  test.each([
    ['con', 'name-reserved'],
    ['CON.txt', 'name-reserved'],
    ['a/COM1', 'name-reserved'],
    ['lpt\u00b2.log', 'name-reserved'],
    ['NUL .x', 'name-reserved'],
    ['CONOUT$', 'name-reserved'],
    ['dot.', 'name-invalid'],
    ['space ', 'name-invalid'],
    ['a:stream', 'name-invalid'],
    ['c:x', 'name-invalid'],
    ['C:/x', 'name-invalid'],
    ['a\\b', 'name-invalid'],
    ['what?', 'name-invalid'],
    ['pipe|', 'name-invalid'],
    ['a/"b"', 'name-invalid'],
  ])('the name %j is refused for a Windows disk only', (key, code) => {
    expect(parseKey('', key, windows)).toEqual({ kind: 'refused', code });
    // Elsewhere it is a name like any other, in the bucket as on the disk.
    expect(parseKey('', key)).toEqual({ kind: 'file', path: key });
  });

  test.each(['console', 'com', 'COM0x', 'nulled.txt', '.con', 'a.b', 'aux-file'])(
    'the name %j is accepted on Windows',
    (key) => {
      expect(parseKey('', key, windows)).toEqual({ kind: 'file', path: key });
    },
  );

  test('parsing a key is the inverse of keyFor for every path', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.boolean(), (segments, isFolder) => {
        const parsed = parseRelPath(segments.join('/'));
        fc.pre(parsed.kind === 'path' && parsed.path !== '');
        const kind = isFolder ? 'folder' : 'file';
        expect(parseKey('pre/', keyFor('pre/', parsed.path, kind))).toEqual({ kind, path: parsed.path });
      }),
      { numRuns: 500 },
    );
  });

  test('parsing a key never yields a path that leaves the root', () => {
    const piece = fc.constantFrom('..', '.', '', 'a', '/', '\\', 'C:', '\0', '.driftless', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const parsed = parseKey('', pieces.join('/'), windows);
        if (parsed.kind !== 'file' && parsed.kind !== 'folder') return;
        for (const segment of parsed.path.split('/').filter(() => parsed.path !== '')) {
          expect(['', '.', '..']).not.toContain(segment);
          expect(segment).not.toMatch(/[\\:\0]/u);
        }
        expect(isOwnName(parsed.path.split('/')[0] ?? '')).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a capital sharp s does not lead into our own folder', () => {
  expect(parseKey('u/', 'u/.DRIFTLE\u1e9e/root.json')).toEqual({ kind: 'refused', code: 'name-reserved' });
});

test('relPath accepts what parseRelPath accepts and throws at the rest', () => {
  expect(relPath('')).toBe(rootPath);
  expect(relPath('a/e\u0301')).toBe('a/\u00e9');
  expect(() => relPath('a//b')).toThrow('name-invalid');
});

test('keyFor ends a folder with a slash and maps the root to the prefix', () => {
  expect(keyFor('u/', p('a/b'), 'file')).toBe('u/a/b');
  expect(keyFor('u/', p('a/b'), 'folder')).toBe('u/a/b/');
  expect(keyFor('u/', rootPath, 'folder')).toBe('u/');
});

test('parent, name and depth of a path are right', () => {
  expect(parentOf(p('a/b/c'))).toBe('a/b');
  expect(parentOf(p('a'))).toBe('');
  expect(nameOf(p('a/b/c'))).toBe('c');
  expect(nameOf(p('a'))).toBe('a');
  expect(joinPath(p('a/b'), 'c')).toBe('a/b/c');
  expect(joinPath(rootPath, 'c')).toBe('c');
  expect(ancestorsOf(p('a/b/c'))).toEqual(['a/b', 'a']);
  expect(ancestorsOf(p('a'))).toEqual([]);
  expect([rootPath, p('a'), p('a/b'), p('a/b/c')].map(depthOf)).toEqual([0, 1, 2, 3]);
});

test('below, nested and rebased relate paths correctly', () => {
  expect(isBelow(p('a/b'), p('a'))).toBe(true);
  expect(isBelow(p('ab'), p('a'))).toBe(false);
  expect(isBelow(p('a'), p('a'))).toBe(false);
  expect(isBelow(p('a'), rootPath)).toBe(true);
  expect(isBelow(rootPath, rootPath)).toBe(false);
  expect(areNested(p('a'), p('a'))).toBe(true);
  expect(areNested(p('a'), p('a/b'))).toBe(true);
  expect(areNested(p('a/b'), p('a'))).toBe(true);
  expect(areNested(p('a'), p('b'))).toBe(false);
  expect(rebase(p('d/x/y'), p('d'), p('e/f'))).toBe('e/f/x/y');
  expect(rebase(p('d'), p('d'), p('e'))).toBe('e');
  expect(rebase(p('x'), rootPath, p('e'))).toBe('e/x');
  expect(rebase(p('d/x'), p('d'), rootPath)).toBe('x');
});

// Making the arbitrary takes fast-check a second, more on a busy machine, so it is made once.
test('paths compare by their UTF-8 bytes and not by UTF-16 units (rule 3)', () => {
  const text = fc.string({ unit: 'binary' });
  expect(['\uff5e', '\u{1f600}'].sort()).toEqual(['\u{1f600}', '\uff5e']);
  expect(comparePaths('\u{1f600}', '\uff5e')).toBeGreaterThan(0);
  fc.assert(
    fc.property(text, text, (left, right) => {
      const [a, b] = [left.toWellFormed(), right.toWellFormed()];
      expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(utf8Bytes(a)).toBe(Buffer.byteLength(a));
    }),
    { numRuns: 200 },
  );
});

test('names equal on a case-insensitive disk are recognised', () => {
  expect(foldName('README')).toBe(foldName('ReadMe'));
  expect(foldName('STRASSE')).toBe(foldName('stra\u00dfe'));
  expect(foldName('STRA\u1e9eE')).toBe(foldName('strasse'));
  expect(foldName('E\u0301')).toBe(foldName('\u00e9'));
  expect(foldName('a')).not.toBe(foldName('b'));
});
