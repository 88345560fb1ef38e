// Objects that are too large for one request of a kind: copied in parts, fetched in ranges that outlive an interruption.
import { describe, expect, test } from 'vitest';
import { rootPath } from '../../main/core/model/path.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const smallCopies: TransferSizes = { ...transferSizes, copyBytes: 8, copyPartBytes: 5 };

async function settled(world: LiveWorld, pair: LivePair): Promise<void> {
  const before = pair.engine.status().lastInSyncAtMs;
  await world.pass(5000);
  await world.until(() => pair.engine.status().lastInSyncAtMs !== before, 120_000);
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
    pair.event({ kind: 'overflow', path: rootPath });
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
    pair.event({ kind: 'overflow', path: rootPath });
    await settled(world, pair);
    expect(keysOf(world)).toContain('after');
    expect(keysOf(world)).not.toContain('before');
    expect(pair.remote.calls.some(({ operation }) => operation === 'copy-part')).toBe(false);
  });
});

const mebi = 1024;
/** Ranges of a KiB, so that an interrupted download is written down after each. */
const smallRanges: TransferSizes = {
  ...transferSizes,
  wholeBytes: mebi / 4,
  rangedBytes: 4 * mebi,
  rangeBytes: mebi,
};

function noise(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + seed * 7 + (at >> 8)) % 251);
}

/** Counts the bytes that GETs of files bring, and cuts them off at the limit. */
function metered(
  limit: { bytes: number },
  scope: 'account' | 'item' = 'account',
): {
  readonly wrap: (objects: RemoteObjects) => RemoteObjects;
  readonly fetched: () => number;
} {
  let fetched = 0;
  const meter = async function* (body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const whole of body) {
      for (let at = 0; at < whole.length; at += 512) {
        const chunk = whole.subarray(at, at + 512);
        if (limit.bytes < chunk.length)
          throw new SyncError({ code: 'endpoint-unreachable', retry: 'backoff', scope });
        limit.bytes -= chunk.length;
        fetched += chunk.length;
        yield chunk;
      }
    }
  };
  return {
    fetched: () => fetched,
    wrap: (objects) => ({
      ...objects,
      get: async (key, asked, signal) => {
        const got = await objects.get(key, asked, signal);
        const isFile = !key.includes('.driftless/');
        return got.kind === 'found' && isFile ? { ...got, body: meter(got.body) } : got;
      },
    }),
  };
}

describe('a large file that is in sync', () => {
  test.for(['sent', 'fetched'])('is not read again after a restart once it was %s', async (how) => {
    const bytes = noise(40 * mebi + 5, 1);
    const reads: string[] = [];
    const world = liveWorld({ sha256: false, opaqueEtags: true });
    const pair = world.add('one', {
      sizes: { ...smallRanges, singlePutBytes: mebi, resumableBytes: mebi },
      onDiskStep: (name) => {
        if (name === 'hash:read' || name === 'open') reads.push(name);
      },
    });
    if (how === 'sent') {
      pair.disk.write('big', bytes);
      // A file of this very moment may still be written to, and is read once more (rule 6).
      await world.pass(60_000);
    } else world.bucket.write(`${livePrefix}big`, bytes);
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 600_000);
    expect(Buffer.from(pair.disk.tree().get('big') ?? []).equals(bytes)).toBe(true);
    expect(Buffer.from(world.bucket.contents().get(`${livePrefix}big`) ?? []).equals(bytes)).toBe(true);
    await pair.stop();
    const first = reads.length;
    if (how === 'sent') expect(first).toBeGreaterThan(0);
    pair.restart();
    await settled(world, pair);
    expect(reads.slice(first)).toEqual([]);
    await pair.stop();
  });
});

const temporaries = (pair: LivePair): readonly string[] =>
  [...pair.disk.tree({ withOwn: true }).keys()].filter((name) => name.includes('/tmp/'));

