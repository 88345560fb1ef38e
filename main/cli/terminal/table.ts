// Tables for a terminal: a header, aligned columns, sizes and times for people. Elsewhere rows stay plain, for scripts.
import { createSizes } from '../../../preload/locales/sizes.ts';
import { oneLine } from './one-line.ts';

export type Column = {
  readonly title: string;
  /** Field of the row. */
  readonly of: string;
  readonly kind?: 'bytes' | 'time';
};

export type Row = Readonly<Record<string, unknown>>;

/** @param isTerminal false where a program may read it: then there is no header, and values are as in `--json` */
export function tableOf(rows: readonly Row[], columns: readonly Column[], isTerminal: boolean): string {
  if (!isTerminal) return rows.map((row) => columns.map(({ of }) => plain(row[of])).join('  ')).join('\n');
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of, kind }) => shown(row[of], kind))),
  ];
  const widths = columns.map((_, index) =>
    cells.reduce((widest, line) => Math.max(widest, (line[index] ?? '').length), 0),
  );
  const lineOf = (line: readonly string[]): string =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.kind === 'bytes' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return cells.map(lineOf).join('\n');
}

const sizes = createSizes('en');

/** `31 kB`; `-` where there is none. */
export function sizeText(bytes: unknown): string {
  return typeof bytes === 'number' ? sizes(bytes) : '-';
}

/** Clock and date of this computer, in the order of ISO 8601; `-` where there is none. */
export function timeText(iso: unknown): string {
  const at = typeof iso === 'string' ? new Date(iso) : null;
  if (at === null || Number.isNaN(at.getTime())) return plain(iso);
  return at.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

function shown(value: unknown, kind: Column['kind']): string {
  if (kind === 'bytes') return sizeText(value);
  return kind === 'time' ? timeText(value) : plain(value);
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? oneLine(String(value)) : '-';
}
