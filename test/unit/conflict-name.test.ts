// Names of conflict copies (rule 10).
import { expect, test } from 'vitest';
import { conflictCopies, conflictName, readConflictName } from '../../main/core/plan/conflict-name.ts';
import { segmentRefusal, utf8Bytes } from '../../main/core/model/path.ts';

const labels = { date: '2026-11-22', device: 'laptop' };
const file = { kind: 'file' } as const;

function isCopyOf(name: string, original: string): boolean {
  return conflictCopies([name], (row) => row)(original) !== null;
}

test.each([
  ['report.odt', 'report (conflict 2026-11-22 laptop).odt'],
  ['report', 'report (conflict 2026-11-22 laptop)'],
  ['.bashrc', '.bashrc (conflict 2026-11-22 laptop)'],
  ['a.tar.gz', 'a.tar (conflict 2026-11-22 laptop).gz'],
  ['Mr. Smith', 'Mr. Smith (conflict 2026-11-22 laptop)'],
  ['trailing.', 'trailing (conflict 2026-11-22 laptop).'],
  ['report (conflict 2025-01-01 desk).odt', 'report (conflict 2026-11-22 laptop).odt'],
  ['report (conflict 2025-01-01 desk 1a2b3c4d).odt', 'report (conflict 2026-11-22 laptop).odt'],
  ['the (conflict resolution).odt', 'the (conflict resolution) (conflict 2026-11-22 laptop).odt'],
])('the device name %j becomes %j', (name, copy) => {
  expect(conflictName(name, labels, file)).toBe(copy);
});

test('a folder name has no extension', () => {
  expect(conflictName('v1.2', labels, { kind: 'folder' })).toBe('v1.2 (conflict 2026-11-22 laptop)');
});

test('hash digits come last in a conflict name', () => {
  expect(conflictName('r.odt', labels, { ...file, hashDigits: '1a2b3c4d' })).toBe(
    'r (conflict 2026-11-22 laptop 1a2b3c4d).odt',
  );
});

test('the stem of a conflict name is cut to 255 bytes, never inside a character', () => {
  for (const name of [
    `${'x'.repeat(250)}.odt`,
    `${'\u00e9'.repeat(125)}.odt`,
    `a${'\u{1f600}'.repeat(62)}.odt`,
  ]) {
    const copy = conflictName(name, labels, { ...file, hashDigits: '1a2b3c4d' });
    expect(utf8Bytes(copy)).toBeLessThanOrEqual(255);
    expect(utf8Bytes(copy)).toBeGreaterThan(250);
    expect(copy.isWellFormed()).toBe(true);
    expect(copy.endsWith(' (conflict 2026-11-22 laptop 1a2b3c4d).odt')).toBe(true);
    expect(isCopyOf(copy, name)).toBe(true);
  }
});

test('a very long extension counts as part of the stem', () => {
  expect(conflictName(`a.${'b'.repeat(40)}`, labels, file)).toBe(
    `a.${'b'.repeat(40)} (conflict 2026-11-22 laptop)`,
  );
});

test('a conflict name can be created and recognised for any device name', () => {
  for (const device of [
    "Eve's PC",
    'a/b\\c:d',
    '(old)',
    '  two  words ',
    '',
    'x'.repeat(300),
    '\u0000\n',
    '\ud800',
  ]) {
    const copy = conflictName('r.odt', { date: '2026-11-22', device }, file);
    expect(segmentRefusal(copy, { windowsNames: true })).toBeNull();
    expect(isCopyOf(copy, 'r.odt')).toBe(true);
    expect(conflictName(copy, labels, file)).toBe('r (conflict 2026-11-22 laptop).odt');
  }
  expect(conflictName('r', { date: '2026-11-22', device: '' }, file)).toBe('r (conflict 2026-11-22)');
});

test.each([
  ['r (conflict 2025-01-01 desk).odt', 'r.odt', true],
  ['r (conflict 2025-01-01 desk).odt', 'r (conflict 2026-11-22 laptop).odt', true],
  ['r.odt', 'r.odt', false],
  ['r (conflict 2025-01-01 desk).odt', 'r (conflict 2025-01-01 desk).odt', false],
  ['r (conflict 2025-01-01 desk).txt', 'r.odt', false],
  ['s (conflict 2025-01-01 desk).odt', 'r.odt', false],
  ['r (copy).odt', 'r.odt', false],
  ['r (conflict 2025-01-01 desk).odt', 'r2.odt', false],
])('%j is a copy of %j: %s', (name, original, isCopy) => {
  expect(isCopyOf(name, original)).toBe(isCopy);
});

test.each([
  ['r (conflict 2026-11-22 laptop).odt', 'r.odt', 'laptop'],
  ['r (conflict 2026-11-22).odt', 'r.odt', null],
  ['r (conflict 2026-11-22 work desk 0123abcd).odt', 'r.odt', 'work desk'],
  ['r (conflict 2026-11-22 0123abcd-2)', 'r', null],
])('%j tells of %j and device %j', (name, original, device) => {
  expect(readConflictName(name)).toEqual({ original, device });
});

test.each(['r.odt', 'r (copy).odt', 'r (conflict 2026-11-22 restored 0123abcd).odt'])(
  '%j is no version of a conflict',
  (name) => {
    expect(readConflictName(name)).toBeNull();
  },
);

test('of many copies, also of a name that was cut, the first is found that is not the name itself', () => {
  const stem = 'x'.repeat(200);
  const copy = (at: number): string => `${stem} (conflict 2026-01-01 ${String(at).padStart(26, '0')}).txt`;
  const names = [copy(0), 'other.txt', copy(1), copy(2)];
  const find = conflictCopies(names, (name) => name);
  expect(find(`${stem}yy.txt`)).toBe(copy(0));
  expect(find(`${stem}.txt`)).toBe(copy(0));
  expect(find(copy(0))).toBe(copy(1));
  expect(find(copy(2))).toBe(copy(0));
  expect(find('other.txt')).toBeNull();
});
