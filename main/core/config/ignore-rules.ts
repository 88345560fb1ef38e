// Ignore rules of a pair: gitignore patterns and excluded folders.
import type { RelPath, UnknownReason } from '../model/model.ts';

export type IgnoreRules = {
  /** Lines in gitignore syntax; later ones win, so that `!pattern` cancels a default. */
  readonly patterns: readonly string[];
  /** Selective sync: folders ignored on both sides with all their contents. */
  readonly excluded: readonly RelPath[];
  /** Number of lines of the folder's own file that were ignored because of the limits. */
  readonly refusedLines: number;
};

/** Called for every path of both sides; an ignored path is unknown to the planner, never absent (C1). */
export type IgnoreMatcher = (
  path: RelPath,
  kind: 'file' | 'folder',
) => Extract<UnknownReason, 'ignored' | 'excluded'> | null;

/** File in the pair's folder whose lines stand before the configured patterns. It is synced like any other. */
export const ignoreFileName = '.driftlessignore';

/** Files of systems and editors, and unfinished downloads: useless on another device, and changing all the time. */
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
  // GLib's copy (gedit, and all that save as it does) and Kate's swap file.
  '.goutputstream-??????',
  '.*.kate-swp',
  // LibreOffice's copy of a document while it is being saved.
  'lu[0-9]*.tmp',
  // SQLite's shared memory: used only by processes that have the database open.
  '*-shm',
  '*.crdownload',
  '*.part',
  '!*.part/',
  '*.partial',
  '!*.partial/',
  '*.download/',
  '*.opdownload',
  // WinSCP's, Syncthing's and Nextcloud's unfinished files, and the latter's database in each of its folders.
  '*.filepart',
  '!*.filepart/',
  '.syncthing.*.tmp',
  '.sync_????????????.db*',
];

/**
 * Limits of the folder's own file, which may come from the bucket: matching one path costs at most about
 * `wildcardUnits` / 32 times the length of the path. The configured patterns are the user's own and unlimited.
 */
export const ignoreFileCaps = {
  lines: 1000,
  unitsPerLine: 1024,
  wildcardsPerLine: 32,
  wildcardUnits: 8192,
} as const;

/**
 * Defaults, then the folder's own file within its limits, then the settings: the file may come from the bucket, and what the user of this
 * computer leaves out must not be brought back, and uploaded, by another writer.
 */
export function ignoreRules(sources: {
  readonly settings: readonly string[];
  readonly ignoreFile: string | null;
  readonly excluded: readonly RelPath[];
}): IgnoreRules {
  const { lines, refused } = withinCaps(sources.ignoreFile ?? '');
  return {
    patterns: [...defaultIgnorePatterns, ...lines, ...sources.settings],
    excluded: sources.excluded,
    refusedLines: refused,
  };
}

function withinCaps(file: string): { readonly lines: readonly string[]; readonly refused: number } {
  const lines: string[] = [];
  let refused = 0;
  let wildcardUnits = 0;
  for (const line of file.replace(/^\uFEFF/u, '').split(/\r?\n/u)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wildcards = line.match(/\*+|[?[]/gu)?.length ?? 0;
    const units = wildcards === 0 ? 0 : line.length;
    const fits =
      lines.length < ignoreFileCaps.lines &&
      line.length <= ignoreFileCaps.unitsPerLine &&
      wildcards <= ignoreFileCaps.wildcardsPerLine &&
      wildcardUnits + units <= ignoreFileCaps.wildcardUnits;
    if (fits) {
      lines.push(line);
      wildcardUnits += units;
    } else refused += 1;
  }
  return { lines, refused };
}
