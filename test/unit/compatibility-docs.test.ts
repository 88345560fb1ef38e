// The rows of docs/compatibility.md: each names a test that exists, by the title that it has.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const tableRow = /^\| (?!-|tool\b|store\b|program\b)(?<cells>.*) \|$/u;

type Row = { readonly subject: string; readonly tests: string };

const rows: readonly Row[] = readFileSync(join(root, 'docs', 'compatibility.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const cells = tableRow
      .exec(line)
      ?.groups?.['cells']?.split(' | ')
      .map((cell) => cell.trim());
    // A header names its columns, the last one "test".
    if (cells === undefined || cells.at(-1) === 'test') return [];
    return [{ subject: cells[0] ?? '', tests: cells.at(-1) ?? '' }];
  });

/** The files and titles of a cell such as `` `scenario/other-stores` "in another order", `unit/hostile-listing` ``. */
function namedIn(cell: string): readonly { readonly path: string; readonly title: string | null }[] {
  let kind = '';
  return [...cell.matchAll(/`(?<name>[a-z0-9/-]+)`(?: "(?<title>[^"]+)")?/gu)].map(({ groups }) => {
    const name = groups?.['name'] ?? '';
    if (name.includes('/')) kind = name.split('/')[0] ?? '';
    return { path: name.includes('/') ? name : `${kind}/${name}`, title: groups?.['title'] ?? null };
  });
}

function sourceOf(path: string): string | null {
  // A suite that several adapters pass has no ending of a test's.
  const file = [`${path}.test.ts`, `${path}.ts`].map((name) => join(root, 'test', name)).find(existsSync);
  return file === undefined ? null : readFileSync(file, 'utf8');
}

test('there are at least 40 rows', () => {
  expect(rows.length).toBeGreaterThanOrEqual(40);
});

describe.each(rows)('the row of $subject', ({ tests }) => {
  test('names tests that exist', () => {
    const named = namedIn(tests);
    expect(named).not.toEqual([]);
    for (const { path, title } of named) {
      const source = sourceOf(path);
      expect(source, path).not.toBeNull();
      if (title !== null) expect(source, path).toContain(title);
    }
  });
});
