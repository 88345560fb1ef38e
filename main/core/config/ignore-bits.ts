// Many patterns matched at once, 32 of their elements in one step: text from the bucket must not cost pattern times text.

/** An element takes one symbol, any number of them, or at least one. No two that take several follow each other. */
export type Element = 'one' | 'any' | 'some';

/**
 * A state has one bit for each element that may be the next one to take a symbol, and one for the end of each sequence
 * (Baeza-Yates and Gonnet, "A new approach to text searching").
 */
export class Sequences {
  readonly words: number;
  /** The bit of each sequence's first element; the others follow, then the end. */
  readonly firstBits: readonly number[];
  readonly #starts: Int32Array;
  readonly #stay: Int32Array;
  readonly #skip: Int32Array;
  readonly #always: Int32Array;
  readonly #ends: Int32Array;
  readonly #sequenceAt = new Map<number, number>();

  constructor(sequences: readonly (readonly Element[])[]) {
    let bits = 0;
    this.firstBits = sequences.map(({ length }) => (bits += length + 1) - length - 1);
    this.words = Math.ceil(bits / 32);
    const all = Array.from({ length: 5 }, () => new Int32Array(this.words));
    const [starts, stay, skip, always, ends] = all as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    for (const [at, elements] of sequences.entries()) {
      const first = this.firstBits[at] ?? 0;
      setBit(starts, first);
      if (elements[0] === 'any') setBit(starts, first + 1);
      for (const [index, element] of elements.entries()) {
        if (element !== 'one') setBit(stay, first + index);
        if (element === 'any') setBit(skip, first + index);
        if (element === 'some') setBit(always, first + index);
      }
      setBit(ends, first + elements.length);
      this.#sequenceAt.set(first + elements.length, at);
    }
    [this.#starts, this.#stay, this.#skip, this.#always, this.#ends] = [starts, stay, skip, always, ends];
  }

  begin(): Int32Array {
    return this.#starts.slice();
  }

  /** What a symbol is taken by, for the caller to add the bits of its elements to. */
  takers(): Int32Array {
    return this.#always.slice();
  }

  /** Changes the state by one symbol. False where nothing can match any more. */
  step(state: Int32Array, takers: Int32Array): boolean {
    let carry = 0;
    let skipCarry = 0;
    let left = 0;
    for (let at = 0; at < state.length; at += 1) {
      const now = state[at] ?? 0;
      const taken = now & (takers[at] ?? 0);
      const next = (taken << 1) | carry | (now & (this.#stay[at] ?? 0));
      carry = taken >>> 31;
      const skipped = next & (this.#skip[at] ?? 0);
      const after = next | (skipped << 1) | skipCarry;
      skipCarry = skipped >>> 31;
      state[at] = after;
      left |= after;
    }
    return left !== 0;
  }

  /** The sequences that end here, from the last to the first. */
  ended(state: Int32Array): readonly number[] {
    const found: number[] = [];
    for (let at = state.length - 1; at >= 0; at -= 1) {
      let bits = (state[at] ?? 0) & (this.#ends[at] ?? 0);
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits);
        found.push(this.#sequenceAt.get(at * 32 + bit) ?? 0);
        bits &= ~(1 << bit);
      }
    }
    return found;
  }
}

export function setBit(words: Int32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
}
