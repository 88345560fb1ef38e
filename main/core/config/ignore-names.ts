// One name against all pattern segments with wildcards at once.
import { Sequences, setBit } from './ignore-bits.ts';
import { anyRun, anyUnit, firstClass } from './ignore-pattern.ts';
import type { Tokens, UnitClass } from './ignore-pattern.ts';

export class NamePatterns {
  readonly #sequences: Sequences;
  readonly #patterns: readonly Tokens[];
  /** By UTF-16 unit. */
  readonly #takers = new Map<number, Int32Array>();
  /** By content: of 65,536 units almost all are taken by the same elements. */
  readonly #distinct = new Map<string, Int32Array>();
  /** Units that the names of patterns begin with; of those that may begin with anything, units that they end in. */
  readonly #firstUnits = new Set<number>();
  readonly #lastUnits = new Set<number>();
  #hasOpenEnds = false;

  constructor(patterns: readonly Tokens[]) {
    this.#patterns = patterns;
    this.#sequences = new Sequences(
      patterns.map(({ tokens }) => tokens.map((token) => (token === anyRun ? 'any' : 'one'))),
    );
    for (const { tokens } of patterns) {
      const first = tokens.at(0) ?? anyRun;
      const last = tokens.at(-1) ?? anyRun;
      if (first >= 0) this.#firstUnits.add(first);
      else if (last >= 0) this.#lastUnits.add(last);
      else this.#hasOpenEnds = true;
    }
  }

  /** Almost no name begins or ends as one that a pattern takes; to see that is cheaper than to match it. */
  #mayMatch(name: string): boolean {
    return (
      this.#hasOpenEnds ||
      this.#firstUnits.has(name.charCodeAt(0)) ||
      this.#lastUnits.has(name.charCodeAt(name.length - 1))
    );
  }

  /** Indices of the patterns that match all of the name. */
  matching(name: string): readonly number[] {
    if (!this.#mayMatch(name)) return [];
    const state = this.#sequences.begin();
    for (let at = 0; at < name.length; at += 1)
      if (!this.#sequences.step(state, this.#takersOf(name.charCodeAt(at)))) return [];
    return this.#sequences.ended(state);
  }

  #takersOf(unit: number): Int32Array {
    const known = this.#takers.get(unit);
    if (known !== undefined) return known;
    const takers = this.#sequences.takers();
    const lower = lowerCase(unit);
    for (const [index, { tokens, classes }] of this.#patterns.entries()) {
      const first = this.#sequences.firstBits[index] ?? 0;
      for (const [at, token] of tokens.entries()) {
        const members = token > firstClass ? undefined : classes[firstClass - token];
        if (token === unit || token === anyUnit || isIn(members, unit, lower)) setBit(takers, first + at);
      }
    }
    const content = String.fromCharCode(...new Uint16Array(takers.buffer));
    const shared = this.#distinct.get(content) ?? takers;
    this.#distinct.set(content, shared);
    this.#takers.set(unit, shared);
    return shared;
  }
}

function isIn(members: UnitClass | undefined, unit: number, lower: number): boolean {
  if (members === undefined) return false;
  const { ranges, isNegated } = members;
  const other = members.isCaseFolded ? lower : unit;
  for (let at = 0; at < ranges.length; at += 2) {
    const from = ranges[at] ?? 0;
    const to = ranges[at + 1] ?? 0;
    if ((unit >= from && unit <= to) || (other >= from && other <= to)) return !isNegated;
  }
  return isNegated;
}

function lowerCase(unit: number): number {
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}
