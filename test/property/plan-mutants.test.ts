// Breaks the planner in every small way there is: each break that changes a decision is noticed by its tests.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { sizes } from '../sizes.ts';

const script = fileURLToPath(new URL('../../build/mutate.ts', import.meta.url));

test('no mutant of the planner survives that changes a decision', { timeout: 600_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    '--percent',
    String(sizes.mutantPercent),
  ]);
  const [, tried = '0', mutants = '0', survived = 'none counted'] =
    /^(\d+) of (\d+) mutants: .* (\d+) survived$/mu.exec(stdout) ?? [];
  expect(Number(mutants)).toBeGreaterThan(1000);
  expect(Number(tried)).toBeGreaterThanOrEqual(Math.floor((Number(mutants) * sizes.mutantPercent) / 100));
  expect(survived).toBe('0');
  console.info(stdout.trim());
});
