// A pair whose disk goes away and comes back (rule 27), in virtual time.
import { describe, expect, test } from 'vitest';
import { relPath } from '../../main/core/model/path.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LivePair, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;

function bucketOf(world: LiveWorld): readonly string[] {
  return [...world.bucket.contents().keys()]
    .filter((key) => !key.startsWith(`${livePrefix}.driftless/`))
    .map((key) => key.slice(livePrefix.length))
    .sort();
}

function put(world: LiveWorld, path: string, text: string): void {
  world.bucket.write(livePrefix + path, new TextEncoder().encode(text));
}

function filesOf(disk: FakeDisk): readonly string[] {
  return [...disk.tree().keys()].sort();
}

const names = Array.from({ length: 12 }, (_, index) => `f${String(index).padStart(2, '0')}.txt`);

async function inSync(world: LiveWorld, how: LiveOptions = {}): Promise<LivePair> {
  const pair = world.add('one', how);
  for (const name of names) pair.disk.write(name, `text of ${name}`);
  pair.start();
  await world.until(() => bucketOf(world).length === names.length, minuteMs);
  await world.until(() => pair.engine.status().activity === 'idle', minuteMs);
  return pair;
}

/** As a real watcher reports an unmounted folder: everything in it is gone. */
function tellAllGone(pair: LivePair): void {
  pair.event(...names.map((name) => ({ kind: 'entry' as const, path: name as never })));
}

function expectAway(pair: LivePair): void {
  const { failure, guards } = pair.engine.status();
  expect(failure?.error.code).toBe('root-away');
  expect(failure?.error.message).toContain('the disk may not be connected');
  expect(failure?.retryAtMs).not.toBeNull();
  expect(guards).toEqual([]);
}

describe('the disk goes away while the pair is at rest', () => {
  test('nothing is removed, what is saved meanwhile comes when it is back, with new watches', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    const watchers = pair.watchers();
    pair.place.unmount();
    tellAllGone(pair);
    put(world, 'from-elsewhere.txt', 'made by another device');
    await world.pass(10 * minuteMs);
    expectAway(pair);
    expect(filesOf(pair.place.bare)).toEqual([]);
    expect(bucketOf(world)).toEqual([...names, 'from-elsewhere.txt']);

    pair.disk.write('saved.txt', 'saved while it was away');
    pair.place.mount();
    await world.until(() => bucketOf(world).includes('saved.txt'), minuteMs);
    await world.until(() => pair.disk.read('from-elsewhere.txt') !== null, minuteMs);
    expect(pair.watchers()).toBeGreaterThan(watchers);
    expect(filesOf(pair.disk)).toEqual([...names, 'from-elsewhere.txt', 'saved.txt'].sort());
    expect(pair.engine.status().guards).toEqual([]);
    expect(pair.engine.status().notices, 'what was known is kept').toEqual([]);
  });

  test('it is noticed without a word of the watches', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    pair.place.unmount();
    await world.until(() => pair.engine.status().failure !== null, minuteMs);
    expect(pair.engine.status().failure?.error.code).toMatch(/^root-/u);
    expect(bucketOf(world)).toEqual(names);
  });

  test('also while a file never rests', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    pair.place.unmount();
    for (let passedMs = 0; passedMs < 11_000; passedMs += 200) {
      pair.event({ kind: 'entry', path: relPath('growing.log') });
      await world.pass(200);
    }
    expectAway(pair);
  });

  test('the same disk, away for a moment, is watched and scanned again', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    const watchers = pair.watchers();
    // Between two looks at the path; only the watches tell of it, and hear nothing afterwards.
    pair.event({ kind: 'lost' });
    pair.disk.write('saved.txt', 'without an event');
    await world.until(() => bucketOf(world).includes('saved.txt'), minuteMs);
    expect(pair.watchers()).toBeGreaterThan(watchers);
  });

  test('while it waits nothing is asked of the bucket', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    pair.place.unmount();
    await world.pass(2 * minuteMs);
    const from = pair.remote.calls.length;
    await world.pass(9 * minuteMs);
    expect(pair.remote.calls.slice(from)).toEqual([]);
  });
});

describe('an engine that starts before its disk', () => {
  test('waits without a question, keeps what is known, and continues by itself', async () => {
    const world = liveWorld();
    const first = await inSync(world);
    await first.stop();
    first.disk.write('saved.txt', 'saved before the boot');
    first.place.unmount();
    const known = first.store.counts();
    first.restart();
    await world.pass(5 * minuteMs);
    expectAway(first);
    expect(first.store.counts()).toEqual(known);
    expect([...first.place.bare.tree({ withOwn: true }).keys()]).toEqual([]);
    first.place.mount();
    await world.until(() => bucketOf(world).includes('saved.txt'), minuteMs);
    expect(first.engine.status().notices).toEqual([]);
  });

  test('also where nothing was synced yet before the disk went', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.start();
    await world.until(() => pair.engine.status().activity === 'idle', minuteMs);
    await pair.stop();
    pair.place.unmount();
    put(world, 'new.txt', 'new');
    pair.restart();
    await world.pass(5 * minuteMs);
    expectAway(pair);
    expect(filesOf(pair.place.bare)).toEqual([]);
    pair.place.mount();
    await world.until(() => pair.disk.read('new.txt') === 'new', minuteMs);
  });
});

