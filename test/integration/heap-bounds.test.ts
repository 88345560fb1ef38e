// The bounded heap of a process, in one of its own: flags cannot be taken back.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const source = new URL('../../main/adapters/limits/heap-bounds.ts', import.meta.url).href;

/** The young generation in MiB, at its most, while a program keeps some of much that it makes. */
async function mostAfter(begin: string, flags: readonly string[] = []): Promise<number> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { boundHeap, keepHeapBounds } from ${JSON.stringify(source)};
    ${begin}
    const kept = [];
    let most = 0;
    for (let round = 0; round < 60; round += 1) {
      kept.push(Array.from({ length: 40_000 }, (_, index) => ({ index, text: 'x' + index })));
      if (kept.length > 3) kept.shift();
      const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      most = Math.max(most, space_size);
      await new Promise(setImmediate);
    }
    console.log(most / 1024 / 1024);
  `;
  const args = [...flags, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

/** Two halves of 16 MiB, give or take what V8 rounds. */
const least = 16;
const greatest = 48;

test('the young generation grows to two halves of 16 MiB, and no further', async () => {
  const most = await mostAfter('boundHeap();');
  expect(most).toBeGreaterThanOrEqual(least);
  expect(most).toBeLessThanOrEqual(greatest);
  expect(await mostAfter('')).toBeGreaterThan(greatest);
});

test('a thread that works long is not held to what it began with', async () => {
  const program = `
    import { boundHeap } from ${JSON.stringify(source)};
    import { Worker } from 'node:worker_threads';
    boundHeap();
    const work = \`
      import { getHeapSpaceStatistics } from 'node:v8';
      import { workerData, parentPort } from 'node:worker_threads';
      import { growYoung } from ${JSON.stringify(source)};
      if (workerData > 0) growYoung(workerData);
      let kept = [];
      for (let index = 0; index < 500_000; index += 1) kept = index % 2000 === 0 ? [] : [...kept.slice(-20), { index }];
      parentPort.postMessage(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);
    \`;
    for (const workerData of [0, 8 * 1024 * 1024]) {
      const worker = new Worker(work, { eval: true, workerData, resourceLimits: { maxYoungGenerationSizeMb: 12 } });
      worker.once('message', (bytes) => console.log(workerData, bytes / 1024 / 1024));
      await new Promise((resolve) => worker.once('exit', resolve));
    }
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const [[, small = 0], [, grown = 0]] = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number)) as [number[], number[]];
  expect(small).toBeLessThan(4);
  expect(grown).toBeGreaterThanOrEqual(4);
  expect(grown).toBeLessThanOrEqual(12);
});

test('in a process that stays it grows again where it was made small', async () => {
  // As V8 leaves it after a rest: small, and held there by the factor.
  const hold =
    'import { setFlagsFromString } from "node:v8"; setFlagsFromString("--semi-space-growth-factor=1")';
  const small = ['--import', `data:text/javascript,${encodeURIComponent(hold)}`];
  const most = await mostAfter('keepHeapBounds();', small);
  expect(most).toBeGreaterThanOrEqual(least);
  expect(most).toBeLessThanOrEqual(greatest);
});
