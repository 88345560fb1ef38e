// Transfers at once: how the limit follows the store, and what takes more than one slot.
import { describe, expect, test } from 'vitest';
import { AdaptiveLimit } from '../../main/core/adaptive-limit.ts';
import { Slots, makeInFlight } from '../../main/sync/slots.ts';

const mebibyte = 1024 * 1024;

function begin(limit: AdaptiveLimit, times: number): void {
  for (let n = 0; n < times; n += 1) limit.begun();
}

/** Ends of so many transfers, those that run first. */
function end(limit: AdaptiveLimit, times: number): number {
  for (let n = 0; n < times; n += 1) limit.ended();
  return limit.value;
}

describe('the limit', () => {
  test('rises by one with each transfer, up to the most', () => {
    const limit = new AdaptiveLimit({ first: 64, most: 128 });
    expect(limit.value).toBe(64);
    expect(end(limit, 10)).toBe(74);
    expect(end(limit, 1000)).toBe(128);
  });

  test('is halved once when a whole crowd is refused, and then rises by one a round', () => {
    const limit = new AdaptiveLimit({ first: 64, most: 128 });
    begin(limit, 64);
    for (let n = 0; n < 64; n += 1) limit.slowDown();
    expect(limit.value).toBe(32);
    // Those 64 were begun before: their ends say nothing of 32 at once.
    expect(end(limit, 64)).toBe(32);
    expect(end(limit, 40)).toBe(33);
    expect(end(limit, 40)).toBe(34);
  });

  test('is halved again by refusals that come after the crowd has ended, down to one', () => {
    const limit = new AdaptiveLimit({ first: 8, most: 128 });
    const seen: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      begin(limit, limit.value);
      limit.slowDown();
      seen.push(end(limit, limit.value * 2));
    }
    expect(seen.slice(0, 3)).toEqual([4, 2, 1]);
    expect(Math.min(...seen)).toBe(1);
  });

  test('counts transfers, not their slots: eight of 8 MiB are a crowd of eight', async () => {
    const limit = new AdaptiveLimit({ first: 64, most: 64 });
    const slots = new Slots(limit);
    for (let n = 0; n < 8; n += 1) expect(await slots.take(8 * mebibyte)).toBe(8);
    limit.slowDown();
    limit.slowDown();
    expect(limit.value).toBe(32);
    for (let n = 0; n < 8; n += 1) slots.give(8);
    expect(await slots.take(1)).toBe(1);
    limit.slowDown();
    expect(limit.value).toBe(16);
  });

  test('that a setting names stays what it is, and comes back to it', () => {
    const { small, large, slowDown } = makeInFlight({ smallFiles: 10, largeFiles: 2 });
    expect([end(small, 100), end(large, 100)]).toEqual([10, 2]);
    slowDown();
    expect([small.value, large.value]).toEqual([5, 1]);
    expect([end(small, 200), end(large, 200)]).toEqual([10, 2]);
  });
});

describe('small files at once', () => {
  const after = (...answersMs: readonly number[]): number => {
    const { small, answered } = makeInFlight(undefined);
    for (const ms of answersMs) answered(ms);
    return end(small, 1000);
  };

  test('are half as many with a store that answers soon, whatever made other answers late', () => {
    expect([after(), after(40, 35), after(3), after(80, 14, 60)]).toEqual([256, 256, 128, 128]);
  });

  test('become as many again once a hundred answers in a row came late', () => {
    const late = new Array<number>(100).fill(40);
    expect([after(3, ...late.slice(0, 90)), after(3, ...late)]).toEqual([128, 256]);
  });

  test('fall to the bound when a store turns out to be near, and hold as much of larger ones', () => {
    const { small, answered } = makeInFlight(undefined);
    expect(end(small, 1000)).toBe(256);
    answered(1);
    expect(small.value).toBe(128);
    const slots = new Slots(small);
    for (let n = 0; n < 128; n += 1) expect(slots.takeNow(mebibyte)).toBe(1);
    expect(slots.takeNow(1)).toBeNull();
  });

  test('that a setting names do not depend on it', () => {
    const { small, answered } = makeInFlight({ smallFiles: 200 });
    answered(1);
    expect(small.value).toBe(200);
  });
});

/** The order in which waits ended, by name. */
function ask(slots: Slots, name: string, sizeBytes: number, log: string[]): Promise<number | null> {
  return slots.take(sizeBytes).then((taken) => {
    log.push(taken === null ? `${name} dropped` : `${name} ${String(taken)}`);
    return taken;
  });
}
const settle = (): Promise<void> => new Promise(setImmediate);

describe('slots', () => {
  test('of the default hold 128 MiB together, and as many small files as the limit', () => {
    const { small } = makeInFlight(undefined);
    expect([small.value, end(small, 1000)]).toEqual([128, 256]);
    const takes = (sizeBytes: number): number => {
      const slots = new Slots(small);
      let count = 0;
      while (slots.takeNow(sizeBytes) !== null) count += 1;
      return count;
    };
    expect([takes(mebibyte), takes(8 * mebibyte), takes(4096)]).toEqual([128, 16, 256]);
  });

  test('are taken by the MiB, so that many files of 8 MiB are not in memory together', async () => {
    const log: string[] = [];
    const slots = new Slots(new AdaptiveLimit({ first: 20, most: 20 }));
    for (let n = 0; n < 5; n += 1) void ask(slots, String(n), 8 * mebibyte, log);
    await settle();
    expect(log).toEqual(['0 8', '1 8']);
    slots.give(8);
    await settle();
    expect(log).toEqual(['0 8', '1 8', '2 8']);
  });

  test('let one file run that needs more than there are, and alone', async () => {
    const log: string[] = [];
    const slots = new Slots(new AdaptiveLimit({ first: 4, most: 4 }));
    void ask(slots, 'small', 1, log);
    void ask(slots, 'big', 100 * mebibyte, log);
    void ask(slots, 'behind', 1, log);
    await settle();
    expect(log).toEqual(['small 1']);
    slots.give(1);
    await settle();
    expect(log).toEqual(['small 1', 'big 4']);
    slots.give(4);
    await settle();
    expect(log).toEqual(['small 1', 'big 4', 'behind 1']);
  });

  test('that a store refused are not given out again before fewer are taken', async () => {
    const log: string[] = [];
    const limit = new AdaptiveLimit({ first: 4, most: 8 });
    const slots = new Slots(limit);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void ask(slots, name, 1, log);
    await settle();
    limit.slowDown();
    slots.give(1);
    slots.give(1);
    await settle();
    expect(log).toEqual(['a 1', 'b 1', 'c 1', 'd 1']);
    slots.give(1);
    await settle();
    expect(log).toEqual(['a 1', 'b 1', 'c 1', 'd 1', 'e 1']);
  });

  test('end every wait when they are dropped, and stay usable', async () => {
    const log: string[] = [];
    const slots = new Slots(new AdaptiveLimit({ first: 1, most: 1 }));
    for (const name of ['a', 'b', 'c']) void ask(slots, name, 1, log);
    await settle();
    slots.drop();
    await settle();
    expect(log).toEqual(['a 1', 'b dropped', 'c dropped']);
    slots.give(1);
    expect(await slots.take(1)).toBe(1);
  });
});
