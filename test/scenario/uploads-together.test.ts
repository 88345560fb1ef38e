// Small uploads by the group: one intent transaction for many, and the general way for whatever is not plain.
import { expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import type { FakeCall, FakeFault } from '../fakes/fake-remote-core.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LivePair } from '../support/live-pair.ts';
import { watchIntents } from '../support/opened-intents.ts';

const names = Array.from({ length: 40 }, (_, index) => `file${String(index).padStart(2, '0')}.txt`);

/** A device that has all of them, and whose store answers as `onPut` says. */
function filled(onPut: (call: FakeCall) => FakeFault | null = () => null, how: LiveOptions = {}) {
  const world = liveWorld();
  const beforeCall = (call: FakeCall): FakeFault | null => (call.operation === 'put' ? onPut(call) : null);
  const made: string[] = [];
  const beforeEffect = ({ operation, key }: FakeCall): void => {
    if (operation === 'put') made.push(key.slice(livePrefix.length));
  };
  const remote = { hooks: { beforeCall, beforeEffect }, ...how.remote };
  const pair = world.add('one', { ...how, isHeld: true, remote });
  for (const name of names) pair.disk.write(name, name);
  const inSync = async (): Promise<void> => {
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 600_000);
  };
  return { world, pair, made, inSync };
}

function textIn({ pair }: { readonly pair: LivePair }, name: string): string {
  return new TextDecoder().decode(pair.remote.bucket.current(livePrefix + name)?.bytes);
}

function putsOf(pair: LivePair, name: string): number {
  return pair.remote.calls.filter(({ operation, key }) => operation === 'put' && key.endsWith(name)).length;
}

test('many small files go with few transactions, and each is sent once', async () => {
  const device = filled();
  const { pair } = device;
  const intents = watchIntents(pair, 'upload');
  await device.inSync();
  expect(names.map((name) => textIn(device, name))).toEqual(names);
  expect(names.map((name) => putsOf(pair, name))).toEqual(names.map(() => 1));
  expect(intents.reduce((sum, count) => sum + count, 0)).toBe(names.length);
  expect(intents.length).toBeLessThanOrEqual(2);
  expect(pair.store.intents()).toEqual([]);
  // Each is in the history by itself.
  expect(pair.store.activity(100).filter(({ kind }) => kind === 'uploaded')).toHaveLength(names.length);
});

/** Says it once, of one name. */
function onceFor(name: string, fault: () => FakeFault | null): (call: FakeCall) => FakeFault | null {
  let isOver = false;
  return ({ key }) => {
    if (isOver || !key.endsWith(name)) return null;
    isOver = true;
    return fault();
  };
}

test('one that is refused goes the general way, and holds up none of the others', async () => {
  const error = new SyncError({ code: 'slow-down', retry: 'backoff', scope: 'account', message: 'busy' });
  const device = filled(onceFor('file07.txt', () => ({ kind: 'refused', error })));
  await device.inSync();
  expect(names.map((name) => textIn(device, name))).toEqual(names);
  expect(device.pair.store.problems()).toEqual([]);
  expect([putsOf(device.pair, 'file07.txt'), putsOf(device.pair, 'file08.txt')]).toEqual([2, 1]);
});

test('one that may not be written is a problem of its own', async () => {
  const error = new SyncError({ code: 'remote-denied', retry: 'slow', scope: 'item', message: 'denied' });
  const device = filled(({ key }) => (key.endsWith('file07.txt') ? { kind: 'refused', error } : null));
  const { pair, world } = device;
  pair.start();
  await world.until(() => pair.store.problems().length > 0 && textIn(device, 'file39.txt') !== '', 600_000);
  expect(pair.store.problems()).toMatchObject([{ path: 'file07.txt', code: 'remote-denied' }]);
  expect(pair.store.intents()).toEqual([]);
  expect(textIn(device, 'file06.txt')).toBe('file06.txt');
});

test('a PUT whose reply was lost is known again, and not made a second time', async () => {
  const device = filled(onceFor('file07.txt', () => ({ kind: 'lost-reply' })));
  await device.inSync();
  expect(names.map((name) => textIn(device, name))).toEqual(names);
  expect(putsOf(device.pair, 'file07.txt')).toBe(1);
  expect(device.pair.store.intents()).toEqual([]);
});

test('a file that is saved again between its reading and its PUT is sent as it was saved', async () => {
  const device = filled(
    onceFor('file07.txt', () => {
      device.pair.disk.write('file07.txt', 'saved again');
      return null;
    }),
  );
  await device.inSync();
  await device.world.until(() => textIn(device, 'file07.txt') === 'saved again', 600_000);
  // What it was before never arrived.
  expect(device.made.filter((name) => name === 'file07.txt')).toHaveLength(1);
});

test('a key that another device takes meanwhile keeps what that one wrote, and both stay', async () => {
  const device = filled(
    onceFor('file07.txt', () => {
      device.world.bucket.write(`${livePrefix}file07.txt`, new TextEncoder().encode('theirs'));
      return null;
    }),
  );
  await device.inSync();
  const { pair } = device;
  const kept = [...pair.disk.tree().keys()].map((path) => pair.disk.read(path));
  expect(kept).toEqual(expect.arrayContaining(['theirs', 'file07.txt', 'file08.txt']));
  expect(pair.store.intents()).toEqual([]);
});

test('a store that ignores conditions gets none of them by the group', async () => {
  const device = filled(() => null, { remote: { ignores: ['put-if-none-match'] } });
  const intents = watchIntents(device.pair, 'upload');
  await device.inSync();
  expect(names.map((name) => textIn(device, name))).toEqual(names);
  // The general way asks for each whether the key is free.
  expect(
    device.pair.remote.calls.filter(({ operation }) => operation === 'head').length,
  ).toBeGreaterThanOrEqual(names.length);
  expect(intents.length).toBeGreaterThan(0);
});
