// Budgets: what one edit and an idle hour cost in requests and in calls to the disk, however large the tree is.
import { describe, expect, test } from 'vitest';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import type { ObjectSummary, RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import { fillInSync, livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';

const hourMs = 3_600_000;

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function requestsOf(pair: LivePair, from: number): Readonly<Record<string, number>> {
  return counted(pair.remote.calls.slice(from).map((call) => call.operation));
}

/** A pair that is in sync with so many files. */
async function syncedPair(files: number) {
  const world = liveWorld();
  const pair = world.add('one');
  fillInSync(pair, files);
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  return { world, pair };
}

/** What one edited file costs from the edit until the pair is at rest again, polls of the beacon apart. */
async function costOfOneEdit(files: number) {
  const { world, pair } = await syncedPair(files);
  await world.pass(30_000);
  const requests = pair.remote.calls.length;
  const diskCalls = pair.diskCalls.length;
  pair.write('folder00000/file001.txt', 'edited');
  await world.until(
    () => pair.remote.bucket.current(`${livePrefix}folder00000/file001.txt`)?.bytes.length === 6,
    30_000,
  );
  await world.until(() => pair.store.meta('beaconOwed') === null, 10_000);
  const polls = pair.remote.calls
    .slice(requests)
    .filter((call) => call.operation !== 'get' || !call.key.endsWith('/.driftless/head'));
  return {
    requests: counted(polls.map((call) => call.operation)),
    disk: counted(pair.diskCalls.slice(diskCalls)),
  };
}

/** What each transaction holds that is durable by itself, from now on. */
function durableTransactions(pair: LivePair): readonly string[][] {
  const seen: string[][] = [];
  const { record, recordSoon } = pair.store;
  const add = (changes: readonly StateChange[]): void => {
    seen.push(changes.map((one) => ('key' in one ? one.key : one.kind)));
  };
  Object.assign(pair.store, {
    record: (changes: readonly StateChange[]) => {
      add(changes);
      record(changes);
    },
    recordSoon: (changes: readonly StateChange[]) => {
      add(changes);
      return recordSoon(changes);
    },
  });
  return seen;
}

describe('one edit', () => {
  test('costs the same requests and calls to the disk among 100 and among 20,000 files', async () => {
    const small = await costOfOneEdit(100);
    const large = await costOfOneEdit(20_000);
    expect(large).toEqual(small);
    expect(small.requests).not.toHaveProperty('list');
    expect(small.requests['put']).toBe(3);
    expect(small.disk).not.toHaveProperty('list');
  });

  test('of the same size makes four transactions durable, from the scan to the rest', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('report.bin', 'first');
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
    await world.pass(30_000);
    const durable = durableTransactions(pair);
    pair.write('report.bin', 'other');
    await world.until(() => durable.some((one) => one.includes('intent-done')), 30_000);
    await world.pass(30_000);
    expect(pair.engine.status()).toMatchObject({ phase: 'idle', activity: 'idle' });
    expect(durable).toEqual([
      ['local'],
      ['guardPending', 'beaconOwed', 'rootMarker', 'generationOpen'],
      ['intent', 'trash'],
      ['base', 'local', 'remote', 'intent-done', 'activity'],
    ]);
  });

  test('has the path of the folder compared once it has rested, and not at each of its events', async () => {
    const { world, pair } = await syncedPair(100);
    await world.pass(9000);
    const from = pair.place.asked.length;
    for (let passedMs = 0; passedMs < 900; passedMs += 50) {
      pair.write('folder00000/file001.txt', `edited for ${String(passedMs)} ms`);
      await world.pass(50);
    }
    expect(pair.place.asked.slice(from).length).toBeLessThanOrEqual(2);
  });

  test('holds the folder once, from its scan to the end of its upload, and not for the plan after it', async () => {
    const { world, pair } = await syncedPair(100);
    await world.pass(30_000);
    const from = pair.place.asked.length;
    pair.write('folder00000/file001.txt', 'edited');
    await world.until(() => pair.store.meta('beaconOwed') !== null, 10_000);
    await world.until(() => pair.store.meta('beaconOwed') === null, 10_000);
    expect(pair.place.asked.slice(from).filter((one) => one === 'hold')).toEqual(['hold']);
  });

  test('of another device costs one log and one HEAD, and is seen within ten seconds', async () => {
    const world = liveWorld();
    const one = world.add('one');
    const other = world.add('other');
    fillInSync(one, 1000);
    one.start();
    await world.until(() => one.engine.status().lastInSyncAtMs !== null, 60_000);
    other.start();
    await world.until(() => other.disk.read('folder00009/file099.txt') !== null, 120_000);
    await world.pass(90_000);
    one.write('folder00003/file007.txt', 'edited');
    await world.until(() => one.store.meta('beaconOwed') !== null, 10_000);
    await world.until(() => one.store.meta('beaconOwed') === null, 10_000);
    const from = other.remote.calls.length;
    const tookMs = await world.until(() => other.disk.read('folder00003/file007.txt') === 'edited', 11_000);
    expect(tookMs).toBeLessThanOrEqual(10_500);
    const requests = requestsOf(other, from);
    expect(requests['list'] ?? 0).toBe(0);
    expect(requests['head']).toBe(1);
  });
});

/** LIST from a sorted array, as a store does it: the fake sorts and copies everything for each page. */
function withFastListing(keys: readonly ObjectSummary[]): (objects: RemoteObjects) => RemoteObjects {
  const byKey = new Map(keys.map((object, index) => [object.key as string, index]));
  return (objects) => ({
    ...objects,
    async *list(prefix, startAfter, signal) {
      // The fake counts the call; its own pages are not asked for.
      const asked = objects.list(`${prefix}.driftless/none`, null, signal)[Symbol.asyncIterator]();
      await asked.next();
      let at = startAfter === null ? 0 : (byKey.get(startAfter) ?? -1) + 1;
      for (;;) {
        const page = keys.slice(at, at + 1000);
        at += page.length;
        yield { objects: page, unusable: [], isLast: at >= keys.length };
        if (at >= keys.length) return;
        const next = objects.list(`${prefix}.driftless/none`, null, signal)[Symbol.asyncIterator]();
        await next.next();
      }
    },
  });
}

describe('an idle hour', () => {
  test('of 100,000 objects makes at most 400 requests, 40 of them LISTs', async () => {
    const world = liveWorld();
    const objects: ObjectSummary[] = [];
    const pair = world.add('one', { wrap: (inner) => withFastListing(objects)(inner) });
    fillInSync(pair, 100_000);
    for (const key of world.bucket.bucket.liveKeys()) {
      const current = world.bucket.bucket.current(key);
      if (current === null) throw new Error(`${key} is gone`);
      const { etag, bytes, modifiedMs } = current;
      objects.push({ key: key as ObjectSummary['key'], etag, sizeBytes: bytes.length, modifiedMs });
    }
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 600_000);
    expect(pair.store.counts().files).toBe(100_000);
    await world.pass(120_000);
    const from = pair.remote.calls.length;
    await world.pass(hourMs);
    const requests = requestsOf(pair, from);
    const all = Object.values(requests).reduce((sum, count) => sum + count, 0);
    console.log(`idle hour of 100,000 objects: ${JSON.stringify(requests)}, together ${String(all)}`);
    expect(all).toBeLessThanOrEqual(400);
    expect(requests['list']).toBeGreaterThan(20);
    expect(requests['list']).toBeLessThanOrEqual(40);
    expect(pair.engine.status().failure).toBeNull();
  });
});

