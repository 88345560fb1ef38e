/** Decision records: a number, a title and a status line each, and the index that is made from them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Decision = {
  readonly file: string;
  readonly number: number;
  readonly title: string;
  /** "accepted 2026-11-23", "replaced by 11" and the like. */
  readonly status: string;
};

/** Null where the first lines are not `# N. Title`, an empty line, and `Status: ...`. */
export function parseDecision(file: string, text: string): Decision | null {
  const match =
    /^# (\d+)\. (.+)\n\nStatus: ((?:accepted|superseded by \d+|withdrawn), \d{4}-\d\d-\d\d)\n/.exec(text);
  const number = Number(match?.[1]);
  if (match === null || Number(file.slice(0, 4)) !== number) return null;
  return { file, number, title: match[2] ?? '', status: match[3] ?? '' };
}

export function readDecisions(folder: string): {
  readonly records: readonly Decision[];
  readonly problems: readonly string[];
} {
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.md$/.test(name))
    .sort();
  const parsed = files.map((file) => parseDecision(file, readFileSync(join(folder, file), 'utf8')));
  const records = parsed.filter((record) => record !== null);
  const twice = records.filter(({ number }, index) => records[index - 1]?.number === number);
  return {
    records,
    problems: [
      ...files
        .filter((_file, index) => parsed[index] === null)
        .map(
          (file) =>
            `docs/decisions/${file}: begin with "# N. Title", an empty line, and "Status: accepted, YYYY-MM-DD" (or "superseded by N", "withdrawn")`,
        ),
      ...twice.map(({ file, number }) => `docs/decisions/${file}: the number ${String(number)} is taken`),
    ],
  };
}

export function decisionIndex(records: readonly Decision[]): string {
  const rows = records.map(
    ({ file, number, title, status }) => `- [${String(number)}. ${title}](${file}): ${status}`,
  );
  return [
    '# Decisions',
    '',
    'What was decided against the first design, or between good alternatives, one page each: what was decided, why, and the price.',
    'A record stays as it is; a later one supersedes it. `npm run fix` makes this list from the records.',
    '',
    ...rows,
    '',
  ].join('\n');
}
