// The single retry loop: retried errors, delays, and calls that must never be repeated.
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import type { ErrorFields, RetryClass } from '../../main/core/model/errors.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeCall, FakeFault } from '../fakes/fake-remote-core.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { fixedRandom, instantClock } from '../support/instant-clock.ts';

const key = 'p/file.bin' as ObjectKey;
const { signal } = new AbortController();

function refused(code: string, retry: RetryClass, fields: ErrorFields = {}): FakeFault {
  return { kind: 'refused', error: new SyncError({ code, retry, scope: 'item', fields }) };
}

/** The faults hit the first calls of that operation in order; null lets one pass. */
function setUp(operation: FakeCall['operation'], faults: readonly (FakeFault | null)[]) {
  const queue = [...faults];
  const fake = makeFakeRemote({
    pageSize: 2,
    hooks: { beforeCall: (call) => (call.operation === operation ? (queue.shift() ?? null) : null) },
  });
  const clock = instantClock();
  const options = { clock, random: fixedRandom(0.5) };
  const objects = withRetry(fake.objects, options);
  const multipart = withRetryMultipart(fake.multipart, options);
  const put = (bytes: Uint8Array) => objects.put(key, sourceOf(bytes), putOptions(bytes), signal);
  return { fake, clock, objects, multipart, put };
}

