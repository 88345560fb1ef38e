// Notice of a sleep of the machine by the clocks alone.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchSleep } from '../../main/adapters/watch/sleep-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watching() {
  const state = { monotonicMs: 0, wallMs: 1_800_000_000_000, wakes: 0 };
  const clock = { monotonicMs: () => state.monotonicMs, nowMs: () => state.wallMs };
  const watch = watchSleep({
    clock,
    onWake: () => {
      state.wakes += 1;
    },
  });
  const pass = (ms: number): void => {
    for (let passedMs = 0; passedMs < ms; passedMs += 1000) {
      state.monotonicMs += 1000;
      state.wallMs += 1000;
      vi.advanceTimersByTime(1000);
    }
  };
  return { state, pass, watch };
}

test('time that passes evenly is no sleep', () => {
  const { state, pass } = watching();
  pass(600_000);
  expect(state.wakes).toBe(0);
});

test.each([
  ['both clocks went on', 3_600_000, 3_600_000],
  ['the monotonic clock stood still', 0, 3_600_000],
  ['only the monotonic clock went on', 60_000, 0],
])('a sleep in which %s is noticed once, within seconds', (_, monotonicMs, wallMs) => {
  const { state, pass } = watching();
  pass(7000);
  state.monotonicMs += monotonicMs;
  state.wallMs += wallMs;
  pass(5000);
  expect(state.wakes).toBe(1);
  pass(600_000);
  expect(state.wakes).toBe(1);
});

test('a wall clock that is set back is no sleep, and a later sleep is noticed', () => {
  const { state, pass } = watching();
  state.wallMs -= 7_200_000;
  pass(60_000);
  expect(state.wakes).toBe(0);
  state.wallMs += 600_000;
  pass(5000);
  expect(state.wakes).toBe(1);
});

test('nothing is noticed after a stop', () => {
  const { state, pass, watch } = watching();
  watch.stop();
  state.wallMs += 3_600_000;
  pass(60_000);
  expect(state.wakes).toBe(0);
});
