// Bandwidth limiter: one bucket for all transfers, exact within 5 % over 10 s, adjustable.
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { makePace, pacedStream } from '../../main/adapters/limits/pace.ts';
import type { Pace } from '../../main/adapters/limits/pace.ts';
import { virtualClock } from '../simulation/seeded.ts';

const never = new AbortController().signal;

/** Transfers that take pieces until the test ends, and the bytes of each so far. */
function transfers(pace: Pace, count: number, pieceBytes: number) {
  const stop = new AbortController();
  const got = Array.from({ length: count }, () => 0);
  const run = async (index: number): Promise<void> => {
    for (;;) {
      await pace.take(pieceBytes, stop.signal);
      got[index] = (got[index] ?? 0) + pieceBytes;
    }
  };
  const ended = Promise.allSettled(got.map((_, index) => run(index)));
  const stopAll = async (): Promise<void> => {
    stop.abort(new Error('over'));
    await ended;
  };
  return { got, sum: () => got.reduce((all, one) => all + one, 0), stopAll };
}

describe('one limit for all transfers', () => {
  test.each([
    [200_000, 1, 16_384],
    [200_000, 9, 16_384],
    [5_000_000, 64, 16_384],
    [9000, 5, 2250],
    [1000, 3, 1024],
  ])('%i bytes per second over %i transfers holds in any ten seconds', async (rate, count, piece) => {
    const clock = virtualClock(0);
    const pace = makePace(clock, rate);
    const { sum, got, stopAll } = transfers(pace, count, piece);
    let before = 0;
    for (let window = 0; window < 4; window += 1) {
      await clock.drive(clock.sleep(10_000, never));
      const moved = sum() - before;
      before = sum();
      // Besides the 5 %: a window may begin or end in the middle of one piece.
      expect(Math.abs(moved - 10 * rate)).toBeLessThanOrEqual(0.05 * 10 * rate + piece);
    }
    expect(Math.abs(sum() - 40 * rate)).toBeLessThanOrEqual(0.05 * 40 * rate);
    // Each transfer makes progress.
    expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(2 * piece);
    await stopAll();
  });

  test('an idle limiter saves up almost no burst', async () => {
    const clock = virtualClock(0);
    const pace = makePace(clock, 100_000);
    await clock.drive(clock.sleep(3_600_000, never));
    const { sum, stopAll } = transfers(pace, 4, 10_000);
    await clock.drive(clock.sleep(10_000, never));
    expect(sum()).toBeLessThanOrEqual(1_050_000);
    expect(sum()).toBeGreaterThanOrEqual(950_000);
    await stopAll();
  });

  test('a new rate applies at once, also to waiting transfers, and no rate lets everything pass', async () => {
    const clock = virtualClock(0);
    const pace = makePace(clock, 100);
    const { sum, stopAll } = transfers(pace, 3, 10_000);
    await clock.drive(clock.sleep(5000, never));
    expect(sum()).toBe(0);
    pace.set(1_000_000);
    await clock.drive(clock.sleep(10_000, never));
    expect(Math.abs(sum() - 10_000_000)).toBeLessThanOrEqual(500_000);
    const before = sum();
    pace.set(200_000);
    await clock.drive(clock.sleep(10_000, never));
    expect(Math.abs(sum() - before - 2_000_000)).toBeLessThanOrEqual(100_000);
    await stopAll();
    pace.set(null);
    await pace.take(1_000_000_000, never);
  });

  test('a cancelled transfer leaves the queue at once and delays no other', async () => {
    const clock = virtualClock(0);
    const pace = makePace(clock, 1000);
    const impatient = new AbortController();
    const first = pace.take(3_600_000, impatient.signal);
    const second = pace.take(1000, never);
    impatient.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await clock.drive(second);
    expect(clock.monotonicMs()).toBeLessThanOrEqual(1000);
  });
});

describe('a stream', () => {
  test('a limited stream carries the same bytes at the pace of the narrowest limit', async () => {
    const clock = virtualClock(0);
    const bytes = new Uint8Array(300_000).map((_, index) => index % 251);
    const paces = [makePace(clock, 1_000_000), makePace(clock, 100_000), makePace(clock, null)];
    const stream = pacedStream(bytes, paces);
    if (stream === null) throw new Error('a limit holds');
    const read = (async () => Buffer.concat(await stream.toArray()))();
    expect(new Uint8Array(await clock.drive(read))).toEqual(bytes);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(2850);
    expect(clock.monotonicMs()).toBeLessThanOrEqual(3150);
  });

  test('a stream without a limit is left as it is', () => {
    expect(pacedStream(new Uint8Array(1), [makePace(virtualClock(0), null)])).toBeNull();
  });

  test('a stream without a reader releases its source, and an error of the source breaks it', async () => {
    const clock = virtualClock(0);
    const source = Readable.from([Buffer.alloc(10)], { objectMode: false });
    const unread = pacedStream(source, [makePace(clock, 1000)]);
    unread?.destroy();
    await new Promise((resolve) => source.once('close', resolve));
    expect(source.destroyed).toBe(true);
    const broken = new Readable({
      read() {
        this.destroy(new Error('the connection broke'));
      },
    });
    await expect(pacedStream(broken, [makePace(clock, 1000)])?.toArray()).rejects.toThrow(
      'the connection broke',
    );
  });
});
