/** Waits for a condition instead of for a time: tests never sleep and hope. */
import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** What is waited for, for the message of the failure. */
  readonly what?: string;
};

/**
 * Asks again until the answer is neither false, null nor undefined, and returns it. A probe that throws counts as "not
 * yet"; its error becomes the cause of the timeout.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 120_000, everyMs = 20, what = 'the condition' } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (isThere(value)) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: lastError });
    }
    await delay(everyMs);
  }
}

function isThere<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
