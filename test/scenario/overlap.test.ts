// Stories of a pair whose transfers run beside the loop: saves, remote changes and announcements meanwhile.
import { describe, expect, test } from 'vitest';
import type { PairStore, StateChange } from '../../main/ports/sync-state.port.ts';
import { fillInSync, livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LivePair, LiveWorld } from '../support/live-pair.ts';

const isInBucket = (world: LiveWorld, path: string): boolean =>
  world.bucket.contents().has(`${livePrefix}${path}`);

async function settled(world: LiveWorld, ...pairs: readonly LivePair[]): Promise<void> {
  for (const pair of pairs) {
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  }
  await world.pass(5000);
}

/** PUTs of keys that end so take this long. */
function slowPuts(world: () => LiveWorld, end: string, ms: number): LiveOptions {
  return {
    remote: {
      hooks: {
        beforeCall: async (call, ends) => {
          if (call.operation === 'put' && call.key.endsWith(end)) await world().clock.sleep(ms, ends);
          return null;
        },
      },
    },
  };
}

describe('while a transfer of an hour runs', () => {
  async function sending() {
    const world: LiveWorld = liveWorld();
    const pair = world.add(
      'one',
      slowPuts(() => world, 'large.bin', 3_600_000),
    );
    const other = world.add('other');
    for (const name of ['a.txt', 'b.txt', 'c.txt']) pair.disk.write(name, name);
    await settled(world, pair, other);
    pair.write('large.bin', 'x'.repeat(100_000));
    await world.until(() => pair.engine.status().progress !== null, 10_000);
    await world.pass(1000);
    return { world, pair, other };
  }

  test('a saved file is in the bucket within five seconds, and on the other device soon after', async () => {
    const { world, pair, other } = await sending();
    pair.write('note.txt', 'saved');
    expect(await world.until(() => isInBucket(world, 'note.txt'), 5000)).toBeLessThanOrEqual(5000);
    await world.until(() => other.disk.read('note.txt') === 'saved', 16_000);
    expect(isInBucket(world, 'large.bin')).toBe(false);
  });

  test('a change on another device arrives', async () => {
    const { world, pair, other } = await sending();
    other.write('b.txt', 'edited there');
    await world.until(() => pair.disk.read('b.txt') === 'edited there', 16_000);
    expect(isInBucket(world, 'large.bin')).toBe(false);
  });

  test('a removal is carried out, and the transfer ends as if nothing had happened', async () => {
    const { world, pair, other } = await sending();
    pair.remove('c.txt');
    await world.until(() => !isInBucket(world, 'c.txt'), 10_000);
    await world.pass(3_620_000);
    await world.until(() => isInBucket(world, 'large.bin'), 60_000);
    await world.until(() => other.disk.read('large.bin')?.length === 100_000, 30_000);
    await world.until(() => pair.engine.status().phase === 'idle', 10_000);
    expect(pair.store.intents()).toEqual([]);
    expect(pair.store.meta('beaconOwed')).toBeNull();
    expect(pair.store.meta('guardPending')).toBeNull();
  });

  test('the file that is being sent is edited: the newer bytes follow the older ones', async () => {
    const { world, pair } = await sending();
    pair.write('large.bin', 'second version');
    await world.pass(60_000);
    expect(isInBucket(world, 'large.bin')).toBe(false);
    const text = (): string =>
      new TextDecoder().decode(world.bucket.contents().get(`${livePrefix}large.bin`));
    await world.pass(7_300_000);
    expect(text()).toBe('second version');
  });

  test('the file that is being sent is renamed: its bytes are never without a name at the end', async () => {
    const { world, pair, other } = await sending();
    pair.disk.rename('large.bin', 'renamed.bin');
    pair.event(
      { kind: 'entry', path: 'large.bin' as never },
      { kind: 'entry', path: 'renamed.bin' as never },
    );
    await world.pass(3_650_000);
    await world.until(() => isInBucket(world, 'renamed.bin'), 60_000);
    await world.until(() => !isInBucket(world, 'large.bin'), 60_000);
    await world.until(() => other.disk.read('renamed.bin')?.length === 100_000, 60_000);
  });

  test('a stop in the middle leaves nothing running, and the next start continues', async () => {
    const { world, pair } = await sending();
    pair.write('note.txt', 'saved');
    await world.until(() => isInBucket(world, 'note.txt'), 5000);
    pair.engine.pause();
    await world.until(() => pair.engine.status().phase === 'paused', 1000);
    const calls = pair.remote.calls.length;
    await world.pass(60_000);
    expect(pair.remote.calls.length).toBe(calls);
    pair.engine.resume();
    await world.pass(3_620_000);
    await world.until(() => isInBucket(world, 'large.bin'), 60_000);
  });
});

