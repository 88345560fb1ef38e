// The first minutes of the live soak: real engines, everything around them fails, and an end in sync without any click.
import { expect, test } from 'vitest';
import { sizes } from '../sizes.ts';
import { liveEvents } from '../soak/live-events.ts';
import { runLiveSoak } from '../soak/live.ts';

/** What starting, the end of the last event, and the way back to being in sync may take besides. */
const besidesMs = 1_500_000;

test(
  'two engines get in sync by themselves after minutes of every kind of event, with nothing lost',
  { timeout: sizes.soakMinutes * 60_000 + besidesMs },
  async () => {
    const said: string[] = [];
    const report = await runLiveSoak({
      seed: 1,
      workMs: sizes.soakMinutes * 60_000,
      // It took 320 s beside twenty busy processes; only an end that never comes is a fault.
      settleMs: 1_200_000,
      withSlow: true,
      // Each kind of event comes at least once in ten minutes, most of them twice.
      longestMs: 12_000,
      editMs: 900,
      sleepsAtEnd: true,
      say: (line) => {
        said.push(line);
      },
    });
    expect(report.wrong, said.join('\n')).toEqual([]);
    expect([...new Set(report.events)].sort()).toEqual(liveEvents.map(({ title }) => title).sort());
    expect(report.restarts).toBeGreaterThan(0);
  },
);
