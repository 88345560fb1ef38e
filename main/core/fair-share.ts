// Shares of a limited list, so that one full folder does not hide the others.

/** At most `limit` items, in order; what one list leaves of its share the longer ones get. */
export function fairShare<Item>(lists: readonly (readonly Item[])[], limit: number): readonly Item[] {
  const taken = new Map<number, number>();
  let left = limit;
  const shortestFirst = lists.map(({ length }, at) => ({ length, at })).sort((a, b) => a.length - b.length);
  for (const [done, { length, at }] of shortestFirst.entries()) {
    const share = Math.min(length, Math.floor(left / (lists.length - done)));
    taken.set(at, share);
    left -= share;
  }
  return lists.flatMap((list, at) => list.slice(0, taken.get(at)));
}
