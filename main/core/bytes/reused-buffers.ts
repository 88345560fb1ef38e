// Buffers that are used again, for the pieces of transfers.
// A new buffer costs a page fault per 4 KiB, and only a full garbage collection frees it.

export class ReusedBuffers<Kind extends ArrayBufferLike> {
  readonly #make: (lengthBytes: number) => Kind;
  readonly #free: Kind[] = [];

  constructor(make: (lengthBytes: number) => Kind) {
    this.#make = make;
  }

  /** At least so long. Contents are undefined. */
  take(lengthBytes: number): Kind {
    const at = this.#free.findIndex((one) => one.byteLength >= lengthBytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    return known ?? this.#make(lengthBytes);
  }

  /** The caller must not use it afterwards. */
  giveBack(buffer: Kind): void {
    this.#free.push(buffer);
  }

  /** Forgets those that are not in use. */
  forget(): void {
    this.#free.length = 0;
  }
}
