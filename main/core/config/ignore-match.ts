// Gitignore matching in O(pattern x path) time: a pattern may come from the bucket, so matching backtracks no
// further than its last star.
import type { RelPath } from '../model/model.ts';
import { anyRun, anyUnit, firstClass, foldCase, parseRule } from './ignore-pattern.ts';
import type { Member, Rule, Segment, Token, Tokens } from './ignore-pattern.ts';

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
    const names = fold(path).split('/');
    const above = names.length === 1 ? false : folders.get(path.slice(0, path.lastIndexOf('/')));
    // Where the folder above is new as well, all at once: one after the other would take the square of the depth.
    const outs = above === undefined ? foldersOut(rules, names) : [above || lastVerdict(rules, names, true)];
    let end = path.length;
    for (const isOut of outs.toReversed()) {
      if (folders.size >= maxRememberedFolders) folders.clear();
      folders.set(path.slice(0, end), isOut);
      end = path.lastIndexOf('/', end - 1);
    }
    return outs.at(-1) ?? false;
  };
  return (path, kind) => {
    if (kind === 'folder') return isFolderOut(path);
    const slash = path.lastIndexOf('/');
    if (slash > 0 && isFolderOut(path.slice(0, slash))) return true;
    return lastVerdict(rules, fold(path).split('/'), false);
  };
}

/** Whether each folder of a path is out, from the first name to the last. */
function foldersOut(rules: readonly Rule[], names: readonly string[]): readonly boolean[] {
  const verdicts = names.map((): boolean | null => null);
  for (const rule of rules.toReversed())
    for (const depth of matchedDepths(rule, names)) verdicts[depth - 1] ??= !rule.isNegated;
  let isOut = false;
  return verdicts.map((verdict) => (isOut ||= verdict === true));
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

/** How many names from the first on a rule matches as a folder, for each number of them. */
function matchedDepths({ segments, isAnchored }: Rule, names: readonly string[]): readonly number[] {
  const [first] = segments;
  if (!isAnchored || first === undefined)
    return names.flatMap((name, at) => (first !== undefined && matchesName(first, name) ? [at + 1] : []));
  if (!segments.some(({ kind }) => kind === 'globstar'))
    return matchesNames(segments, names.slice(0, segments.length)) ? [segments.length] : [];
  const depths: number[] = [];
  let states = new States(segments);
  states.enter(0);
  for (const [at, name] of names.entries()) {
    states = states.after(name);
    if (states.has(segments.length)) depths.push(at + 1);
  }
  return depths;
}

/** The numbers of segments that some names may have used up, as there is more than one way to read a `**`. */
class States {
  readonly #segments: readonly Segment[];
  readonly #isIn: Uint8Array;
  readonly #list: number[] = [];

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.#isIn = new Uint8Array(segments.length + 1);
  }

  has(state: number): boolean {
    return this.#isIn[state] === 1;
  }

  /** A `**` may stand for no name, unless it is the last: then it stands for what is inside. */
  enter(state: number): void {
    this.#add(state);
    if (this.#segments[state]?.kind === 'globstar' && state < this.#segments.length - 1) this.#add(state + 1);
  }

  after(name: string): States {
    const next = new States(this.#segments);
    for (const state of this.#list) {
      const segment = this.#segments[state];
      if (segment?.kind === 'globstar') {
        next.#add(state);
        next.#add(state + 1);
      } else if (segment !== undefined && matchesName(segment, name)) next.enter(state + 1);
    }
    return next;
  }

  #add(state: number): void {
    if (this.#isIn[state] === 1) return;
    this.#isIn[state] = 1;
    this.#list.push(state);
  }
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
