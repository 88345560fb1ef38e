// Decision of the ignore rules about one path, with the line that made it.
import { matches } from './ignore-match.ts';
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
  const rules = lines.map((line) => parseRule(line, fold));
  const names = path.split('/');
  for (let depth = 1; depth <= names.length; depth += 1) {
    const at = names.slice(0, depth).join('/');
    const isFolder = depth < names.length || kind === 'folder';
    const line = rules.findLastIndex((rule) => rule !== null && matches(rule, fold(at).split('/'), isFolder));
    const isOut = line >= 0 && rules[line]?.isNegated === false;
    if (isOut || (depth === names.length && line >= 0)) return { isOut, line, at };
  }
  return null;
}
