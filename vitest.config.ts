/** Vitest projects, one per kind of test, in stages that keep two cores busy to their ends. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { fastKinds, leftOut, tier } from './test/sizes.ts';

type Kind = {
  readonly name: string;
  /** Kinds of one stage run beside each other; the next stage begins when all of them are through. */
  readonly stage: number;
  readonly timeoutMs: number;
};

/** The cheapest first, so that a broken rule shows before a browser starts. */
const kinds: readonly Kind[] = [
  { name: 'unit', stage: 1, timeoutMs: 10_000 },
  { name: 'property', stage: 2, timeoutMs: 180_000 },
  { name: 'simulation', stage: 2, timeoutMs: 900_000 },
  { name: 'scenario', stage: 2, timeoutMs: 240_000 },
  { name: 'conformance', stage: 2, timeoutMs: 60_000 },
  { name: 'integration', stage: 3, timeoutMs: 180_000 },
  { name: 'ui', stage: 3, timeoutMs: 60_000 },
  { name: 'e2e', stage: 3, timeoutMs: 900_000 },
];

const kindsOfTier = tier === 'fast' ? kinds.filter(({ name }) => fastKinds.includes(name)) : kinds;

/** Files at once, of whatever kind. More would make servers and browsers wait for each other on two cores. */
const workers = 2;

/** The longest of their stage: begun last, one of them would run alone at the end while the other core has nothing to do. */
const longest = [
  'simulation/even-seeds',
  'simulation/odd-seeds',
  'property/plan-mutants',
  'e2e/crash-matrix',
  'e2e/bad-network',
  'integration/stories',
  'ui/page-access',
  'e2e/expiry',
  'e2e/two-devices',
  'e2e/serve',
  'e2e/bad-input',
  'ui/page-live',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.includes(`/test/${name}.test.ts`));
      return at === -1 ? longest.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Only `.test.ts(x)` below test/<kind>/; everything else there is equipment.
    sequence: { sequencer: LongestFirst },
    projects: kindsOfTier.map((kind) => ({
      test: {
        name: kind.name,
        include: [`test/${kind.name}/**/*.test.{ts,tsx}`],
        exclude: leftOut.map((name) => `test/${name}.test.ts`),
        pool: 'forks' as const,
        maxWorkers: workers,
        sequence: { groupOrder: kind.stage },
        testTimeout: kind.timeoutMs,
        hookTimeout: Math.max(kind.timeoutMs, 60_000),
        // A test run must not depend on, or reach, whatever AWS set-up the machine has.
        env: {
          AWS_ACCESS_KEY_ID: '',
          AWS_SECRET_ACCESS_KEY: '',
          AWS_SESSION_TOKEN: '',
          AWS_PROFILE: '',
          AWS_CONFIG_FILE: '/nonexistent/aws-config',
          AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/aws-credentials',
          AWS_EC2_METADATA_DISABLED: 'true',
          // Half of a start is compiling: the command line starts many hundred times, and shares that.
          NODE_COMPILE_CACHE: join(tmpdir(), 'driftless-test-compile-cache'),
        },
      },
    })),
    teardownTimeout: 20_000,
  },
});
