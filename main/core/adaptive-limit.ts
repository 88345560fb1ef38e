// Number of transfers at once, found as TCP finds its window: additive increase, multiplicative decrease.

export type LimitRange = {
  /** Where it begins. */
  readonly first: number;
  /** It never gets higher, however well everything goes. */
  readonly most: number;
};

/**
 * Rises by one with each transfer until the store first asks to slow down, which halves it; after that by one with each
 * round of as many transfers as are allowed at once. Needs no clock: what ends sets the pace.
 */
export class AdaptiveLimit {
  readonly most: number;
  #value: number;
  #bound: number;
  /** Up to here it rises with each transfer. */
  #known = Number.POSITIVE_INFINITY;
  /** Transfers that were begun and have not ended, whatever they take of the limit. */
  #running = 0;
  /** Those of them that were begun before the last decrease: they say nothing of the new limit. */
  #stale = 0;

  constructor({ first, most }: LimitRange) {
    this.most = most;
    this.#bound = most;
    this.#value = Math.min(first, most);
  }

  /** Whole transfers; at least one. */
  get value(): number {
    return Math.floor(this.#value);
  }

  /** As far as it rises now. */
  get bound(): number {
    return this.#bound;
  }

  /** Lets it rise no further than this for now. */
  boundTo(most: number): void {
    this.#bound = Math.min(this.most, most);
    this.#value = Math.min(this.#bound, this.#value);
  }

  begun(): void {
    this.#running += 1;
  }

  /** A transfer has ended, in whatever way. */
  ended(): void {
    this.#running -= 1;
    if (this.#stale > 0) {
      this.#stale -= 1;
      return;
    }
    const step = this.#value < this.#known ? 1 : 1 / this.#value;
    this.#value = Math.min(this.#bound, this.#value + step);
  }

  /** The store asked for less. All requests of one crowded moment are refused together, and count once. */
  slowDown(): void {
    if (this.#stale > 0) return;
    this.#stale = this.#running;
    this.#value = Math.max(1, this.#value / 2);
    this.#known = this.#value;
  }
}
