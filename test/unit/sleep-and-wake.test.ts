// Waits of a running pair: what ends them, and what they leave behind.
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { makeWake } from '../../main/sync/runner/wake.ts';

const longMs = 3_600_000;

test('an aborted sleep rejects with the reason of its signal', async () => {
  const ending = new AbortController();
  const reason = new Error('paused');
  const sleep = systemClock.sleep(longMs, ending.signal);
  ending.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(systemClock.sleep(longMs, ending.signal)).rejects.toBe(reason);
});

test('a sleep leaves nothing at its signal', async () => {
  const { signal } = new AbortController();
  await systemClock.sleep(1, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a wait ends when it is woken, with the reasons, and leaves nothing at its signal', async () => {
  const { signal } = new AbortController();
  const wake = makeWake(systemClock);
  const waited = wake.wait(longMs, signal);
  wake.wake('event');
  wake.wake('command');
  expect([...(await waited)]).toEqual(['event', 'command']);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a wait ends when its signal aborts', async () => {
  const ending = new AbortController();
  const waited = makeWake(systemClock).wait(longMs, ending.signal);
  ending.abort(new Error('stopped'));
  expect([...(await waited)]).toEqual(['time']);
});
