// Ignore rules in gitignore syntax, default patterns, and excluded folders.
import { describe, expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { compileIgnore } from '../../main/core/config/ignore-match.ts';
import { ignoreFileCaps, ignoreRules } from '../../main/core/config/ignore-rules.ts';
import { relPath } from '../../main/core/model/path.ts';

function matcher(options: {
  settings?: readonly string[];
  ignoreFile?: string;
  excluded?: readonly string[];
  caseSensitive?: boolean;
}) {
  const rules = ignoreRules({
    settings: options.settings ?? [],
    ignoreFile: options.ignoreFile ?? null,
    excluded: (options.excluded ?? []).map(relPath),
  });
  const match = makeIgnoreMatcher(rules, { caseSensitive: options.caseSensitive ?? true });
  return (path: string, kind: 'file' | 'folder' = 'file') => match(relPath(path), kind);
}

describe('the default patterns ignore litter', () => {
  test.each([
    '.DS_Store',
    'a/b/.DS_Store',
    '._photo.jpg',
    'Thumbs.db',
    'desktop.ini',
    '~$letter.docx',
    '.~lock.letter.odt#',
    '.letter.txt.swp',
    'x.crdownload',
    'lu2509418lsd.tmp',
    'notes.db-shm',
    'x.part',
    'x.partial',
    '.directory',
  ])('the default patterns match %s', (path) => {
    expect(matcher({})(path)).toBe('ignored');
  });

  test.each([
    'letter.docx',
    'a.ini',
    'partial',
    '.bashrc',
    '.driftlessignore',
    'Icon',
    'part',
    '.git/config',
    'x.tmp',
  ])('the default patterns do not match %s', (path) => {
    expect(matcher({})(path)).toBeNull();
  });
});

test('folders, anchors, negation and the order of lines follow gitignore', () => {
  const match = matcher({
    settings: ['*.log', 'build/', '/top.txt', 'a/**/z'],
    ignoreFile: '\uFEFF# comment\r\n\r\n!keep.log\r\n',
  });
  expect(match('x.log')).toBe('ignored');
  expect(match('d/x.log')).toBe('ignored');
  expect(match('keep.log')).toBeNull();
  expect(match('build', 'folder')).toBe('ignored');
  expect(match('build', 'file')).toBeNull();
  expect(match('build/out.js')).toBe('ignored');
  expect(match('top.txt')).toBe('ignored');
  expect(match('d/top.txt')).toBeNull();
  expect(match('a/b/c/z')).toBe('ignored');
});

test('a negation brings a default pattern back', () => {
  expect(matcher({ ignoreFile: '!Thumbs.db' })('Thumbs.db')).toBeNull();
});

test('letter case matters exactly where the disk distinguishes it', () => {
  expect(matcher({ settings: ['*.tmp'] })('X.TMP')).toBeNull();
  expect(matcher({ settings: ['*.tmp'], caseSensitive: false })('X.TMP')).toBe('ignored');
});

test('an excluded folder is left alone with all its contents, and nothing else is', () => {
  const match = matcher({ excluded: ['big/movies'] });
  expect(match('big/movies', 'folder')).toBe('excluded');
  expect(match('big/movies/a/b.mkv')).toBe('excluded');
  expect(match('big/movies2')).toBeNull();
  expect(match('big', 'folder')).toBeNull();
  expect(match('', 'folder')).toBeNull();
});

test('a pattern that git considers invalid matches nothing', () => {
  for (const line of ['/', '!', 'a[', 'a\\', '[[:nonsense:]]', '[/]x'])
    expect(matcher({ ignoreFile: line })('a'), line).toBeNull();
  expect(matcher({ ignoreFile: '[a]' })('a')).toBe('ignored');
});

describe('an ignore file as untrusted input', () => {
  const longName = `${'a'.repeat(200)}c`;

  test('stars are not tried in every combination', () => {
    const starry = `${'*a'.repeat(ignoreFileCaps.wildcardsPerLine)}*b`;
    const deep = `${'**/a/'.repeat(10)}b`;
    const match = matcher({ settings: [starry, `x/${starry}`, deep, '*a'.repeat(120) + 'b'] });
    expect(match(longName)).toBeNull();
    expect(match(Array.from({ length: 400 }, () => 'a').join('/'))).toBeNull();
  });

  // Each folder above by itself would take half a minute on an idle machine.
  test('patterns that fit at every depth are matched for deep paths', { timeout: 25_000 }, () => {
    // Each line fits almost to its end at every folder of the path.
    const lines = Array.from({ length: 800 }, (_, at) => `**/${'a/'.repeat(250)}b${String(at)}/**`);
    const isOut = compileIgnore(lines, { caseSensitive: true });
    const folder = `x/${'a/'.repeat(500)}`;
    expect(isOut(relPath(`${folder}b3/c`), 'file')).toBe(true);
    expect(isOut(relPath(`${folder}c`), 'file')).toBe(false);
  });

  // Hundreds of millions of steps, which V8's coverage counters slow down several times.
  test('a file at its caps is matched for long names', { timeout: 120_000 }, () => {
    const line = `*${'a'.repeat(62)}b`;
    const count = Math.floor(ignoreFileCaps.wildcardUnits / line.length);
    const rules = ignoreRules({
      settings: [],
      ignoreFile: Array.from({ length: count }, () => line).join('\n'),
      excluded: [],
    });
    expect(rules.refusedLines).toBe(0);
    const match = makeIgnoreMatcher(rules, { caseSensitive: true });
    for (let number = 0; number < 50; number += 1)
      expect(match(relPath(`${longName}${String(number)}`), 'file')).toBeNull();
  });

  test.each([
    ['too many lines', Array.from({ length: 1500 }, (_, at) => `n${String(at)}`).join('\n'), 500],
    ['a line that is too long', `${'a'.repeat(1025)}\nfine`, 1],
    ['too many wildcards in a line', `${'*a'.repeat(33)}\nfine`, 1],
    ['too many wildcards in all', Array.from({ length: 200 }, () => `*${'a'.repeat(99)}`).join('\n'), 119],
    ['comments and blank lines count for nothing', `${'# *\n\n'.repeat(2000)}fine`, 0],
  ])('an ignore file with %s is judged by its limits', (_name, file, refused) => {
    const rules = ignoreRules({ settings: [], ignoreFile: file, excluded: [] });
    expect(rules.refusedLines).toBe(refused);
  });
});
