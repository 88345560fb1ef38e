// Gitignore line as a rule: parsed once, in linear time.

/**
 * One element of a pattern segment, as a number to keep the innermost loop cheap: a literal UTF-16 unit,
 * `anyUnit`, `anyRun`, or, from `firstClass` downwards, a bracket expression.
 */
export type Token = number;
export const anyUnit = -1;
export const anyRun = -2;
export const firstClass = -3;

/** A bracket expression. */
export type UnitClass = {
  readonly isNegated: boolean;
  /** The first and the last unit of each range, one after the other. */
  readonly ranges: readonly number[];
  /** If case is ignored, the path was folded to upper case; a class may name either case. */
  readonly isCaseFolded: boolean;
};

export type Tokens = { readonly tokens: readonly Token[]; readonly classes: readonly UnitClass[] };

/** One segment of a pattern; `globstar` stands for any number of whole segments. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | ({ readonly kind: 'tokens' } & Tokens)
  | { readonly kind: 'globstar' };

export type Rule = {
  readonly isNegated: boolean;
  readonly foldersOnly: boolean;
  /** False for a pattern without an inner slash, which is matched against the last segment alone. */
  readonly isAnchored: boolean;
  readonly segments: readonly Segment[];
};

export type Fold = (text: string) => string;

/** Null for a comment, a blank line, and a pattern that git treats as invalid: such a pattern matches nothing. */
export function parseRule(line: string, fold: Fold): Rule | null {
  // Paths are in NFC; a name that was copied from a Mac is not.
  let text = withoutTrailingBlanks(line.normalize('NFC'));
  if (text === '' || text.startsWith('#')) return null;
  const isNegated = text.startsWith('!');
  if (isNegated) text = text.slice(1);
  const foldersOnly = text.endsWith('/');
  if (foldersOnly) text = text.slice(0, -1);
  const isAnchored = text.includes('/');
  if (text.startsWith('/')) text = text.slice(1);
  if (text === '') return null;
  const segments: Segment[] = [];
  for (const part of text.split('/')) {
    const segment =
      isAnchored && /^\*{2,}$/.test(part) ? { kind: 'globstar' as const } : parseSegment(part, fold);
    if (segment === null) return null;
    // Two in a row are one: this bounds the work of a match at pattern times path.
    if (segment.kind !== 'globstar' || segments.at(-1)?.kind !== 'globstar') segments.push(segment);
  }
  return { isNegated, foldersOnly, isAnchored, segments };
}

/** Keeps a blank that follows a backslash. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && /\s/.test(line[end - 1] ?? '')) end -= 1;
  if (end === line.length) return line;
  let slashes = 0;
  while (line[end - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1 ? line.slice(0, end + 1) : line.slice(0, end);
}

function parseSegment(text: string, fold: Fold): Segment | null {
  if (!/[*?[\\]/.test(text)) return { kind: 'literal', text: fold(text) };
  const tokens: Token[] = [];
  const classes: UnitClass[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at] ?? '';
    if (unit === '*') {
      if (tokens.at(-1) !== anyRun) tokens.push(anyRun);
    } else if (unit === '?') tokens.push(anyUnit);
    else if (unit === '[') {
      const found = parseBracket(text, at, fold);
      if (found === null) return null;
      tokens.push(firstClass - classes.length);
      classes.push(found.members);
      at = found.end;
    } else {
      if (unit === '\\') at += 1;
      const literal = text[at];
      if (literal === undefined) return null;
      tokens.push(fold(literal).charCodeAt(0));
    }
  }
  // Escapes alone are no wildcards, neither in the time they take nor by the caps.
  if (tokens.every((token) => token >= 0))
    return { kind: 'literal', text: tokens.map((token) => String.fromCharCode(token)).join('') };
  return { kind: 'tokens', tokens, classes };
}

/** Ranges, each as its first and its last unit. */
const namedClasses: ReadonlyMap<string, string> = new Map([
  ['alnum', '09AZaz'],
  ['alpha', 'AZaz'],
  ['blank', '  \t\t'],
  ['cntrl', '\x00\x1f\x7f\x7f'],
  ['digit', '09'],
  ['graph', '!~'],
  ['lower', 'az'],
  ['print', ' ~'],
  ['punct', '!/:@[`{~'],
  ['space', '  \t\n\r\r'],
  ['upper', 'AZ'],
  ['xdigit', '09AFaf'],
]);

/** As in git's wildmatch: a leading `]` is a member, and an unterminated expression matches nothing. */
function parseBracket(
  text: string,
  start: number,
  fold: Fold,
): { readonly members: UnitClass; readonly end: number } | null {
  let at = start + 1;
  const isNegated = text[at] === '!' || text[at] === '^';
  if (isNegated) at += 1;
  const ranges: number[] = [];
  let before: string | null = null;
  do {
    const unit = text[at];
    if (unit === undefined) return null;
    const named =
      unit === '[' && text[at + 1] === ':' ? /^\[:([^\]]*):\]/.exec(text.slice(at, at + 16)) : null;
    if (unit === '-' && before !== null && text[at + 1] !== undefined && text[at + 1] !== ']') {
      at += text[at + 1] === '\\' ? 2 : 1;
      const to = text[at];
      if (to === undefined) return null;
      ranges.push(before.charCodeAt(0), to.charCodeAt(0));
      before = null;
    } else if (named !== null) {
      const known = namedClasses.get(named[1] ?? '');
      if (known === undefined) return null;
      for (let unitAt = 0; unitAt < known.length; unitAt += 1) ranges.push(known.charCodeAt(unitAt));
      at += named[0].length - 1;
      before = null;
    } else {
      if (unit === '\\') at += 1;
      const literal = text[at];
      if (literal === undefined) return null;
      ranges.push(literal.charCodeAt(0), literal.charCodeAt(0));
      before = literal;
    }
    at += 1;
  } while (text[at] !== ']');
  return { members: { isNegated, ranges, isCaseFolded: fold('a') !== 'a' }, end: at };
}

/** Per UTF-16 unit, which keeps the length: same comparison as a regular expression with the flag `i`. */
export function foldCase(text: string): string {
  const upper = text.toUpperCase();
  if (upper.length === text.length) return upper;
  return Array.from({ length: text.length }, (_, at) => {
    const unit = text[at] ?? '';
    const one = unit.toUpperCase();
    return one.length === 1 ? one : unit;
  }).join('');
}
