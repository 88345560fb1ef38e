// Listings on the calling thread for a small tree: the same as a worker's, and none of them waits for one to start.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listerOn, openGroupThread } from '../../main/adapters/groups/held-objects.ts';
import { WalkPool } from '../../main/adapters/disk/worker/pool.ts';
import type { PackedListing } from '../../main/adapters/disk/worker/protocol.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();

/** Three folders of ten files, and one that is gone. */
async function smallTree(): Promise<{ readonly root: string; readonly dirs: readonly string[] }> {
  const root = await tempFolder();
  const dirs = ['a', 'b', 'c'];
  for (const dir of dirs) {
    await mkdir(join(root, dir));
    for (let file = 0; file < 10; file += 1) await writeFile(join(root, dir, `${String(file)}.txt`), dir);
  }
  return { root, dirs: ['', ...dirs, 'gone'] };
}

async function listed(
  pool: WalkPool,
  { root, dirs }: Awaited<ReturnType<typeof smallTree>>,
): Promise<readonly PackedListing[]> {
  try {
    const found: PackedListing[] = [];
    for await (const listing of pool.list(root, dirs, signal)) found.push(listing);
    return found;
  } finally {
    await pool.close();
  }
}

test('lists the same here, partly here, and in the worker', async () => {
  const tree = await smallTree();
  const byWorker = await listed(new WalkPool(), tree);
  expect(byWorker.map(({ kind }) => kind)).toEqual(['listed', 'listed', 'listed', 'listed', 'gone']);
  expect(await listed(new WalkPool(1000), tree)).toEqual(byWorker);
  expect(await listed(new WalkPool(12), tree)).toEqual(byWorker);
});

test('lists the same in the thread that transfers groups, which may end at any time', async () => {
  const tree = await smallTree();
  const byWorker = await listed(new WalkPool(), tree);
  expect(await listed(new WalkPool(0, listerOn(openGroupThread())), tree)).toEqual(byWorker);
  expect(await listed(new WalkPool(12, listerOn(openGroupThread())), tree)).toEqual(byWorker);

  const thread = openGroupThread();
  await thread.close();
  await expect(listed(new WalkPool(0, listerOn(thread)), tree)).rejects.toMatchObject({
    code: 'local-worker-failed',
  });
});

test('starts no thread for what is listed here, and one for the rest', async () => {
  const { root, dirs } = await smallTree();
  const threads = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length;
  const before = threads();
  const pool = new WalkPool(12);
  const listing = pool.list(root, dirs, signal)[Symbol.asyncIterator]();
  expect(await listing.next()).toMatchObject({ value: { kind: 'listed', dir: '' } });
  expect(await listing.next()).toMatchObject({ value: { kind: 'listed', dir: 'a' } });
  expect(threads()).toBe(before);
  expect(await listing.next()).toMatchObject({ value: { kind: 'listed', dir: 'b' } });
  expect(threads()).toBeGreaterThan(before);
  await listing.return?.();
  await pool.close();
});

test('stops between two directories when it is aborted', async () => {
  const { root, dirs } = await smallTree();
  const stopping = new AbortController();
  const pool = new WalkPool(1000);
  const listing = pool.list(root, dirs, stopping.signal)[Symbol.asyncIterator]();
  await listing.next();
  stopping.abort(new Error('stopped'));
  await expect(listing.next()).rejects.toThrow('stopped');
  await pool.close();
});
