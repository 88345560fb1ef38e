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

/**
 * The same by place, one look at a time in each: those who ask while one is under way share the next. So a thousand who ask about one folder
 * cost a few looks, however long each takes.
 */
export function shareLooksAt<Value>(
  look: (place: string) => Promise<Value>,
): (place: string) => Promise<Value> {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Promise<Value>>();
  return (place) => {
    const known = waiting.get(place);
    if (known !== undefined) return known;
    const before = running.get(place) ?? Promise.resolve();
    const next = before
      .catch(() => undefined)
      .then(() => {
        // From here on a change would not be seen.
        waiting.delete(place);
        running.set(place, next);
        return look(place);
      })
      .finally(() => {
        if (running.get(place) === next) running.delete(place);
      });
    waiting.set(place, next);
    return next;
  };
}
