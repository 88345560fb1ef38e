// A pause survives a restart; removing a pair from the configuration forgets it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetPause, makePauseMemory } from '../../main/adapters/limits/pause-file.ts';
import { tempFolder } from '../support/temp.ts';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

test('a pause is there at the next start, and gone after resume', async () => {
  const home = await tempFolder();
  makePauseMemory(home, 'docs', quiet).remember(true);
  expect(makePauseMemory(home, 'docs', quiet).isPaused()).toBe(true);
  expect(makePauseMemory(home, 'photos', quiet).isPaused()).toBe(false);
  makePauseMemory(home, 'docs', quiet).remember(false);
  expect(makePauseMemory(home, 'docs', quiet).isPaused()).toBe(false);
  makePauseMemory(home, 'docs', quiet).remember(true);
  forgetPause(home, 'docs');
  expect(makePauseMemory(home, 'docs', quiet).isPaused()).toBe(false);
});

test('a timed pause keeps its end, and one without an end has none', async () => {
  const home = await tempFolder();
  const memory = makePauseMemory(home, 'docs', quiet);
  memory.remember(true, 1_795_000_000_000);
  expect(makePauseMemory(home, 'docs', quiet).endsAtMs()).toBe(1_795_000_000_000);
  memory.remember(true);
  expect([memory.isPaused(), memory.endsAtMs()]).toEqual([true, null]);
  await writeFile(join(home, 'pairs', 'docs.paused'), 'soon');
  expect([memory.isPaused(), memory.endsAtMs()]).toEqual([true, null]);
});

test('a pause that cannot be kept is said in the log, and holds until the program ends', async () => {
  const home = await tempFolder();
  const said: string[] = [];
  const file = join(home, 'pairs');
  const memory = makePauseMemory(`${file}\0`, 'docs', { ...quiet, warn: (message) => said.push(message) });
  memory.remember(true, 1_795_000_000_000);
  expect(said).toHaveLength(1);
  // The engine that follows this one has a memory of its own.
  const next = makePauseMemory(`${file}\0`, 'docs', quiet);
  expect([next.isPaused(), next.endsAtMs()]).toEqual([true, 1_795_000_000_000]);
  memory.remember(false);
  expect(next.isPaused()).toBe(false);
});