test('a file saved during a first sync of thousands goes ahead of them', async () => {
  const world: LiveWorld = liveWorld();
  const pair = world.add(
    'one',
    slowPuts(() => world, '.dat', 2000),
  );
  for (let file = 0; file < 3000; file += 1)
    pair.disk.write(`old/${String(file)}.dat`, `old ${String(file)}`);
  pair.start();
  await world.until(() => isInBucket(world, 'old/100.dat'), 60_000);
  pair.write('note.txt', 'saved');
  expect(await world.until(() => isInBucket(world, 'note.txt'), 5000)).toBeLessThanOrEqual(5000);
  expect(world.bucket.contents().size).toBeLessThan(2500);
  await world.until(() => pair.engine.status().phase === 'idle', 600_000);
  expect([...world.bucket.contents().keys()].filter((key) => key.endsWith('.dat'))).toHaveLength(3000);
});

test('a remote change arrives during a first sync of thousands', async () => {
  const world: LiveWorld = liveWorld();
  const pair = world.add(
    'one',
    slowPuts(() => world, '.dat', 2000),
  );
  const other = world.add('other');
  await settled(world, other);
  for (let file = 0; file < 6000; file += 1)
    pair.disk.write(`old/${String(file)}.dat`, `old ${String(file)}`);
  pair.start();
  await world.until(() => isInBucket(world, 'old/100.dat'), 60_000);
  other.write('from-there.txt', 'hello');
  await world.until(() => pair.disk.read('from-there.txt') === 'hello', 16_000);
  expect(isInBucket(world, 'old/5999.dat')).toBe(false);
});

test('other devices are notified while a program saves without a pause', async () => {
  const world: LiveWorld = liveWorld();
  const pair = world.add(
    'one',
    slowPuts(() => world, '.log', 1500),
  );
  const other = world.add('other');
  await settled(world, pair, other);
  const heads = (): number =>
    pair.remote.calls.filter((call) => call.operation === 'put' && call.key.endsWith('/head')).length;
  const before = heads();
  let isTold = false;
  for (let tick = 0; tick < 60; tick += 1) {
    pair.write(`${String(tick % 4)}.log`, `line ${String(tick)}`);
    await world.pass(1000);
    isTold ||= other.disk.read('0.log') !== null;
  }
  expect(isTold).toBe(true);
  // Once in five seconds, and at the few moments of rest.
  expect(heads() - before).toBeLessThanOrEqual(20);
  await world.until(() => other.disk.read('3.log') === 'line 59', 60_000);
});

test('what changes during a look is not removed by the plan made after it (rule 2)', async () => {
  const world: LiveWorld = liveWorld();
  const slow = { is: false };
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: async (call, ends) => {
          if (call.operation === 'list' && slow.is) await world.clock.sleep(5000, ends);
          return null;
        },
      },
    },
  });
  for (const name of ['a.txt', 'b.txt']) pair.disk.write(name, name);
  await settled(world, pair);
  slow.is = true;
  pair.disk.remove('a.txt');
  pair.engine.checkNow();
  // The look is over the listing of the bucket; the program that saves takes its old file away and is about to write it.
  await world.pass(4800);
  pair.event({ kind: 'entry', path: 'a.txt' as never });
  await world.pass(900);
  const deletes = (): number =>
    pair.remote.calls.filter((call) => call.operation === 'delete' && call.key.endsWith('a.txt')).length;
  expect(deletes()).toBe(0);
  pair.write('a.txt', 'saved');
  await world.pass(20_000);
  expect(deletes()).toBe(0);
  pair.remove('b.txt');
  slow.is = false;
  await world.until(() => !isInBucket(world, 'b.txt'), 20_000);
});

test('hints that have not settled cost no plan, and together one event: the pair is not in sync', async () => {
  const world: LiveWorld = liveWorld();
  const pair = world.add('one');
  fillInSync(pair, 10);
  await settled(world, pair);
  let events = 0;
  pair.engine.onChange(() => {
    events += 1;
  });
  for (let tick = 0; tick < 8; tick += 1) {
    pair.event({ kind: 'entry', path: 'busy.tmp' as never });
    await world.pass(20);
  }
  expect(events).toBe(1);
  expect(pair.engine.status()).toMatchObject({ phase: 'idle', activity: 'syncing' });
});

test('a plan begins in one transaction', async () => {
  const world: LiveWorld = liveWorld();
  const pair = world.add('one');
  pair.disk.write('a.txt', 'first');
  await settled(world, pair);
  const records: string[][] = [];
  const { record, recordSoon } = pair.store;
  const note = (changes: readonly StateChange[]): void => {
    records.push(changes.map((one) => ('key' in one ? one.key : one.kind)));
  };
  const noting: Pick<PairStore, 'record' | 'recordSoon'> = {
    record: (changes) => {
      note(changes);
      record(changes);
    },
    recordSoon: (changes) => {
      note(changes);
      return recordSoon(changes);
    },
  };
  Object.assign(pair.store, noting);
  pair.write('b.txt', 'new');
  await world.until(() => isInBucket(world, 'b.txt'), 10_000);
  const begins = records.filter((one) => one.includes('generationOpen') && one.includes('rootMarker'));
  expect(begins).toEqual([['ownFiles', 'beaconOwed', 'rootMarker', 'generationOpen']]);
  expect(records.filter((one) => one.includes('intent'))).toHaveLength(1);
});
