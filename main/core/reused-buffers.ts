// Pool of buffers of one length, for the pieces of a transfer.
// A new buffer costs a page fault per 4 KiB, and only a full garbage collection frees it.

export class ReusedBuffers {
  readonly #lengthBytes: number;
  readonly #free: ArrayBuffer[] = [];

  constructor(lengthBytes: number) {
    this.#lengthBytes = lengthBytes;
  }

  /** Contents are undefined. */
  take(): ArrayBuffer {
    return this.#free.pop() ?? new ArrayBuffer(this.#lengthBytes);
  }

  /** The caller must not use it afterwards. */
  giveBack(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
  }
}
