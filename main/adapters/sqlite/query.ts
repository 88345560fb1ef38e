// Prepared statements whose rows come as arrays with bigint integers: the one place that trusts node:sqlite's untyped rows.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Cell } from './row-codec.ts';

export type Bind = Cell | number | Uint8Array;

export type Query = {
  readonly first: (...values: Bind[]) => readonly Cell[] | null;
  readonly all: (...values: Bind[]) => readonly (readonly Cell[])[];
  readonly iterate: (...values: Bind[]) => Iterable<readonly Cell[]>;
};

export type Command = (...values: Bind[]) => { readonly changes: number; readonly id: number };

/** Makes the value on first use. */
export function lazily<Value>(make: () => Value): () => Value {
  let value: Value | null = null;
  return () => (value ??= make());
}

/** Prepared on first use: an in-memory database for a simulation opens in half a millisecond because most of it is never needed. */
export function prepareQuery(db: DatabaseSync, sql: string): Query {
  const statement = lazily((): StatementSync => {
    const prepared = db.prepare(sql);
    prepared.setReadBigInts(true);
    prepared.setReturnArrays(true);
    return prepared;
  });
  return {
    first: (...values) => (statement().get(...values) as unknown as readonly Cell[] | undefined) ?? null,
    all: (...values) => statement().all(...values) as unknown as readonly (readonly Cell[])[],
    iterate: (...values) => statement().iterate(...values) as unknown as Iterable<readonly Cell[]>,
  };
}

export function prepareCommand(db: DatabaseSync, sql: string): Command {
  const statement = lazily((): StatementSync => db.prepare(sql));
  return (...values) => {
    const { changes, lastInsertRowid } = statement().run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  };
}
