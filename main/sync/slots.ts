// Slots of transfers: how many run at once, of how many bytes, adapted to what the store bears.
import { AdaptiveLimit } from '../core/adaptive-limit.ts';
import type { ConcurrencyConfig } from '../core/config/config.ts';

/** Limits of one pair's transfers, small and large apart. */
export type InFlight = {
  readonly small: AdaptiveLimit;
  readonly large: AdaptiveLimit;
  /** The store answered 503 SlowDown, 429 or the like. */
  readonly slowDown: () => void;
  /** Reports the latency of one response. */
  readonly answered: (ms: number) => void;
};

const mostFiles = 256;
/** With half of these in transit to a store that responds within `nearMs`, the CPU is the limit. */
const nearFiles = 128;
const nearMs = 15;
/** Responses that the latency is taken from, as their minimum: a busy moment delays others. A later network may differ. */
const answersSeen = 50;

/**
 * More small files at once hide the latency of a distant store and make larger groups for the disk. A file holds its slot from before it
 * is read until its response, so about half of 256 are in transit; with a near store they would only cost memory and garbage collection.
 * A number in the settings is both start and maximum.
 */
export function makeInFlight(settings: ConcurrencyConfig | undefined): InFlight {
  const { smallFiles, largeFiles = 4 } = settings ?? {};
  const small = new AdaptiveLimit({ first: smallFiles ?? nearFiles, most: smallFiles ?? mostFiles });
  const large = new AdaptiveLimit({ first: largeFiles, most: largeFiles });
  const slowDown = (): void => {
    small.slowDown();
    large.slowDown();
  };
  let [leastMs, leastBeforeMs, seen] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  const answered = (ms: number): void => {
    leastMs = Math.min(leastMs, ms);
    seen += 1;
    if (smallFiles === undefined)
      small.boundTo(Math.min(leastMs, leastBeforeMs) < nearMs ? nearFiles : mostFiles);
    if (seen === answersSeen) [leastBeforeMs, leastMs, seen] = [leastMs, Number.POSITIVE_INFINITY, 0];
  };
  return { small, large, slowDown, answered };
}

/** A larger file takes several slots, because it may be in memory as a whole. */
const bytesOfSlot = 1024 * 1024;
/** Limit of all slots together; with more than 128 slots, each stands for less. */
const bytesOfSlots = 128 * bytesOfSlot;

const mostBodies = 512;
const mostBodyBytes = 32 * 1024 * 1024;

/**
 * Small files that were fetched and wait in memory for the disk. They give their slots back, so that the next ones come over
 * the network meanwhile; with the bounds reached they keep them.
 */
export class HeldBodies {
  #count = 0;
  #bytes = 0;

  /** False where there is no room for it. */
  take(sizeBytes: number): boolean {
    if (this.#count >= mostBodies || this.#bytes + sizeBytes > mostBodyBytes) return false;
    this.#count += 1;
    this.#bytes += sizeBytes;
    return true;
  }

  give(sizeBytes: number): void {
    this.#count -= 1;
    this.#bytes -= sizeBytes;
  }
}

type Waiting = { readonly slots: number; readonly wake: (hasSlots: boolean) => void };

/** First come, first served. */
export class Slots {
  readonly #limit: AdaptiveLimit;
  #taken = 0;
  readonly #queue: Waiting[] = [];

  constructor(limit: AdaptiveLimit) {
    this.#limit = limit;
  }

  /** Returns how many slots it has, for `give`; null if `drop` came first. */
  async take(sizeBytes: number): Promise<number | null> {
    const taken = this.takeNow(sizeBytes);
    if (taken !== null) return taken;
    const slots = this.#slotsFor(sizeBytes);
    const hasSlots = await new Promise<boolean>((wake) => {
      this.#queue.push({ slots, wake });
    });
    return hasSlots ? slots : null;
  }

  /** As `take`, without a wait; null where it would have to. */
  takeNow(sizeBytes: number): number | null {
    const slots = this.#slotsFor(sizeBytes);
    if (this.#queue.length > 0 || !this.#fits(slots)) return null;
    this.#begin(slots);
    return slots;
  }

  #slotsFor(sizeBytes: number): number {
    const { most, bound } = this.#limit;
    return Math.min(most, Math.max(1, Math.ceil(sizeBytes / Math.min(bytesOfSlot, bytesOfSlots / bound))));
  }

  /** An operation has ended. */
  give(slots: number): void {
    this.#taken -= slots;
    this.#limit.ended();
    for (let next = this.#queue[0]; next !== undefined && this.#fits(next.slots); next = this.#queue[0]) {
      this.#queue.shift();
      this.#begin(next.slots);
      next.wake(true);
    }
  }

  /** Ends all waits: no slots for them. */
  drop(): void {
    for (const { wake } of this.#queue.splice(0)) wake(false);
  }

  #begin(slots: number): void {
    this.#taken += slots;
    this.#limit.begun();
  }

  /** One that needs more than the limit runs alone. */
  #fits(slots: number): boolean {
    return this.#taken === 0 || this.#taken + slots <= this.#limit.value;
  }
}
