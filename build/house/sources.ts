/** Source files of the checkout: their text, and the area that their counts belong to. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Source = {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly savedAtMs: number;
};

const folders = ['main', 'preload', 'renderer', 'build', 'test'];
const endings = /\.(?:ts|tsx|mjs|cjs|css)$/;

/** The latest saved first, so that of many findings those of the current work are shown. */
export function readSources(root: string): readonly Source[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (below) => `${folder}/${below.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => endings.test(path))
    .map((path) => ({
      path,
      text: readFileSync(join(root, path), 'utf8'),
      savedAtMs: statSync(join(root, path)).mtimeMs,
    }))
    .sort((a, b) => b.savedAtMs - a.savedAtMs || (a.path < b.path ? -1 : 1));
}

/** The first two folders: fine enough to see where a count rises, coarse enough that a file may move below them. */
export function areaOf(path: string): string {
  const parts = path.split('/').slice(0, -1);
  return parts.slice(0, 2).join('/');
}
