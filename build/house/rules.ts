/** References to numbered rules: each number that code or tests name must exist in its document. */
import type { Source } from './sources.ts';

export type RuleDocuments = { readonly correctness: string; readonly security: string };

const reference = /\b(security )?rules?\s+(\d+(?:(?:,\s*|\s+and\s+)\d+)*)/gi;

/** Rows of a table, or headings, that begin with a number; paragraphs that begin with one in bold. */
export function rulesOf(document: string): ReadonlySet<number> {
  const numbers = document.matchAll(/^(?:\|\s*|#+\s+(?:Rule\s+|C|S)?|\*\*(?:C|S)?)(\d+)(?:\s*\||[.:]|\s)/gim);
  return new Set([...numbers].map((match) => Number(match[1])));
}

export function unknownRules(
  sources: readonly Pick<Source, 'path' | 'text'>[],
  documents: RuleDocuments,
): readonly string[] {
  const known = { correctness: rulesOf(documents.correctness), security: rulesOf(documents.security) };
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(reference)].flatMap((match) => {
      const kind = match[1] === undefined ? 'correctness' : 'security';
      const line = text.slice(0, match.index).split('\n').length;
      return (match[2] ?? '')
        .split(/\D+/)
        .map(Number)
        .filter((number) => !known[kind].has(number))
        .map((number) => `${path}:${String(line)}: docs/${kind}.md has no rule ${String(number)}`);
    }),
  );
}