describe('a download that is cut off (rule 12)', () => {
  for (const size of [3 * mebi + 5, 40 * mebi + 5]) {
    test(`of ${String(size)} bytes resumes where it was, over a restart too`, async () => {
      const world = liveWorld({ sha256: false, opaqueEtags: true });
      const limit = { bytes: Math.floor(size / 2) };
      const meter = metered(limit);
      const pair = world.add('one', { sizes: smallRanges, wrap: meter.wrap });
      const bytes = noise(size, 1);
      world.bucket.write(`${livePrefix}big`, bytes);
      pair.start();
      await world.until(() => pair.engine.status().failure !== null, 600_000);
      await pair.stop();
      const before = meter.fetched();
      limit.bytes = Number.POSITIVE_INFINITY;
      pair.restart();
      await world.until(() => pair.disk.find('big') !== null, 600_000);
      expect(Buffer.from(pair.disk.tree().get('big') ?? []).equals(bytes)).toBe(true);
      expect(before).toBeGreaterThan(0);
      expect(meter.fetched()).toBeLessThanOrEqual(size + 4 * mebi);
      expect(pair.store.metaKeys('begun-download ')).toEqual([]);
      expect(temporaries(pair)).toEqual([]);
      await pair.stop();
    });
  }

  /** Records of the state while ranges that take so long each are fetched, and how long that took. */
  async function recordsOf(ranges: number, eachMs: number): Promise<{ count: number; tookMs: number }> {
    const world = liveWorld({ sha256: false, opaqueEtags: true });
    const { clock } = world;
    let records = 0;
    const begun = { count: 0, atMs: 0 };
    const ended = { ...begun };
    const pair = world.add('one', {
      sizes: smallRanges,
      options: { parts: { concurrency: 1 } },
      onRecord: () => {
        records += 1;
      },
      onDiskStep: (name) => {
        if (name === 'createTemp') Object.assign(begun, { count: records, atMs: clock.monotonicMs() });
        if (name === 'finish') Object.assign(ended, { count: records, atMs: clock.monotonicMs() });
      },
      wrap: (objects) => ({
        ...objects,
        get: async (key, asked, signal) => {
          if (asked.range !== undefined) await clock.sleep(eachMs, signal);
          return objects.get(key, asked, signal);
        },
      }),
    });
    world.bucket.write(`${livePrefix}big`, noise(ranges * mebi, 1));
    pair.start();
    await world.until(() => pair.disk.find('big') !== null, 600_000);
    await pair.stop();
    return { count: ended.count - begun.count, tookMs: ended.atMs - begun.atMs };
  }

  test('is recorded after each range over a slow network', async () => {
    const { count } = await recordsOf(20, 300);
    expect(count).toBe(19);
  });

  test('is recorded a few times a second over a fast network, and placed without a wait for all ranges', async () => {
    const { count, tookMs } = await recordsOf(200, 2);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(3);
    expect(tookMs).toBeLessThan(420);
  });

  test.each([
    ['the folder goes away', 'root-away'],
    ['a thread of ours ends', 'local-worker-failed'],
  ])('fetches nothing again where %s after the last byte', async (_what, code) => {
    const size = 6 * mebi;
    const world = liveWorld({ sha256: false, opaqueEtags: true });
    const meter = metered({ bytes: Number.POSITIVE_INFINITY });
    let isAway = true;
    const pair = world.add('one', {
      sizes: smallRanges,
      wrap: meter.wrap,
      onDiskStep: (name) => {
        if (!isAway || name !== 'finish') return;
        isAway = false;
        throw new SyncError({ code, retry: 'backoff', scope: 'pair' });
      },
    });
    world.bucket.write(`${livePrefix}big`, noise(size, 1));
    pair.start();
    await world.until(() => pair.disk.find('big') !== null, 600_000);
    expect(isAway).toBe(false);
    expect(Buffer.from(pair.disk.tree().get('big') ?? []).equals(noise(size, 1))).toBe(true);
    expect(meter.fetched()).toBe(size);
    expect(temporaries(pair)).toEqual([]);
    await pair.stop();
  });

  const cutFile = 3 * mebi + 5;
  /** Half of `big` is on the disk, and what cut it off concerns the endpoint, or this file alone. */
  async function cutOff(
    scope: 'account' | 'item',
    isCut: (pair: LivePair) => boolean,
  ): Promise<{ readonly world: LiveWorld; readonly pair: LivePair; readonly limit: { bytes: number } }> {
    const world = liveWorld({ sha256: false, opaqueEtags: true });
    const limit = { bytes: 2 * mebi };
    const pair = world.add('one', { sizes: smallRanges, wrap: metered(limit, scope).wrap });
    world.bucket.write(`${livePrefix}big`, noise(cutFile, 1));
    pair.start();
    await world.until(() => isCut(pair), 600_000);
    expect(temporaries(pair)).toHaveLength(1);
    return { world, pair, limit };
  }

  async function expectNothingBegun(world: LiveWorld, pair: LivePair): Promise<void> {
    await settled(world, pair);
    expect(pair.store.metaKeys('begun-download ')).toEqual([]);
    expect(temporaries(pair)).toEqual([]);
    await pair.stop();
  }

  const remove = (world: LiveWorld): void => {
    world.bucket.remove(`${livePrefix}big`);
  };
  const rename = (world: LiveWorld): void => {
    remove(world);
    world.bucket.write(`${livePrefix}other`, noise(cutFile, 1));
  };

  test.each([
    ['removed', remove],
    ['renamed', rename],
  ])('leaves no temporary file where the object is %s before the next try', async (_what, change) => {
    const { world, pair, limit } = await cutOff('account', ({ engine }) => engine.status().failure !== null);
    change(world);
    limit.bytes = Number.POSITIVE_INFINITY;
    await expectNothingBegun(world, pair);
  });

  const replace = (world: LiveWorld): void => {
    world.bucket.write(`${livePrefix}big`, noise(5, 2));
  };
  const makeHere = (_world: LiveWorld, pair: LivePair): void => {
    pair.disk.write('big', noise(cutFile, 3));
  };

  test.each<[string, (world: LiveWorld, pair: LivePair) => void]>([
    ['removed', remove],
    ['replaced by a small one', replace],
    ['to be compared with a file made here', makeHere],
  ])('leaves no temporary file in a running engine where the object is %s', async (_what, change) => {
    const { world, pair, limit } = await cutOff('item', ({ store }) => store.problems().length > 0);
    change(world, pair);
    limit.bytes = Number.POSITIVE_INFINITY;
    pair.engine.checkNow();
    await expectNothingBegun(world, pair);
  });

  test('begins again where what lies here is not what was written, or the object is another', async () => {
    const size = 40 * mebi;
    for (const spoil of ['file', 'object'] as const) {
      const world = liveWorld({ sha256: false, opaqueEtags: true });
      const limit = { bytes: Math.floor(size / 2) };
      const meter = metered(limit);
      const pair = world.add(spoil, { sizes: smallRanges, wrap: meter.wrap });
      world.bucket.write(`${livePrefix}big`, noise(size, 1));
      pair.start();
      await world.until(() => pair.engine.status().failure !== null, 600_000);
      await pair.stop();
      const [name] = temporaries(pair);
      if (name === undefined) throw new Error('nothing was left behind');
      const wanted = spoil === 'file' ? noise(size, 1) : noise(size, 2);
      if (spoil === 'file') pair.disk.write(name, noise(size, 9));
      else world.bucket.write(`${livePrefix}big`, wanted);
      limit.bytes = Number.POSITIVE_INFINITY;
      pair.restart();
      await world.until(() => pair.disk.find('big') !== null, 600_000);
      expect(Buffer.from(pair.disk.tree().get('big') ?? []).equals(wanted)).toBe(true);
      await pair.stop();
    }
  });
});

