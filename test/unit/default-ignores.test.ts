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

const matcher = makeIgnoreMatcher({ patterns: defaultIgnorePatterns, excluded: [] }, { caseSensitive: true });

test.each([
  ['GLib (gedit)', '.goutputstream-A1B2C3'],
  ['Kate', '.notes.txt.kate-swp'],
  ['Vim', '.notes.txt.swp'],
  ['Emacs', '.#notes.txt'],
  ['Microsoft Office', '~$report.docx'],
  ['Microsoft Office', '~WRL0001.tmp'],
  ['LibreOffice', '.~lock.report.odt#'],
  ['WinSCP', 'film.mkv.filepart'],
  ['Syncthing', '.syncthing.film.mkv.tmp'],
  ['Syncthing on Windows', '~syncthing~film.mkv.tmp'],
  ['Nextcloud', '.sync_0a1b2c3d4e5f.db-wal'],
  ['ownCloud', '._sync_0a1b2c3d4e5f.db'],
  ['Windows', 'Thumbs.db'],
  ['Windows', 'desktop.ini'],
  ['macOS', '.DS_Store'],
])('what %s leaves beside a file, %s, is left out', (_program, name) => {
  expect(matcher(relPath(`in/a folder/${name}`), 'file')).toBe('ignored');
});

test.each([
  // Backups and autosaves that hold what the user would miss.
  'notes.txt~',
  '.report.kra-autosave.kra',
  'drawing.xcf',
  '.goutputstream-notes.txt',
  '.syncthing.notes',
  '.sync_notes.db',
  '.stfolder',
  'kate-swp',
  '.bashrc',
  'metadata.json',
  'xl.meta',
])('a file that may be the only copy, %s, is synced', (name) => {
  expect(matcher(relPath(name), 'file')).toBeNull();
});
