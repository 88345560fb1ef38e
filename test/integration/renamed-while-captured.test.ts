// A folder renamed while a file of it is looked at in the trash.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectorySync } from '../../main/adapters/disk/changes/own-folder.ts';
import { FileTimes } from '../../main/adapters/disk/changes/times.ts';
import { captureFile } from '../../main/adapters/disk/changes/trash.ts';
import { relPath } from '../../main/core/model/path.ts';
import { contentOf, noSignal } from '../conformance/local-files.ts';
import { tempFolder } from '../support/temp.ts';

/** Captures `papers/2024/draft.txt`, which holds an edit; `meanwhile` runs while its bytes are read. */
async function captureEdited(supportsLinks: boolean, meanwhile: (root: string) => void) {
  const root = await tempFolder('disk');
  mkdirSync(join(root, 'papers/2024'), { recursive: true });
  writeFileSync(join(root, 'papers/2024/draft.txt'), 'edited in the last moment');
  const hashAt = () => {
    meanwhile(root);
    return Promise.resolve({ kind: 'gone' as const });
  };
  const tools = {
    ...{ root, supportsLinks, hashAt },
    ...{ times: new FileTimes(), directories: new DirectorySync(), nowMs: () => 0 },
  };
  const request = { path: relPath('papers/2024/draft.txt'), content: contentOf('as planned'), opId: 'op1' };
  const capturing = captureFile(tools, request, noSignal);
  return { root, capturing };
}

test.each([true, false])(
  'an edit goes back where it was saved, and its folder is made again (links: %s)',
  async (supportsLinks) => {
    const { root, capturing } = await captureEdited(supportsLinks, (at) => {
      renameSync(join(at, 'papers'), join(at, 'old papers'));
    });
    expect(await capturing).toEqual({ kind: 'changed' });
    expect(readFileSync(join(root, 'papers/2024/draft.txt'), 'utf8')).toBe('edited in the last moment');
    expect(readdirSync(join(root, 'old papers/2024'))).toEqual([]);
  },
);

test('an edit stands in the root where a file has the name of its folder now', async () => {
  const { root, capturing } = await captureEdited(true, (at) => {
    renameSync(join(at, 'papers'), join(at, 'old papers'));
    writeFileSync(join(at, 'papers'), 'a file');
    writeFileSync(join(at, 'draft.txt'), 'another draft');
  });
  expect(await capturing).toEqual({ kind: 'changed' });
  expect(readFileSync(join(root, 'draft (kept op1 1).txt'), 'utf8')).toBe('edited in the last moment');
  expect(readFileSync(join(root, 'papers'), 'utf8')).toBe('a file');
});

test('where the whole folder went away, nothing is made in its place', async () => {
  const { root, capturing } = await captureEdited(true, (at) => {
    rmSync(at, { recursive: true });
  });
  await expect(capturing).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(root)).toBe(false);
});
