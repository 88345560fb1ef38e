// Large downloads by ranges: placed, of one version, verified and resumable.
import { createHash, hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import { downloadRanged } from '../../main/sync/transfer/download-ranges.ts';
import type { OrderedHasher } from '../../main/ports/local-files.port.ts';
import type { RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import type { RangedDownload } from '../../main/sync/transfer/download-ranges.ts';
import { hashHere } from '../../main/sync/ordered-hash.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { patternBytes } from '../support/byte-source.ts';

const key = 'p/large.bin' as ObjectKey;
const { signal } = new AbortController();

function sha256(): OrderedHasher {
  const sum = createHash('sha256');
  return hashHere({
    update: (bytes) => void sum.update(bytes),
    peekHex: () => sum.copy().digest('hex'),
    digestHex: () => sum.digest('hex'),
  });
}

/** Digests that come turns later, as those of another thread. */
function latelyHashed(): OrderedHasher {
  const hasher = sha256();
  return {
    ...hasher,
    update: async (bytes) => {
      const digest = hasher.update(bytes);
      for (let turns = 3; turns > 0; turns -= 1) await nextTurn();
      return digest;
    },
  };
}

function setUp(bytes: Uint8Array, options: FakeRemoteOptions = {}) {
  const fake = makeFakeRemote(options);
  const { etag } = fake.write(key, bytes);
  const target = new Uint8Array(bytes.length);
  const progress: number[] = [];
  const download = (overrides: Partial<RangedDownload> = {}) =>
    downloadRanged(
      {
        objects: fake.objects,
        key,
        etag,
        sizeBytes: bytes.length,
        rangeBytes: 1000,
        concurrency: 4,
        sink: {
          write: (chunk, position) => {
            target.set(chunk, position);
            return Promise.resolve();
          },
        },
        hasher: sha256(),
        startAt: 0,
        onProgress: (done) => progress.push(done),
        ...overrides,
      },
      signal,
    );
  return { fake, target, progress, download };
}

describe('downloadRanged', () => {
  test.each([0, 1, 999, 1000, 1001, 9500])(
    'a ranged download fetches %i bytes in pieces and hashes them',
    async (length) => {
      const bytes = patternBytes(length);
      const { target, download } = setUp(bytes);
      expect(await download()).toMatchObject({ kind: 'done', content: hash('sha256', bytes, 'hex') });
      expect(target).toEqual(bytes);
    },
  );

  test('a ranged download keeps the allowed number of ranges in flight and no more', async () => {
    let flying = 0;
    let most = 0;
    const { download } = setUp(patternBytes(20_000), {
      hooks: {
        beforeCall: async () => {
          flying += 1;
          most = Math.max(most, flying);
          await Promise.resolve();
          return null;
        },
        afterCall: () => {
          flying -= 1;
        },
      },
    });
    await download();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('a ranged download uses its buffers again, each once it is written and hashed', async () => {
    const bytes = patternBytes(19_500);
    const target = new Uint8Array(bytes.length);
    const buffers = new Set<ArrayBufferLike>();
    const { download } = setUp(bytes);
    const write = async (chunk: Uint8Array, position: number): Promise<void> => {
      buffers.add(chunk.buffer);
      await nextTurn();
      target.set(chunk, position);
    };
    const outcome = await download({ concurrency: 3, sink: { write }, hasher: latelyHashed() });
    expect(outcome).toMatchObject({ kind: 'done', content: hash('sha256', bytes, 'hex') });
    expect(target).toEqual(bytes);
    expect(buffers.size).toBeLessThanOrEqual(5);
  });

  test('a range counts as done once it is hashed and written, in order, with the hash of all until then', async () => {
    const bytes = patternBytes(9000);
    const broken = new SyncError({ code: 'disk-full', retry: 'slow', scope: 'pair' });
    const written = new Set<number>();
    const seen: number[] = [];
    const { download } = setUp(bytes);
    const write = async (_chunk: Uint8Array, position: number): Promise<void> => {
      // The first takes longest.
      for (let turns = position === 0 ? 5 : 1; turns > 0; turns -= 1) await nextTurn();
      if (position === 3000) throw broken;
      written.add(position);
    };
    const onProgress = (done: number, soFar: string): void => {
      expect(written).toContain(done - 1000);
      expect(soFar).toBe(hash('sha256', bytes.subarray(0, done), 'hex'));
      seen.push(done);
    };
    await expect(download({ sink: { write }, onProgress })).rejects.toBe(broken);
    expect(seen).toEqual([1000, 2000, 3000]);
  });

  test('a range that came is done without a wait for the next one', async () => {
    const next = Promise.withResolvers<null>();
    let gets = 0;
    const { progress, download } = setUp(patternBytes(3000), {
      hooks: { beforeCall: () => (gets++ === 0 ? null : next.promise) },
    });
    const outcome = download({ concurrency: 2 });
    while (progress.length === 0) await nextTurn();
    expect(progress).toEqual([1000]);
    next.resolve(null);
    expect(await outcome).toMatchObject({ kind: 'done' });
  });

  test('a write that cannot be made ends a ranged download that waits for its next range', async () => {
    const broken = new SyncError({ code: 'disk-full', retry: 'slow', scope: 'pair' });
    const { fake, download } = setUp(patternBytes(9000));
    const ended: unknown[] = [];
    const get: RemoteObjects['get'] = (at, asked, now) =>
      asked.range?.start === 0
        ? fake.objects.get(at, asked, now)
        : new Promise((_resolve, reject) => {
            now.addEventListener('abort', () => {
              ended.push(asked.range?.start);
              reject(now.reason as Error);
            });
          });
    const sink = { write: () => Promise.reject(broken) };
    const outcome = download({ objects: { ...fake.objects, get }, sink, concurrency: 2 });
    await expect(outcome).rejects.toBe(broken);
    // Nothing writes into the memory any more.
    expect(ended).toEqual([1000, 2000]);
  });

  test('a ranged download whose hash fails ends once nothing is written any more', async () => {
    const broken = new SyncError({ code: 'local-worker-failed', retry: 'backoff', scope: 'pair' });
    let writing = 0;
    const { download } = setUp(patternBytes(9000));
    const write = async (): Promise<void> => {
      writing += 1;
      for (let turns = 5; turns > 0; turns -= 1) await nextTurn();
      writing -= 1;
    };
    const hasher = { ...sha256(), update: () => Promise.reject(broken) };
    await expect(download({ sink: { write }, hasher })).rejects.toBe(broken);
    expect(writing).toBe(0);
  });

  test('a ranged download is lost when the object changes in the middle', async () => {
    const calls = { count: 0 };
    const made = setUp(patternBytes(9000), {
      hooks: {
        beforeCall: (call) => {
          calls.count += 1;
          if (call.operation === 'get' && calls.count === 4) made.fake.write(key, patternBytes(9000, 2));
          return null;
        },
      },
    });
    expect(await made.download({ concurrency: 1 })).toEqual({ kind: 'lost' });
  });

  test('a ranged download resumes where an earlier one stopped', async () => {
    const bytes = patternBytes(9000);
    const broken = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
    let gets = 0;
    const { fake, target, progress, download } = setUp(bytes, {
      hooks: { beforeCall: () => ((gets += 1) === 5 ? { kind: 'refused', error: broken } : null) },
    });
    await expect(download({ concurrency: 1 })).rejects.toBe(broken);
    const startAt = progress.at(-1) ?? 0;
    expect(startAt).toBe(4000);
    const hasher = sha256();
    await hasher.update(target.subarray(0, startAt));
    const before = fake.calls.length;
    expect(await download({ startAt, hasher })).toMatchObject({
      kind: 'done',
      content: hash('sha256', bytes, 'hex'),
    });
    expect(fake.calls.length - before).toBe(5);
    expect(target).toEqual(bytes);
  });

  test('a ranged download resumes at the very end', async () => {
    const bytes = patternBytes(3000);
    const hasher = sha256();
    await hasher.update(bytes);
    expect(await setUp(bytes).download({ startAt: 3000, hasher })).toMatchObject({ kind: 'done' });
  });

  test("a ranged download is damaged when the bytes differ from the store's checksum", async () => {
    const { download } = setUp(patternBytes(3000));
    const lying = { ...sha256(), update: () => Promise.resolve(hash('sha256', 'other', 'hex')) };
    expect(await download({ hasher: lying })).toEqual({ kind: 'damaged', why: 'checksum' });
  });

  test('a ranged download is damaged when the object is longer than listed', async () => {
    expect(await setUp(patternBytes(3000)).download({ sizeBytes: 2500 })).toEqual({
      kind: 'damaged',
      why: 'length',
    });
  });

  test('a ranged download is lost for an etag that never existed', async () => {
    expect(await setUp(patternBytes(3000)).download({ etag: 'nope' as Etag })).toEqual({ kind: 'lost' });
  });
});
