// Steps that run one after the other.

/**
 * Runs a step after those that were handed in before it, whether they succeed or fail. One that still waits when its signal is
 * aborted rejects at once, and is never begun.
 */
export type InTurn = <Result>(step: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

export function makeInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (step, signal) => {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const left = Promise.withResolvers<never>();
    const onAbort = (): void => {
      left.reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const done = last.then(() => {
      signal?.removeEventListener('abort', onAbort);
      signal?.throwIfAborted();
      return step();
    });
    last = done.catch(() => undefined);
    return signal === undefined ? done : Promise.race([done, left.promise]);
  };
}
