// Medians and spread of measurements, and our ratio to the best other tool.
import type { Run } from './works.ts';

export type Row = {
  readonly what: string;
  readonly who: string;
  readonly runs: number;
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
  /** The best median of the others over this one: above 1 is faster than they are. Ours only. */
  readonly ratio: number | null;
};

const ours = 'driftless';
/** Begins the name of what is no sync client; no ratio is made of it. */
export const ceiling = 'ceiling';

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function summarise(runs: readonly Run[]): readonly Row[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const name = `${run.what}\n${run.who}`;
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const rows = [...groups.values()].flatMap((group): readonly Omit<Row, 'ratio'>[] => {
    const [first] = group;
    if (first === undefined) return [];
    const seconds = group.map((run) => run.seconds);
    return [
      {
        what: first.what,
        who: first.who,
        runs: group.length,
        seconds: median(seconds),
        fastest: Math.min(...seconds),
        slowest: Math.max(...seconds),
        cpuSeconds: median(group.map((run) => run.cpuSeconds)),
        peakMebibytes: Math.max(...group.map((run) => run.peakMebibytes)),
      },
    ];
  });
  return rows.map((row) => {
    const others = rows
      .filter(({ what, who }) => what === row.what && who !== ours && !who.startsWith(ceiling))
      .map((one) => one.seconds);
    const ratio = row.who === ours && others.length > 0 ? Math.min(...others) / row.seconds : null;
    return { ...row, ratio };
  });
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const spread = `${row.fastest.toFixed(2)}-${row.slowest.toFixed(2)}`;
    const ratio = row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`;
    return `| ${row.what} | ${row.who} | ${row.seconds.toFixed(2)} | ${spread} | ${row.cpuSeconds.toFixed(2)} | ${row.peakMebibytes.toFixed(0)} | ${ratio} |`;
  });
  return [
    '| work | who | seconds | spread | CPU s | peak MiB | to the best other |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
