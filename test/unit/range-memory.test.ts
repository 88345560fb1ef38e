// Shared memory of ranges: bounded, used again, and dropped once no download needs it.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RangeMemory } from '../../main/adapters/disk/worker/range-memory.ts';

const { signal } = new AbortController();

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('memory of ranges', () => {
  test('is used again, also for fewer bytes', async () => {
    const memory = new RangeMemory(3);
    const first = await memory.take(100, signal);
    memory.giveBack(first);
    expect(await memory.take(60, signal)).toBe(first);
    const longer = await memory.take(200, signal);
    expect(longer.byteLength).toBe(200);
  });

  test('is handed to those who wait, in order, and never to more at once than allowed', async () => {
    const memory = new RangeMemory(2);
    const [one, other] = [await memory.take(10, signal), await memory.take(10, signal)];
    const order: string[] = [];
    const third = memory.take(10, signal).then((got) => (order.push('third'), got));
    const fourth = memory.take(10, signal).then((got) => (order.push('fourth'), got));
    await Promise.resolve();
    expect(order).toEqual([]);
    memory.giveBack(other);
    expect(await third).toBe(other);
    expect(order).toEqual(['third']);
    memory.giveBack(one);
    expect(await fourth).toBe(one);
  });

  test('that is waited for no longer goes to the next one', async () => {
    const memory = new RangeMemory(1);
    const one = await memory.take(10, signal);
    const stop = new AbortController();
    const given = memory.take(10, stop.signal);
    const next = memory.take(10, signal);
    const why = new Error('paused');
    stop.abort(why);
    await expect(given).rejects.toBe(why);
    await expect(memory.take(10, stop.signal)).rejects.toBe(why);
    memory.giveBack(one);
    expect(await next).toBe(one);
  });

  test('that cannot be made counts as nothing, and no other download waits for it', async () => {
    const memory = new RangeMemory(1);
    const one = await memory.take(10, signal);
    vi.stubGlobal('SharedArrayBuffer', function none() {
      throw new RangeError('Array buffer allocation failed');
    });
    const refused = memory.take(20, signal);
    const fitting = memory.take(5, signal);
    memory.giveBack(one);
    await expect(refused).rejects.toThrow('allocation');
    expect(await fitting).toBe(one);
    memory.giveBack(one);
    await expect(memory.take(20, signal)).rejects.toThrow('allocation');
    expect(await memory.take(5, signal)).toBe(one);
  });

  test('is kept for the next download, and dropped after a while without one', async () => {
    vi.useFakeTimers();
    const memory = new RangeMemory(2);
    const one = await memory.take(10, signal);
    memory.giveBack(one);
    vi.advanceTimersByTime(1000);
    expect(await memory.take(10, signal)).toBe(one);
    vi.advanceTimersByTime(60_000);
    memory.giveBack(one);
    vi.advanceTimersByTime(60_000);
    expect(await memory.take(10, signal)).not.toBe(one);
  });
});
