// What is left out of a pair: patterns in gitignore syntax and folders that the person excluded.
import type { RelPath, UnknownReason } from './model.ts';

export type IgnoreRules = {
  /** Lines in gitignore syntax; later ones win, so that `!pattern` brings a default back. */
  readonly patterns: readonly string[];
  /** Selective sync: folders that are left alone with all that they hold, on both sides. */
  readonly excluded: readonly RelPath[];
};

/** Asked for every path of both sides; what it names is unknown to the planner, never absent (rule 1). */
export type IgnoreMatcher = (
  path: RelPath,
  kind: 'file' | 'folder',
) => Extract<UnknownReason, 'ignored' | 'excluded'> | null;

/** The file in the pair's folder whose lines are added to the patterns of the settings. It is synced like any other. */
export const ignoreFileName = '.driftlessignore';

/** Litter of systems and editors, and downloads that are not finished: of no use on another device, changing all the time. */
export const defaultIgnorePatterns: readonly string[] = [
  '.DS_Store',
  '.AppleDouble',
  '.LSOverride',
  '._*',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '.TemporaryItems',
  '.DocumentRevisions-V100',
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.directory',
  '.Trash-*/',
  '.nfs????????*',
  '.fuse_hidden*',
  '~$*',
  '~*.tmp',
  '.~lock.*#',
  '.*.sw[a-p]',
  '*.swp',
  '.#*',
  // LibreOffice's copy of a document while it is being saved.
  'lu[0-9]*.tmp',
  // SQLite's shared memory: of use only to the processes that have the database open.
  '*-shm',
  '*.crdownload',
  '*.part',
  '*.partial',
  '*.download/',
  '*.opdownload',
];

/** Defaults, then the settings, then the folder's own file; comments and blank lines are the matcher's business. */
export function ignoreRules(sources: {
  readonly settings: readonly string[];
  readonly ignoreFile: string | null;
  readonly excluded: readonly RelPath[];
}): IgnoreRules {
  const lines = sources.ignoreFile === null ? [] : sources.ignoreFile.replace(/^\uFEFF/u, '').split(/\r?\n/u);
  return { patterns: [...defaultIgnorePatterns, ...sources.settings, ...lines], excluded: sources.excluded };
}
