// Places of rows in a list whose rows are as high as their text.
import { describe, expect, test } from 'vitest';
import { placeRows } from '../../renderer/views/problems/row-places.ts';

describe('places of rows', () => {
  test('before anything is measured every row has the estimated height', () => {
    const places = placeRows(4, 100);
    expect([places.totalPx, places.topOf(3), places.indexAt(0), places.indexAt(250)]).toEqual([
      400, 300, 0, 2,
    ]);
    expect([places.topOf(-1), places.topOf(9), places.indexAt(9_999)]).toEqual([0, 400, 3]);
  });

  test('the mean of the first heights becomes the estimate, and later ones leave it', () => {
    const first = placeRows(5, 100).measured(
      new Map([
        [0, 40],
        [1, 60],
      ]),
    );
    expect([first.estimatePx, first.topOf(2), first.totalPx]).toEqual([50, 100, 250]);
    const later = first.measured(new Map([[4, 150]]));
    expect([later.estimatePx, later.topOf(4), later.totalPx, later.indexAt(260)]).toEqual([50, 200, 350, 4]);
    expect([later.heightOf(1), later.heightOf(2), first.heightOf(4)]).toEqual([60, 0, 0]);
  });

  test('another number of rows keeps what is known of those that remain', () => {
    const places = placeRows(3, 100).measured(new Map([[2, 30]]));
    expect([places.resized(2).totalPx, places.resized(5).totalPx]).toEqual([60, 150]);
    expect([places.resized(2).resized(3).heightOf(2), places.resized(5).heightOf(2)]).toEqual([0, 30]);
    expect(placeRows(0, 100).indexAt(5)).toBe(0);
  });
});