describe('withRetry', () => {
  test('a retry waits with growing jitter and succeeds', async () => {
    const slow = refused('slow-down', 'backoff');
    const { put, clock, fake } = setUp('put', [slow, slow, slow]);
    expect(await put(patternBytes(10))).toMatchObject({ kind: 'done' });
    expect(clock.sleeps).toEqual([500, 1000, 2000]);
    expect(fake.calls).toHaveLength(4);
  });

  test('a retry adds the delay of Retry-After', async () => {
    const { put, clock } = setUp('put', [refused('slow-down', 'backoff', { retryAfterMs: 7000 })]);
    await put(patternBytes(10));
    expect(clock.sleeps).toEqual([7500]);
  });

  test('a retry is given up where the delay would exceed its time', async () => {
    const { put, clock } = setUp('put', [refused('slow-down', 'backoff', { retryAfterMs: 120_000 })]);
    await expect(put(patternBytes(10))).rejects.toMatchObject({ code: 'slow-down' });
    expect(clock.sleeps).toEqual([]);
  });

  test('a call is given up after five tries', async () => {
    const { put, fake } = setUp(
      'put',
      Array.from({ length: 9 }, () => refused('timeout', 'backoff')),
    );
    await expect(put(patternBytes(10))).rejects.toMatchObject({ code: 'timeout' });
    expect(fake.calls).toHaveLength(5);
  });

  test('sessions of one command share the attempts of a call: five in the first, one in each later one', async () => {
    const isDown = { now: true };
    const fake = makeFakeRemote({
      hooks: { beforeCall: () => (isDown.now ? refused('slow-down', 'backoff') : null) },
    });
    const clock = instantClock();
    const spent = new Map<string, number>();
    const session = () => withRetry(fake.objects, { clock, random: fixedRandom(0.5), spent });
    const put = (name: string) =>
      session().put(name as ObjectKey, sourceOf(patternBytes(1)), putOptions(patternBytes(1)), signal);
    const triesOf = (name: string) => fake.calls.filter((call) => 'key' in call && call.key === name).length;
    for (let pass = 0; pass < 5; pass += 1)
      await expect(put('one')).rejects.toMatchObject({ code: 'slow-down' });
    expect(triesOf('one')).toBe(9);
    await expect(put('other')).rejects.toMatchObject({ code: 'slow-down' });
    expect(triesOf('other')).toBe(5);
    isDown.now = false;
    await put('one');
    isDown.now = true;
    await expect(put('one')).rejects.toMatchObject({ code: 'slow-down' });
    expect(triesOf('one')).toBe(9 + 1 + 5);
  });

  test.each(['slow'] as const)('an error that is %s is left to the caller', async (retry) => {
    const { put, fake } = setUp('put', [refused('remote-denied', retry)]);
    await expect(put(patternBytes(10))).rejects.toMatchObject({ code: 'remote-denied' });
    expect(fake.calls).toHaveLength(1);
  });

  test('an error of kind `now` is retried once without a delay', async () => {
    const expired = refused('credentials-expired', 'now');
    const first = setUp('put', [expired]);
    expect(await first.put(patternBytes(10))).toMatchObject({ kind: 'done' });
    expect(first.clock.sleeps).toEqual([]);
    const second = setUp('put', [expired, expired]);
    await expect(second.put(patternBytes(10))).rejects.toMatchObject({ code: 'credentials-expired' });
  });

  test.each(['put', 'delete', 'copy'] as const)(
    'a %s whose response was lost is never repeated',
    async (operation) => {
      const { objects, put, fake } = setUp(operation, [{ kind: 'lost-reply' }]);
      const version = fake.write(key, patternBytes(3));
      const copied = {
        source: version.etag,
        condition: { kind: 'none' },
        metadata: {},
        contentType: 'a/b',
      } as const;
      const runs = {
        put: () => put(patternBytes(10)),
        delete: () => objects.delete(key, { kind: 'none' }, signal),
        copy: () => objects.copy(key, 'p/other' as ObjectKey, copied, signal),
      };
      await expect(runs[operation]()).rejects.toMatchObject({ code: 'outcome-unknown', retry: 'now' });
      expect(fake.calls.filter((call) => call.operation === operation)).toHaveLength(1);
    },
  );

  test('a completion whose response was lost is never repeated, and a part is', async () => {
    const { multipart, fake } = setUp('complete', [{ kind: 'lost-reply' }]);
    const { uploadId } = await multipart.create(key, { contentType: 'a/b', metadata: {} }, signal);
    const sent = await multipart.uploadPart(key, uploadId, { number: 1, bytes: patternBytes(5) }, signal);
    if (sent.kind !== 'done') throw new Error(sent.kind);
    const last = { condition: { kind: 'none' }, beforeSend: () => Promise.resolve(true) } as const;
    const done = multipart.complete(key, uploadId, [sent.part], last, signal);
    await expect(done).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect(fake.contents().get(key)).toEqual(patternBytes(5));

    const parts = setUp('upload-part', [{ kind: 'lost-reply' }]);
    const other = await parts.multipart.create(key, { contentType: 'a/b', metadata: {} }, signal);
    const again = parts.multipart.uploadPart(
      key,
      other.uploadId,
      { number: 1, bytes: patternBytes(5) },
      signal,
    );
    expect(await again).toMatchObject({ kind: 'done' });
  });

  test('an interrupted body resumes where it broke off', async () => {
    const bytes = patternBytes(300_000);
    const { objects, fake } = setUp('get', [
      { kind: 'truncated', afterBytes: 100_000 },
      { kind: 'truncated', afterBytes: 50_000 },
    ]);
    fake.write(key, bytes);
    const got = await objects.get(key, { condition: { kind: 'none' } }, signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    expect(Buffer.from(await collect(got.body)).equals(bytes)).toBe(true);
    expect(fake.calls.filter((call) => call.operation === 'get')).toHaveLength(3);
  });

  test('what is missing of an interrupted range goes to its place in the memory', async () => {
    const bytes = patternBytes(300_000);
    const { objects, fake } = setUp('get', [
      { kind: 'truncated', afterBytes: 100_000 },
      { kind: 'truncated', afterBytes: 50_000 },
    ]);
    fake.write(key, bytes);
    const into = new Uint8Array(280_000);
    const asked = { condition: { kind: 'none' }, range: { start: 20_000, end: 300_000 }, into } as const;
    const got = await objects.get(key, asked, signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    let at = 0;
    for await (const chunk of got.body) {
      expect([chunk.buffer === into.buffer, chunk.byteOffset]).toEqual([true, at]);
      at += chunk.length;
    }
    expect(Buffer.from(into).equals(bytes.subarray(20_000))).toBe(true);
    expect(fake.calls.filter((call) => call.operation === 'get')).toHaveLength(3);
  });

  test('pieces of two versions are never joined', async () => {
    const { objects, fake } = setUp('get', [{ kind: 'truncated', afterBytes: 100_000 }]);
    fake.write(key, patternBytes(300_000));
    const got = await objects.get(key, { condition: { kind: 'none' } }, signal);
    fake.write(key, patternBytes(300_000, 2));
    if (got.kind !== 'found') throw new Error(got.kind);
    await expect(collect(got.body)).rejects.toMatchObject({ code: 'remote-changed' });
  });

  test('pieces of two versions are not joined by a store that ignores the condition', async () => {
    const { fake } = setUp('get', [{ kind: 'truncated', afterBytes: 100_000 }]);
    const heedless = withRetry(
      {
        ...fake.objects,
        get: (name, asked, by) => fake.objects.get(name, { ...asked, condition: { kind: 'none' } }, by),
      },
      { clock: instantClock(), random: fixedRandom(0.5) },
    );
    fake.write(key, patternBytes(300_000));
    const got = await heedless.get(key, { condition: { kind: 'none' } }, signal);
    fake.write(key, patternBytes(300_000, 2));
    if (got.kind !== 'found') throw new Error(got.kind);
    await expect(collect(got.body)).rejects.toMatchObject({ code: 'remote-changed' });
  });

  test('a listing resumes behind the last key seen', async () => {
    const { objects, fake } = setUp('list', [null, refused('timeout', 'backoff')]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.write(`p/${name}`, patternBytes(1));
    const keys: string[] = [];
    for await (const page of objects.list('p/', null, signal))
      keys.push(...page.objects.map((object) => object.key));
    expect(keys).toEqual(['p/a', 'p/b', 'p/c', 'p/d', 'p/e']);
  });

  test('an aborted retry stops waiting', async () => {
    const stop = new AbortController();
    const fake = makeFakeRemote({
      hooks: {
        beforeCall: () => {
          stop.abort(new Error('stopped'));
          return refused('timeout', 'backoff');
        },
      },
    });
    const objects = withRetry(fake.objects, { clock: instantClock(), random: fixedRandom(0.5) });
    await expect(objects.head(key, stop.signal)).rejects.toThrow('stopped');
    expect(fake.calls).toHaveLength(1);
  });
});
