// Ignore rules in gitignore syntax, the default litter, and excluded folders.
import { describe, expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/ignore-matcher.ts';
import { ignoreRules } from '../../main/core/ignore-rules.ts';
import { relPath } from '../../main/core/path.ts';

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

describe('litter is left out unasked', () => {
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
  ])('%s', (path) => {
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
  ])('not %s', (path) => {
    expect(matcher({})(path)).toBeNull();
  });
});

test('gitignore semantics: folders, anchors, negation, the last line wins', () => {
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

test('a default can be brought back', () => {
  expect(matcher({ ignoreFile: '!Thumbs.db' })('Thumbs.db')).toBeNull();
});

test('case is told where the disk tells it', () => {
  expect(matcher({ settings: ['*.tmp'] })('X.TMP')).toBeNull();
  expect(matcher({ settings: ['*.tmp'], caseSensitive: false })('X.TMP')).toBe('ignored');
});

test('an excluded folder is left alone with all that it holds, and nothing else is', () => {
  const match = matcher({ excluded: ['big/movies'] });
  expect(match('big/movies', 'folder')).toBe('excluded');
  expect(match('big/movies/a/b.mkv')).toBe('excluded');
  expect(match('big/movies2')).toBeNull();
  expect(match('big', 'folder')).toBeNull();
  expect(match('', 'folder')).toBeNull();
});
