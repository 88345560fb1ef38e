// Log file on a disk that takes no more lines.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileLog } from '../../main/adapters/system/file-log.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

test('a line that cannot be written is lost, and later ones are not', async () => {
  const folder = join(await tempFolder('log'), 'logs');
  const file = join(folder, 'driftless.log');
  mkdirSync(folder);
  const write = fileLog(() => file);
  write('one\n');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  write('two\n');
  rmSync(folder);
  mkdirSync(folder);
  write('three\n');
  expect(readFileSync(file, 'utf8')).toBe('three\n');
});

test('a place that takes no line from the beginning is said', () => {
  const write = fileLog(() => join('missing', 'driftless.log'));
  expect(() => {
    write('one\n');
  }).toThrow('ENOENT');
});

test(
  'a disk that is full from the beginning keeps no program from starting',
  skipUnless(process.platform === 'linux', 'needs /dev/full'),
  () => {
    const write = fileLog(() => '/dev/full');
    expect(() => {
      write('one\n');
    }).not.toThrow();
  },
);
