// Renames on a real disk that meet the user's own between their two steps.
import { mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type * as Promises from 'node:fs/promises';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { relPath } from '../../main/core/model/path.ts';

const user = vi.hoisted(() => ({ act: (): void => undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Promises>();
  const link: typeof real.link = async (from, to) => {
    await real.link(from, to);
    user.act();
  };
  return { ...real, link };
});

const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-race-')));
const { files, changes, close } = openNodeFiles({ root, nowMs: () => Date.now() });
const at = (path: string): string => join(root, path);

afterEach(async () => {
  await close();
  rmSync(root, { recursive: true });
});

/** Renames `d/a` to `d/b` while the user acts between the two steps; answers the outcome, the names and records left. */
async function renameWhile(act: () => void): Promise<readonly unknown[]> {
  await changes.makeFolder(relPath('d'));
  writeFileSync(at('d/a'), 'text');
  const cell = await files.look(relPath('d/a'));
  if (cell.state !== 'present' || cell.kind !== 'file') throw new Error('no file');
  user.act = act;
  const { kind } = await changes.rename(relPath('d/a'), relPath('d/b'), cell.fingerprint);
  user.act = () => undefined;
  const there = readdirSync(root).filter((name) => name !== '.driftless');
  const names = there.flatMap((folder) => readdirSync(at(folder)).map((name) => `${folder}/${name}`));
  const rest = readdirSync(at('.driftless/tmp')).length;
  for (const folder of there) rmSync(at(folder), { recursive: true });
  return [kind, names.toSorted(), rest, (await changes.halfRenames()).length];
}

test('what the user does with the old name between the two steps stands', async () => {
  const renamed = await renameWhile(() => {
    renameSync(at('d/a'), at('d/mine'));
  });
  expect(renamed).toEqual(['gone', ['d/mine'], 0, 0]);
  const removed = await renameWhile(() => {
    rmSync(at('d/a'));
  });
  expect(removed).toEqual(['renamed', ['d/b'], 0, 0]);
  const saved = await renameWhile(() => {
    writeFileSync(at('d/new'), 'saved');
    renameSync(at('d/new'), at('d/a'));
  });
  expect(saved).toEqual(['renamed', ['d/a', 'd/b'], 0, 0]);
  const elsewhere = await renameWhile(() => {
    renameSync(at('d'), at('e'));
  });
  expect(elsewhere).toEqual(['gone', ['e/a', 'e/b'], 1, 1]);
});
