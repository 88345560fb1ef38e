// Large uploads: journalled first, resumed with missing parts only, never completed wrongly.
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { uploadResumable } from '../../main/sync/transfer/upload-parts.ts';
import type { PartsAhead, ResumableUpload, UploadHandle } from '../../main/sync/transfer/upload-parts.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import type { FakeCall } from '../fakes/fake-remote-core.ts';
import { sumOf } from '../../main/adapters/sums/body-sum.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';

const key = 'p/large.bin' as ObjectKey;
const { signal } = new AbortController();
const broken = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });

function setUp(bytes: Uint8Array, options: FakeRemoteOptions = {}) {
  const fake = makeFakeRemote(options);
  const saved: UploadHandle[] = [];
  const upload = (overrides: Partial<ResumableUpload> = {}) =>
    uploadResumable(
      {
        multipart: fake.multipart,
        key,
        source: sourceOf(bytes),
        options: putOptions(bytes),
        resume: null,
        save: (handle) => {
          saved.push(handle);
          return Promise.resolve();
        },
        partBytes: 1000,
        concurrency: 3,
        md5: (part) => hash('md5', part, 'hex'),
        md5Etags: true,
        ...overrides,
      },
      signal,
    );
  const count = (operation: FakeCall['operation']) =>
    fake.calls.filter((call) => call.operation === operation).length;
  return { fake, saved, upload, count };
}

/** As the reader of a file makes them, but for the part `without`. */
function aheadOf(bytes: Uint8Array, { without = 0, partBytes = 1000 }): PartsAhead {
  const partOf = (number: number) => bytes.subarray((number - 1) * partBytes, number * partBytes);
  return {
    digests: {
      partBytes,
      checksum: 'crc32',
      of: (number) => {
        const part = partOf(number);
        const digest = { sha256: hash('sha256', part), sum: sumOf('crc32', part) };
        return Promise.resolve(number === without ? null : digest);
      },
      end: () => undefined,
    },
    isUnchanged: () => Promise.resolve(true),
  };
}

/** Fails every part from the nth on. */
function breaksAfter(parts: number): FakeRemoteOptions {
  let sent = 0;
  const isBroken = { now: true };
  return {
    hooks: {
      beforeCall: (call) => {
        if (call.operation !== 'upload-part' || !isBroken.now) return null;
        sent += 1;
        if (sent <= parts) return null;
        if (sent === parts + 1) return { kind: 'refused', error: broken };
        isBroken.now = false;
        return null;
      },
    },
  };
}

