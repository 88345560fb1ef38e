// Stores and buckets that are not as AWS makes them: listings in another order, entries that say too little.
import { describe, expect, test } from 'vitest';
import type { RemoteObjects, RemotePage } from '../../main/ports/remote-objects.port.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const text = (value: string) => new TextEncoder().encode(value);
const inBucket = (world: LiveWorld, path: string) => world.bucket.contents().has(`${livePrefix}${path}`);

async function settled(world: LiveWorld, pair: LivePair): Promise<void> {
  pair.start();
  await world.until(() => pair.engine.facts().lastInSyncAtMs !== null, 60_000);
  await world.pass(5000);
}

/** Each page of a listing as another store would give it. */
function bent(bend: (page: RemotePage) => RemotePage): (objects: RemoteObjects) => RemoteObjects {
  return (objects) => ({
    ...objects,
    async *list(prefix, startAfter, signal) {
      for await (const page of objects.list(prefix, startAfter, signal)) yield bend(page);
    },
  });
}

describe('a listing (rule 3)', () => {
  test('in another order than that of the keys is used, and nothing is taken for absent by it', async () => {
    const world = liveWorld({ pageSize: 3 });
    const reversed = bent((page) => ({ ...page, objects: page.objects.toReversed() }));
    const pair = world.add('one', { wrap: reversed, auditMs: 60_000 });
    for (const path of ['a/x', 'a-b', 'b', 'c', 'd', 'e', 'f'])
      world.bucket.write(`${livePrefix}${path}`, text(path));
    await settled(world, pair);
    await world.pass(4 * 3600_000);
    world.bucket.write(`${livePrefix}late`, text('late'));
    await world.until(() => pair.disk.read('late') === 'late', 2 * 3600_000);
    for (const path of ['a/x', 'a-b', 'b', 'c', 'd', 'e', 'f']) expect(pair.disk.read(path)).toBe(path);
    expect(pair.store.problems()).toEqual([]);
  });

  test('with entries that cannot be used brings all others, and names these', async () => {
    const world = liveWorld();
    const lacking = bent((page) => ({
      ...page,
      objects: page.objects.filter(({ key }) => !key.endsWith('/b')),
      unusable: [
        ...page.objects
          .filter(({ key }) => key.endsWith('/b'))
          .map(({ key }) => ({ key, label: key, why: 'no-etag' }) as const),
        { key: null, label: `${livePrefix}%FF`, why: 'no-key' },
      ],
    }));
    const pair = world.add('one', { wrap: lacking });
    for (const path of ['a', 'b', 'c']) world.bucket.write(`${livePrefix}${path}`, text(path));
    await settled(world, pair);
    expect(pair.disk.read('a')).toBe('a');
    expect(pair.disk.read('c')).toBe('c');
    expect(pair.engine.facts().planProblems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'b incomplete-listing',
    ]);
    expect(pair.store.problems().map(({ path, code }) => `${path} ${code}`)).toEqual([
      `refused:${livePrefix}%FF key-refused`,
    ]);
    expect(inBucket(world, 'b')).toBe(true);
  });

  test('that ends too early is trouble of the pair, never "in sync"', async () => {
    const world = liveWorld();
    const cut = bent((page) => ({ ...page, isLast: false }));
    const pair = world.add('one', { wrap: cut });
    pair.disk.write('mine', 'mine');
    pair.start();
    await world.until(() => pair.engine.facts().trouble !== null, 60_000);
    expect(pair.engine.facts().trouble?.error.code).toBe('remote-invalid-answer');
    expect(pair.engine.facts().lastInSyncAtMs).toBeNull();
  });
});
