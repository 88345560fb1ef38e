// Gitignore matching in O(pattern x path) time: a pattern may come from the bucket, so matching backtracks no
// further than its last star.
import type { RelPath } from '../model/model.ts';

/**
 * One element of a pattern segment, as a number to keep the innermost loop cheap: a literal UTF-16 unit,
 * `anyUnit`, `anyRun`, or, from `firstClass` downwards, a bracket expression.
 */
type Token = number;
const anyUnit = -1;
const anyRun = -2;
const firstClass = -3;

type Member = (unit: string) => boolean;
type Tokens = { readonly tokens: readonly Token[]; readonly classes: readonly Member[] };

/** One segment of a pattern; `globstar` stands for any number of whole segments. */
type Segment =
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

export type PathTest = (path: RelPath, kind: 'file' | 'folder') => boolean;

/** Bounds memory; the walk goes folder by folder, so that a dropped result is soon recomputed. */
const maxRememberedFolders = 4096;

/**
 * True for ignored paths. Later lines win, and nothing below an ignored folder can be included again
 * (gitignore(5)).
 */
export function compileIgnore(
  lines: readonly string[],
  options: { readonly caseSensitive: boolean },
): PathTest {
  const fold = options.caseSensitive ? (text: string): string => text : foldCase;
  const rules = lines.flatMap((line) => parseRule(line, fold) ?? []);
  const folders = new Map<string, boolean>();
  const isFolderOut = (path: string): boolean => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const isOut = isOutside(path, true);
    if (folders.size >= maxRememberedFolders) folders.clear();
    folders.set(path, isOut);
    return isOut;
  };
  const isOutside = (path: string, isFolder: boolean): boolean => {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && isFolderOut(path.slice(0, slash))) return true;
    return lastVerdict(rules, fold(path).split('/'), isFolder);
  };
  return (path, kind) => (kind === 'folder' ? isFolderOut(path) : isOutside(path, false));
}

function lastVerdict(rules: readonly Rule[], names: readonly string[], isFolder: boolean): boolean {
  for (let at = rules.length - 1; at >= 0; at -= 1) {
    const rule = rules[at];
    if (rule !== undefined && matches(rule, names, isFolder)) return !rule.isNegated;
  }
  return false;
}

/** @param names segments of the path, folded as the rule was */
export function matches(rule: Rule, names: readonly string[], isFolder: boolean): boolean {
  if (rule.foldersOnly && !isFolder) return false;
  const [first] = rule.segments;
  if (!rule.isAnchored) return first !== undefined && matchesName(first, names.at(-1) ?? '');
  return matchesNames(rule.segments, names);
}

/** Only the last star met is retried: what an earlier one could match, the later one can as well. */
function matchesNames(segments: readonly Segment[], names: readonly string[]): boolean {
  let segmentAt = 0;
  let nameAt = 0;
  let retrySegment = -1;
  let retryName = 0;
  while (nameAt < names.length) {
    const segment = segments[segmentAt];
    if (segment?.kind === 'globstar') {
      // A trailing `/**` matches what is inside, i.e. at least one name.
      if (segmentAt === segments.length - 1) return true;
      segmentAt += 1;
      retrySegment = segmentAt;
      retryName = nameAt;
    } else if (segment !== undefined && matchesName(segment, names[nameAt] ?? '')) {
      segmentAt += 1;
      nameAt += 1;
    } else if (retrySegment >= 0) {
      retryName += 1;
      segmentAt = retrySegment;
      nameAt = retryName;
    } else return false;
  }
  return segmentAt === segments.length;
}

function matchesName(segment: Segment, name: string): boolean {
  if (segment.kind === 'literal') return segment.text === name;
  return segment.kind === 'globstar' || matchesTokens(segment, name);
}

function matchesTokens({ tokens, classes }: Tokens, name: string): boolean {
  const { length } = tokens;
  let tokenAt = 0;
  let unitAt = 0;
  let retryToken = -1;
  let retryUnit = 0;
  while (unitAt < name.length) {
    const token = tokenAt < length ? tokens[tokenAt] : undefined;
    if (token === anyRun) {
      tokenAt += 1;
      if (tokenAt === length) return true;
      retryToken = tokenAt;
      retryUnit = unitAt;
    } else if (
      token !== undefined &&
      (token === name.charCodeAt(unitAt) || (token < 0 && takes(token, classes, name[unitAt] ?? '')))
    ) {
      tokenAt += 1;
      unitAt += 1;
    } else if (retryToken >= 0) {
      retryUnit += 1;
      tokenAt = retryToken;
      unitAt = retryUnit;
    } else return false;
  }
  while (tokenAt < length && tokens[tokenAt] === anyRun) tokenAt += 1;
  return tokenAt === length;
}

function takes(token: Token, classes: readonly Member[], unit: string): boolean {
  return token === anyUnit || classes[firstClass - token]?.(unit) === true;
}

type Fold = (text: string) => string;

/** Null for a comment, a blank line, and a pattern that git treats as invalid: such a pattern matches nothing. */
export function parseRule(line: string, fold: Fold): Rule | null {
  let text = withoutTrailingBlanks(line);
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
  const classes: Member[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at] ?? '';
    if (unit === '*') {
      if (tokens.at(-1) !== anyRun) tokens.push(anyRun);
    } else if (unit === '?') tokens.push(anyUnit);
    else if (unit === '[') {
      const found = parseBracket(text, at, fold);
      if (found === null) return null;
      tokens.push(firstClass - classes.length);
      classes.push(found.has);
      at = found.end;
    } else {
      if (unit === '\\') at += 1;
      const literal = text[at];
      if (literal === undefined) return null;
      tokens.push(fold(literal).charCodeAt(0));
    }
  }
  return { kind: 'tokens', tokens, classes };
}

const namedClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** As in git's wildmatch: a leading `]` is a member, and an unterminated expression matches nothing. */
function parseBracket(
  text: string,
  start: number,
  fold: Fold,
): { readonly has: Member; readonly end: number } | null {
  let at = start + 1;
  const isNegated = text[at] === '!' || text[at] === '^';
  if (isNegated) at += 1;
  const members: Member[] = [];
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
      members.push(rangeMember(before, to));
      before = null;
    } else if (named !== null) {
      const known = namedClasses[named[1] ?? ''];
      if (known === undefined) return null;
      members.push((one) => known.test(one));
      at += named[0].length - 1;
      before = null;
    } else {
      if (unit === '\\') at += 1;
      const literal = text[at];
      if (literal === undefined) return null;
      members.push((one) => one === literal);
      before = literal;
    }
    at += 1;
  } while (text[at] !== ']');
  return { has: classOf(members, isNegated, fold), end: at };
}

function rangeMember(from: string, to: string): Member {
  return (unit) => unit >= from && unit <= to;
}

/** If case is ignored, the path was folded to upper case; a class may name either case. */
function classOf(members: readonly Member[], isNegated: boolean, fold: Fold): Member {
  const hasCase = fold('a') === 'a';
  return (unit) => {
    const spellings = hasCase ? [unit] : [unit, unit.toLowerCase()];
    return members.some((member) => spellings.some((one) => member(one))) !== isNegated;
  };
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
