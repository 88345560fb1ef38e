// Gitignore matching of all rules at once, in time that hardly grows with their number: they may come from the bucket.
import type { RelPath } from '../model/model.ts';
import { Sequences, setBit } from './ignore-bits.ts';
import { NamePatterns } from './ignore-names.ts';
import { foldCase, parseRule } from './ignore-pattern.ts';
import type { Rule, Segment, Tokens } from './ignore-pattern.ts';

type Kind = 'file' | 'folder';
export type PathTest = (path: RelPath, kind: Kind) => boolean;

/**
 * True for ignored paths. Later lines win, and nothing below an ignored folder can be included again
 * (gitignore(5)).
 */
export function compileIgnore(
  lines: readonly string[],
  options: { readonly caseSensitive: boolean },
): PathTest {
  const fold = options.caseSensitive ? (text: string): string => text : foldCase;
  const rules = new RuleSet(lines.map((line) => parseRule(line, fold)));
  return (path, kind) => rules.decide(fold(path), kind)?.isOut === true;
}

/** Numbers of the last rule that matches; -1 for none. */
type LastRules = Readonly<Record<Kind, number>>;

const noRule: LastRules = { folder: -1, file: -1 };

/** Where one segment stands in the rules. */
type Use = {
  /** Among the rules that are this one segment and match a name at any depth. */
  last: LastRules;
  /** In the longer rules. */
  readonly bits: number[];
};

type NameFacts = {
  readonly last: LastRules;
  /** The segments of the longer rules that the name matches. */
  readonly takers: Int32Array;
};

type Decision = {
  readonly isOut: boolean;
  /** Number of the rule that decided. */
  readonly rule: number;
  /** Where in the path the name ends that it decided about: the path's own, or that of a folder above it. */
  readonly end: number;
};

/** One folder on the way to a path. */
type Step = {
  readonly end: number;
  readonly state: Int32Array;
  /** About this folder or one above it. */
  readonly out: Decision | null;
};

const maxRememberedNames = 1024;

/** Rules of three kinds: one segment for any depth; a path without wildcards; from the top, with wildcards. */
export class RuleSet {
  readonly #rules: readonly (Rule | null)[];
  readonly #paths = new Map<string, LastRules>();
  readonly #literals = new Map<string, Use>();
  readonly #patterned: Use[] = [];
  readonly #patterns: NamePatterns;
  readonly #longer: Sequences;
  /** By sequence. */
  readonly #longerLast: readonly LastRules[];
  readonly #names = new Map<string, NameFacts>();
  /** The folders of the path asked about last, from the top: its neighbours share most of them. */
  readonly #steps: Step[] = [];
  #path = '';
  /** Folder of that path, with its `/`: the files of one folder are checked in a row. */
  #folder = '';
  /** Before the first name; copied before it is changed. */
  readonly #begun: Int32Array;
  /** Of a name that no rule knows. */
  readonly #unknown: NameFacts;

