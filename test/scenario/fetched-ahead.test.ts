// Small files fetched ahead: a slow disk does not hold up the network, and bounds hold what waits in memory.
import { expect, test } from 'vitest';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import { HeldBodies } from '../../main/sync/slots.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';
import { openedIntents } from '../support/opened-intents.ts';

const mebibyte = 1024 * 1024;

/** Commits of download intents wait for `release`, as on a disk whose syncs take long. */
function holdIntents(pair: LivePair): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { recordSoon } = pair.store;
  Object.assign(pair.store, {
    recordSoon: (changes: readonly StateChange[]) => {
      const durable = recordSoon(changes);
      const isHeld = openedIntents(changes, 'download').length > 0;
      return isHeld ? promise.then(() => durable) : durable;
    },
  });
  return () => {
    resolve(undefined);
  };
}

test('the next small files are fetched while the disk takes its time with the first ones', async () => {
  const world = liveWorld();
  const names = Array.from({ length: 10 }, (_, index) => `file${String(index)}.txt`);
  for (const name of names) world.bucket.write(livePrefix + name, new TextEncoder().encode(name));
  const pair = world.add('one', { options: { concurrency: { smallFiles: 2 } } });
  const release = holdIntents(pair);
  const fetched = (): number =>
    pair.remote.calls.filter(({ operation, key }) => operation === 'get' && key.endsWith('.txt')).length;
  pair.start();
  await world.until(() => fetched() === names.length, 60_000);
  // No intent is on the disk yet, so nothing has a name.
  expect(names.filter((name) => pair.disk.read(name) !== null)).toEqual([]);
  release();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  expect(names.map((name) => pair.disk.read(name))).toEqual(names);
});

test('what waits in memory is bounded by its bytes and by its number', () => {
  const large = new HeldBodies();
  const taken = Array.from({ length: 40 }, () => large.take(mebibyte));
  expect(taken.filter(Boolean)).toHaveLength(32);
  large.give(mebibyte);
  expect([large.take(mebibyte), large.take(1)]).toEqual([true, false]);

  const many = new HeldBodies();
  expect(Array.from({ length: 600 }, () => many.take(1)).filter(Boolean)).toHaveLength(512);
});