describe('files that are here and in the bucket when they are joined (rule 7)', () => {
  const size = 20 * mebi;

  test('are fetched once where the store has no sum, and nothing is written', async () => {
    const world = liveWorld({ sha256: false, opaqueEtags: true });
    const meter = metered({ bytes: Number.POSITIVE_INFINITY });
    const pair = world.add('one', { wrap: meter.wrap });
    world.bucket.write(`${livePrefix}same`, noise(size, 1));
    pair.disk.write('same', noise(size, 1));
    pair.start();
    await settled(world, pair);
    expect(meter.fetched()).toBe(size);
    expect(pair.diskCalls.filter((call) => call === 'createTemp')).toEqual([]);
    await pair.stop();
  });

  test('are not fetched at all where the store keeps a CRC-64/NVME, and once where that is another', async () => {
    for (const isEqual of [true, false]) {
      const world = liveWorld({ sha256: false, opaqueEtags: true, crc64nvme: true });
      const meter = metered({ bytes: Number.POSITIVE_INFINITY });
      const pair = world.add('one', { wrap: meter.wrap });
      world.bucket.write(`${livePrefix}file`, noise(size, 1));
      pair.disk.write('file', noise(size, isEqual ? 1 : 2));
      pair.start();
      await settled(world, pair);
      expect(meter.fetched()).toBe(isEqual ? 0 : size);
      expect([...pair.disk.tree().keys()]).toHaveLength(isEqual ? 1 : 2);
      await pair.stop();
    }
  });

  for (const isKnown of [false, true]) {
    test(`and differ in a byte are fetched once ${isKnown ? 'when one was changed' : 'and both kept'}`, async () => {
      const world = liveWorld({ sha256: false, opaqueEtags: true });
      const meter = metered({ bytes: Number.POSITIVE_INFINITY });
      const pair = world.add('one', { wrap: meter.wrap, auditMs: 60_000 });
      const changed = noise(size, 1);
      changed[size - 7] = 0xff;
      pair.disk.write('file', noise(size, 1));
      if (isKnown) {
        pair.start();
        await settled(world, pair);
        world.bucket.write(`${livePrefix}file`, changed);
        await world.until(() => pair.disk.tree().get('file')?.[size - 7] === 0xff, 12 * 3600_000);
      } else {
        world.bucket.write(`${livePrefix}file`, changed);
        pair.start();
        await settled(world, pair);
      }
      expect(meter.fetched()).toBe(size);
      expect(pair.disk.tree().get('file')?.[size - 7]).toBe(0xff);
      expect([...pair.disk.tree().keys()]).toHaveLength(isKnown ? 1 : 2);
      await pair.stop();
    });
  }
});
