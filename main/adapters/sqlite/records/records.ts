// The lists beside the tree: intents, problems, trash, activity and meta. Rows are JSON text.
import type { DatabaseSync } from 'node:sqlite';
import type { RelPath } from '../../../core/model/model.ts';
import { comparePaths } from '../../../core/model/path.ts';
import type {
  ActivityItem,
  Intent,
  Problem,
  StateChange,
  TrashItem,
} from '../../../ports/sync-state.port.ts';
import { KnownRows } from './known-rows.ts';
import { OpenIntents } from './open-intents.ts';
import { fromJson, toJson } from './row-json.ts';
import type { Query } from '../query.ts';
import { prepareCommand, prepareQuery } from '../query.ts';

const activityKept = 10_000;
/** Entries of the activity that one statement adds. */
const activityBlock = 16;
/** Entries of the activity kept at hand: as many as a view shows. */
const newestKept = 100;

function readAll<Value>(query: Query): readonly Value[] {
  return query.all().map((row) => fromJson<Value>(row[0]));
}

export type RecordChange = Extract<
  StateChange,
  {
    kind:
      | 'intent'
      | 'intents'
      | 'intent-done'
      | 'problem'
      | 'problem-gone'
      | 'trash'
      | 'trash-gone'
      | 'activity'
      | 'meta';
  }
>;

export class RecordTables {
  readonly #q: ReturnType<typeof prepareRecords>;
  readonly #intents: OpenIntents;
  /** Settings and paths with a problem: every operation asks for several, and the tables are small. */
  #meta: Map<string, string> | null = null;
  #troubled: Set<string> | null = null;
  /** All of them, read once: each look and each view asks for them, and they may be a hundred thousand. */
  readonly #problems: KnownRows<Problem>;
  /** The trash, read once, oldest first: each of thousands of names that were swapped looks for its file there. */
  readonly #trash: KnownRows<TrashItem>;
  /** The newest entries of the activity, newest first, and what came since in its own order: each view asks for them. */
  #newest: readonly ActivityItem[] | null = null;
  readonly #newer: ActivityItem[] = [];
  /** Of the transaction under way, oldest first. */
  #added: Omit<ActivityItem, 'id'>[] = [];

