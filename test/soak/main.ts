// `npm run soak -- --minutes N [--from SEED] [--workers N]`: new simulated histories; with `--live` the real engine.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { addTotals, noTotals } from '../simulation/run-seeds.ts';
import type { SeedFailure } from '../simulation/run-seeds.ts';
import { runLiveSoak } from './live.ts';
import type { SoakReport, SoakTask } from './worker.ts';

const { values } = parseArgs({
  options: {
    live: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    from: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const minutes = Number(values.minutes ?? (values.live ? 120 : 1));
const workers = Number(values.workers);
// Another beginning each time, so that no two soaks are the same; printed, so that one can be asked for again.
const from = values.from === undefined ? Date.now() % 1_000_000_000 : Number(values.from);
if (!(minutes > 0) || !Number.isSafeInteger(from) || !(workers > 0)) {
  process.stderr.write('usage: npm run soak -- [--live] --minutes N [--from SEED] [--workers N]\n');
  process.exit(2);
}

if (values.live) {
  const report = await runLiveSoak({
    seed: from,
    workMs: minutes * 60_000,
    // Longer than the longest wait of the engine, which is an hour.
    settleMs: 70 * 60_000,
    withSlow: true,
    longestMs: 20_000,
    editMs: 900,
    sleepsAtEnd: false,
    say: (line) => {
      process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit(report.settledMs === null ? 1 : 0);
}

const startedMs = Date.now();
let totals = noTotals;
const failed: SeedFailure[] = [];

function secondsSinceStart(): number {
  return Math.round((Date.now() - startedMs) / 1000);
}

function collect(report: SoakReport): void {
  totals = addTotals(totals, report.totals);
  failed.push(...report.failed);
  for (const { seed, failures } of report.failed) {
    process.stderr.write(`seed ${String(seed)}: ${failures.join('\n  ')}\n`);
  }
}

function runWorker(index: number): Promise<void> {
  const task: SoakTask = { from: from + index, step: workers, untilMs: startedMs + minutes * 60_000 };
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: task });
  worker.on('message', collect);
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve();
    });
  });
}

const progress = setInterval(() => {
  const counts = `${String(totals.histories)} histories, ${String(totals.ops)} ops, ${String(failed.length)} failures`;
  process.stderr.write(`${String(secondsSinceStart())} s: ${counts}\n`);
}, 10_000);
try {
  await Promise.all(Array.from({ length: workers }, (_, index) => runWorker(index)));
} finally {
  clearInterval(progress);
}
const seeds = failed.map(({ seed }) => seed).slice(0, 100);
const line = { ...totals, failures: failed.length, seeds, from, seconds: secondsSinceStart() };
process.stdout.write(`${JSON.stringify(line)}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