  /** Null for a line without a rule. */
  constructor(rules: readonly (Rule | null)[]) {
    this.#rules = rules;
    const patterns: Tokens[] = [];
    const useOf = (segment: Exclude<Segment, { readonly kind: 'globstar' }>): Use => {
      const known = segment.kind === 'literal' ? this.#literals.get(segment.text) : undefined;
      if (known !== undefined) return known;
      const use: Use = { last: noRule, bits: [] };
      if (segment.kind === 'literal') this.#literals.set(segment.text, use);
      else {
        patterns.push(segment);
        this.#patterned.push(use);
      }
      return use;
    };
    const longer: { readonly segments: readonly Segment[]; readonly last: LastRules }[] = [];
    for (const [at, rule] of rules.entries()) {
      if (rule === null) continue;
      const { segments, isAnchored, foldersOnly } = rule;
      const last = { folder: at, file: foldersOnly ? -1 : at };
      const [first] = segments;
      const texts = segments.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []));
      if (!isAnchored && first !== undefined && first.kind !== 'globstar')
        useOf(first).last = later(useOf(first).last, last);
      else if (texts.length === segments.length)
        this.#paths.set(texts.join('/'), later(this.#paths.get(texts.join('/')), last));
      else longer.push({ segments, last });
    }
    this.#longerLast = longer.map(({ last }) => last);
    this.#longer = new Sequences(
      longer.map(({ segments }) =>
        segments.map(({ kind }, at) => {
          if (kind !== 'globstar') return 'one';
          // A trailing `/**` matches what is inside, i.e. at least one name.
          return at === segments.length - 1 ? 'some' : 'any';
        }),
      ),
    );
    for (const [at, { segments }] of longer.entries())
      for (const [index, segment] of segments.entries())
        if (segment.kind !== 'globstar') useOf(segment).bits.push((this.#longer.firstBits[at] ?? 0) + index);
    this.#patterns = new NamePatterns(patterns);
    this.#begun = this.#longer.begin();
    this.#unknown = { last: noRule, takers: this.#longer.takers() };
  }

  /** What the rules say of a path, folded as they were; null where they say nothing. */
  decide(path: string, kind: Kind): Decision | null {
    const above = path.lastIndexOf('/');
    if (above + 1 !== this.#folder.length || !path.startsWith(this.#folder)) this.#goTo(path, above);
    const [end, state, out] = this.#reached();
    if (out !== null) return out;
    const rule = this.#lastRule(path, end, state.slice(), kind);
    return rule < 0 ? null : { isOut: this.#rules[rule]?.isNegated === false, rule, end: path.length };
  }

  #goTo(path: string, above: number): void {
    this.#leaveFoldersNotAbove(path);
    for (let [end] = this.#reached(); end < above; [end] = this.#reached())
      this.#enter(path, path.indexOf('/', end + 1));
    this.#folder = path.slice(0, above + 1);
  }

  #reached(): readonly [end: number, state: Int32Array, out: Decision | null] {
    const step = this.#steps.at(-1);
    return step === undefined ? [-1, this.#begun, null] : [step.end, step.state, step.out];
  }

  #leaveFoldersNotAbove(path: string): void {
    const before = this.#path;
    let shared = 0;
    while (shared < path.length && path.charCodeAt(shared) === before.charCodeAt(shared)) shared += 1;
    const isAbove = ({ end }: Step): boolean => end <= shared && path[end] === '/';
    for (let step = this.#steps.at(-1); step !== undefined && !isAbove(step); step = this.#steps.at(-1))
      this.#steps.pop();
    this.#path = path;
  }

  #enter(path: string, end: number): void {
    const [before, given, above] = this.#reached();
    const state = given.slice();
    const folder = path.slice(0, end);
    const rule = this.#lastRule(folder, before, state, 'folder');
    const isOut = this.#rules[rule]?.isNegated === false;
    this.#steps.push({ end, state, out: above ?? (isOut ? { isOut, rule, end } : null) });
  }

  /**
   * @param above where the folder's name ends that the path is in
   * @param state of that folder, which becomes that of the path
   */
  #lastRule(path: string, above: number, state: Int32Array, kind: Kind): number {
    const { last, takers } = this.#factsOf(path.slice(above + 1));
    let rule = last[kind];
    if (this.#paths.size > 0) rule = Math.max(rule, this.#paths.get(path)?.[kind] ?? -1);
    this.#longer.step(state, takers);
    for (const at of this.#longer.ended(state)) rule = Math.max(rule, this.#longerLast[at]?.[kind] ?? -1);
    return rule;
  }

  #factsOf(name: string): NameFacts {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const literal = this.#literals.get(name);
    const matching = this.#patterns.matching(name);
    if (literal === undefined && matching.length === 0) return this.#unknown;
    let last = noRule;
    const takers = this.#longer.takers();
    const uses = [literal, ...matching.map((at) => this.#patterned[at])];
    for (const use of uses) {
      last = later(use?.last, last);
      for (const bit of use?.bits ?? []) setBit(takers, bit);
    }
    const facts = { last, takers };
    if (this.#names.size >= maxRememberedNames) this.#names.clear();
    this.#names.set(name, facts);
    return facts;
  }
}

function later(one: LastRules | undefined, other: LastRules): LastRules {
  if (one === undefined) return other;
  return { folder: Math.max(one.folder, other.folder), file: Math.max(one.file, other.file) };
}
