/**
 * House rules that no other tool checks, for `npm run check`: words, first lines, folder sizes, clocks, module doubles, short limits,
 * rule references, paths and tests named in documents, decision records, change notes, the container. `--write` rewrites what is generated.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limitsMs } from '../../test/sizes.ts';
import { changelogOf, missingNote, readNotes } from './changelog.ts';
import { clockReadings } from './clock.ts';
import { containerProblems } from './container.ts';
import { decisionIndex, readDecisions } from './decisions.ts';
import { deadPaths } from './doc-paths.ts';
import { moduleDoubles } from './module-doubles.ts';
import { findDialect, longFirstLines, overfullFolders } from './plain-style.ts';
import { shortLimits } from './short-limits.ts';
import { readSources } from './sources.ts';
import type { Source } from './sources.ts';
import { unknownRules } from './rules.ts';

const root = dirname(dirname(import.meta.dirname));

type Generated = { readonly path: string; readonly content: string };

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What describes the code as it is now; decisions and changelog keep the names of their day. */
function documents(): readonly Source[] {
  const published = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const paths = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md'];
  return [...paths, ...published.map((name) => `docs/${name}`)].map((path) => ({ path, text: read(path) }));
}

function staleFiles(files: readonly Generated[]): readonly string[] {
  return files
    .filter(({ path, content }) => read(path) !== content)
    .map(({ path }) => `${path} is out of date: run "npm run fix"`);
}

function main(flags: readonly string[]): readonly string[] {
  const sources = readSources(root);
  const notes = readNotes(join(root, 'changelog'));
  const decisions = readDecisions(join(root, 'docs', 'decisions'));
  const generated: readonly Generated[] = [
    { path: 'CHANGELOG.md', content: changelogOf(notes.releases) },
    { path: 'docs/decisions/README.md', content: decisionIndex(decisions.records) },
  ];
  if (flags.includes('--write')) {
    for (const { path, content } of generated) writeFileSync(join(root, path), content);
    return [...notes.problems, ...decisions.problems];
  }
  return [
    ...findDialect(sources),
    ...longFirstLines(sources),
    ...overfullFolders(sources),
    ...clockReadings(sources),
    ...moduleDoubles(sources),
    ...shortLimits(sources, limitsMs),
    ...unknownRules(sources, {
      correctness: read('docs/correctness.md'),
      security: read('docs/security.md'),
    }),
    ...deadPaths(documents(), (path) => existsSync(join(root, path))),
    ...notes.problems,
    ...missingNote(root, process.env['DRIFTLESS_CHANGES_SINCE'] ?? ''),
    ...decisions.problems,
    ...staleFiles(generated),
    ...containerProblems(read('.devcontainer/Dockerfile'), read('build/bootstrap.mjs')),
  ];
}

const problems = main(process.argv.slice(2));
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
