// The demo's page: built again whenever a source is newer than what was built.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../demo/open.ts';

const sources = [
  'main/index.ts',
  'preload/index.ts',
  'renderer/page.tsx',
  'build/icons/app.png',
  'build/build.ts',
  'package-lock.json',
];
const [oldTime, builtTime, newTime] = [1_700_000_000, 1_700_000_100, 1_700_000_200];

let checkout = '';
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'driftless-demo-build-'));
  for (const path of [...sources, 'dist/renderer/index.html', 'dist/.built']) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), '');
  }
  const folders = ['main', 'preload', 'renderer', 'build', 'build/icons'];
  for (const path of [...sources, ...folders]) await utimes(join(checkout, path), oldTime, oldTime);
  await utimes(join(checkout, 'dist/.built'), builtTime, builtTime);
});
afterEach(async () => {
  await rm(checkout, { recursive: true, force: true });
});

async function builds(): Promise<number> {
  let count = 0;
  await buildIfStale(checkout, () => {
    count += 1;
    return Promise.resolve();
  });
  return count;
}

test('the demo opens what was built after the last change', async () => {
  expect(await builds()).toBe(0);
});

test.each(sources)('the demo builds again after %s changed', async (path) => {
  await utimes(join(checkout, path), newTime, newTime);
  expect(await builds()).toBe(1);
});

test('the demo builds again after a build that failed half-way', async () => {
  await rm(join(checkout, 'dist/.built'));
  expect(await builds()).toBe(1);
});
