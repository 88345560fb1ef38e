// Places of the rows of a long list: known heights, and an estimate of the others.

export type RowPlaces = {
  /** Height of a row that was not measured. */
  readonly estimatePx: number;
  readonly totalPx: number;
  /** Upper edge of the row; of the number of rows: the end of the list. */
  readonly topOf: (index: number) => number;
  /** The row at this place, within the list. */
  readonly indexAt: (px: number) => number;
  /** As measured; 0 where it was not. */
  readonly heightOf: (index: number) => number;
  /** With the heights of more rows, by their index. The mean of the first ones becomes the estimate. */
  readonly measured: (found: ReadonlyMap<number, number>) => RowPlaces;
  /** For another number of rows: what is known stays. */
  readonly resized: (count: number) => RowPlaces;
};

export function placeRows(count: number, estimatePx: number): RowPlaces {
  return placesOf(new Float64Array(count), { estimatePx, isMeasured: false });
}

type Estimate = { readonly estimatePx: number; readonly isMeasured: boolean };

/**
 * @param heights 0 for a row that was not measured. Arrays of numbers, because all of it is done again at each step of scrolling:
 * 10,000 rows take tens of microseconds, and a `Map` of them ten times as long.
 */
function placesOf(heights: Float64Array, estimate: Estimate): RowPlaces {
  const { estimatePx, isMeasured } = estimate;
  const count = heights.length;
  const tops = new Float64Array(count + 1);
  let totalPx = 0;
  for (let index = 0; index < count; index += 1) {
    totalPx += heights[index] || estimatePx;
    tops[index + 1] = totalPx;
  }
  const topOf = (index: number): number => tops[Math.min(Math.max(index, 0), count)] ?? 0;
  return {
    estimatePx,
    totalPx,
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
    heightOf: (index) => heights[index] ?? 0,
    measured(found) {
      const all = heights.slice();
      for (const [index, px] of found) all[index] = px;
      const mean = [...found.values()].reduce((sum, px) => sum + px, 0) / found.size;
      return placesOf(all, isMeasured ? estimate : { estimatePx: mean, isMeasured: true });
    },
    resized(size) {
      const all = new Float64Array(size);
      all.set(heights.subarray(0, size));
      return placesOf(all, estimate);
    },
  };
}
