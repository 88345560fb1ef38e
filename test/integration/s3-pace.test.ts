// Bandwidth limits in the S3 adapter: all content bytes and nothing else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePace } from '../../main/adapters/limits/pace.ts';
import type { Pace } from '../../main/adapters/limits/pace.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';

const { signal } = new AbortController();
/** Fast enough to cost nothing, and a limit all the same. */
const rate = 400_000_000;
const mebibyte = 1024 * 1024;

function counting(): Pace & { taken: number } {
  const pace = makePace(systemClock, rate);
  return {
    ...pace,
    taken: 0,
    async take(bytes, by) {
      this.taken += bytes;
      await pace.take(bytes, by);
    },
  };
}

const up = counting();
const down = counting();
let made: CloudSubject | null = null;
beforeAll(async () => {
  made = await startCloudSubject({ paces: [{ up, down }] });
});
afterAll(async () => {
  await made?.close();
});

test.each([
  ['in one PUT and one GET', 3 * mebibyte],
  ['in parts', 9 * mebibyte],
])('every byte of a file %s passes the limits', async (_how, sizeBytes) => {
  if (made === null) throw new Error('no cloud');
  const key = `${made.alice.prefix}paced-${String(sizeBytes)}.bin` as ObjectKey; // below her own prefix
  const bytes = patternBytes(sizeBytes);
  const before = { up: up.taken, down: down.taken };
  expect(await made.alice.objects.put(key, sourceOf(bytes), putOptions(bytes), signal)).toMatchObject({
    kind: 'done',
  });
  expect(up.taken - before.up).toBe(sizeBytes);
  expect(await made.alice.objects.head(key, signal)).toMatchObject({ kind: 'found' });
  const got = await made.alice.objects.get(key, { condition: { kind: 'none' } }, signal);
  if (got.kind !== 'found') throw new Error(got.kind);
  expect(Buffer.compare(await collect(got.body), bytes)).toBe(0);
  expect(down.taken - before.down).toBe(sizeBytes);
});

test('a range keeps to a limit, and one that is set while it comes counts its bytes', async () => {
  if (made === null) throw new Error('no cloud');
  const { objects, prefix } = made.alice;
  const key = `${prefix}range.bin` as ObjectKey;
  const bytes = patternBytes(4 * mebibyte);
  expect(await objects.put(key, sourceOf(bytes), putOptions(bytes), signal)).toMatchObject({ kind: 'done' });
  const into = new Uint8Array(2 * mebibyte);
  const range = { start: mebibyte, end: 3 * mebibyte };
  const fetched = async (limit: number | null, then: number | null): Promise<number> => {
    down.set(limit);
    const before = down.taken;
    const got = await objects.get(key, { condition: { kind: 'none' }, range, into }, signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    down.set(then);
    const body = await collect(got.body);
    expect(Buffer.compare(body, bytes.subarray(range.start, range.end))).toBe(0);
    return down.taken - before;
  };
  try {
    expect(await fetched(null, rate)).toBe(2 * mebibyte);
    expect(await fetched(rate, rate)).toBe(2 * mebibyte);
  } finally {
    down.set(rate);
  }
});

test('a PUT that the store has confirmed is not reported as aborted by a limit that was set meanwhile', async () => {
  if (made === null) throw new Error('no cloud');
  const { objects, prefix } = made.alice;
  const key = `${prefix}confirmed.bin` as ObjectKey;
  const giveUp = new AbortController();
  const { take } = up;
  const bytes = patternBytes(1000);
  up.set(null);
  // Asked once the answer has come; at one byte a second it would wait for a quarter of an hour.
  up.take = async (wanted, by) => {
    up.set(1);
    const taken = take.call(up, wanted, by);
    giveUp.abort(new Error('enough'));
    await taken;
  };
  try {
    const put = objects.put(key, sourceOf(bytes), putOptions(bytes), giveUp.signal);
    expect(await put).toMatchObject({ kind: 'done' });
    expect(giveUp.signal.aborted).toBe(true);
    expect(await objects.head(key, signal)).toMatchObject({ kind: 'found' });
  } finally {
    up.take = take;
    up.set(rate);
  }
});

test('a transfer that is aborted while it waits for its turn ends at once', async () => {
  if (made === null) throw new Error('no cloud');
  const { objects, prefix } = made.alice;
  const giveUp = new AbortController();
  up.set(1000);
  const bytes = patternBytes(mebibyte);
  const put = objects.put(
    `${prefix}slow.bin` as ObjectKey,
    sourceOf(bytes),
    putOptions(bytes),
    giveUp.signal,
  );
  giveUp.abort(new Error('enough'));
  await expect(put).rejects.toThrow('enough');
  up.set(rate);
  const head = await objects.head(`${prefix}slow.bin` as ObjectKey, signal);
  expect(head.kind).toBe('absent');
});
