/** Vitest projects, one per kind of test, in stages that keep two cores busy to their ends. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { fastKinds, leftOutOf, limitsMs, tier } from './test/sizes.ts';
import type { KindName } from './test/sizes.ts';

type Stage = {
  readonly order: number;
  /** Files at once, of whatever kind. */
  readonly workers: number;
  /** A process of its own for each file. Starting one and loading what it imports takes 0.4 s of CPU. */
  readonly isolate: boolean;
};

type Kind = {
  readonly name: KindName;
  readonly stage: Stage;
};

/**
 * Kinds of one stage run beside each other; the next stage begins when all of them are through. What keeps to its own
 * objects computes all the time: two files at once, in two processes. What runs servers, browsers and programs waits for
 * half of its time and sets the environment of its process: three at once, each in a new process.
 */
const alone: Stage = { order: 1, workers: 2, isolate: false };
const inMemory: Stage = { order: 2, workers: 2, isolate: false };
const withPrograms: Stage = { order: 3, workers: 3, isolate: true };

/** The cheapest first, so that a broken rule shows before a browser starts. */
const kinds: readonly Kind[] = [
  { name: 'unit', stage: alone },
  { name: 'property', stage: inMemory },
  { name: 'simulation', stage: inMemory },
  { name: 'scenario', stage: inMemory },
  { name: 'conformance', stage: inMemory },
  { name: 'integration', stage: withPrograms },
  { name: 'ui', stage: withPrograms },
  { name: 'e2e', stage: withPrograms },
];

const kindsOfTier = tier === 'fast' ? kinds.filter(({ name }) => fastKinds.includes(name)) : kinds;

/** The longest of their stage: begun last, one of them would run alone at the end while the other core has nothing to do. */
const longest = [
  'simulation/even-seeds',
  'simulation/odd-seeds',
  'property/plan-mutants',
  'e2e/crash-matrix',
  'e2e/live-soak',
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
        exclude: leftOutOf(tier).map((name) => `test/${name}.test.ts`),
        pool: 'forks' as const,
        maxWorkers: kind.stage.workers,
        isolate: kind.stage.isolate,
        sequence: { groupOrder: kind.stage.order },
        testTimeout: limitsMs[kind.name],
        hookTimeout: limitsMs[kind.name],
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
