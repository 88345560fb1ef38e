// What `doctor` says about a pair's folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adviceFor } from '../../main/cli/advice.ts';
import { checkFolder } from '../../main/cli/doctor/folder-check.ts';
import type { PairId } from '../../main/core/config/config.ts';
import { tempFolder } from '../support/temp.ts';

test('a folder that is there, one that is not, and a file in its place', async () => {
  const path = await tempFolder('folder-check');
  await mkdir(join(path, 'docs'));
  await writeFile(join(path, 'file'), '');
  const look = (name: string) =>
    checkFolder({ id: 'docs' as PairId, folder: join(path, name), mode: 'two-way' });
  const there = await look('docs');
  expect(there.status).not.toBe('fail');
  expect(there.message).toContain(' free');
  expect(there.detail.freeBytes).toBeGreaterThan(0);
  for (const name of ['away', 'file']) {
    const missing = await look(name);
    expect(missing).toMatchObject({ status: 'fail', detail: { code: 'root-missing' } });
    expect(adviceFor(missing.detail.code ?? '')).toContain('put the folder back');
  }
});
