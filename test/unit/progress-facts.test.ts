// Progress of a pass in the page's words.
import { expect, test } from 'vitest';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import type { Language } from '../../preload/locales/catalogues.ts';
import { createFormat } from '../../renderer/format.ts';
import { progressFacts } from '../../renderer/progress-facts.ts';

const none = {
  filesDone: 0,
  filesTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
  bytesPerSecond: 0,
  secondsLeft: null,
};

function facts(progress: typeof none, language: Language): readonly string[] {
  const words = wordsIn(language);
  return progressFacts(progress, { words, format: createFormat(language, words) });
}

test('a pass that only deletes says so, and not "0 of 0 files"', () => {
  expect(facts(none, 'en')).toEqual(['Deleting, renaming or comparing; nothing to transfer']);
  expect(facts(none, 'de')).toEqual(['Löschen, Umbenennen oder Vergleichen; nichts zu übertragen']);
});

test('a pass that transfers counts files and bytes, empty files too', () => {
  expect(facts({ ...none, filesDone: 1, filesTotal: 2, bytesDone: 500, bytesTotal: 1000 }, 'en')).toEqual([
    '1 of 2 files',
    '500 bytes of 1 kB',
  ]);
  expect(facts({ ...none, filesTotal: 1 }, 'en')[0]).toBe('0 of 1 files');
});
