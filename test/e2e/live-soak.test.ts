// A shortened live soak: real engines, services that misbehave at random, and an end in sync without any click.
import { expect, test } from 'vitest';
import { runLiveSoak } from '../soak/live.ts';

test('two engines get in sync by themselves, with nothing lost', async () => {
  const said: string[] = [];
  const report = await runLiveSoak({
    seed: 1,
    workMs: 25_000,
    settleMs: 180_000,
    // Failures that are retried every few minutes have tests in virtual time (scenario/tried-again).
    withSlow: false,
    longestMs: 4000,
    say: (line) => {
      said.push(line);
    },
  });
  expect(report.wrong, said.join('\n')).toEqual([]);
  expect(report.events).toBeGreaterThan(2);
});
