// Ignore rules in gitignore syntax, default patterns, and excluded folders.
import { describe, expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { compileIgnore } from '../../main/core/config/ignore-match.ts';
import { ignoreFileCaps, ignoreRules } from '../../main/core/config/ignore-rules.ts';
import { relPath } from '../../main/core/model/path.ts';
import { topmostIgnored } from '../../main/sync/scan/ignored.ts';

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
    ignoreFile: '\uFEFF# comment\r\n\r\n*.log\r\nbuild/\r\n!keep.log\r\n',
    settings: ['/top.txt', 'a/**/z'],
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

test('what the settings leave out stays out whatever the ignore file, which the bucket may have sent, says', () => {
  const match = matcher({ settings: ['*.key', '!old.key'], ignoreFile: '!*\n!*.key\n!/a.key\nold.key\n' });
  expect(match('a.key')).toBe('ignored');
  expect(match('d/a.key')).toBe('ignored');
  expect(match('old.key')).toBeNull();
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

  test('patterns that fit at every depth are matched for deep paths', () => {
    // Each line fits almost to its end at every folder of the path.
    const lines = Array.from({ length: 800 }, (_, at) => `**/${'a/'.repeat(250)}b${String(at)}/**`);
    const isOut = compileIgnore(lines, { caseSensitive: true });
    const folder = `x/${'a/'.repeat(500)}`;
    expect(isOut(relPath(`${folder}b3/c`), 'file')).toBe(true);
    expect(isOut(relPath(`${folder}c`), 'file')).toBe(false);
  });

  const deep = (number: number): string => `${String(number)}${'/a'.repeat(480)}`;
  const long = (unit: string) => (number: number) =>
    ['w', 'x', 'y', 'z'].map((end) => `${unit.repeat(240)}${String(number)}${end}`).join('/');
  const lines = (count: number, line: (number: number) => string): string =>
    Array.from({ length: count }, (_, number) => line(number)).join('\n');

  // Line by line, a page would take from half a minute to many minutes. V8's coverage counters slow this down several times.
  test.each([
    ['a star and a long rest', lines(63, () => `*${'a'.repeat(126)}b`), long('a')],
    ['brackets of many members', lines(8, () => `*[${'b'.repeat(900)}]a`), long('c')],
    ['many brackets', lines(8, () => `*${`[${'b'.repeat(28)}c]`.repeat(31)}z`), long('c')],
    ['a chain of folders at any depth', lines(16, () => `**/${'a/'.repeat(240)}b*`), deep],
    [
      'a chain of brackets',
      lines(8, () => `**/${'a/'.repeat(60)}${`[b${'b'.repeat(26)}a]/`.repeat(28)}z`),
      deep,
    ],
    ['many chains', lines(200, (number) => `**/${'a/'.repeat(16)}x${String(number)}`), deep],
    ['many long paths', lines(1000, (number) => `/${'a/'.repeat(400)}x${String(number)}`), deep],
    ['escapes', lines(1000, () => `/${'\\a/'.repeat(300)}x`), deep],
  ])('a file at its caps is matched for a page of a listing: %s', (_name, ignoreFile, pathOf) => {
    const rules = ignoreRules({ settings: [], ignoreFile, excluded: [] });
    expect(rules.refusedLines).toBe(0);
    for (const caseSensitive of [true, false]) {
      const match = makeIgnoreMatcher(rules, { caseSensitive });
      const isKept = (path: string): boolean =>
        topmostIgnored(match, relPath(path)) === null && match(relPath(path), 'file') === null;
      expect(Array.from({ length: 200 }, (_, number) => pathOf(number)).every(isKept)).toBe(true);
    }
  });

  test.each([
    ['all', '*', 'f'],
    ['what lies in one folder', '/f/f/f/f/', 'f/f/f/f'],
    ['the folder of the file itself', '/**/g/', `${'f/'.repeat(500)}g`],
  ])(
    'the topmost folder is found with few questions, however deep the path: %s',
    (_name, ignoreFile, top) => {
      const match = makeIgnoreMatcher(ignoreRules({ settings: [], ignoreFile, excluded: [] }), {
        caseSensitive: true,
      });
      let asked = 0;
      const counted: typeof match = (path, kind) => {
        asked += 1;
        return match(path, kind);
      };
      const path = relPath(`${'f/'.repeat(500)}g/h`);
      expect(topmostIgnored(counted, path)).toEqual({ path: top, reason: 'ignored' });
      expect(asked).toBeLessThan(15);
    },
  );

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

test('a pattern matches a name in whatever way its accents are written', () => {
  const match = matcher({ settings: ['/cafe\u0301/*.txt'.normalize('NFD')] });
  expect(match('caf\u00e9/a.txt')).not.toBe(null);
  expect(match('cafe/a.txt')).toBe(null);
});