describe('another folder in its place', () => {
  test('a disk of other files is neither sent nor emptied, and the right one continues', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    const other = new FakeDisk({ nowMs: () => world.clock.nowMs() });
    other.write('holiday.jpg', 'of another user');
    pair.place.mount(other);
    tellAllGone(pair);
    await world.pass(5 * minuteMs);
    expectAway(pair);
    expect(bucketOf(world)).toEqual(names);
    expect([...other.tree({ withOwn: true }).keys()]).toEqual(['holiday.jpg']);
    pair.place.mount();
    pair.disk.write('saved.txt', 'saved');
    await world.until(() => bucketOf(world).includes('saved.txt'), minuteMs);
    expect(bucketOf(world)).toEqual([...names, 'saved.txt']);
  });

  test('the folder of another pair asks, and the question goes when the right disk is back', async () => {
    const world = liveWorld();
    const pair = await inSync(world);
    const other = new FakeDisk({ nowMs: () => world.clock.nowMs() });
    const marker = { spaceId: 'a', stateId: 'another', deviceId: 'device', generation: 1 };
    other.write('.driftless/root.json', JSON.stringify(marker));
    pair.place.mount(other);
    await world.until(() => pair.engine.status().guards.length > 0, 5 * minuteMs);
    expect(pair.engine.status().guards[0]?.kind).toBe('root-marker-foreign');
    pair.place.mount();
    pair.disk.write('saved.txt', 'saved');
    await world.until(() => bucketOf(world).includes('saved.txt'), minuteMs);
    expect(pair.engine.status().guards).toEqual([]);
  });
});

describe.each([true, false])('the disk goes in the middle of work (held by a descriptor: %s)', (isFirm) => {
  /** The disk is pulled when the store is asked for the `count`th time for `operation`. */
  async function pulledAt(
    operation: string,
    count: number,
    prepare: (world: LiveWorld, pair: LivePair) => void,
  ) {
    const pull = { left: -1, act: (): void => undefined };
    const world = liveWorld();
    const pair = await inSync(world, {
      remote: {
        hooks: {
          beforeCall: (call) => {
            if (call.operation === operation && !call.key.includes('.driftless') && --pull.left === 0)
              pull.act();
            return null;
          },
        },
      },
    });
    pair.place.isFirm = isFirm;
    prepare(world, pair);
    pull.left = count;
    pull.act = () => {
      pair.place.unmount();
    };
    pair.engine.checkNow();
    await world.until(() => pair.place.isAway, 5 * minuteMs);
    await world.pass(minuteMs);
    expectAway(pair);
    expect(filesOf(pair.place.bare)).toEqual([]);
    return { world, pair };
  }

  async function back({ world, pair }: { world: LiveWorld; pair: LivePair }): Promise<void> {
    pair.place.mount();
    await world.until(() => pair.engine.status().failure === null, minuteMs);
    await world.pass(2 * minuteMs);
    expect(pair.engine.status().guards).toEqual([]);
    expect(filesOf(pair.disk)).toEqual(bucketOf(world));
    expect(bucketOf(world).filter((path) => path.includes('conflict'))).toEqual([]);
  }

  test('of downloads: nothing lands in the mount point, nothing is removed afterwards', async () => {
    const made = Array.from({ length: 8 }, (_, index) => `made${String(index)}.txt`);
    const both = await pulledAt('get', 4, (world) => {
      for (const name of made) put(world, name, `made elsewhere: ${name}`);
    });
    await back(both);
    expect(bucketOf(both.world)).toEqual([...names, ...made].sort());
  });

  test('of downloads that replace files: no conflict copies, nothing reverted', async () => {
    const both = await pulledAt('get', 3, (world) => {
      for (const name of names.slice(0, 3)) put(world, name, `edited elsewhere: ${name}`);
    });
    await back(both);
    for (const name of names.slice(0, 3)) expect(both.pair.disk.read(name)).toBe(`edited elsewhere: ${name}`);
  });

  test('of uploads', async () => {
    const both = await pulledAt('put', 2, (_world, pair) => {
      for (let index = 0; index < 6; index += 1)
        pair.disk.write(`new${String(index)}.txt`, `new ${String(index)}`);
    });
    await back(both);
    expect(bucketOf(both.world)).toHaveLength(names.length + 6);
  });

  test('of removals in the bucket: none is made without the disk', async () => {
    const both = await pulledAt('head', 1, (_world, pair) => {
      pair.disk.remove(names[0] ?? '');
    });
    expect(bucketOf(both.world)).toEqual(names);
    await back(both);
    expect(bucketOf(both.world)).toEqual(names.slice(1));
  });

  test('of a rename', async () => {
    const both = await pulledAt('copy', 1, (_world, pair) => {
      pair.disk.rename(names[0] ?? '', 'renamed.txt');
    });
    await back(both);
    expect(bucketOf(both.world)).toEqual([...names.slice(1), 'renamed.txt'].sort());
  });
});

test('of two pairs only the one without its disk waits', async () => {
  const world = liveWorld();
  const away = await inSync(world);
  const here = world.add('two');
  here.start();
  away.place.unmount();
  here.write('made-here.txt', 'made here');
  await world.until(() => bucketOf(world).includes('made-here.txt'), minuteMs);
  await world.pass(minuteMs);
  expectAway(away);
  expect(here.engine.status()).toMatchObject({ failure: null, guards: [] });
  expect(filesOf(here.disk)).toEqual([...names, 'made-here.txt'].sort());
});
