// What the buttons do to a running pair: pause, "Sync now" and "Full check".
import { expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const isInBucket = (world: LiveWorld, path: string): boolean =>
  world.bucket.contents().has(`${livePrefix}${path}`);

async function atRest(world: LiveWorld, ...pairs: readonly LivePair[]): Promise<void> {
  for (const pair of pairs) {
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  }
  await world.pass(90_000);
}

function lists(pair: LivePair): number {
  return pair.remote.calls.filter((call) => call.operation === 'list').length;
}

test('a pause outlives the program, and so does the end of it', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.engine.pause();
  await world.until(() => pair.engine.status().phase === 'paused', 5000);
  await pair.stop();
  pair.disk.write('meanwhile.txt', 'waits');
  pair.restart();
  await world.pass(120_000);
  expect(pair.engine.status()).toMatchObject({ phase: 'paused', isPaused: true });
  expect(isInBucket(world, 'meanwhile.txt')).toBe(false);
  pair.engine.resume();
  await world.until(() => isInBucket(world, 'meanwhile.txt'), 20_000);
  await pair.stop();
  pair.restart();
  await world.until(() => pair.engine.status().phase === 'idle', 20_000);
  await pair.stop();
});

test('a pause asked of an engine that ends holds for the one that was made to follow it', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  const first = pair.engine;
  await pair.stop();
  pair.disk.write('meanwhile.txt', 'waits');
  pair.restart(() => {
    first.pause();
  });
  await world.pass(120_000);
  expect(pair.engine.status()).toMatchObject({ phase: 'paused', isPaused: true });
  expect(isInBucket(world, 'meanwhile.txt')).toBe(false);
  const second = pair.engine;
  await pair.stop();
  pair.restart(() => {
    second.resume();
  });
  await world.until(() => isInBucket(world, 'meanwhile.txt'), 20_000);
  await pair.stop();
  pair.restart(() => {
    pair.engine.pause();
  });
  await world.pass(10_000);
  expect(pair.engine.status().isPaused).toBe(true);
  await pair.stop();
});

test('a timed pause ends by itself, also when the program was started again meanwhile', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.engine.pause(world.clock.nowMs() + 3_600_000);
  await world.until(() => pair.engine.status().phase === 'paused', 5000);
  pair.disk.write('meanwhile.txt', 'waits');
  await world.pass(1_800_000);
  await pair.stop();
  pair.restart();
  await world.pass(1_500_000);
  expect(pair.engine.status()).toMatchObject({ phase: 'paused', isPaused: true });
  expect(pair.engine.status().pausedUntilMs).toBeGreaterThan(world.clock.nowMs());
  expect(isInBucket(world, 'meanwhile.txt')).toBe(false);
  await world.until(() => isInBucket(world, 'meanwhile.txt'), 600_000);
  expect(pair.engine.status()).toMatchObject({ isPaused: false, pausedUntilMs: null });
  await pair.stop();
});

test('a condition pauses for as long as it lasts; the user can sync anyway, until another one comes', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.engine.hold('battery');
  await world.until(() => pair.engine.status().phase === 'paused', 5000);
  expect(pair.engine.status()).toMatchObject({ isPaused: true, pausedBy: 'battery', activity: 'idle' });
  pair.disk.write('held.txt', 'waits');
  pair.engine.syncNow();
  await world.pass(7_200_000);
  expect(isInBucket(world, 'held.txt')).toBe(false);
  pair.engine.hold(null);
  await world.until(() => isInBucket(world, 'held.txt'), 20_000);
  expect(pair.engine.status()).toMatchObject({ isPaused: false, pausedBy: null });
  pair.engine.hold('battery');
  await world.until(() => pair.engine.status().phase === 'paused', 5000);
  pair.disk.write('anyway.txt', 'goes');
  pair.engine.resume();
  await world.until(() => isInBucket(world, 'anyway.txt'), 20_000);
  pair.engine.hold('battery');
  expect(pair.engine.status().pausedBy).toBeNull();
  pair.engine.hold('metered');
  await world.until(() => pair.engine.status().phase === 'paused', 5000);
  expect(pair.engine.status().pausedBy).toBe('metered');
  await pair.stop();
});

test("the end of a condition does not end the user's own pause", async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.engine.hold('battery');
  pair.engine.pause();
  expect(pair.engine.status().pausedBy).toBeNull();
  pair.engine.hold(null);
  await world.pass(60_000);
  expect(pair.engine.status()).toMatchObject({ phase: 'paused', isPaused: true });
  await pair.stop();
  pair.restart();
  await world.pass(60_000);
  expect(pair.engine.status()).toMatchObject({ phase: 'paused', isPaused: true });
  await pair.stop();
});

test('"Sync now" sends what is settling, asks for news, and lists nothing', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  const other = world.add('two');
  await atRest(world, pair, other);
  const before = lists(pair);
  other.write('from-there.txt', 'there');
  await world.until(() => isInBucket(world, 'from-there.txt'), 5000);
  pair.write('from-here.txt', 'here');
  pair.engine.syncNow();
  // Less than the second that a file rests, and than any poll.
  await world.until(
    () => isInBucket(world, 'from-here.txt') && pair.disk.read('from-there.txt') === 'there',
    800,
  );
  expect(lists(pair)).toBe(before);
});

test('"Full check" finds changes without events, on both sides', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.disk.write('untold.txt', 'here');
  world.bucket.write(`${livePrefix}foreign.txt`, new TextEncoder().encode('there'));
  pair.engine.syncNow();
  await world.pass(1500);
  expect(isInBucket(world, 'untold.txt')).toBe(false);
  pair.engine.checkNow();
  await world.until(() => isInBucket(world, 'untold.txt') && pair.disk.read('foreign.txt') === 'there', 3000);
});

test('"Sync now" looks at the folder where nothing tells of its changes', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  await atRest(world, pair);
  pair.event({ kind: 'degraded', code: 'watch-limit', message: 'no more watches' });
  await world.pass(5000);
  pair.disk.write('untold.txt', 'here');
  pair.engine.syncNow();
  await world.until(() => isInBucket(world, 'untold.txt'), 3000);
});
