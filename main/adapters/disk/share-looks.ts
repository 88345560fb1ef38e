// One look at the disk, shared by all who ask before it begins: operations side by side prove the same thing.

/** Each call gets the result of a look that began after it, at the end of this turn of the event loop. */
export function shareLooks<Value>(look: () => Promise<Value>): () => Promise<Value> {
  let next: Promise<Value> | null = null;
  const begin = (): Promise<Value> => {
    next = null;
    return look();
  };
  return () => {
    next ??= new Promise<void>((resolve) => {
      setImmediate(resolve);
    }).then(begin);
    return next;
  };
}
