// The line of `sync --once` on a pass that ended before all was done.
import { expect, test } from 'vitest';
import { unfinishedLine } from '../../main/cli/question-lines.ts';

test.each([
  [0, 'stopped early, before both sides were read and compared to the end; the next sync continues'],
  [1, 'stopped early: 1 file or folder is not synced yet; the next sync continues from here'],
  [1234, 'stopped early: 1,234 files and folders are not synced yet; the next sync continues from here'],
  [
    10_000,
    'stopped early: at least 10,000 files and folders are not synced yet; the next sync continues from here',
  ],
])('with %i left it says what is left and that the next sync continues', (left, line) => {
  expect(unfinishedLine(left, 10_000)).toBe(line);
});
