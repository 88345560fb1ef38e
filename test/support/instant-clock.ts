// Clock with instant, recorded sleeps, and a scripted random source.
import type { Clock, Random } from '../../main/ports/clock.port.ts';

export type InstantClock = Clock & { readonly sleeps: readonly number[] };

export function instantClock(): InstantClock {
  const sleeps: number[] = [];
  let nowMs = 0;
  return {
    sleeps,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (delayMs, signal) => {
      signal.throwIfAborted();
      sleeps.push(delayMs);
      nowMs += delayMs;
      return Promise.resolve();
    },
  };
}

export function fixedRandom(value: number): Random {
  let counter = 0;
  return {
    next: () => value,
    hex: (bytes) => (counter += 1).toString(16).padStart(bytes * 2, '0'),
  };
}