describe('uploadResumable', () => {
  test('a large upload is journalled before its first part and joins all parts', async () => {
    const bytes = patternBytes(9500);
    const order: string[] = [];
    const { fake, saved, upload } = setUp(bytes, {
      hooks: {
        beforeCall: (call) => {
          order.push(call.operation);
          return null;
        },
      },
    });
    const progress: number[] = [];
    const outcome = await upload({
      save: (handle) => {
        saved.push(handle);
        order.push('saved');
        return Promise.resolve();
      },
      options: { ...putOptions(bytes), onProgress: (sent) => progress.push(sent) },
    });
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(order.slice(0, 3)).toEqual(['create-upload', 'saved', 'upload-part']);
    expect(fake.contents().get(key)).toEqual(bytes);
    expect(progress.at(-1)).toBe(9500);
  });

  test('a resumed upload does not send correct parts again', async () => {
    const bytes = patternBytes(10_000);
    const { fake, saved, upload, count } = setUp(bytes, breaksAfter(6));
    await expect(upload({ concurrency: 1 })).rejects.toBe(broken);
    const before = count('upload-part');
    expect(await upload({ resume: saved[0] ?? null, partBytes: 7777 })).toMatchObject({ kind: 'done' });
    expect(count('upload-part') - before).toBe(4);
    expect(count('create-upload')).toBe(1);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('a resumed upload sends every part again whose bytes differ from the file', async () => {
    const bytes = patternBytes(10_000);
    const { fake, saved, upload } = setUp(bytes, breaksAfter(6));
    await expect(upload({ concurrency: 1 })).rejects.toBe(broken);
    const edited = bytes.slice();
    edited[2500] = (edited[2500] ?? 0) ^ 1;
    const resume = saved[0] ?? null;
    await upload({ resume, source: sourceOf(edited), options: putOptions(edited) });
    expect(fake.contents().get(key)).toEqual(edited);
  });

  test('a resumed upload sends every part again where etags cannot prove what was sent', async () => {
    const bytes = patternBytes(5000);
    const { fake, saved, upload, count } = setUp(bytes, { ...breaksAfter(3), opaqueEtags: true });
    await expect(upload({ concurrency: 1, md5Etags: false })).rejects.toBe(broken);
    const before = count('upload-part');
    await upload({ resume: saved[0] ?? null, md5Etags: false });
    expect(count('upload-part') - before).toBe(5);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('an ETag that is no MD5 is not taken for damage, and the changed store is reported', async () => {
    const bytes = patternBytes(5000);
    const { fake, upload } = setUp(bytes, { opaqueEtags: true, partChecksum: 'crc32' });
    let told = 0;
    const outcome = await upload({
      sumOf: (part) => sumOf('crc32', part),
      onContradiction: () => (told += 1),
    });
    expect(outcome).toMatchObject({ kind: 'done' });
    // By the first part: the others are not hashed for that.
    expect(told).toBe(1);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test("stored parts are recognised by the store's checksum, whatever their ETags are", async () => {
    const bytes = patternBytes(10_000);
    const options = { ...breaksAfter(6), opaqueEtags: true, partChecksum: 'crc32' } as const;
    const { fake, saved, upload, count } = setUp(bytes, options);
    const more = { sumOf: (part: Uint8Array) => sumOf('crc32', part), md5Etags: false };
    await expect(upload({ concurrency: 1, ...more })).rejects.toBe(broken);
    const before = count('upload-part');
    expect(await upload({ resume: saved[0] ?? null, ...more })).toMatchObject({ kind: 'done' });
    expect(count('upload-part') - before).toBe(4);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('parts go out with the digests that were made of them ahead, and the rest with their own', async () => {
    const bytes = patternBytes(9500);
    const { fake, upload } = setUp(bytes, { partChecksum: 'crc32' });
    const sums: number[] = [];
    const shas: (string | undefined)[] = [];
    const outcome = await upload({
      concurrency: 1,
      multipart: {
        ...fake.multipart,
        uploadPart: (to, id, part, now) => {
          shas.push(part.sha256);
          return fake.multipart.uploadPart(to, id, part, now);
        },
      },
      sumOf: (part) => {
        sums.push(part.length);
        return sumOf('crc32', part);
      },
      ahead: aheadOf(bytes, { without: 4 }),
    });
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(sums).toEqual([1000]);
    expect(shas.map((sha) => sha === undefined)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => at === 3),
    );
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('no more memory is taken than parts are in flight, however short the reads are', async () => {
    const bytes = patternBytes(9500);
    const { fake, upload } = setUp(bytes);
    const given = new Set<ArrayBufferLike>();
    const read = (position: number, length: number, into = new Uint8Array(length)): Promise<Uint8Array> => {
      given.add(into.buffer);
      const found = bytes.subarray(position, position + Math.min(length, 700));
      into.set(found);
      return Promise.resolve(into.subarray(0, found.length));
    };
    expect(await upload({ source: { sizeBytes: bytes.length, read } })).toMatchObject({ kind: 'done' });
    expect(given.size).toBe(3);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('digests of parts of another size are of no use', async () => {
    const bytes = patternBytes(9500);
    const { fake, upload } = setUp(bytes);
    const ahead = aheadOf(bytes, { partBytes: 900 });
    expect(await upload({ ahead })).toMatchObject({ kind: 'done' });
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('a file that changes once its parts were digested is not sent on', async () => {
    const bytes = patternBytes(9500);
    const { fake, upload, count } = setUp(bytes);
    let looks = 0;
    const isUnchanged = (): Promise<boolean> => Promise.resolve((looks += 1) <= 2);
    const ahead = { ...aheadOf(bytes, {}), isUnchanged };
    expect(await upload({ ahead, concurrency: 1 })).toEqual({ kind: 'withdrawn' });
    expect([count('upload-part'), count('abort')]).toEqual([2, 1]);
    expect(fake.contents().size).toBe(0);
  });

  test('parts that the store verifies by a checksum are not hashed again for their ETags', async () => {
    const bytes = patternBytes(10_000);
    const { upload } = setUp(bytes, { partChecksum: 'crc32' });
    let hashed = 0;
    const md5 = (part: Uint8Array): string => {
      hashed += 1;
      return hash('md5', part, 'hex');
    };
    await upload({ md5, sumOf: (part) => sumOf('crc32', part) });
    expect(hashed).toBe(1);
    hashed = 0;
    await upload({ md5 });
    expect(hashed).toBe(10);
  });

  test('an upload that the store has forgotten starts again', async () => {
    const bytes = patternBytes(5000);
    const { fake, saved, upload } = setUp(bytes);
    expect(await upload({ resume: { uploadId: 'forgotten', partBytes: 1000 } })).toMatchObject({
      kind: 'done',
    });
    expect(saved).toHaveLength(1);
    expect(fake.contents().get(key)).toEqual(bytes);
  });

  test('an upload that is withdrawn or lost at the last step is aborted', async () => {
    const bytes = patternBytes(5000);
    const { fake, upload } = setUp(bytes);
    const no = { ...putOptions(bytes), beforeSend: () => Promise.resolve(false) };
    expect(await upload({ options: no })).toEqual({ kind: 'withdrawn' });
    fake.write(key, patternBytes(1));
    const taken = { ...putOptions(bytes), condition: { kind: 'absent' } } as const;
    expect(await upload({ options: taken })).toEqual({ kind: 'lost' });
    expect(fake.bucket.uploads.size).toBe(0);
    expect(fake.contents().get(key)).toEqual(patternBytes(1));
  });

  test('an upload is withdrawn when the file has become shorter', async () => {
    const bytes = patternBytes(5000);
    const short = { sizeBytes: 5000, read: sourceOf(bytes.slice(0, 3500)).read };
    const { fake, upload } = setUp(bytes);
    expect(await upload({ source: short })).toEqual({ kind: 'withdrawn' });
    expect(fake.contents().size).toBe(0);
    expect(fake.bucket.uploads.size).toBe(0);
  });

  test('a part that the store holds with other bytes is refused', async () => {
    const bytes = patternBytes(3000);
    const { upload, fake } = setUp(bytes);
    await expect(upload({ md5: () => '0'.repeat(32) })).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(fake.contents().size).toBe(0);
  });
});
