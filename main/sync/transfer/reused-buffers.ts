// Memory of pieces that are done, for later ones of the same length.
// A new buffer costs a page fault for every 4 KiB, and soon a collection of the whole heap, which alone frees it.

export class ReusedBuffers {
  readonly #lengthBytes: number;
  readonly #free: ArrayBuffer[] = [];

  constructor(lengthBytes: number) {
    this.#lengthBytes = lengthBytes;
  }

  /** Holds whatever an earlier piece left in it. */
  take(): ArrayBuffer {
    return this.#free.pop() ?? new ArrayBuffer(this.#lengthBytes);
  }

  /** Nothing may read or write it any more. */
  giveBack(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
  }
}
