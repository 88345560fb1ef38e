// Texts of a question whose files were partly deleted or changed before it was asked.
import { describe, expect, test } from 'vitest';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import { questionWords } from '../../preload/locales/question-words.ts';
import type { AskedGuard } from '../../preload/locales/question-words.ts';

type Counts = AskedGuard['counts'];

function ask(kind: string, counts: Partial<Counts>, language: 'en' | 'de' = 'en') {
  const all = { removals: 0, replacements: 0, conflicts: 0, total: 29, done: 0, ...counts };
  return questionWords(wordsIn(language), { kind, counts: all }, 'two-way');
}

describe('a question', () => {
  test('says how many of the files went before, and how many wait', () => {
    const { what, state, answers } = ask('mass-removal-remote', { removals: 26, done: 3 });
    expect(what).toBe('26 of 29 files were deleted on this computer.');
    expect(state).toBe(
      '3 of them were removed from the bucket already and can be brought back. The other 23 wait for your answer.',
    );
    expect(answers.keep).toBe('Bring the 26 files back to this computer');
    expect(answers.remove).toBe('Delete 23 files from the bucket');
    expect(ask('mass-removal-remote', { removals: 26, done: 25 }, 'de').state).toMatch(
      /Die andere wartet auf Ihre Antwort\.$/u,
    );
  });

  test('does not call a changed file deleted', () => {
    const { what, answers } = ask('mass-removal-local', { removals: 9, replacements: 4 });
    expect(what).toBe('9 of 29 files were deleted and 4 changed in the bucket.');
    expect(answers.remove).toBe('Delete 9 and replace 4 of the files on this computer');
    expect(ask('mass-replacement-remote', { removals: 4, replacements: 9 }, 'de').what).toBe(
      '4 von 29 Dateien wurden auf diesem Computer gelöscht und 9 geändert.',
    );
  });

  test('offers to do what waits, of whatever kind, and to bring back only what comes back', () => {
    const counts = { removals: 6, replacements: 4, done: 4, doneReplacements: 4 };
    const { state, answers } = ask('mass-removal-remote', counts);
    expect(state).toMatch(/^4 of them were replaced in the bucket already.* The other 6 wait/u);
    expect(answers.keep).toBe('Bring the 6 files back to this computer');
    expect(answers.remove).toBe('Delete 6 files from the bucket');
    const onlyChanged = ask('mass-removal-remote', { removals: 6, replacements: 4, done: 6 });
    expect(onlyChanged.answers.remove).toBe('Replace 4 files in the bucket');
  });

  test('about an emptied folder counts what was deleted, and one of a newer version stays readable', () => {
    expect(ask('emptied-remote', { removals: 29, replacements: 2, done: 2 }).what).toBe(
      'All 29 files were deleted on this computer.',
    );
    expect(ask('mass-something-new', { removals: 2, replacements: 1 }).what).toBe(
      'Driftless stopped to be safe (mass-something-new).',
    );
  });
});
