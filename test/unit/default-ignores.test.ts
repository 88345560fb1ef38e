// Default ignore patterns: as documented, and sparing the names users choose for their files.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { defaultIgnorePatterns } from '../../main/core/config/ignore-rules.ts';
import { relPath } from '../../main/core/model/path.ts';

test('docs/ignored.md lists the default patterns', () => {
  const text = readFileSync('docs/ignored.md', 'utf8');
  const listed = /```gitignore\n([\s\S]*?)```/u.exec(text)?.[1]?.trim().split('\n');
  expect(listed).toEqual(defaultIgnorePatterns);
});

test('an unfinished download is ignored and a folder of the same name is not', () => {
  const matcher = makeIgnoreMatcher(
    { patterns: defaultIgnorePatterns, excluded: [] },
    { caseSensitive: true },
  );
  expect(matcher(relPath('film.mkv.part'), 'file')).toBe('ignored');
  expect(matcher(relPath('core.part'), 'folder')).toBeNull();
  expect(matcher(relPath('core.part/readme.txt'), 'file')).toBeNull();
  expect(matcher(relPath('plan.partial'), 'folder')).toBeNull();
});
