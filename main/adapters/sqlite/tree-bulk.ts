// Changes of many rows at once: a whole subtree on one side, dropping base, renaming a folder.
import type { DatabaseSync } from 'node:sqlite';
import type { Absent, RelPath, Unknown } from '../../core/model/model.ts';
import { nameOf, parentOf } from '../../core/model/path.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { Bind } from './query.ts';
import { lazily, prepareCommand, prepareQuery } from './query.ts';
import type { Row, Side } from './row-codec.ts';
import { absent, columnsOf, isEmptyRow, unsettledSql } from './row-codec.ts';
import { kidsDelta, localDelta, remoteDelta } from './counters.ts';
import { rootId } from './path-index.ts';
import type { Tree } from './tree.ts';

type Rename = Extract<StateChange, { kind: 'rename' }>;
type Others = Pick<Row, 'base' | 'local' | 'remote'>;

const markSql = `INSERT INTO temp.marked (id, depth)
  WITH RECURSIVE below (id, depth) AS (
    SELECT ?, 0 UNION ALL SELECT entry.id, depth + 1 FROM below JOIN entry ON entry.parent = below.id)
  SELECT id, depth FROM below`;

/** Sets every column of a side to null but its state and reason, which the statement binds as ?1 and ?2. */
function blankSql(side: 'local' | 'remote'): string {
  const prefix = side === 'local' ? 'l' : 'r';
  const rest = columnsOf[side].slice(2).map((column) => `${column} = NULL`);
  const flag =
    side === 'local' ? unsettledSql({ local: '?1, NULL' }) : unsettledSql({ remote: '?1, NULL, ?2' });
  return `UPDATE entry SET ${prefix}_state = ?1, ${prefix}_reason = ?2, ${rest.join(', ')}, unsettled = ${flag}
    WHERE id IN (SELECT id FROM temp.marked WHERE depth > 0)`;
}

export class BulkChanges {
  readonly #tree: Tree;
  readonly #statements: () => ReturnType<typeof prepareBulk>;

  constructor(db: DatabaseSync, tree: Tree) {
    this.#tree = tree;
    this.#statements = lazily(() => prepareBulk(db));
  }

  #mark(id: number): void {
    this.#statements().makeMarks();
    this.#statements().clearMarks();
    this.#statements().mark(id);
  }

  setSubtree(path: RelPath, side: 'local' | 'remote', cell: Absent | Unknown): void {
    const row = this.#tree.row(path);
    if (row !== null && this.#tree.counters.of(row.id).kids > 0) {
      this.#tree.flush();
      this.#mark(row.id);
      const state = cell.state === 'absent' ? 0 : 3;
      this.#statements().blank[side](state, cell.state === 'unknown' ? cell.reason : null);
      this.#statements().recountSide[side](state);
      this.#pruneMarked();
      this.#tree.forgetCaches();
    }
    this.#tree.set(path, side === 'local' ? { side, cell } : { side, cell });
    // It may have stood only for what was below it and is gone now.
    const top = row === null ? null : this.#tree.rowById(row.id);
    if (top !== null && isEmptyRow(top)) this.#tree.prune(top.id, top.parent);
  }

  discardBase(): void {
    this.#tree.flush();
    this.#statements().discardBase();
    this.#mark(rootId);
    this.#pruneMarked();
    this.#tree.resetTally();
    this.#tree.forgetCaches();
  }

  /** Deletes marked rows (but the top one) that say nothing any more, deepest first. */
  #pruneMarked(): void {
    const { deepest, pruneDepth, recountKids, dropFolders } = this.#statements();
    let removed = 0;
    for (let depth = Number(deepest.first()?.[0] ?? 0); depth > 0; depth--)
      removed += pruneDepth(depth).changes;
    if (removed === 0) return;
    dropFolders();
    recountKids();
  }

  rename(change: Rename): void {
    const { from, to } = change;
    if (from === to) return;
    if (from === '' || to === '' || to.startsWith(`${from}/`)) {
      throw new SyncError({
        code: 'state-rename-invalid',
        retry: 'slow',
        scope: 'item',
        message: 'rename into itself',
      });
    }
    const row = this.#tree.row(from);
    if (row === null) return;
    if (change.keys !== null && change.sides.includes('remote')) {
      this.#mark(row.id);
      this.#statements().rewriteKeys(change.keys.from, change.keys.to);
      this.#tree.forgetCaches();
    }
    const target = this.#tree.row(to);
    if (target === null && this.#holdsOnly(row.id, change.sides)) this.#moveRow(row.id, to);
    else this.#moveCells(change);
  }

  #holdsOnly(id: number, sides: readonly Side[]): boolean {
    const missing = (['base', 'local', 'remote'] as const).filter((side) => !sides.includes(side));
    if (missing.length === 0) return true;
    this.#mark(id);
    return missing.every((side) => this.#statements().holdsSide[side].first() === null);
  }

  /** The whole row goes, with all that hangs below it: one row is rewritten, whatever the folder holds (rule 25). */
  #moveRow(id: number, to: string): void {
    const row = this.#tree.rowById(id);
    const parent = this.#tree.places.directory(parentOf(to), true);
    if (row === null || parent === null) return;
    this.#statements().move(parent, nameOf(to), id);
    this.#tree.forgetCaches();
    this.#countMoved(row, row.parent, -1);
    this.#countMoved(row, parent, 1);
    this.#tree.derive(row.parent);
    this.#tree.derive(parent);
    const above = this.#tree.rowById(row.parent);
    if (above !== null && isEmptyRow(above)) this.#tree.prune(above.id, above.parent);
  }

  #countMoved(row: Others, parent: number, sign: 1 | -1): void {
    const { counters } = this.#tree;
    counters.bump(parent, kidsDelta(sign));
    counters.bump(parent, sign > 0 ? localDelta(absent, row.local) : localDelta(row.local, absent));
    counters.bump(parent, sign > 0 ? remoteDelta(absent, row.remote) : remoteDelta(row.remote, absent));
  }

  /** Both names have rows, or a side stays behind: cell by cell. */
  #moveCells({ from, to, sides }: Rename): void {
    const row = this.#tree.row(from);
    if (row === null) return;
    this.#mark(row.id);
    const rows: { readonly below: string; readonly row: Row }[] = [];
    for (const [id] of this.#statements().marked.all()) {
      const found = this.#tree.rowById(Number(id));
      if (found === null) continue;
      rows.push({
        below: this.#tree.places.pathBelow(found.parent, found.name).slice(from.length),
        row: found,
      });
    }
    for (const { below } of rows.toReversed()) {
      for (const side of sides)
        this.#setSide(`${from}${below}`, side, { base: null, local: absent, remote: absent });
    }
    for (const { below, row: moved } of rows) {
      for (const side of sides) this.#setSide(`${to}${below}`, side, moved);
    }
  }

  #setSide(path: string, side: Side, cells: Others): void {
    if (side === 'base') this.#tree.set(path, { side, cell: cells.base });
    else if (side === 'remote') this.#tree.set(path, { side, cell: cells.remote });
    else {
      const { local } = cells;
      // The disk now spells it as the engine wrote it.
      const cell = local.state === 'present' ? { ...local, rawName: nameOf(path) } : local;
      this.#tree.set(path, { side, cell });
    }
  }
}

