// Rows of a small table, read once and kept as they change; as a list that stays the same object until then.

type Order = (one: string, other: string) => number;

export class KnownRows<Row> {
  readonly #read: () => readonly Row[];
  readonly #keyOf: (row: Row) => string;
  readonly #order: Order | null;
  #rows: Map<string, Row> | null = null;
  /** Null after a change. */
  #listed: readonly Row[] | null = null;
  #isInOrder = true;

  /** @param order of the keys, as `read` has it; null where new rows come last */
  constructor(read: () => readonly Row[], keyOf: (row: Row) => string, order: Order | null) {
    this.#read = read;
    this.#keyOf = keyOf;
    this.#order = order;
  }

  list(): readonly Row[] {
    const rows = (this.#rows ??= new Map(this.#read().map((row) => [this.#keyOf(row), row])));
    const order = this.#order;
    if (!this.#isInOrder && order !== null) {
      const sorted = [...rows].sort(([one], [other]) => order(one, other));
      rows.clear();
      for (const [key, row] of sorted) rows.set(key, row);
      this.#isInOrder = true;
    }
    return (this.#listed ??= [...rows.values()]);
  }

  /** Calls `make` only once the rows were read. A row with a known key keeps its place. */
  set(key: string, make: () => Row): void {
    if (this.#rows === null) return;
    this.#isInOrder &&= this.#rows.has(key);
    this.#rows.set(key, make());
    this.#listed = null;
  }

  delete(key: string): void {
    if (this.#rows?.delete(key) === true) this.#listed = null;
  }

  forget(): void {
    this.#rows = null;
    this.#listed = null;
    this.#isInOrder = true;
  }
}
