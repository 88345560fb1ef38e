// Turns of calls at shares: those that wait for a server leave threads of libuv to everything else.
//
// A call that the system does not answer keeps its thread, and libuv has a few for the whole process. What waits here keeps none.

/** What libuv has by default. */
const usualThreads = 4;
/** Left to disks of this computer, to names of hosts, and to what else uses the threads. */
const otherThreads = 4;
const mostAtOnePlace = 4;

/** How many of so many threads calls at shares may keep. */
export function threadsForShares(threads: number): number {
  return threads <= usualThreads ? Math.max(1, Math.floor(threads / 2)) : Math.max(2, threads - otherThreads);
}

/** How many threads libuv makes for this process. */
export function libuvThreads(env: Readonly<Record<string, string | undefined>>): number {
  const asked = Number(env['UV_THREADPOOL_SIZE'] ?? '');
  return Number.isSafeInteger(asked) && asked > 0 ? asked : usualThreads;
}

type Waiting = {
  running: number;
  /** Until something is answered, it is asked one thing at a time. */
  hasAnswered: boolean;
  readonly calls: (() => void)[];
};

export class ShareTurns {
  readonly #most: number;
  #running = 0;
  /** In the order in which they have their turn. */
  readonly #places = new Map<string, Waiting>();

  /** @param most calls at all places together */
  constructor(most: number) {
    this.#most = most;
  }

  get isBusy(): boolean {
    return this.#running > 0;
  }

  run<Value>(place: string, call: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const at = this.#places.get(place) ?? { running: 0, hasAnswered: false, calls: [] };
      this.#places.set(place, at);
      at.calls.push(() => {
        call()
          .then(resolve, reject)
          .finally(() => {
            this.#ended(place, at);
          });
      });
      this.#begin();
    });
  }

  #ended(place: string, at: Waiting): void {
    this.#running -= 1;
    at.running -= 1;
    at.hasAnswered = true;
    // What rests may be silent the next time.
    if (at.running + at.calls.length === 0) this.#places.delete(place);
    this.#begin();
  }

  #begin(): void {
    for (const [place, at] of this.#places) {
      if (this.#running >= this.#most) return;
      if (at.running >= (at.hasAnswered ? mostAtOnePlace : 1)) continue;
      const call = at.calls.shift();
      if (call === undefined) continue;
      at.running += 1;
      this.#running += 1;
      // Behind the others: it is met again in this walk, when they have had their turn.
      this.#places.delete(place);
      this.#places.set(place, at);
      call();
    }
  }
}
