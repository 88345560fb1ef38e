// Single flight: callers share one running step, which is aborted when the last caller leaves.

type Flight<T> = { readonly result: Promise<T>; readonly controller: AbortController; waiting: number };

export class SingleFlight<T> {
  #flight: Flight<T> | null = null;

  /**
   * Joins the running step or starts one. `start` gets its own signal, aborted only when no caller waits any
   * more or on `cancel`.
   */
  async run(start: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flight ?? this.#begin(start);
    flight.waiting += 1;
    try {
      return await abortable(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.controller.abort();
    }
  }

  cancel(reason: unknown): void {
    this.#flight?.controller.abort(reason);
    this.#flight = null;
  }

  #begin(start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: start(controller.signal), controller, waiting: 0 };
    this.#flight = flight;
    const clear = (): void => {
      if (this.#flight === flight) this.#flight = null;
    };
    // Also marks a rejection as handled: the callers, who may all have left, get it from `result` itself.
    flight.result.then(clear, clear);
    controller.signal.addEventListener('abort', clear, { once: true });
    return flight;
  }
}

/** Settles with the promise, or rejects with the signal's reason as soon as it is aborted. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const gate = Promise.withResolvers<never>();
  const onAbort = (): void => {
    gate.reject(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, gate.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
