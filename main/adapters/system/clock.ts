// The real clock and the real source of randomness.
import { randomFillSync } from 'node:crypto';
import type { Clock, Random } from '../../ports/clock.port.ts';

/** A timer of Node that is to wait longer ends after a millisecond instead. */
export const longestTimerMs = 2 ** 31 - 1;

/** Half of what `node:timers/promises` costs: a running pair sleeps a dozen times for each edit. */
function delay(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (delayMs, signal) => {
    let leftMs = delayMs;
    for (; leftMs > longestTimerMs; leftMs -= longestTimerMs) await delay(longestTimerMs, signal);
    await delay(leftMs, signal);
  },
};

/** Time that a walk may hold the thread before others get their turn, in milliseconds. */
const walkTurnMs = 8;

/** What the system has queued is read between any two turns of the loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets others have their turn whenever `turnMs` have passed since the last one. */
export function makeTurns(turnMs = walkTurnMs): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < turnMs) return;
    await nextTurn();
    sinceMs = performance.now();
  };
}

/** Random bytes kept ahead: one call for a few KiB costs what one for sixteen bytes does. Each is handed out once. */
class RandomPool {
  readonly #bytes = Buffer.alloc(4096);
  #used = this.#bytes.length;

  hex(length: number): string {
    if (length > this.#bytes.length) return randomFillSync(Buffer.alloc(length)).toString('hex');
    if (this.#used + length > this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#used = 0;
    }
    const text = this.#bytes.toString('hex', this.#used, this.#used + length);
    this.#bytes.fill(0, this.#used, this.#used + length);
    this.#used += length;
    return text;
  }
}

const pool = new RandomPool();

export const systemRandom: Random = {
  next: () => Math.random(),
  hex: (bytes) => pool.hex(bytes),
};
