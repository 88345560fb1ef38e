/** References to numbered rules: each number that code or tests name must exist in its document. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

export type RuleDocuments = { readonly correctness: string; readonly security: string };

/** In words: `rules 1, 2`, `security rule 3`. */
const inWords = /\b(security )?rules?\s+(\d+(?:(?:,\s*|\s+and\s+)\d+)*)/gi;
/** Short: `C13`, `S22`. Also finds Amazon `S3`, which is harmless: a security rule 3 exists. */
const short = /(?<![\w-])([CS])([1-9]\d?)(?![\w-])/g;

/** Rows of a table, or headings, that begin with a number; paragraphs that begin with one in bold. */
export function rulesOf(document: string): ReadonlySet<number> {
  const numbers = document.matchAll(/^(?:\|\s*|#+\s+(?:Rule\s+|C|S)?|\*\*(?:C|S)?)(\d+)(?:\s*\||[.:]|\s)/gim);
  return new Set([...numbers].map((match) => Number(match[1])));
}

export function unknownRules(sources: readonly Source[], documents: RuleDocuments): readonly string[] {
  const known = { correctness: rulesOf(documents.correctness), security: rulesOf(documents.security) };
  return sources.flatMap((source) =>
    referencesIn(source.text).flatMap(({ kind, numbers, index }) =>
      numbers
        .filter((number) => !known[kind].has(number))
        .map((number) => `${placeIn(source, index)}: docs/${kind}.md has no rule ${String(number)}`),
    ),
  );
}

type Reference = {
  readonly kind: keyof RuleDocuments;
  readonly numbers: readonly number[];
  readonly index: number;
};

function referencesIn(text: string): readonly Reference[] {
  const long = [...text.matchAll(inWords)].map((match): Reference => ({
    kind: match[1] === undefined ? 'correctness' : 'security',
    numbers: (match[2] ?? '').split(/\D+/).map(Number),
    index: match.index,
  }));
  const brief = [...text.matchAll(short)].map((match): Reference => ({
    kind: match[1] === 'C' ? 'correctness' : 'security',
    numbers: [Number(match[2])],
    index: match.index,
  }));
  return [...long, ...brief].sort((a, b) => a.index - b.index);
}
