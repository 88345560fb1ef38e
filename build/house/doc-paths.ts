/** Paths and tests that the documents name in backticks: each must lead to a file or folder. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

/** Folders at the root, parts of `main/` and kinds of test: a name that begins with one is meant as a path. */
const firstParts = new Set(
  [
    'main preload renderer test build docs changelog findings',
    'core ports sync adapters app compose control loopback cli shell',
    'unit property scenario conformance integration ui e2e simulation local-cloud fakes support',
  ].flatMap((line) => line.split(' ')),
);

/** A document may leave out `main/` or `test/`, and what the names of code and tests end in. */
const parents = ['', 'main/', 'test/'];
const endings = ['', '.ts', '.tsx', '.test.ts', '.property.test.ts'];

/** A name with a star, a placeholder or a blank is not looked up. */
const named = /`([A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)+\/?)`/g;

export function deadPaths(
  documents: readonly Source[],
  exists: (path: string) => boolean,
): readonly string[] {
  return documents.flatMap((document) =>
    [...document.text.matchAll(named)]
      .map((match) => ({ name: match[1] ?? '', index: match.index }))
      .filter(({ name }) => firstParts.has(name.split('/')[0] ?? ''))
      .filter(({ name }) => !candidates(name.replace(/\/$/, '')).some(exists))
      .map(({ name, index }) => `${placeIn(document, index)}: there is no ${name}`),
  );
}

function candidates(name: string): readonly string[] {
  return parents.flatMap((parent) => endings.map((ending) => `${parent}${name}${ending}`));
}