function prepareBulk(db: DatabaseSync) {
  // Each time: a transaction that is rolled back takes the table with it that it made.
  const makeMarks = (): void => {
    db.exec('CREATE TEMP TABLE IF NOT EXISTS marked (id INTEGER PRIMARY KEY, depth INTEGER NOT NULL)');
  };
  const inMarked = 'id IN (SELECT id FROM temp.marked)';
  const empty = 'b_kind = 0 AND l_state = 0 AND r_state = 0';
  const baseNull = columnsOf.base.slice(1).map((column) => `${column} = NULL`);
  const mark = prepareCommand(db, markSql);
  const clearMarks = prepareCommand(db, 'DELETE FROM temp.marked');
  const holds = (test: string) =>
    prepareQuery(db, `SELECT 1 FROM entry JOIN temp.marked USING (id) WHERE ${test} LIMIT 1`);
  const recount = (prefix: 'l' | 'r') =>
    prepareCommand(
      db,
      `UPDATE folder SET ${prefix}p = 0, ${prefix}u = CASE WHEN ?1 = 3 THEN kids ELSE 0 END WHERE ${inMarked}`,
    );
  return {
    makeMarks,
    mark: (id: Bind) => mark(id),
    clearMarks: () => clearMarks(),
    marked: prepareQuery(db, 'SELECT id FROM temp.marked ORDER BY depth, id'),
    deepest: prepareQuery(db, 'SELECT max(depth) FROM temp.marked'),
    blank: { local: prepareCommand(db, blankSql('local')), remote: prepareCommand(db, blankSql('remote')) },
    recountSide: { local: recount('l'), remote: recount('r') },
    pruneDepth: prepareCommand(
      db,
      `DELETE FROM entry WHERE id IN (SELECT id FROM temp.marked WHERE depth = ?) AND ${empty}
         AND NOT EXISTS (SELECT 1 FROM entry AS kid WHERE kid.parent = entry.id)`,
    ),
    dropFolders: prepareCommand(
      db,
      `DELETE FROM folder WHERE ${inMarked} AND id NOT IN (SELECT id FROM entry)`,
    ),
    recountKids: prepareCommand(
      db,
      `UPDATE folder SET kids = (SELECT count(*) FROM entry WHERE parent = folder.id) WHERE ${inMarked}`,
    ),
    discardBase: prepareCommand(
      db,
      `UPDATE entry SET b_kind = 0, ${baseNull.join(', ')}, unsettled = ${unsettledSql({ base: '0, NULL, NULL' })}
         WHERE b_kind <> 0`,
    ),
    rewriteKeys: prepareCommand(
      db,
      `UPDATE entry SET r_key = ?2 || substr(r_key, length(?1) + 1)
         WHERE ${inMarked} AND r_key IS NOT NULL AND substr(r_key, 1, length(?1)) = ?1`,
    ),
    holdsSide: { base: holds('b_kind <> 0'), local: holds('l_state <> 0'), remote: holds('r_state <> 0') },
    move: prepareCommand(db, 'UPDATE entry SET parent = ?, name = ?, l_raw = NULL WHERE id = ?'),
  };
}
