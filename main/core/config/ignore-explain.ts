// Decision of the ignore rules about one path, with the line that made it.
import { RuleSet } from './ignore-match.ts';
import { foldCase, parseRule } from './ignore-pattern.ts';
import type { RelPath } from '../model/model.ts';

export type IgnoreDecision = {
  readonly isOut: boolean;
  /** Index into the lines. */
  readonly line: number;
  /** The path itself, or the folder above it that is left out with all its contents. */
  readonly at: string;
};

type Asked = { readonly path: RelPath; readonly kind: 'file' | 'folder' };

/** The last line that matches, folder by folder from the top, as `compileIgnore` decides; null where no line matches. */
export function explainIgnore(
  lines: readonly string[],
  { path, kind }: Asked,
  options: { readonly caseSensitive: boolean },
): IgnoreDecision | null {
  const fold = options.caseSensitive ? (text: string): string => text : foldCase;
  const rules = new RuleSet(lines.map((line) => parseRule(line, fold)));
  const decision = rules.decide(fold(path), kind);
  if (decision === null) return null;
  return { isOut: decision.isOut, line: decision.rule, at: path.slice(0, decision.end) };
}
