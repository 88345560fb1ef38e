// What is left out by default: the list in the documents is the one in force, and it names files that people make as little as it can.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { defaultIgnorePatterns } from '../../main/core/config/ignore-rules.ts';
import { relPath } from '../../main/core/model/path.ts';

test('docs/ignored.md lists the patterns in force', () => {
  const text = readFileSync('docs/ignored.md', 'utf8');
  const listed = /```gitignore\n([\s\S]*?)```/u.exec(text)?.[1]?.trim().split('\n');
  expect(listed).toEqual(defaultIgnorePatterns);
});

test('an unfinished download is left out, and a folder of such a name is not', () => {
  const matcher = makeIgnoreMatcher(
    { patterns: defaultIgnorePatterns, excluded: [] },
    { caseSensitive: true },
  );
  expect(matcher(relPath('film.mkv.part'), 'file')).toBe('ignored');
  expect(matcher(relPath('core.part'), 'folder')).toBeNull();
  expect(matcher(relPath('core.part/readme.txt'), 'file')).toBeNull();
  expect(matcher(relPath('plan.partial'), 'folder')).toBeNull();
});