describe('writers that are not Driftless', () => {
  test('are noticed by the rolling audit, range by range: new, changed and removed objects', async () => {
    const world = liveWorld({ pageSize: 10 });
    const pair = world.add('one');
    fillInSync(pair, 60);
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
    const text = new TextEncoder();
    world.bucket.write(`${livePrefix}folder00000/aaa.txt`, text.encode('new'));
    world.bucket.write(`${livePrefix}folder00000!/odd.txt`, text.encode('sorts before the slash'));
    world.bucket.write(`${livePrefix}folder00000/file030.txt`, text.encode('changed'));
    world.bucket.remove(`${livePrefix}folder00000/file055.txt`);
    world.bucket.write(`${livePrefix}zzz/late.txt`, text.encode('last'));
    await world.pass(20 * 120_000);
    expect(pair.disk.read('folder00000/aaa.txt')).toBe('new');
    expect(pair.disk.read('folder00000!/odd.txt')).toBe('sorts before the slash');
    expect(pair.disk.read('folder00000/file030.txt')).toBe('changed');
    expect(pair.disk.read('folder00000/file055.txt')).toBeNull();
    expect(pair.disk.read('zzz/late.txt')).toBe('last');
    expect(pair.disk.read('folder00000/file054.txt')).not.toBeNull();
  });

  test('are noticed at once by "check now"', async () => {
    const { world, pair } = await syncedPair(20);
    world.bucket.write(`${livePrefix}from-rclone.txt`, new TextEncoder().encode('hello'));
    pair.engine.checkNow();
    expect(await world.until(() => pair.disk.read('from-rclone.txt') === 'hello', 10_000)).toBeLessThan(1000);
  });
});
