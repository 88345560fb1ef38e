// Shared memory for ranges of downloads: bounded, and used again by one download after the other.
//
// A thread that was sent such memory holds it until its next collection, which may be long after: what each file made for itself would add up.
import { ReusedBuffers } from '../../../core/bytes/reused-buffers.ts';

type Waiting = {
  readonly lengthBytes: number;
  readonly resolve: (buffer: SharedArrayBuffer) => void;
  readonly reject: (error: Error) => void;
};

/** As long as the thread that hashes waits for more work. */
const idleMs = 2000;

export class RangeMemory {
  readonly #most: number;
  readonly #buffers = new ReusedBuffers((bytes) => new SharedArrayBuffer(bytes));
  #inUse = 0;
  readonly #waiting = new Set<Waiting>();
  #idle: NodeJS.Timeout | null = null;

  /** @param most buffers in use at once */
  constructor(most: number) {
    this.#most = most;
  }

  /** Contents are undefined, and it may be longer. Those who wait have their turn in order. Rejects where the system has no memory. */
  async take(lengthBytes: number, signal: AbortSignal): Promise<SharedArrayBuffer> {
    signal.throwIfAborted();
    if (this.#inUse < this.#most) return this.#hand(lengthBytes);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        lengthBytes,
        resolve: (buffer) => {
          signal.removeEventListener('abort', abort);
          resolve(buffer);
        },
        reject: (error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #hand(lengthBytes: number): SharedArrayBuffer {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    // Counted only then: what cannot be made would never be given back.
    const buffer = this.#buffers.take(lengthBytes);
    this.#inUse += 1;
    return buffer;
  }

  /** Nothing may write into it any more. */
  giveBack(buffer: SharedArrayBuffer): void {
    this.#inUse -= 1;
    this.#buffers.giveBack(buffer);
    for (const next of this.#waiting) {
      if (this.#inUse >= this.#most) break;
      this.#waiting.delete(next);
      try {
        next.resolve(this.#hand(next.lengthBytes));
      } catch (error) {
        next.reject(error as Error);
      }
    }
    if (this.#inUse === 0) {
      this.#idle = setTimeout(() => {
        this.#buffers.forget();
      }, idleMs).unref();
    }
  }
}
