// Objects that are too large for one request of a kind: copied in parts, fetched in ranges that outlive an interruption.
import { describe, expect, test } from 'vitest';
import { rootPath } from '../../main/core/path.ts';
import { SyncError } from '../../main/core/errors.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const smallCopies: TransferSizes = { ...transferSizes, copyBytes: 8, copyPartBytes: 5 };

async function settled(world: LiveWorld, pair: LivePair): Promise<void> {
  const before = pair.engine.facts().lastInSyncAtMs;
  await world.pass(5000);
  await world.until(() => pair.engine.facts().lastInSyncAtMs !== before, 120_000);
  expect(pair.store.problems()).toEqual([]);
}

const keysOf = (world: LiveWorld): readonly string[] =>
  [...world.bucket.contents().keys()].map((key) => key.slice(livePrefix.length));
const inTrash = (world: LiveWorld): readonly string[] =>
  [...world.bucket.contents()]
    .filter(([key]) => key.startsWith(`${livePrefix}.driftless/trash/`))
    .map(([, bytes]) => new TextDecoder().decode(bytes));

describe('an object above the limit of one copy (rules 16, 18)', () => {
  test('is kept in the trash of a bucket without versions, in parts, when it is edited or removed', async () => {
    const world = liveWorld({ versioning: 'unversioned' });
    const pair = world.add('one', { sizes: smallCopies });
    pair.disk.write('edited', 'the old content');
    pair.disk.write('removed', 'what is removed');
    pair.start();
    await settled(world, pair);
    pair.write('edited', 'the new content!');
    pair.remove('removed');
    await settled(world, pair);
    expect(keysOf(world)).toContain('edited');
    expect(keysOf(world)).not.toContain('removed');
    expect(inTrash(world).toSorted()).toEqual(['the old content', 'what is removed']);
    expect(pair.remote.calls.filter(({ operation }) => operation === 'copy')).toEqual([]);
  });

  test('is moved by a copy in parts, with its metadata, type and tags', async () => {
    const world = liveWorld();
    const pair = world.add('one', { sizes: smallCopies });
    pair.disk.write('before.html', 'longer than eight');
    pair.start();
    await settled(world, pair);
    pair.disk.rename('before.html', 'after.html');
    pair.hint({ kind: 'overflow', path: rootPath });
    await settled(world, pair);
    expect(keysOf(world)).toContain('after.html');
    expect(keysOf(world)).not.toContain('before.html');
    const operations = pair.remote.calls.map(({ operation }) => operation);
    expect(operations.filter((one) => one === 'copy-part')).toHaveLength(4);
    expect(operations.filter((one) => one === 'upload-part')).toEqual([]);
    expect(world.bucket.bucket.uploads.size).toBe(0);
  });

  test('is copied whole by a store that copies no parts', async () => {
    const refused = new SyncError({ code: 'remote-refused', retry: 'slow', scope: 'item' });
    const world = liveWorld({
      versioning: 'unversioned',
      hooks: {
        beforeCall: ({ operation }) =>
          operation === 'copy-part' ? { kind: 'refused', error: refused } : null,
      },
    });
    const pair = world.add('one', { sizes: smallCopies });
    pair.disk.write('edited', 'the old content');
    pair.start();
    await settled(world, pair);
    pair.write('edited', 'the new content!');
    await settled(world, pair);
    expect(inTrash(world)).toEqual(['the old content']);
    expect(world.bucket.bucket.uploads.size).toBe(0);
  });

  test('is sent instead where a name would be taken without asking', async () => {
    const world = liveWorld({ ignores: ['complete'] });
    const pair = world.add('one', { sizes: smallCopies });
    pair.disk.write('before', 'longer than eight');
    pair.start();
    await settled(world, pair);
    pair.disk.rename('before', 'after');
    pair.hint({ kind: 'overflow', path: rootPath });
    await settled(world, pair);
    expect(keysOf(world)).toContain('after');
    expect(keysOf(world)).not.toContain('before');
    expect(pair.remote.calls.some(({ operation }) => operation === 'copy-part')).toBe(false);
  });
});
