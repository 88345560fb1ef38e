// Whole-engine histories from a seed, the odd half, judged by the oracle.
import { expect, test } from 'vitest';
import { runSeeds } from './run-seeds.ts';
import { historyCount, unexpected } from './seeds.ts';

test(`${String(historyCount / 2)} histories (odd seeds) lose nothing and agree in the end`, async () => {
  const seeds = Array.from({ length: historyCount / 2 }, (_, index) => 2 * index + 1);
  const { failed, totals } = await runSeeds(seeds);
  console.log(JSON.stringify({ simulation: 'odd', ...totals, failures: failed.length }));
  expect(unexpected(seeds, failed)).toEqual([]);
});
