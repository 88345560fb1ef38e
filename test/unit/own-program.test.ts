// Whether the program's own file is still that of the version that runs.
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OwnProgram, untilSettled, watchProgram } from '../../main/cli/service/own-program.ts';
import { tempFolder } from '../support/temp.ts';

async function programOf(text: string): Promise<string> {
  const file = join(await tempFolder('program'), 'driftless.cjs');
  writeFileSync(file, text);
  return file;
}

test('another file with the same contents is the same program, and one with others is another', async () => {
  const file = await programOf('one');
  const program = new OwnProgram(file);
  writeFileSync(`${file}.new`, 'one');
  renameSync(`${file}.new`, file);
  expect(program.look()).toBe('own');
  utimesSync(file, 1, 1);
  expect(program.look()).toBe('own');
  writeFileSync(file, 'two');
  expect(program.look()).toBe('other');
  expect(program.look()).toBe('other');
});

test('a file that is gone is reported as such, and its return as the same program', async () => {
  const file = await programOf('one');
  const program = new OwnProgram(file);
  rmSync(file);
  expect(program.look()).toBe('gone');
  writeFileSync(file, 'one');
  expect(program.look()).toBe('own');
});

test('the watch of a program says once that it was exchanged', async () => {
  const file = await programOf('one');
  const watch = watchProgram(file, 5);
  writeFileSync(file, 'another');
  await watch.exchanged;
  watch.end();
});

test('a wait for a program that is not there ends with the signal', async () => {
  const file = await programOf('one');
  rmSync(file);
  const stopping = new AbortController();
  const settled = untilSettled(file, stopping.signal);
  stopping.abort();
  expect(await settled).toBe(false);
  expect(await untilSettled(file, AbortSignal.abort())).toBe(false);
});
