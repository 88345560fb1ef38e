/** Source files of the checkout with their text. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Source = {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  readonly text: string;
};

/** `path:line` of a place in its text. */
export function placeIn({ path, text }: Source, index: number): string {
  return `${path}:${String(text.slice(0, index).split('\n').length)}`;
}

const folders = ['main', 'preload', 'renderer', 'build', 'test'];
const endings = /\.(?:ts|tsx|mjs|cjs|css)$/;

export function readSources(root: string): readonly Source[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (below) => `${folder}/${below.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => endings.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
