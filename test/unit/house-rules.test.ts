// House rules of `npm run check`: each one finds what it is meant to find.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';
import { expect, test } from 'vitest';
import { changelogOf, parseNote } from '../../build/house/changelog.ts';
import { clockReadings } from '../../build/house/clock.ts';
import { containerProblems } from '../../build/house/container.ts';
import {
  findDialect,
  firstSentence,
  longFirstLines,
  overfullFolders,
} from '../../build/house/plain-style.ts';
import { decisionIndex, parseDecision } from '../../build/house/decisions.ts';
import { deadPaths } from '../../build/house/doc-paths.ts';
import { rulesOf, unknownRules } from '../../build/house/rules.ts';
import { shortLimits } from '../../build/house/short-limits.ts';
import { readSources } from '../../build/house/sources.ts';

const root = join(import.meta.dirname, '..', '..');

test('a word of the older dialect is found with its line', () => {
  const sources = [
    { path: 'main/core/a.ts', text: '// A plan.\n// Tells the\n// rest; the person waits, whoever it is.\n' },
    { path: 'main/core/deep/b.ts', text: '// Nobody knows.\nconst personal = 1;\n' },
  ];
  const found = findDialect(sources);
  expect(found.map((text) => text.replace(/ \(.*/, ''))).toEqual([
    'main/core/a.ts:3: "the person"',
    'main/core/a.ts:3: "whoever"',
    'main/core/deep/b.ts:1: "Nobody"',
  ]);
});

test('the first sentence of a file is read from either kind of comment, and a long one is found', () => {
  expect(firstSentence('/**\n * A plan: what to do.\n */\n')).toBe('A plan:');
  expect(firstSentence('// A plan\n// of work. More.\nimport x;')).toBe('A plan of work.');
  expect(firstSentence("import x from 'y';")).toBeNull();
  const long = `// ${'word '.repeat(16)}`;
  const sources = [
    { path: 'main/core/a.ts', text: `${long}\n` },
    { path: 'main/core/b.ts', text: '// Short.\n' },
    { path: 'main/core/c.ts', text: 'export {};\n' },
  ];
  expect(longFirstLines(sources).map((text) => text.split(':')[0])).toEqual([
    'main/core/a.ts',
    'main/core/c.ts',
  ]);
});

test('a folder of the product counts from its sixteenth file on', () => {
  const files = (count: number, folder = 'main/core') =>
    Array.from({ length: count }, (_, index) => ({ path: `${folder}/f${String(index)}.ts`, text: '' }));
  expect(overfullFolders(files(16, 'test/unit'))).toEqual([]);
  expect(overfullFolders(files(15))).toEqual([]);
  expect(overfullFolders(files(16))).toEqual([expect.stringContaining('main/core has 16 files')]);
});

test('a reading of the clock in code that decides is found with its line', () => {
  const text = 'const a = new Date(0);\nconst b = new Date();\nconst c = Date();\nconst d = new Date;\n';
  const sources = [
    { path: 'main/core/a.ts', text },
    { path: 'main/sync/b.ts', text: 'isDate(x); candidate(y); myDate(z);\nnew Date( );\n' },
    { path: 'main/adapters/c.ts', text },
  ];
  expect(clockReadings(sources).map((line) => line.split(': ')[0])).toEqual([
    'main/core/a.ts:2',
    'main/core/a.ts:3',
    'main/core/a.ts:4',
    'main/sync/b.ts:2',
  ]);
});

test('a limit of a test that is no longer than its kind has is found with its line', () => {
  const short = 9000;
  const text = [
    "test('a', async () => {",
    '}, 60_000);',
    `test('b', { timeout: ${String(short)} }, () => {`,
    '}, 180_001);',
    'await ends(() => 1, 500);',
  ].join('\n');
  const sources = [
    { path: 'test/ui/a.test.ts', text },
    { path: 'test/support/b.ts', text },
  ];
  expect(shortLimits(sources, { ui: 180_000 }).map((line) => line.split(': ')[0])).toEqual([
    'test/ui/a.test.ts:2',
    'test/ui/a.test.ts:3',
  ]);
});

test('a rule that a document does not have is found, in lists and for the right document', () => {
  const documents = {
    correctness: '| 1   | A side |\n| 2   | A scan |\n\n### C13. Heading\n',
    security: '**1. Where.** Text.\n',
  };
  const text = '// rules 1, 2 and 14; security rule 2\n// (rule 13)\n// (C1, C3; S1, S4, S256, ISO-C9)\n';
  expect(unknownRules([{ path: 'main/a.ts', text }], documents)).toEqual([
    'main/a.ts:1: docs/correctness.md has no rule 14',
    'main/a.ts:1: docs/security.md has no rule 2',
    'main/a.ts:3: docs/correctness.md has no rule 3',
    'main/a.ts:3: docs/security.md has no rule 4',
  ]);
  for (const name of ['correctness', 'security'])
    expect([...rulesOf(readFileSync(join(root, 'docs', `${name}.md`), 'utf8'))]).toEqual(
      expect.arrayContaining(Array.from({ length: 22 }, (_, index) => index + 1)),
    );
});

test('a note is a kind, a sentence and paragraphs, and stands in the changelog under its kind', () => {
  const note = parseNote('Fixed: A file is kept\n\nSince 0.1.\nSee below.\n\nMore.\n');
  expect(note).toEqual({
    kind: 'Fixed',
    title: 'A file is kept',
    details: ['Since 0.1.\nSee below.', 'More.'],
  });
  expect(parseNote('Mended: A file is kept\n')).toBeNull();
  expect(parseNote('Fixed: A full stop.\n')).toBeNull();
  expect(parseNote('Fixed: No empty line\nbelow\n')).toBeNull();
  expect(parseNote(`Fixed: ${'long '.repeat(30)}end\n`)).toBeNull();
  const notes = note === null ? [] : [note];
  expect(
    changelogOf([
      { version: 'unreleased', notes: [] },
      { version: '0.2.0_2026-12-24', notes },
    ]),
  ).toContain(
    '## Not released yet\n\n## 0.2.0, 2026-12-24\n\n### Fixed\n\n- A file is kept.\n\n  Since 0.1.',
  );
  expect(parseNote(readFileSync(join(root, 'changelog', 'TEMPLATE.md'), 'utf8'))).not.toBeNull();
});

test('a decision has its number, a title and a status, and stands in the index', () => {
  const text = '# 7. The page takes a profile\n\nStatus: accepted, 2026-11-23\n\n**Decided.** So.\n';
  const record = parseDecision('0007-profile.md', text);
  expect(decisionIndex(record === null ? [] : [record])).toContain(
    '- [7. The page takes a profile](0007-profile.md): accepted, 2026-11-23\n',
  );
  expect(parseDecision('0008-profile.md', text)).toBeNull();
  expect(parseDecision('0007-profile.md', text.replace('Status: accepted', 'Agreed'))).toBeNull();
});

test('a system program that the container or the scripts lack is found', () => {
  const dockerfile = 'RUN apt-get install -y \\\n      git \\\n      zip \\\n && rm x\n';
  const bootstrap =
    "const systemPrograms = {\n  git: { programs: [] },\n  'vim-nox': { programs: [] },\n};\n";
  expect(containerProblems(dockerfile, bootstrap)).toEqual([
    '.devcontainer/Dockerfile lacks vim-nox, which build/bootstrap.mjs installs',
    '.devcontainer/Dockerfile installs zip, which build/bootstrap.mjs does not name',
  ]);
});

test('a path in a document that leads nowhere is found with its line, short forms are understood', () => {
  const files = [
    'main/core/plan/decide.ts',
    'test/unit/plan.test.ts',
    'test/property/a.property.test.ts',
    'build',
  ];
  const text = [
    'See `core/plan/decide.ts`, `unit/plan`, `property/a` and `build/`.',
    'Not paths: `text/plain`, `sync/*`, `npm run x`.',
    'Gone: `core/plan/gone.ts` and `unit/gone`.',
  ].join('\n');
  const exists = (path: string): boolean => files.includes(path);
  expect(deadPaths([{ path: 'docs/a.md', text }], exists)).toEqual([
    'docs/a.md:3: there is no core/plan/gone.ts',
    'docs/a.md:3: there is no unit/gone',
  ]);
});

test('neither the linter nor the formatter leaves a source file out', () => {
  const root = join(import.meta.dirname, '../..');
  const read = (name: string): string => readFileSync(join(root, name), 'utf8');
  const linter = /"ignorePatterns": (\[[^\]]*\])/u.exec(read('.oxlintrc.json'))?.[1] ?? '';
  const left = [...(JSON.parse(linter) as readonly string[]), ...read('.prettierignore').split('\n')];
  const paths = readSources(root).map(({ path }) => path);
  expect(ignore().add(left).filter(paths)).toEqual(paths);
});
