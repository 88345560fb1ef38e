// Questions and problems as lines of the command line, in the page's words.
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import type { Words } from '../../preload/locales/lookup.ts';
import { questionWords } from '../../preload/locales/question-words.ts';
import type { AskedGuard } from '../../preload/locales/question-words.ts';
import type { SyncMode } from '../core/model/model.ts';
import { answersTo } from '../sync/session/questions.ts';
import { isFullCode } from '../core/problem-rows.ts';
import type { LeftAlone, ProblemRow } from '../core/problem-rows.ts';
import { oneLine } from './io.ts';
import { homeOption } from './terminal/named-command.ts';

export const cliWords: Words = createWords(en, 'en');

/** As the page or an older engine sends it. */
export type AskedLine = AskedGuard & { readonly id: string; readonly examples: readonly string[] };

const maxExamples = 3;

/** Which pair asks, and the home whose engine or state takes the answer. */
export type Asking = { readonly home: string; readonly id: string; readonly mode: SyncMode | null };

/** A question and a command for each answer. The first line names the pair; the others are indented below it. */
export function questionLines({ home, id, mode }: Asking, guard: AskedLine): readonly string[] {
  const asked = questionWords(cliWords, guard, mode);
  const { examples } = guard;
  const shown = examples.slice(0, maxExamples).map(oneLine).join(', ');
  return [
    `${id}: ${asked.what} ${asked.state} ${cliWords.text('guard.waits')}`,
    ...(examples.length === 0 ? [] : [`  for example ${shown}`]),
    ...answersTo(guard.kind)
      .filter((answer) => answer !== 'later')
      .map(
        (answer) =>
          `  ${asked.answers[answer]}: driftless answer ${id} ${oneLine(guard.id)} ${answer}${homeOption(home)}`,
      ),
  ];
}

/** A row of `status`: the file and its code, or why many files wait. */
export function problemLine(row: Pick<ProblemRow, 'path' | 'code' | 'fields'>): string {
  if (row.path !== null) return `${oneLine(row.path)}: ${row.code}`;
  return isFullCode(row.code) ? fullLine(row) : row.code;
}

/** For example "the disk is full: 9,668 files (38 MB) did not fit, 124 kB free (disk-full)". */
export function fullLine({ code, fields }: Pick<ProblemRow, 'code' | 'fields'>): string {
  const count = Number(fields['count'] ?? 0);
  const bytes = Number(fields['bytes'] ?? 0);
  const freeBytes = Number(fields['freeBytes'] ?? 0);
  const what = code === 'disk-full' ? 'the disk is full' : 'the storage is full';
  const files = `${count.toLocaleString('en')} ${count === 1 ? 'file' : 'files'}`;
  const free = code === 'disk-full' ? `, ${bytesText(freeBytes)} free` : '';
  return `${what}: ${files} (${bytesText(bytes)}) did not fit${free} (${code})`;
}

export function leftAloneLine({ code, count }: LeftAlone): string {
  return `note: ${cliWords.coded('notice', code, { count })}`;
}

/** A notice that counts in words, any other by its code, for scripts that look for it. */
export function noticeLine({ code, fields }: Pick<ProblemRow, 'code' | 'fields'>): string {
  return typeof fields['count'] === 'number' ? cliWords.coded('notice', code, fields) : code;
}

/** Why a pass of `sync --once` ended before all was done; from `most` on, there may be more. */
export function unfinishedLine(left: number, most: number): string {
  if (left === 0)
    return 'stopped early, before both sides were read and compared to the end; the next sync continues';
  const what = left === 1 ? 'file or folder is' : 'files and folders are';
  const count = `${left >= most ? 'at least ' : ''}${left.toLocaleString('en')}`;
  return `stopped early: ${count} ${what} not synced yet; the next sync continues from here`;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, at most one decimal. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}
