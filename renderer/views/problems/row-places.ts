// Places of the rows of a long list: known heights, and an estimate of the others.

export type RowPlaces = {
  readonly totalPx: number;
  /** Upper edge of the row; of the number of rows: the end of the list. */
  readonly topOf: (index: number) => number;
  /** The row at this place, within the list. */
  readonly indexAt: (px: number) => number;
};

/** @param heights of the rows that were drawn, by their index */
export function placeRows(
  count: number,
  heights: ReadonlyMap<number, number>,
  estimatePx: number,
): RowPlaces {
  const tops = new Float64Array(count + 1);
  let topPx = 0;
  for (let index = 0; index < count; index += 1) {
    topPx += heights.get(index) ?? estimatePx;
    tops[index + 1] = topPx;
  }
  const topOf = (index: number): number => tops[Math.min(Math.max(index, 0), count)] ?? 0;
  return {
    totalPx: topPx,
    topOf,
    indexAt(px) {
      let [low, high] = [0, Math.max(0, count - 1)];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (topOf(middle) <= px) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}
