// Randomness and time of a simulated history: both come from its seed, so that a seed tells the same story twice.
import type { Clock, Random } from '../../main/ports/clock.port.ts';

export type Seeded = Random & {
  /** Whole number in [0, bound). */
  below(bound: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(share: number): boolean;
};

/** mulberry32: small, fast, and good enough to choose what happens next. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    next,
    hex: (bytes) =>
      Array.from({ length: bytes }, () =>
        Math.floor(next() * 256)
          .toString(16)
          .padStart(2, '0'),
      ).join(''),
    below: (bound) => Math.floor(next() * bound),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    chance: (share) => next() < share,
  };
}

type Sleeper = { readonly dueMs: number; readonly order: number; readonly wake: () => void };

export type VirtualClock = Clock & {
  advance(ms: number): void;
  /** Runs `work` to its end, moving time to the next sleeper whenever nothing else can happen. */
  drive<Value>(work: Promise<Value>): Promise<Value>;
};

export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const sleepers: Sleeper[] = [];

  function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      order += 1;
      const sleeper: Sleeper = {
        // Whole milliseconds, as a wall clock shows them.
        dueMs: nowMs + Math.ceil(Math.max(0, delayMs)),
        order,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        sleepers.splice(sleepers.indexOf(sleeper), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      sleepers.push(sleeper);
    });
  }

  function wakeNext(): boolean {
    let best = -1;
    for (const [index, sleeper] of sleepers.entries()) {
      const known = sleepers[best];
      const isSooner =
        known === undefined ||
        sleeper.dueMs < known.dueMs ||
        (sleeper.dueMs === known.dueMs && sleeper.order < known.order);
      if (isSooner) best = index;
    }
    const [next] = best < 0 ? [] : sleepers.splice(best, 1);
    if (next === undefined) return false;
    nowMs = Math.max(nowMs, next.dueMs);
    next.wake();
    return true;
  }

  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep,
    advance: (ms) => {
      nowMs += ms;
    },
    async drive(work) {
      const state = { isOver: false };
      const end = (): void => {
        state.isOver = true;
      };
      work.then(end, end);
      let idle = 0;
      for (;;) {
        // Macrotask: every microtask that could run has run by then.
        await new Promise((resolve) => setImmediate(resolve));
        if (state.isOver) return work;
        if (wakeNext()) idle = 0;
        else idle += 1;
        if (idle > 50) throw new Error('the simulation stands still: something waits for nothing');
      }
    },
  };
}
