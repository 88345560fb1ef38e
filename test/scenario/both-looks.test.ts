// The first look of a pair: the folder is read while the bucket is listed.
import { expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import { rootPath } from '../../main/core/model/path.ts';
import type { FakeFault } from '../fakes/fake-remote-core.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const listingMs = 60_000;

/** A pair with a file in its folder, whose first listing of the bucket takes a minute. */
function slowListing(fault: FakeFault | null): { readonly world: LiveWorld; readonly pair: LivePair } {
  const world: LiveWorld = liveWorld();
  let lists = 0;
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: async (call, ends) => {
          if (call.operation !== 'list' || call.key !== livePrefix) return null;
          lists += 1;
          if (lists > 1) return null;
          await world.clock.sleep(listingMs, ends);
          return fault;
        },
      },
    },
  });
  pair.disk.write('here.txt', 'found');
  pair.start();
  return { world, pair };
}

const found = ({ store }: LivePair): readonly string[] =>
  [...store.subtree(rootPath)].filter((row) => row.local.state === 'present').map((row) => row.path);

test('the folder is read while the bucket is listed, and recorded once that is over', async () => {
  const { world, pair } = slowListing(null);
  await world.pass(listingMs / 2);
  expect(pair.diskCalls).toContain('list');
  expect(found(pair)).toEqual([]);
  await world.until(() => world.bucket.contents().has(`${livePrefix}here.txt`), listingMs);
  expect(pair.diskCalls.filter((call) => call === 'list')).toHaveLength(1);
});

test('a listing of the bucket that fails keeps what was read of the folder from being recorded', async () => {
  const error = new SyncError({ code: 'denied', retry: 'slow', scope: 'pair', message: 'no listing' });
  const { world, pair } = slowListing({ kind: 'refused', error });
  await world.until(() => pair.engine.status().failure !== null, listingMs * 2);
  expect(found(pair)).toEqual([]);
  await world.until(() => world.bucket.contents().has(`${livePrefix}here.txt`), 3_600_000);
});

test('a stop while the bucket is listed ends both looks', async () => {
  const { world, pair } = slowListing(null);
  await world.pass(listingMs / 2);
  await pair.stop();
  expect(found(pair)).toEqual([]);
  pair.restart();
  await world.until(() => world.bucket.contents().has(`${livePrefix}here.txt`), listingMs);
});
