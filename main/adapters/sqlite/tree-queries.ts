// Read queries of the tree: entries, children, summaries, subtree streams, unsettled rows, move candidates.
import type { DatabaseSync } from 'node:sqlite';
import type { Entry, FolderSummary, RelPath } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { UnsyncedQuery } from '../../core/plan/types.ts';
import type { SyncState } from '../../ports/sync-state.port.ts';
import type { Cell, Row } from './row-codec.ts';
import { absent, isEmptyRow, readRow, rowColumns, toEntry } from './row-codec.ts';
import { rootId } from './path-index.ts';
import { lazily, prepareQuery } from './query.ts';
import { leftAloneRemotely, openLocally, openRemotely, tracedLocally } from './schema.ts';
import type { Tree } from './tree.ts';

const pageRows = 500;
/** No name is the empty string, so a page from after it on is the first one. */
const beforeFirst = '';

export class TreeQueries {
  readonly #tree: Tree;
  readonly #q: () => ReturnType<typeof prepareQueries>;

  constructor(db: DatabaseSync, tree: Tree) {
    this.#tree = tree;
    this.#q = lazily(() => prepareQueries(db));
  }

  #entry(row: Row): Entry {
    return toEntry(row, this.#tree.places.pathBelow(row.parent, row.name));
  }

  entry(path: RelPath): Entry {
    const row = this.#tree.row(path);
    return row === null ? { path, base: null, local: absent, remote: absent } : toEntry(row, path);
  }

  children(dir: RelPath): readonly Entry[] {
    const id = this.#tree.places.idOf(dir);
    if (id === null) return [];
    const entries: Entry[] = [];
    for (const found of this.#q().children.iterate(id)) {
      const row = readRow(found);
      if (!isEmptyRow(row)) entries.push(this.#entry(row));
    }
    return entries;
  }

  summary(dir: RelPath): FolderSummary {
    const id = this.#tree.places.idOf(dir);
    if (id === null) return { localPresent: 0, localUnknown: 0, remotePresent: 0, remoteUnknown: 0 };
    return this.#tree.counters.summary(id);
  }

  *subtree(path: RelPath): Iterable<Entry> {
    const top = this.#tree.row(path);
    if (top === null) return;
    if (!isEmptyRow(top)) yield toEntry(top, path);
    yield* this.#below(top.id, path);
  }

  /** In pages, so that the caller may record changes between two entries. */
  *#below(id: number, path: string): Iterable<Entry> {
    let after = beforeFirst;
    for (;;) {
      const page = this.#q().page.all(id, after);
      for (const found of page) {
        const row = readRow(found);
        const below = (path === '' ? row.name : `${path}/${row.name}`) as RelPath;
        if (!isEmptyRow(row)) yield toEntry(row, below);
        if (found.at(-1) === 1n) yield* this.#below(row.id, below);
        after = row.name;
      }
      if (page.length < pageRows) return;
    }
  }

  unsettled(limit: number, skip: number): readonly Entry[] {
    const found = new Map<number, Row>();
    for (const cells of this.#q().unsettled.iterate(limit, skip)) {
      const row = readRow(cells);
      found.set(row.id, row);
    }
    // A row that was moved may be older than its parents: those that are unsettled come along, or parents would not be first.
    const looked = new Set<number>();
    for (const row of [...found.values()]) this.#addUnsettledAbove(row.parent, found, looked);
    this.#tree.rows.plan(found.values());
    const entries = [...found.values()].map((row) => this.#entry(row));
    const depths = new Map(entries.map((entry) => [entry, entry.path.split('/').length]));
    entries.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
    return entries;
  }

  sequence(after: number, limit: number): ReturnType<SyncState['sequence']> {
    return this.#q()
      .sequence.all(after, limit)
      .map(readRow)
      .map((row) => ({ id: row.id, entry: this.#entry(row) }));
  }

  #addUnsettledAbove(parent: number, found: Map<number, Row>, looked: Set<number>): void {
    for (let id = parent; id > rootId && !looked.has(id);) {
      looked.add(id);
      const cells = this.#q().upwards.first(id);
      if (cells === null) return;
      const row = readRow(cells);
      if (cells.at(-1) === 1n) found.set(row.id, row);
      id = row.parent;
    }
  }

  findBaseFolders(inode: bigint): readonly Entry[] {
    return this.#q()
      .baseFolders.all(BigInt.asIntN(64, inode))
      .map((cells) => this.#entry(readRow(cells)));
  }

  findUnsynced(query: UnsyncedQuery): readonly Entry[] {
    return this.#openRows(query).map((cells) => this.#entry(readRow(cells)));
  }

  #openRows(query: UnsyncedQuery): readonly (readonly Cell[])[] {
    const { openLocal, openRemote, traced } = this.#q();
    if ('traceInode' in query) return traced.all(BigInt.asIntN(64, query.traceInode));
    return (query.side === 'local' ? openLocal : openRemote).all(query.sizeBytes);
  }

  remoteUnknown(limit: number): ReturnType<SyncState['remoteUnknown']> {
    return this.#q()
      .remoteUnknown.all(limit)
      .map((cells) => this.#entry(readRow(cells)))
      .flatMap(({ path, remote }) => (remote.state === 'unknown' ? [{ path, reason: remote.reason }] : []))
      .sort((a, b) => comparePaths(a.path, b.path));
  }

  ignored(limit: number): readonly RelPath[] {
    return this.#q()
      .ignored.all(limit)
      .map((cells) => this.#entry(readRow(cells)).path);
  }
}

/**
 * A bare `LIMIT ?` makes SQLite prepare the statement again at every call, which costs fifty times the query
 * itself.
 */
const atMost = 'LIMIT (SELECT ?)';

function prepareQueries(db: DatabaseSync) {
  const select = `SELECT ${rowColumns}`;
  const hasKids = 'EXISTS (SELECT 1 FROM folder WHERE folder.id = entry.id AND kids > 0)';
  return {
    children: prepareQuery(db, `${select} FROM entry WHERE parent = ? ORDER BY name`),
    page: prepareQuery(
      db,
      `${select}, ${hasKids} FROM entry WHERE parent = ? AND name > ? ORDER BY name LIMIT ${pageRows}`,
    ),
    unsettled: prepareQuery(
      db,
      `${select} FROM entry WHERE unsettled = 1 ORDER BY id ${atMost} OFFSET (SELECT ?)`,
    ),
    sequence: prepareQuery(db, `${select} FROM entry WHERE id > max(?, ${rootId}) ORDER BY id ${atMost}`),
    upwards: prepareQuery(db, `${select}, unsettled FROM entry WHERE id = ?`),
    ignored: prepareQuery(
      db,
      `${select} FROM entry WHERE l_reason = 'ignored' OR r_reason = 'ignored' ORDER BY id ${atMost}`,
    ),
    remoteUnknown: prepareQuery(db, `${select} FROM entry WHERE ${leftAloneRemotely} ORDER BY id ${atMost}`),
    openLocal: prepareQuery(db, `${select} FROM entry WHERE ${openLocally} AND l_size = ? ORDER BY id`),
    openRemote: prepareQuery(db, `${select} FROM entry WHERE ${openRemotely} AND r_size = ? ORDER BY id`),
    traced: prepareQuery(db, `${select} FROM entry WHERE ${tracedLocally} AND l_inode = ? ORDER BY id`),
    baseFolders: prepareQuery(db, `${select} FROM entry WHERE b_inode = ? AND b_kind = 2 ORDER BY id`),
  };
}
