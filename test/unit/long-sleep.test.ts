// Waits longer than a timer of Node can: an overflow would end them at once, and a loop around them would spin.
import { expect, test } from 'vitest';
import { longestTimerMs, systemClock } from '../../main/adapters/system/clock.ts';

test.each([longestTimerMs + 1, 2 ** 32, 1e15, Infinity])('%d ms are not over before 20', async (longMs) => {
  const ending = new AbortController();
  const long = systemClock.sleep(longMs, ending.signal).then(() => 'long');
  const short = systemClock.sleep(20, ending.signal).then(() => 'short');
  expect(await Promise.race([long, short])).toBe('short');
  ending.abort(new Error('the test is over'));
  await expect(long).rejects.toThrow();
});
