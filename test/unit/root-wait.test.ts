// Waits of a pair at its folder: how often the folder is looked at.
import { expect, test } from 'vitest';
import type { Clock } from '../../main/ports/clock.port.ts';
import { waitAtRoot } from '../../main/sync/runner/root-wait.ts';
import { makeWake } from '../../main/sync/runner/wake.ts';
import { rootPollMs } from '../../main/sync/root-errors.ts';

const { signal } = new AbortController();

/** A folder that stays the same, at a clock whose timers end so much early. */
function placeOf(earlyMs: number) {
  const looksAtMs: number[] = [];
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (delayMs) => {
      nowMs += Math.max(0.1, delayMs - earlyMs);
      return Promise.resolve();
    },
  };
  const root = {
    sight: () => {
      looksAtMs.push(nowMs);
      return Promise.resolve('same');
    },
  };
  const state = { parts: { clock }, wake: makeWake(clock), isBlind: false, rootSight: 'same', rootSeenMs: 0 };
  const wait = async (delayMs: number): Promise<readonly string[]> => {
    const how = { delayMs, isDue: () => true };
    return [...(await waitAtRoot(state, { root, settings: { binding: { folder: '/f' } } }, how, signal))];
  };
  return { looksAtMs, wait, nowMs: () => nowMs };
}

test('a timer that ends a moment early costs no second look at the folder', async () => {
  const place = placeOf(0.7);
  expect(await place.wait(699.6)).toEqual(['time']);
  expect(place.nowMs()).toBeGreaterThanOrEqual(699.6);
  expect(place.looksAtMs.length).toBe(1);
});

test('the folder is looked at before what is due, and in between at its own pace', async () => {
  const place = placeOf(0);
  await place.wait(rootPollMs + 500);
  expect(place.looksAtMs).toEqual([rootPollMs, rootPollMs + 500]);
});
