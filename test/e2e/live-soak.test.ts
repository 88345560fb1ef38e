// A shortened live soak: real engines, services that misbehave at random, and an end in sync without any click.
import { expect, test } from 'vitest';
import { liveEvents } from '../soak/live-events.ts';
import { runLiveSoak } from '../soak/live.ts';

test('two engines get in sync by themselves after every kind of event, with nothing lost', async () => {
  const said: string[] = [];
  const report = await runLiveSoak({
    seed: 1,
    // As long as it takes for each event to come once.
    workMs: 0,
    settleMs: 180_000,
    withSlow: true,
    longestMs: 500,
    editMs: 300,
    sleepsAtEnd: true,
    say: (line) => {
      said.push(line);
    },
  });
  expect(report.wrong, said.join('\n')).toEqual([]);
  expect([...report.events].sort()).toEqual(liveEvents.map(({ title }) => title).sort());
  expect(report.restarts).toBeGreaterThan(0);
});
