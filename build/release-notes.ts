/** Release notes of one version: `release-notes.ts 0.2.0` prints its section of the changelog. */
import { join } from 'node:path';
import { changelogOf, readNotes } from './house/changelog.ts';
import type { Release } from './house/changelog.ts';

/** Throws for a version without notes: a release that says nothing is a forgotten `git mv`. */
export function notesOf(releases: readonly Release[], version: string): string {
  const release = releases.find((each) => each.version.startsWith(`${version}_`));
  if (release === undefined || release.notes.length === 0)
    throw new Error(`no notes for ${version}: changelog/${version}_DATE/ is missing or empty`);
  const text = changelogOf([release]);
  // Below the heading of the whole file and of the version, which a release page has of its own.
  return text.slice(text.indexOf('\n### ') + 1);
}

if (import.meta.main) {
  try {
    const { releases } = readNotes(join(import.meta.dirname, '..', 'changelog'));
    process.stdout.write(notesOf(releases, process.argv[2] ?? ''));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
