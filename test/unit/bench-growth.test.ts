// The picture of how cost grows, from rows as the bench makes them.
import { describe, expect, it } from 'vitest';
import { growthPanels } from '../bench/growth.ts';
import { plot } from '../bench/plot.ts';
import { summarise } from '../bench/summary.ts';

const run = (what: string, who: string, seconds: number, peakMebibytes: number) => ({
  what,
  who,
  seconds,
  cpuSeconds: seconds,
  peakMebibytes,
});

const rows = summarise([
  run('1,000 x 200 B up', 'driftless', 1, 100),
  run('10,000 x 200 B up', 'driftless', 10, 1000),
  run('1,000 x 200 B up', 'rclone, 4 <transfers>', 2, 50),
  run('1,000 x 200 B unchanged', 'driftless', 0.5, 90),
  run('1,000 x 200 B unchanged', 'rclone, 4 <transfers>', 0.1, 50),
]);

describe('growth', () => {
  it('has a line for each program, with what was measured of it', () => {
    const [up] = growthPanels(rows, [1000, 10_000]);
    expect(up?.lines).toEqual([
      {
        who: 'driftless',
        points: [
          { files: 1000, value: 1 },
          { files: 10_000, value: 10 },
        ],
      },
      { who: 'rclone, 4 <transfers>', points: [{ files: 1000, value: 2 }] },
    ]);
  });

  it('places ten times as many files and seconds one decade further', () => {
    const [up] = growthPanels(rows, [1000, 10_000]);
    const picture = plot(up === undefined ? [] : [up]);
    const ours = /<polyline class="line s0"[^>]*points="([^"]*)"/u.exec(picture)?.[1];
    // 1,000 files and 1 s are the corner below left; 10,000 and 10 s the one above right.
    expect(ours).toBe('46.0,200.0 318.0,40.0');
  });

  it('writes one dot for each figure, and escapes names', () => {
    const picture = plot(growthPanels(rows, [1000, 10_000]));
    expect(picture.match(/<circle /gu)).toHaveLength(10);
    expect(picture).not.toContain('<transfers>');
    expect(picture).toContain('driftless, 10000 files: 10.0 s');
  });
});
