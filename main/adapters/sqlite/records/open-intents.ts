// Open intents: one row each, or one for all that a group of operations opened together.
import type { DatabaseSync } from 'node:sqlite';
import type { OpId } from '../../../core/model/model.ts';
import type { Intent } from '../../../ports/sync-state.port.ts';
import { prepareCommand, prepareQuery } from '../query.ts';
import { fromJson, toJson } from './row-json.ts';

/** The intents of one row; an operation closes its own. */
type Group = { readonly rowId: number; readonly left: Map<OpId, Intent> };

/** Read once, oldest first, and then kept: each operation asks for them, and there are as many as run at once. */
type Open = { readonly intents: Map<OpId, Intent>; readonly groups: Map<OpId, Group> };

export class OpenIntents {
  readonly #q: ReturnType<typeof prepareIntents>;
  #open: Open | null = null;
  /** Groups of which the transaction under way closed or changed some. */
  readonly #changed = new Set<Group>();

  constructor(db: DatabaseSync) {
    this.#q = prepareIntents(db);
  }

  list(): readonly Intent[] {
    return [...this.#read().intents.values()];
  }

  /** One that is there keeps its place, here as in the table. */
  set(intent: Intent): void {
    const { intents, groups } = this.#read();
    const group = groups.get(intent.id);
    if (group === undefined) this.#q.set(intent.id, toJson(intent));
    else {
      group.left.set(intent.id, intent);
      this.#changed.add(group);
    }
    intents.set(intent.id, intent);
  }

  /** None of them is open. */
  setTogether(opened: readonly Intent[]): void {
    const [first] = opened;
    if (first === undefined) return;
    const open = this.#read();
    addGroup(open, this.#q.add(first.id, toJson(opened)).id, opened);
  }

  close(id: OpId): void {
    const { intents, groups } = this.#read();
    if (!intents.delete(id)) return;
    const group = groups.get(id);
    if (group === undefined) this.#q.drop(id);
    else {
      groups.delete(id);
      group.left.delete(id);
      this.#changed.add(group);
    }
  }

  /** Ends a transaction. */
  flush(): void {
    for (const { rowId, left } of this.#changed) {
      if (left.size === 0) this.#q.dropRow(rowId);
      else this.#q.rewrite(toJson([...left.values()]), rowId);
    }
    this.#changed.clear();
  }

  /** What was kept of the transaction never happened. */
  rolledBack(): void {
    this.#open = null;
    this.#changed.clear();
  }

  #read(): Open {
    if (this.#open !== null) return this.#open;
    const open: Open = { intents: new Map(), groups: new Map() };
    for (const [rowId, data] of this.#q.rows.all()) {
      const row = fromJson<Intent | readonly Intent[]>(data);
      if ('id' in row) open.intents.set(row.id, row);
      else addGroup(open, Number(rowId), row);
    }
    this.#open = open;
    return open;
  }
}

function addGroup({ intents, groups }: Open, rowId: number, opened: readonly Intent[]): void {
  const group = { rowId, left: new Map(opened.map((intent) => [intent.id, intent])) };
  for (const intent of opened) {
    intents.set(intent.id, intent);
    groups.set(intent.id, group);
  }
}

function prepareIntents(db: DatabaseSync) {
  return {
    set: prepareCommand(
      db,
      'INSERT INTO intent (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    ),
    add: prepareCommand(db, 'INSERT INTO intent (id, data) VALUES (?, ?)'),
    rewrite: prepareCommand(db, 'UPDATE intent SET data = ? WHERE seq = ?'),
    drop: prepareCommand(db, 'DELETE FROM intent WHERE id = ?'),
    dropRow: prepareCommand(db, 'DELETE FROM intent WHERE seq = ?'),
    rows: prepareQuery(db, 'SELECT seq, data FROM intent ORDER BY seq'),
  };
}
