// Steps that run one after the other.

/** Runs a step after those that were handed in before it, whether they succeed or fail. */
export type InTurn = <Result>(step: () => Promise<Result>) => Promise<Result>;

export function makeInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const done = last.then(step);
    last = done.catch(() => undefined);
    return done;
  };
}
