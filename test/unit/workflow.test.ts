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
