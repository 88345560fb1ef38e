/**
 * `npm test`: the checks, the bundles the suites need, the suites, and one plain last line with the count.
 * `--full` runs everything at its full size, `--fast` what needs nothing but Node; `--watch` stays and runs what a
 * saved file concerns.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { leftOutOf, tierVariable } from '../test/sizes.ts';
import type { Tier } from '../test/sizes.ts';
import { runChecks } from './check.ts';
import { TallyReporter, slowestFiles, tallyOf } from './test-report.ts';
import type { Tally } from './test-report.ts';

const root = dirname(import.meta.dirname);
/** Kinds that run the built bundles or the built page. */
const kindsOnBundles = ['integration', 'ui', 'e2e'];
/** The bench is a report and must not keep a run from its end. */
const longestBenchMs = 180_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    testNamePattern: { type: 'string', short: 't' },
    update: { type: 'boolean', short: 'u' },
    full: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  },
});
// Before vitest reads its configuration, which asks for it.
const tier: Tier = values.full ? 'full' : values.fast ? 'fast' : 'standard';
process.env[tierVariable] = tier;

if (values.watch) {
  await startVitest(positionals, { root, watch: true, reporters: ['default'] });
} else {
  process.exitCode = await main(positionals);
  // A server that a test forgot must not keep the finished run alive; the count has been printed.
  setTimeout(() => process.exit(), 5_000).unref();
}

async function main(filters: readonly string[]): Promise<number> {
  const started = performance.now();
  const paths = filters.filter((filter) => filter !== 'check');
  const isWhole = filters.length === 0 && !values.fast;
  for (const name of namedButLeftOut(paths)) {
    print(
      `test/${name}.test.ts is left out here: ${values.fast ? 'npm test' : 'npm test -- --full'} runs it`,
    );
  }
  const checks = isWhole || filters.includes('check') ? await checkTally() : empty();
  const bundles = needsBundles(paths, filters) ? bundleTally() : empty();
  const suites = filters.length === 0 || paths.length > 0 ? await suiteTally(paths) : empty();
  if (values.full && filters.length === 0) printBench();
  return report([checks, bundles, suites], (performance.now() - started) / 1000);
}

function empty(): Tally {
  return { passed: 0, failures: [], skipped: [] };
}

async function checkTally(): Promise<Tally> {
  const results = await runChecks();
  return {
    passed: results.filter((result) => result.isClean).length,
    failures: results.filter((result) => !result.isClean).map((result) => `npm run check: ${result.name}`),
    skipped: [],
  };
}

/** Files that a filter names and that this tier has not: without a word they would look as if they had passed. */
function namedButLeftOut(paths: readonly string[]): readonly string[] {
  return leftOutOf(tier).filter((name) => paths.some((path) => `test/${name}.test.ts`.includes(path)));
}

function needsBundles(paths: readonly string[], filters: readonly string[]): boolean {
  if (filters.length === 0) return !values.fast;
  return paths.some((path) => kindsOnBundles.some((kind) => path.includes(kind)) || !path.includes('/'));
}

function bundleTally(): Tally {
  const script = join(root, 'build', 'build.ts');
  const done = spawnSync(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.status === 0) return empty();
  process.stdout.write(`${done.stdout.toString()}${done.stderr.toString()}`);
  return { passed: 0, failures: ['npm run build'], skipped: [] };
}

async function suiteTally(paths: readonly string[]): Promise<Tally> {
  const reporter = new TallyReporter();
  const vitest = await startVitest([...paths], {
    root,
    watch: false,
    reporters: ['default', reporter],
    passWithNoTests: true,
    ...(values.testNamePattern === undefined ? {} : { testNamePattern: values.testNamePattern }),
    ...(values.update === undefined ? {} : { update: values.update }),
  });
  await vitest.close();
  printSlowest(reporter);
  const tally = tallyOf(reporter.modules, reporter.unhandled, isStrict());
  // With -t nearly everything is skipped by request; saying so test by test would bury what ran.
  return values.testNamePattern === undefined ? tally : { ...tally, skipped: [] };
}

/**
 * In CI a skip is a failure unless it is expressly allowed: a set-up that silently lost Ceph must not look green. Only on
 * Linux, since what the other systems lack (Ceph, glewlwyd) cannot be had there.
 */
function isStrict(): boolean {
  const ci = process.env.CI;
  return process.platform === 'linux' && ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0';
}

function printSlowest(reporter: TallyReporter): void {
  const slow = slowestFiles(reporter.modules, 40).filter((file) => file.ms >= 5_000);
  if (slow.length === 0) return;
  print('\nSlowest files:');
  for (const { file, ms } of slow) print(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
}

/** Figures beside rclone in the small form, once each (docs/performance.md): a report, whatever they are. */
function printBench(): void {
  const bench = join(root, 'test', 'bench', 'main.ts');
  const args = ['--disable-warning=ExperimentalWarning', bench, '--rounds', '1', '--without', 'aws-cli'];
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: longestBenchMs });
  print('\nBench, small form, one round (npm run bench has more):');
  print(
    done.status === 0
      ? done.stdout.trimEnd()
      : `did not end: ${String(done.error ?? done.stderr).slice(-500)}`,
  );
}

function report(tallies: readonly Tally[], seconds: number): number {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failures = tallies.flatMap((tally) => tally.failures);
  const skipped = tallies.flatMap((tally) => tally.skipped);
  if (failures.length > 0) print('\nFailed:');
  for (const failure of failures) print(`  ${failure}`);
  if (skipped.length > 0) print('\nSkipped:');
  for (const { name, reason } of skipped) print(`  ${name}: ${reason}`);
  if (passed + failures.length === 0) print('\nNo test ran.');
  print(`\nTook ${seconds.toFixed(0)} s.`);
  print(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
