// One core of the soak: every so-many-th seed until the time is over.
import { parentPort, workerData } from 'node:worker_threads';
import { runSeeds } from '../simulation/run-seeds.ts';
import type { SeedFailure, SeedTotals } from '../simulation/run-seeds.ts';

export type SoakTask = { readonly from: number; readonly step: number; readonly untilMs: number };
/** What a worker says after each batch of seeds. */
export type SoakReport = { readonly totals: SeedTotals; readonly failed: readonly SeedFailure[] };

const batch = 20;
const { from, step, untilMs } = workerData as SoakTask; // main.ts gave it

for (let next = from; Date.now() < untilMs; next += step * batch) {
  const seeds = Array.from({ length: batch }, (_, index) => next + step * index);
  const report: SoakReport = await runSeeds(seeds);
  parentPort?.postMessage(report);
}
