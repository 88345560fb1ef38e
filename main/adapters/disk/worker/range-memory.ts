// Shared memory for ranges of downloads: bounded, and used again by one download after the other.
//
// A thread that was sent such memory holds it until its next collection, which may be long after: what each file made for itself would add up.

type Waiting = {
  readonly lengthBytes: number;
  readonly resolve: (buffer: SharedArrayBuffer) => void;
};

/** As long as the thread that hashes waits for more work. */
const idleMs = 2000;

export class RangeMemory {
  readonly #most: number;
  #free: SharedArrayBuffer[] = [];
  #inUse = 0;
  readonly #waiting = new Set<Waiting>();
  #idle: NodeJS.Timeout | null = null;

  /** @param most buffers in use at once */
  constructor(most: number) {
    this.#most = most;
  }

  /** Contents are undefined, and it may be longer. Those who wait have their turn in order. */
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
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #hand(lengthBytes: number): SharedArrayBuffer {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#inUse += 1;
    const at = this.#free.findIndex((one) => one.byteLength >= lengthBytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    return known ?? new SharedArrayBuffer(lengthBytes);
  }

  /** Nothing may write into it any more. */
  giveBack(buffer: SharedArrayBuffer): void {
    this.#inUse -= 1;
    this.#free.push(buffer);
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.resolve(this.#hand(next.lengthBytes));
    } else if (this.#inUse === 0) {
      this.#idle = setTimeout(() => {
        this.#free = [];
      }, idleMs).unref();
    }
  }
}
