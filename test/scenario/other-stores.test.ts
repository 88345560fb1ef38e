// Stores and buckets that are not as AWS makes them: listings in another order, entries that say too little.
import { describe, expect, test } from 'vitest';
import type { RemoteObjects, RemotePage } from '../../main/ports/remote-objects.port.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const text = (value: string) => new TextEncoder().encode(value);
const inBucket = (world: LiveWorld, path: string) => world.bucket.contents().has(`${livePrefix}${path}`);

async function settled(world: LiveWorld, pair: LivePair): Promise<void> {
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
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

  test('with a key twice, on one page and on two, shows one file', async () => {
    const world = liveWorld({ pageSize: 2 });
    let before: RemotePage['objects'] = [];
    const repeating = bent((page) => {
      const objects = [...before, ...page.objects, ...page.objects];
      before = page.objects;
      return { ...page, objects };
    });
    const pair = world.add('one', { wrap: repeating, auditMs: 60_000 });
    for (const path of ['a', 'b', 'c', 'd', 'e']) world.bucket.write(`${livePrefix}${path}`, text(path));
    await settled(world, pair);
    for (const path of ['a', 'b', 'c', 'd', 'e']) expect(pair.disk.read(path)).toBe(path);
    world.bucket.remove(`${livePrefix}c`);
    await world.until(() => pair.disk.read('c') === null, 4 * 3600_000);
    expect(pair.disk.read('e')).toBe('e');
    expect(pair.engine.status().planProblems).toEqual([]);
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
    expect(pair.engine.status().planProblems.map(({ path, code }) => `${path} ${code}`)).toEqual([
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
    await world.until(() => pair.engine.status().failure !== null, 60_000);
    expect(pair.engine.status().failure?.error.code).toBe('remote-invalid-answer');
    expect(pair.engine.status().lastInSyncAtMs).toBeNull();
  });
});

describe('what stands for a folder in other tools (rule 9)', () => {
  test('an empty object beside what the folder holds is its marker, and is left as it is', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    for (const key of ['photos', 'both', 'both/']) world.bucket.write(`${livePrefix}${key}`, text(''));
    for (const key of ['photos/a', 'both/b']) world.bucket.write(`${livePrefix}${key}`, text(key));
    await settled(world, pair);
    expect([pair.disk.read('photos/a'), pair.disk.read('both/b')]).toEqual(['photos/a', 'both/b']);
    pair.write('photos/mine', 'mine');
    await world.until(() => inBucket(world, 'photos/mine'), 60_000);
    expect(world.bucket.contents().get(`${livePrefix}photos`)).toHaveLength(0);
    expect(pair.engine.status().planProblems).toEqual([]);
  });

  test('a marker with bytes makes the folder; they stay, and go to the trash with the folder', async () => {
    const world = liveWorld({ versioning: 'unversioned' });
    const pair = world.add('one');
    world.bucket.write(`${livePrefix}lone/`, text(' '));
    await settled(world, pair);
    expect(pair.disk.find('lone')?.kind).toBe('folder');
    pair.remove('lone');
    await world.until(() => !inBucket(world, 'lone/'), 60_000);
    const trash = [...world.bucket.contents()].filter(([key]) => key.includes('/.driftless/trash/'));
    expect(trash.map(([, bytes]) => new TextDecoder().decode(bytes))).toEqual([' ']);
  });

  test('a sign of Hadoop is no file', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    world.bucket.write(`${livePrefix}table_$folder$`, text(''));
    world.bucket.write(`${livePrefix}table/part-0`, text('rows'));
    await settled(world, pair);
    expect(pair.disk.read('table/part-0')).toBe('rows');
    expect(pair.disk.read('table_$folder$')).toBeNull();
    expect(inBucket(world, 'table_$folder$')).toBe(true);
    expect(pair.engine.status().planProblems).toEqual([]);
  });

  test('a marker that no listing shows keeps its empty folder here', async () => {
    const world = liveWorld();
    const hidden = bent((page) => ({
      ...page,
      objects: page.objects.filter(({ key }) => !key.endsWith('/')),
    }));
    const pair = world.add('one', { wrap: hidden });
    pair.disk.makeFolders('deep/er');
    await settled(world, pair);
    for (let looks = 0; looks < 3; looks += 1) {
      pair.engine.checkNow();
      await world.pass(60_000);
    }
    expect(pair.disk.find('deep/er')?.kind).toBe('folder');
    expect(inBucket(world, 'deep/er/')).toBe(true);
  });
});

describe('a link object of s3fs', () => {
  test('is left alone on both sides, named, and read once', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    world.bucket.write(`${livePrefix}plain`, text('plain'));
    world.bucket.write(`${livePrefix}link`, text('plain'), { mode: '41471' });
    await settled(world, pair);
    expect(pair.disk.read('plain')).toBe('plain');
    expect(pair.disk.read('link')).toBeNull();
    const named = () => pair.engine.status().planProblems.map(({ path, code }) => `${path} ${code}`);
    expect(named()).toEqual(['link symlink']);
    const sinceMs = () => pair.engine.status().planProblems.map((problem) => problem.sinceMs);
    const firstSeenMs = sinceMs();
    expect(firstSeenMs[0]).toBeGreaterThan(0);
    const gets = () =>
      pair.remote.calls.filter(({ operation, key }) => operation === 'get' && key.endsWith('/link'));
    const before = gets().length;
    pair.engine.checkNow();
    await world.pass(60_000);
    expect(gets()).toHaveLength(before);
    expect(sinceMs()).toEqual(firstSeenMs);
    pair.write('link', 'mine');
    await world.pass(60_000);
    expect(world.bucket.bucket.current(`${livePrefix}link`)?.metadata).toEqual({ mode: '41471' });
    // What the user has there is not synced, so that the folder is not either.
    expect(named()).toEqual(['link link-clash']);
  });

  test('that a synced file became there is named, as its edits are not sent', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('file', 'as it was');
    await settled(world, pair);
    world.bucket.write(`${livePrefix}file`, text('as it was'), { mode: '41471' });
    pair.write('file', 'edited');
    await world.pass(60_000);
    const named = pair.engine.status().planProblems.map(({ path, code }) => `${path} ${code}`);
    expect(named).toEqual(['file link-clash']);
    expect(pair.disk.read('file')).toBe('edited');
  });
});

test('an object without a time of its own has here the time at which it was made', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  world.bucket.write(`${livePrefix}a`, text('a'));
  const madeMs = world.clock.nowMs();
  await world.pass(3600_000);
  await settled(world, pair);
  const node = pair.disk.find('a');
  expect(node?.kind === 'file' ? node.mtimeNs : null).toBe(BigInt(madeMs) * 1_000_000n);
});
