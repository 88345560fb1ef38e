/** Rules of style: plain words, short first lines, folders of a readable size. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

/** Each with the plain way to say it. Whole words, in any case; a space stands for any white space. */
const dialect: readonly (readonly [phrase: string, instead: string])[] = [
  ['the person', 'the user'],
  ['this person', 'this user'],
  ['a person', 'a user'],
  ['somebody', 'name who: the user, another device, another program'],
  ['nobody', 'name what is missing: no user, no other device'],
  ['anybody', 'name who'],
  ['whoever', 'the caller'],
  ['anew', 'again'],
  ['gone on with', 'resumed, continued'],
  ['goes on', 'continues'],
  ['a yes', 'an approval'],
  ['the yes', 'the approval'],
  ['is told', 'is notified, receives'],
  ['are told', 'are notified, receive'],
  ['said yes', 'approved'],
];

const firstLineMaxWords = 15;
const folderMaxFiles = 15;
/** Tests lie flat, by kind; a limit there would only say that there are many. */
const limitedFolders = /^(?:main|preload|renderer)\//;

/** This list quotes what it looks for, and so does its test. */
const quoting = ['build/house/plain-style.ts', 'test/unit/house-rules.test.ts'];

export function findDialect(sources: readonly Source[]): readonly string[] {
  const pattern = new RegExp(
    `\\b(?:${dialect.map(([phrase]) => phrase.replaceAll(' ', '\\s+')).join('|')})\\b`,
    'gi',
  );
  return sources
    .filter(({ path }) => !quoting.includes(path))
    .flatMap((source) =>
      [...source.text.matchAll(pattern)].map((match) => {
        const phrase = match[0].replaceAll(/\s+/g, ' ');
        return `${placeIn(source, match.index)}: "${phrase}" (${insteadOf(phrase)})`;
      }),
    );
}

function insteadOf(phrase: string): string {
  return dialect.find(([known]) => known === phrase.toLowerCase())?.[1] ?? '';
}

/** The first sentence of a file, without its comment signs. Null for a file that does not begin with a comment. */
export function firstSentence(text: string): string | null {
  const block = /^(?:#![^\n]*\n)?\s*\/\*\*?([\s\S]*?)\*\//.exec(text)?.[1];
  const lines = /^(?:#![^\n]*\n)?((?:\/\/[^\n]*\n)+)/.exec(text)?.[1];
  const comment = block?.replaceAll(/^\s*\*/gm, ' ') ?? lines?.replaceAll(/^\/\//gm, ' ');
  if (comment === undefined) return null;
  const plain = comment.replaceAll(/\s+/g, ' ').trim();
  return /^.*?[.:;](?=\s|$)/.exec(plain)?.[0] ?? plain;
}

export function longFirstLines(sources: readonly Source[]): readonly string[] {
  const programs = sources.filter(({ path }) => !path.endsWith('.css'));
  return programs.flatMap(({ path, text }) => {
    const sentence = firstSentence(text);
    const words = sentence?.split(' ').length ?? 0;
    if (sentence !== null && words <= firstLineMaxWords) return [];
    const what =
      sentence === null ? 'no comment says what the file is' : `${String(words)} words: ${sentence}`;
    return [`${path}: ${what}`];
  });
}

export function overfullFolders(sources: readonly Source[]): readonly string[] {
  const files = new Map<string, number>();
  for (const { path } of sources) {
    const folder = path.split('/').slice(0, -1).join('/');
    files.set(folder, (files.get(folder) ?? 0) + 1);
  }
  return [...files]
    .filter(([folder, count]) => count > folderMaxFiles && limitedFolders.test(`${folder}/`))
    .map(
      ([folder, count]) =>
        `${folder} has ${String(count)} files; over ${String(folderMaxFiles)}, a folder wants parts`,
    );
}
