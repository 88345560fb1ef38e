// Bounded concurrency: runs a function over many items until aborted.

/** Resolves when every started item has ended. The first error stops new ones and is thrown at the end. */
export async function runLimited<Item>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  const errors: unknown[] = [];
  async function lane(): Promise<void> {
    while (next < items.length && errors.length === 0 && !signal.aborted) {
      const item = items[next];
      next += 1;
      if (item === undefined) return;
      try {
        await run(item);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  const lanes = Array.from({ length: Math.max(1, Math.min(atOnce, items.length)) }, lane);
  await Promise.all(lanes);
  if (errors.length > 0) throw errors[0];
  signal.throwIfAborted();
}