  constructor(db: DatabaseSync) {
    const q = prepareRecords(db);
    this.#q = q;
    this.#intents = new OpenIntents(db);
    this.#problems = new KnownRows(
      () => readAll<Problem>(q.problems),
      ({ path }) => path,
      comparePaths,
    );
    this.#trash = new KnownRows(
      () => readAll<TrashItem>(q.trash),
      ({ id }) => id,
      null,
    );
  }

  apply(change: RecordChange): void {
    switch (change.kind) {
      case 'intent':
        this.#intents.set(change.intent);
        return;
      case 'intents':
        this.#intents.setTogether(change.intents);
        return;
      case 'intent-done':
        this.#intents.close(change.id);
        return;
      case 'problem':
        this.#setProblem(change.problem);
        return;
      case 'problem-gone':
        this.#dropProblem(change.path);
        return;
      case 'trash':
        this.#setTrash(change.item);
        return;
      case 'trash-gone':
        this.#q.dropTrash(change.id);
        this.#trash.delete(change.id);
        return;
      case 'activity':
        this.#added.push(change.item);
        return;
      case 'meta':
        this.#setMeta(change.key, change.value);
    }
  }

  #setProblem(problem: Problem): void {
    const { path } = problem;
    const text = toJson(problem);
    this.#q.setProblem(path, text);
    this.#troubled?.add(path);
    this.#problems.set(path, () => fromJson(text));
  }

  #dropProblem(path: RelPath): void {
    this.#q.dropProblem(path);
    this.#troubled?.delete(path);
    this.#problems.delete(path);
  }

  /** Ends a transaction: once for all that it added. */
  flush(): void {
    this.#intents.flush();
    if (this.#added.length > 0) this.#q.trimActivity(this.#addActivity() - activityKept);
    this.#added = [];
  }

  /** Returns the id of the newest. */
  #addActivity(): number {
    let newestId = 0;
    for (let at = 0; at < this.#added.length;) {
      const isWhole = this.#added.length - at >= activityBlock;
      const items = this.#added.slice(at, at + (isWhole ? activityBlock : 1));
      const texts = items.map((item) => JSON.stringify(item));
      newestId = (isWhole ? this.#q.addActivities : this.#q.addActivity)(...texts).id;
      this.#noteNewest(items, newestId);
      at += items.length;
    }
    return newestId;
  }

  /** @param lastId of the last of them; ids of one statement follow one another */
  #noteNewest(items: readonly Omit<ActivityItem, 'id'>[], lastId: number): void {
    if (this.#newest === null) return;
    const firstId = lastId - items.length + 1;
    this.#newer.push(...items.map((item, index) => ({ ...item, id: firstId + index })));
    if (this.#newer.length > 2 * newestKept) this.#newer.splice(0, newestKept);
  }

  #setMeta(key: string, value: string | null): void {
    if (value === null) this.#q.dropMeta(key);
    else this.#q.setMeta(key, value);
    if (value === null) this.#meta?.delete(key);
    else this.#meta?.set(key, value);
  }

  meta(key: string): string | null {
    this.#meta ??= new Map(this.#q.meta.all().map((row) => [String(row[0]), String(row[1])]));
    return this.#meta.get(key) ?? null;
  }

  metaKeys(prefix: string): readonly string[] {
    return this.#q.metaKeys
      .all()
      .map((row) => String(row[0]))
      .filter((key) => key.startsWith(prefix));
  }

  intents(): readonly Intent[] {
    return this.#intents.list();
  }

  /** The transaction was rolled back: what was kept of it never happened. */
  rolledBack(): void {
    this.#intents.rolledBack();
    this.#meta = null;
    this.#troubled = null;
    this.#problems.forget();
    this.#trash.forget();
    this.#newest = null;
    this.#newer.length = 0;
    this.#added = [];
  }

  problems(): readonly Problem[] {
    return this.#problems.list();
  }

  problem(path: RelPath): Problem | null {
    this.#troubled ??= new Set(this.#q.problemPaths.all().map((found) => String(found[0])));
    if (!this.#troubled.has(path)) return null;
    const row = this.#q.problem.first(path);
    return row === null ? null : fromJson<Problem>(row[0]);
  }

  trash(): readonly TrashItem[] {
    return this.#trash.list();
  }

  #setTrash(item: TrashItem): void {
    const text = toJson(item);
    this.#q.setTrash(item.id, text);
    this.#trash.set(item.id, () => fromJson(text));
  }

  activity(limit: number): readonly ActivityItem[] {
    if (limit > newestKept) return this.#readActivity(limit);
    this.#newest ??= this.#readActivity(newestKept);
    if (this.#newer.length > 0) {
      this.#newest = [...this.#newer.reverse(), ...this.#newest].slice(0, newestKept);
      this.#newer.length = 0;
    }
    return this.#newest.length > limit ? this.#newest.slice(0, limit) : this.#newest;
  }

  #readActivity(limit: number): readonly ActivityItem[] {
    return this.#q.activity
      .all(limit)
      .map((row) => ({ ...fromJson<Omit<ActivityItem, 'id'>>(row[1]), id: Number(row[0]) }));
  }
}

function prepareRecords(db: DatabaseSync) {
  const upsert = (table: string, key: string, value: string) =>
    prepareCommand(
      db,
      `INSERT INTO ${table} (${key}, ${value}) VALUES (?, ?) ON CONFLICT (${key}) DO UPDATE SET ${value} = excluded.${value}`,
    );
  return {
    setProblem: upsert('problem', 'path', 'data'),
    dropProblem: prepareCommand(db, 'DELETE FROM problem WHERE path = ?'),
    problems: prepareQuery(db, 'SELECT data FROM problem ORDER BY path'),
    problemPaths: prepareQuery(db, 'SELECT path FROM problem'),
    problem: prepareQuery(db, 'SELECT data FROM problem WHERE path = ?'),
    setTrash: upsert('trash', 'id', 'data'),
    dropTrash: prepareCommand(db, 'DELETE FROM trash WHERE id = ?'),
    trash: prepareQuery(db, 'SELECT data FROM trash ORDER BY seq'),
    addActivity: prepareCommand(db, 'INSERT INTO activity (data) VALUES (?)'),
    addActivities: prepareCommand(
      db,
      `INSERT INTO activity (data) VALUES ${Array.from({ length: activityBlock }, () => '(?)').join(', ')}`,
    ),
    trimActivity: prepareCommand(db, 'DELETE FROM activity WHERE id <= ?'),
    activity: prepareQuery(db, 'SELECT id, data FROM activity ORDER BY id DESC LIMIT ?'),
    setMeta: upsert('meta', 'key', 'value'),
    dropMeta: prepareCommand(db, 'DELETE FROM meta WHERE key = ?'),
    meta: prepareQuery(db, 'SELECT key, value FROM meta'),
    metaKeys: prepareQuery(db, 'SELECT key FROM meta ORDER BY key'),
  };
}
