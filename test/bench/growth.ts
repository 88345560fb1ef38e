// How time and memory grow with the number of files: trees of 200 bytes a file, sent and looked at again.
import type { Row } from './summary.ts';
import { benchTree } from './works.ts';
import type { Bench } from './works.ts';
import type { Panel } from './plot.ts';

const bytes = 200;
const workName = (files: number): string => `${files.toLocaleString('en')} x ${String(bytes)} B`;

/** One tree after another, from the smallest. Content is verified as in all works; downloads are left out. */
export async function benchGrowth(bench: Bench, counts: readonly number[]): Promise<void> {
  for (const files of counts) {
    const tree = { name: `growth-${String(files)}`, files, bytes };
    await benchTree(bench, { name: workName(files), tree, delayMs: 0, isOneWay: true });
  }
}

/** Panels for the rows of `benchGrowth`. A row that is missing, for a program that was left out, is left out. */
export function growthPanels(rows: readonly Row[], counts: readonly number[]): readonly Panel[] {
  const panel = (title: string, verb: string, unit: string, valueOf: (row: Row) => number): Panel => {
    const found = counts.flatMap((files) =>
      rows
        .filter(({ what }) => what === `${workName(files)} ${verb}`)
        .map((row) => ({ who: row.who, files, value: valueOf(row) })),
    );
    const lines = [...Map.groupBy(found, ({ who }) => who)].map(([who, points]) => ({
      who,
      points: points.map(({ files, value }) => ({ files, value })),
    }));
    return { title, unit, lines };
  };
  return [
    panel('First sync up', 'up', 's', (row) => row.seconds),
    panel('Nothing changed', 'unchanged', 's', (row) => row.seconds),
    panel('Peak memory of the first sync', 'up', 'MiB', (row) => row.peakMebibytes),
    panel('Peak memory, nothing changed', 'unchanged', 'MiB', (row) => row.peakMebibytes),
  ];
}
