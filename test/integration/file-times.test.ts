// Exact file times on the real disk, by each helper that can set them.
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileTimes } from '../../main/adapters/disk/changes/times.ts';
import { tempFolder } from '../support/temp.ts';

const isLinux = process.platform === 'linux';

test.runIf(isLinux).for([{ hasPerl: true }, { hasPerl: false }])(
  'times of many files are set to the nanosecond (perl: $hasPerl)',
  async ({ hasPerl }) => {
    const folder = await tempFolder('times');
    const times = new FileTimes(hasPerl);
    onTestFinished(() => {
      times.close();
    });
    const wanted = Array.from({ length: 40 }, (_, index) => ({
      path: join(folder, `file $(${String(index)}) "of" 1'`),
      mtimeNs: 1_700_000_000_123_456_789n + BigInt(index) * 1_000_000_007n,
    }));
    for (const { path } of wanted) writeFileSync(path, '');
    await Promise.all(wanted.map(({ path, mtimeNs }) => times.set(path, mtimeNs, Date.now())));
    expect(wanted.map(({ path }) => lstatSync(path, { bigint: true }).mtimeNs)).toEqual(
      wanted.map(({ mtimeNs }) => mtimeNs),
    );
  },
);

test.runIf(isLinux)('a file that vanished meanwhile is an error in each order of requests', async () => {
  const folder = await tempFolder('times');
  for (const hasPerl of [true, false]) {
    const times = new FileTimes(hasPerl);
    await expect(times.set(join(folder, 'gone'), 1_700_000_000_123_456_789n, Date.now())).rejects.toThrow(
      'ENOENT',
    );
    times.close();
  }
});
