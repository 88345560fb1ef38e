// Runs histories one after another, every tenth twice, and says which ones went wrong.
import { runHistory } from './history.ts';

export type SeedFailure = { readonly seed: number; readonly failures: readonly string[] };

export type SeedTotals = {
  readonly histories: number;
  readonly syncs: number;
  readonly ops: number;
  readonly faults: number;
  readonly crashes: number;
  readonly rareFaults: number;
};

export const noTotals: SeedTotals = { histories: 0, syncs: 0, ops: 0, faults: 0, crashes: 0, rareFaults: 0 };

export function addTotals(left: SeedTotals, right: SeedTotals): SeedTotals {
  return {
    histories: left.histories + right.histories,
    syncs: left.syncs + right.syncs,
    ops: left.ops + right.ops,
    faults: left.faults + right.faults,
    crashes: left.crashes + right.crashes,
    rareFaults: left.rareFaults + right.rareFaults,
  };
}

/** Every so-manieth history is run a second time: a leak of real time or chance into the engine shows in many of them. */
const secondRunStep = 10;

export async function runSeed(
  seed: number,
): Promise<{ readonly totals: SeedTotals; readonly failure: SeedFailure | null }> {
  const first = await runHistory(seed);
  const failures = [...first.failures];
  if (Math.floor(seed / 2) % secondRunStep === 0)
    failures.push(...(await differencesOfSecondRun(seed, first.trace)));
  const { syncs, ops, faults, crashes, rareFaults } = first;
  return {
    totals: { histories: 1, syncs, ops, faults, crashes, rareFaults },
    failure: failures.length === 0 ? null : { seed, failures },
  };
}

/** The second run must tell the same story, step by step, and end in the same trees. */
async function differencesOfSecondRun(seed: number, trace: readonly string[]): Promise<readonly string[]> {
  const second = await runHistory(seed);
  const at = firstDifference(trace, second.trace);
  if (at === null) return [];
  return [`not deterministic at step ${String(at)}: ${String(trace[at])} / ${String(second.trace[at])}`];
}

function firstDifference(left: readonly string[], right: readonly string[]): number | null {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return index;
  return null;
}

export async function runSeeds(
  seeds: Iterable<number>,
): Promise<{ readonly totals: SeedTotals; readonly failed: readonly SeedFailure[] }> {
  let totals = noTotals;
  const failed: SeedFailure[] = [];
  for (const seed of seeds) {
    const { totals: added, failure } = await runSeed(seed);
    totals = addTotals(totals, added);
    if (failure !== null) failed.push(failure);
  }
  return { totals, failed };
}
