// Comparison of docs/failpoints.md with the failpoints in the code.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

test('the published failpoints are exactly those in the code', async () => {
  const files = (await readdir(join(root, 'main'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  const texts = await Promise.all(files.map((name) => readFile(join(root, 'main', name), 'utf8')));
  const inCode = texts.flatMap((text) =>
    [...text.matchAll(/reached\('([a-z.-]+)'\)/gu)].map(([, name]) => name),
  );
  const docs = await readFile(join(root, 'docs', 'failpoints.md'), 'utf8');
  const published = [...docs.matchAll(/^\| `([a-z.-]+)`\s*\|/gmu)].map(([, name]) => name);
  expect(published.sort()).toEqual([...new Set(inCode)].sort());
});
