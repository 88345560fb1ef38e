/** Vitest projects, one per kind of test, with the room each kind needs on two cores. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

type Kind = {
  readonly name: string;
  /** Files at once. The kinds that start servers and browsers measure time, so they run alone. */
  readonly workers: number;
  readonly timeoutMs: number;
};

/** In the order they run: the cheapest first, so that a broken rule shows before a browser starts. */
const kinds: readonly Kind[] = [
  { name: 'unit', workers: 2, timeoutMs: 10_000 },
  { name: 'property', workers: 2, timeoutMs: 180_000 },
  { name: 'simulation', workers: 2, timeoutMs: 900_000 },
  { name: 'scenario', workers: 2, timeoutMs: 240_000 },
  { name: 'conformance', workers: 2, timeoutMs: 60_000 },
  { name: 'integration', workers: 2, timeoutMs: 180_000 },
  { name: 'ui', workers: 2, timeoutMs: 60_000 },
  { name: 'e2e', workers: 2, timeoutMs: 900_000 },
];

export default defineConfig({
  test: {
    // Only `.test.ts(x)` below test/<kind>/; everything else there is equipment.
    projects: kinds.map((kind, index) => ({
      test: {
        name: kind.name,
        include: [`test/${kind.name}/**/*.test.{ts,tsx}`],
        pool: 'forks' as const,
        maxWorkers: kind.workers,
        sequence: { groupOrder: index },
        // Real processes, watchers and browsers on a busy machine: a second chance, which the output names as a retry.
        retry: ['integration', 'ui', 'e2e'].includes(kind.name) ? 1 : 0,
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
