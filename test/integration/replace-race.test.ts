// Replacements on a real disk that meet what the user does right after.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { relPath } from '../../main/core/model/path.ts';

const user = vi.hoisted(() => ({ act: (): void => undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof Fs>();
  const renameSync: typeof real.renameSync = (from, to) => {
    real.renameSync(from, to);
    user.act();
  };
  return { ...real, renameSync };
});

const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-race-')));
const { files, changes, close } = openNodeFiles({ root, nowMs: () => Date.now() });
const file = join(root, 'a');
const path = relPath('a');
const { signal } = new AbortController();

afterEach(async () => {
  user.act = () => undefined;
  await close();
  rmSync(root, { recursive: true });
});

/** Replaces the old text by the new one while the user acts right after; answers the outcome. */
async function replaceWhile(act: () => void) {
  const opId = '0123456789abcdef0123456789abcdef';
  writeFileSync(file, 'old text');
  const old = await files.hash(path, signal);
  if (old.kind !== 'hashed') throw new Error('no file');
  const temp = await changes.createTemp(opId);
  await temp.write(new TextEncoder().encode('new text'), 0);
  await temp.finish();
  user.act = act;
  const request = { expected: { content: old.content }, opId, executable: false, mtimeNs: null };
  return changes.replace(temp.name, path, { ...request, onKept: () => undefined }, signal);
}

test('what the user saves over the new file at once is not taken for it, and removed at once it leaves the old one kept', async () => {
  const saved = await replaceWhile(() => {
    // Of the same size, made before, and given the name in one step.
    rmSync(file);
    writeFileSync(file, 'my  text');
  });
  const standing = await files.look(path);
  if (saved.kind !== 'replaced' || standing.state !== 'present' || standing.kind !== 'file')
    throw new Error(`${saved.kind}, ${standing.state}`);
  expect(readFileSync(file, 'utf8')).toBe('my  text');
  expect(saved.fingerprint).not.toEqual(standing.fingerprint);
  const kept = readFileSync(join(root, '.driftless', 'trash', saved.trashName), 'utf8');
  expect(kept).toBe('old text');
  const removed = await replaceWhile(() => {
    rmSync(file);
  });
  if (removed.kind !== 'replaced') throw new Error(removed.kind);
  expect(readFileSync(join(root, '.driftless', 'trash', removed.trashName), 'utf8')).toBe('old text');
});
