// The wording of `doctor` for what a disk distinguishes and keeps.
import { expect, test } from 'vitest';
import { diskWords } from '../../main/cli/disk-text.ts';

const plain = {
  caseSensitive: true,
  keepsSpelling: true,
  foldsNormalForms: false,
  hardLinks: true,
  keepsModes: true,
  inodesLast: true,
  mtimeGranularityNs: 1n,
  refusedNames: [],
};

test.each([
  [{}, 'it tells capital and small letters apart'],
  [
    { caseSensitive: false, hardLinks: false, mtimeGranularityNs: 2_000_000_000n },
    'it takes capital and small letters for the same and keeps the spelling; no hard links; file times in steps of 2 s',
  ],
  [
    { caseSensitive: false, keepsSpelling: false, keepsModes: false, inodesLast: false },
    'it takes capital and small letters for the same and lists names in a spelling of its own; no executable bit; no lasting inode numbers',
  ],
  [
    { foldsNormalForms: true, refusedNames: ['windows-characters'] as const },
    'it tells capital and small letters apart; one name for all Unicode forms; refuses names: windows-characters',
  ],
])('the disk properties %o are described in words', (traits, words) => {
  expect(diskWords({ ...plain, ...traits })).toBe(words);
});
