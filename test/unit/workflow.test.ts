// The workflow that releases: what its steps are trusted with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const workflow = readFileSync(
  join(import.meta.dirname, '..', '..', '.github', 'workflows', 'ci.yml'),
  'utf8',
);

/** Steps of each job, as text. */
const jobs = workflow
  .slice(workflow.indexOf('\njobs:\n'))
  .split(/\n(?= {2}[\w-]+:\n)/u)
  .slice(1)
  .map((job) => job.split(/\n(?= {6}- )/u).slice(1));

test('no package is installed, and runs its scripts, in a step that holds a secret', () => {
  const withSecrets = jobs.filter((steps) => steps.some((step) => step.includes('secrets.')));
  expect(withSecrets).toHaveLength(1);
  for (const steps of withSecrets) {
    const installs = steps.findIndex((step) => /run: npm ci$/mu.test(step));
    const first = steps.findIndex((step) => step.includes('secrets.'));
    expect(installs).toBeGreaterThan(-1);
    expect(installs).toBeLessThan(first);
    expect(steps[installs]).not.toContain('secrets.');
  }
});

test('the tests of Linux run as root, for whom no suite that needs root is skipped, with what the run reads', () => {
  const [test] = jobs
    .map((steps) => steps.filter((step) => step.includes('.ci/run')))
    .filter((steps) => steps.length > 0);
  const onLinux = test?.find((step) => step.includes("runner.os == 'Linux'")) ?? '';
  expect(onLinux).toMatch(
    /run: sudo .*--preserve-env=CI,DRIFTLESS_CHANGES_SINCE env "PATH=\$PATH" .*[.]ci[/]run$/mu,
  );
});
