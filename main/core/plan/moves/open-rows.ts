// Rows of which each is taken at most once; those taken cost the next search nothing.
// Thousands of files of one size or content would otherwise make the search for moves quadratic, on the thread of everything else.
import type { Entry } from '../../model/model.ts';

export class OpenRows {
  readonly #rows: readonly Entry[];
  readonly #isTaken: (row: Entry) => boolean;
  /** For each row itself, or a later one when it is taken. */
  readonly #next: number[];

  /** @param isTaken stays true once it is */
  constructor(rows: readonly Entry[], isTaken: (row: Entry) => boolean) {
    this.#rows = rows;
    this.#isTaken = isTaken;
    this.#next = rows.map((_row, at) => at);
  }

  /** First open row from `from` on that fits, with its place. */
  find(fits: (row: Entry) => boolean, from = 0): { readonly row: Entry; readonly at: number } | null {
    for (let at = this.#openAt(from); ; at = this.#openAt(at + 1)) {
      const row = this.#rows[at];
      if (row === undefined) return null;
      if (fits(row)) return { row, at };
    }
  }

  #openAt(from: number): number {
    let at = from;
    for (let row = this.#rows[at]; row !== undefined; row = this.#rows[at]) {
      const next = this.#next[at] ?? at;
      if (next === at && !this.#isTaken(row)) break;
      if (next === at) this.#next[at] = at + 1;
      at = this.#next[at] ?? at;
    }
    for (let step = from; step < at;) {
      const next = this.#next[step] ?? at;
      this.#next[step] = at;
      step = next;
    }
    return at;
  }
}
