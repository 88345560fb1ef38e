// Folders that cannot be written: read-only snapshots and cards with the lock on (rules 22 and 27).
import { expect, test } from 'vitest';
import { FakeDisk, systemError } from '../fakes/fake-disk.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;

function bucketOf(world: LiveWorld): readonly string[] {
  return [...world.bucket.contents().keys()]
    .filter((key) => !key.startsWith(`${livePrefix}.driftless/`))
    .map((key) => key.slice(livePrefix.length))
    .sort();
}

/** A disk that refuses the marker while `isLocked`. */
function lockable(code: 'EROFS' | 'EACCES' = 'EROFS'): { isLocked: boolean; readonly how: LiveOptions } {
  const lock = {
    isLocked: true,
    how: {
      mode: 'upload-only',
      onDiskStep: (name) => {
        if (lock.isLocked && name === 'writeMarker') throw systemError(code);
      },
    } satisfies LiveOptions as LiveOptions,
  };
  return lock;
}

for (const code of ['EROFS', 'EACCES'] as const)
  test(`an upload-only folder that answers ${code} is uploaded without a marker`, async () => {
    const world = liveWorld();
    const pair = world.add('card', lockable(code).how);
    pair.disk.write('a.jpg', 'one');
    pair.start();
    await world.until(() => bucketOf(world).length === 1, minuteMs);
    await pair.stop();
    pair.disk.write('b.jpg', 'two');
    pair.restart();
    await world.until(() => bucketOf(world).length === 2, minuteMs);
    expect(pair.engine.status()).toMatchObject({ failure: null, guards: [], notices: [] });
    expect([...pair.disk.tree({ withOwn: true }).keys()].sort()).toEqual(['a.jpg', 'b.jpg']);
    expect(pair.store.problems()).toEqual([]);
  });

test('another folder in the place of an unmarked one is not taken for it', async () => {
  const world = liveWorld();
  const pair = world.add('card', lockable().how);
  pair.disk.write('a.jpg', 'one');
  pair.start();
  await world.until(() => bucketOf(world).length === 1, minuteMs);
  const other = new FakeDisk({ nowMs: () => world.clock.nowMs() });
  other.write('other.jpg', 'of another card');
  pair.place.mount(other);
  await world.pass(5 * minuteMs);
  expect(pair.engine.status().failure?.error.code).toBe('root-away');
  expect(bucketOf(world)).toEqual(['a.jpg']);
  pair.place.mount();
  await world.until(() => pair.engine.status().failure === null, minuteMs);
  expect(pair.engine.status().guards).toEqual([]);
});

test('an unmarked folder gets its marker, and keeps its records, once it can be written', async () => {
  const world = liveWorld();
  const lock = lockable();
  const pair = world.add('card', lock.how);
  pair.disk.write('a.jpg', 'one');
  pair.start();
  await world.until(() => pair.store.counts().files === 1, minuteMs);
  await pair.stop();
  lock.isLocked = false;
  pair.restart();
  await world.until(() => pair.store.meta('rootMarker') !== null, minuteMs);
  expect(pair.store.counts().files, 'the base is kept').toBe(1);
  expect(pair.store.meta('unmarkedRoot')).toBeNull();
  expect(pair.engine.status().notices).toEqual([]);
});

test('a marked upload-only folder that becomes read-only is still uploaded', async () => {
  const world = liveWorld();
  const lock = lockable();
  lock.isLocked = false;
  const pair = world.add('card', lock.how);
  pair.disk.write('a.jpg', 'one');
  pair.start();
  await world.until(() => pair.store.counts().files === 1, minuteMs);
  lock.isLocked = true;
  for (const name of ['b.jpg', 'c.jpg']) {
    pair.write(name, name);
    await world.until(() => bucketOf(world).includes(name), minuteMs);
  }
  await pair.stop();
  pair.restart();
  await world.until(() => pair.engine.status().activity === 'idle', minuteMs);
  expect(pair.engine.status()).toMatchObject({ failure: null, guards: [], notices: [] });
});

test('a two-way pair stops over a folder that it cannot write', async () => {
  const world = liveWorld();
  const pair = world.add('card', { ...lockable().how, mode: 'two-way' });
  pair.disk.write('a.jpg', 'one');
  pair.start();
  await world.until(() => pair.engine.status().failure !== null, minuteMs);
  expect(pair.engine.status().failure?.error.code).toBe('local-read-only');
  expect(bucketOf(world)).toEqual([]);
});
