// Rows of the tree at hand: those asked for lately, and those of the plan under way.
import type { Row } from './row-codec.ts';

/** Rows that operations under way ask for again and again; a scan passes through. */
const rowsKept = 1000;
/** As many as a plan of what only adds or reads has. */
const plannedKept = 10_000;

/** By parent and name, as the table has them. */
export class RowCache {
  readonly #recent = new Map<string, Row>();
  #planned = new Map<string, Row>();

  get({ parent, name }: Pick<Row, 'parent' | 'name'>): Row | undefined {
    const key = `${parent}/${name}`;
    return this.#recent.get(key) ?? this.#planned.get(key);
  }

  keep(row: Row): Row {
    if (this.#recent.size >= rowsKept) this.#recent.clear();
    this.#recent.set(`${row.parent}/${row.name}`, row);
    return row;
  }

  /** In place of those of the plan before. Each is asked for before its operation, and changed after it. */
  plan(rows: Iterable<Row>): void {
    this.#planned = new Map();
    for (const row of rows) {
      if (this.#planned.size >= plannedKept) return;
      this.#planned.set(`${row.parent}/${row.name}`, row);
    }
  }

  forget({ parent, name }: Pick<Row, 'parent' | 'name'>): void {
    const key = `${parent}/${name}`;
    this.#recent.delete(key);
    this.#planned.delete(key);
  }

  clear(): void {
    this.#recent.clear();
    this.#planned.clear();
  }
}
