// Log file or standard error that takes no more lines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { exitCodes } from '../../main/cli/exit-codes.ts';
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

const cli = fileURLToPath(new URL('../../main/cli/cli.ts', import.meta.url));

test('a standard error whose reader has gone ends no verb', async () => {
  const child = spawn(process.execPath, [cli, 'no-such-verb'], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.destroy();
  expect(await once(child, 'close')).toEqual([exitCodes.usage, null]);
});

test.runIf(existsSync('/dev/full'))('a standard error on a full disk ends no verb', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => {
    closeSync(full);
  });
  const child = spawn(process.execPath, [cli, 'no-such-verb'], { stdio: ['ignore', 'ignore', full] });
  expect(await once(child, 'close')).toEqual([exitCodes.usage, null]);
});
