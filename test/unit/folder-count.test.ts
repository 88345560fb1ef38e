// The folders below a root, whose number decides how they are watched.
import { expect, test } from 'vitest';
import { foldersOf } from '../../main/adapters/watch/tree-watch.ts';

const { signal } = new AbortController();
const none: readonly string[] = [];

test('a folder with more folders than a call takes arguments is counted', async () => {
  const many = Array.from({ length: 130_000 }, (_, at) => String(at));
  const namesIn = (folder: string): readonly string[] => (folder === '/root' ? many : none);
  const tree = { root: '/root', isWatched: () => true };
  expect(await foldersOf(tree, 2000, signal, namesIn)).toBe(null);
  expect((await foldersOf(tree, 200_000, signal, namesIn))?.size).toBe(130_001);
});

test('a folder that is not watched is not counted, nor what it holds', async () => {
  const names: Readonly<Record<string, readonly string[]>> = { '/root': ['a', 'b'], '/root/b': ['c'] };
  const tree = { root: '/root', isWatched: (folder: string) => folder !== '/root/b' };
  const found = await foldersOf(tree, 2000, signal, (folder) => names[folder] ?? none);
  expect(found).toEqual(new Set(['/root', '/root/a']));
});

test('a folder that is closed counts as more than there may be', async () => {
  const tree = { root: '/root', isWatched: () => true };
  const namesIn = (folder: string) => (folder === '/root' ? ['a'] : null);
  expect(await foldersOf(tree, 2000, signal, namesIn)).toBe(null);
});
