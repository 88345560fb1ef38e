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

test('a log on a standard error that was closed ends nothing', async () => {
  const sink = new URL('../../main/cli/service/log-sink.ts', import.meta.url).href;
  const script = `
    import { logSink } from ${JSON.stringify(sink)};
    const write = logSink({ home: '/', file: '-', isVerbose: false, env: {} });
    write('first');
    process.stdin.resume().once('end', async () => {
      for (let line = 0; line < 10; line += 1) {
        write('lost');
        await new Promise((resolve) => setImmediate(resolve));
      }
      process.exitCode = 7;
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const ended = once(child, 'close');
  await once(child.stderr, 'data');
  child.stderr.destroy();
  child.stdin.end();
  expect(await ended).toEqual([7, null]);
});

test.runIf(existsSync('/dev/full'))('a standard error on a full disk ends no verb', async () => {
  const cli = fileURLToPath(new URL('../../main/cli/cli.ts', import.meta.url));
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => {
    closeSync(full);
  });
  const child = spawn(process.execPath, [cli, 'no-such-verb'], { stdio: ['ignore', 'ignore', full] });
  expect(await once(child, 'close')).toEqual([exitCodes.usage, null]);
});
