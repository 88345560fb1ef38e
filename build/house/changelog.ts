/** Change notes: one file per change a user can notice, and the CHANGELOG.md that is made from them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const kinds = ['Added', 'Changed', 'Fixed', 'Removed', 'Security'] as const;
type Kind = (typeof kinds)[number];

export type Note = { readonly kind: Kind; readonly title: string; readonly details: readonly string[] };
/** `version` is the folder's name: `unreleased`, or `0.2.0_2026-12-24`. */
export type Release = { readonly version: string; readonly notes: readonly Note[] };

const titleMaxLength = 100;

/** Null for what is no note. Its first line is `Kind: one sentence`; paragraphs may follow after an empty line. */
export function parseNote(text: string): Note | null {
  const [first = '', blank, ...rest] = text.trimEnd().split('\n');
  const match = /^(\w+): (\S.*[^.\s])$/.exec(first);
  const kind = kinds.find((each) => each === match?.[1]);
  const title = match?.[2] ?? '';
  if (kind === undefined || title.length > titleMaxLength) return null;
  if (blank !== undefined && blank !== '') return null;
  const details = rest
    .join('\n')
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== '');
  return { kind, title, details };
}

export function readNotes(folder: string): {
  readonly releases: readonly Release[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const versions = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort(newestFirst);
  const releases = versions.map((version) => {
    const files = readdirSync(join(folder, version))
      .filter((name) => name.endsWith('.md'))
      .sort();
    const notes = files.map((file) => {
      const note = parseNote(readFileSync(join(folder, version, file), 'utf8'));
      if (note === null)
        problems.push(
          `changelog/${version}/${file}: begin with "Kind: sentence", a kind of ${kinds.join(', ')}, at most ${String(titleMaxLength)} characters and no full stop; see changelog/TEMPLATE.md`,
        );
      return note;
    });
    if (!/^(?:unreleased|\d+\.\d+\.\d+_\d{4}-\d\d-\d\d)$/.test(version))
      problems.push(`changelog/${version}: a folder is named "unreleased" or "1.2.3_2026-12-24"`);
    return { version, notes: notes.filter((note) => note !== null) };
  });
  return { releases, problems };
}

function newestFirst(a: string, b: string): number {
  if (a === 'unreleased' || b === 'unreleased') return a === 'unreleased' ? -1 : 1;
  return b.localeCompare(a, 'en', { numeric: true });
}

export function changelogOf(releases: readonly Release[]): string {
  const sections = releases.flatMap(({ version, notes }) => {
    const [number = '', date] = version.split('_');
    const title = date === undefined ? 'Not released yet' : `${number}, ${date}`;
    return [`## ${title}`, ...kinds.flatMap((kind) => sectionOf(kind, notes))];
  });
  return `${['# Changelog', 'Made by `npm run fix` from the notes in [changelog/](changelog).', ...sections].join('\n\n')}\n`;
}

function sectionOf(kind: Kind, notes: readonly Note[]): readonly string[] {
  const items = notes
    .filter((note) => note.kind === kind)
    .map(({ title, details }) => {
      const below = details.map((paragraph) => `\n\n${paragraph.replaceAll(/^/gm, '  ')}`).join('');
      return `- ${title}.${below}`;
    });
  return items.length === 0 ? [] : [`### ${kind}`, items.join('\n')];
}

/**
 * A change to the product since `since` (a commit; CI names the base of a pull request) without a note. A commit that no
 * user can notice says so in a line `Changelog: none`.
 */
export function missingNote(root: string, since: string): readonly string[] {
  if (since === '' || !existsSync(join(root, '.git'))) return [];
  const git = (...args: readonly string[]): string => {
    const done = spawnSync('git', [...args], { cwd: root, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`git ${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  const paths = git('diff', '--name-only', `${since}...HEAD`).split('\n');
  const isProduct = paths.some((path) => /^(?:main|preload|renderer)\//.test(path));
  const hasNote = paths.some((path) => path.startsWith('changelog/unreleased/'));
  if (!isProduct || hasNote) return [];
  if (/^Changelog: none$/m.test(git('log', '--format=%B', `${since}..HEAD`))) return [];
  return [
    `the product changed since ${since} without a note in changelog/unreleased/ (or a line "Changelog: none" in a commit message)`,
  ];
}
