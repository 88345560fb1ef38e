// Changes single rows of the tree: cells, counters, totals, the unsettled flag and remote folders that only their contents imply.
import type { DatabaseSync } from 'node:sqlite';
import type { BaseCell, LocalCell, RemoteCell } from '../../core/model/model.ts';
import { isSettled } from '../../core/model/settled.ts';
import type { TreeCounts } from '../../ports/sync-state.port.ts';
import type { Cell, Row, Side } from './row-codec.ts';
import {
  absent,
  columnsOf,
  isEmptyRow,
  readRow,
  rewriteRow,
  rowColumns,
  writeBase,
  writeCells,
  writeLocal,
  writeRemote,
} from './row-codec.ts';
import { FolderCounters, kidsDelta, localDelta, remoteDelta } from './counters.ts';
import { Places, rootId } from './path-index.ts';
import { RowCache } from './row-cache.ts';
import type { Command, Query } from './query.ts';
import { prepareCommand, prepareQuery } from './query.ts';

export type SideCell =
  | { readonly side: 'base'; readonly cell: BaseCell | null }
  | { readonly side: 'local'; readonly cell: LocalCell }
  | { readonly side: 'remote'; readonly cell: RemoteCell };

type Cells = Pick<Row, 'base' | 'local' | 'remote'>;
const emptyCells: Cells = { base: null, local: absent, remote: absent };

function withCell(cells: Cells, change: SideCell): Cells {
  switch (change.side) {
    case 'base':
      return { base: change.cell, local: cells.local, remote: cells.remote };
    case 'local':
      return { base: cells.base, local: change.cell, remote: cells.remote };
    case 'remote':
      return { base: cells.base, local: cells.local, remote: change.cell };
  }
}

function columnValues(cells: Cells, side: Written, name: string): readonly Cell[] {
  switch (side) {
    case 'base':
      return writeBase(cells.base);
    case 'local':
      return writeLocal(cells.local, name);
    case 'remote':
      return writeRemote(cells.remote);
    case 'all':
      return writeCells(cells, name);
  }
}

function sameValues(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.every((value, index) => value === b[index]);
}

function isNothing(change: SideCell): boolean {
  return change.cell === null || ('state' in change.cell && change.cell.state === 'absent');
}

/** The columns of one cell, or of all three. */
type Written = Side | 'all';

function columnsWritten(side: Written): readonly string[] {
  return side === 'all' ? [...columnsOf.base, ...columnsOf.local, ...columnsOf.remote] : columnsOf[side];
}

function writtenBy([first, ...others]: readonly [SideCell, ...SideCell[]]): Written {
  return others.every(({ side }) => side === first.side) ? first.side : 'all';
}

function insertSql(side: Written): string {
  const columns = columnsWritten(side);
  const marks = columns.map(() => '?').join(', ');
  return `INSERT INTO entry (parent, name, unsettled, ${columns.join(', ')}) VALUES (?, ?, ?, ${marks})`;
}

function updateSql(side: Written): string {
  return `UPDATE entry SET unsettled = ?, ${columnsWritten(side)
    .map((column) => `${column} = ?`)
    .join(', ')} WHERE id = ?`;
}

const folderByContents: RemoteCell = { state: 'present', kind: 'folder', marker: null };
const holdsUnknown: RemoteCell = { state: 'unknown', reason: 'contains-unknown' };
const nameClash: RemoteCell = { state: 'unknown', reason: 'name-clash' };

export class Tree {
  readonly places: Places;
  readonly counters: FolderCounters;
  #tally: TreeCounts = { files: 0, folders: 0, bytes: 0 };
  #tallyChanged = false;
  /** Rows known to be remote folders: saves two look-ups for every file of a listing. */
  readonly #remoteFolders = new Set<number>();
  readonly rows = new RowCache();
  readonly #byPlace: Query;
  readonly #byId: Query;
  readonly #insert: Readonly<Record<Written, Command>>;
  readonly #update: Readonly<Record<Written, Command>>;
  readonly #delete: Command;
  readonly #readTally: Query;
  readonly #writeTally: Command;

  constructor(db: DatabaseSync) {
    this.counters = new FolderCounters(db);
    this.places = new Places(db, (parent) => this.counters.bump(parent, kidsDelta(1)));
    this.#byPlace = prepareQuery(db, `SELECT ${rowColumns} FROM entry WHERE parent = ? AND name = ?`);
    this.#byId = prepareQuery(db, `SELECT ${rowColumns} FROM entry WHERE id = ?`);
    const prepareFor = (make: (side: Written) => string): Readonly<Record<Written, Command>> => ({
      base: prepareCommand(db, make('base')),
      local: prepareCommand(db, make('local')),
      remote: prepareCommand(db, make('remote')),
      all: prepareCommand(db, make('all')),
    });
    this.#insert = prepareFor(insertSql);
    this.#update = prepareFor(updateSql);
    this.#delete = prepareCommand(db, 'DELETE FROM entry WHERE id = ?');
    this.#readTally = prepareQuery(db, 'SELECT files, folders, bytes FROM tally WHERE id = 1');
    this.#writeTally = prepareCommand(db, 'UPDATE tally SET files = ?, folders = ?, bytes = ? WHERE id = 1');
    this.#loadTally();
  }

  counts(): TreeCounts {
    return this.#tally;
  }

  row(path: string): Row | null {
    const place = this.places.place(path, false);
    return place === null ? null : this.#rowAt(place.parent, place.name);
  }

  #rowAt(parent: number, name: string): Row | null {
    const kept = this.rows.get({ parent, name });
    if (kept !== undefined) return kept;
    const found = this.#byPlace.first(parent, name);
    return found === null ? null : this.rows.keep(readRow(found));
  }

  rowById(id: number): Row | null {
    const found = this.#byId.first(id);
    return found === null ? null : readRow(found);
  }

  /**
   * Sets one cell, or several of a row at once; on the remote side also what follows from it for the folders above (rule 9). Answers whether
   * anything changed.
   */
  set(path: string, ...changes: readonly [SideCell, ...SideCell[]]): boolean {
    const isEmpty = changes.every(isNothing);
    const place = this.places.place(path, !isEmpty);
    if (place === null) return false;
    const found = this.#rowAt(place.parent, place.name);
    if (found !== null) return this.#change(found, changes);
    if (isEmpty) return false;
    this.#insertRow(place.parent, place.name, changes);
    return true;
  }

  #insertRow(parent: number, name: string, changes: readonly [SideCell, ...SideCell[]]): void {
    const cells = changes.reduce(withCell, emptyCells);
    const unsettled = isSettled(cells) ? 0 : 1;
    const written = writtenBy(changes);
    this.#insert[written](parent, name, unsettled, ...columnValues(cells, written, name));
    this.counters.bump(parent, kidsDelta(1));
    this.#account(parent, emptyCells, cells);
    if (cells.remote.state !== 'absent') this.#deriveAbove(parent, cells.remote);
  }

  #change(row: Row, asked: readonly [SideCell, ...SideCell[]]): boolean {
    const changes = asked.map((change): SideCell =>
      change.side === 'remote' ? { side: 'remote', cell: this.#withContents(row, change.cell) } : change,
    );
    const cells = changes.reduce<Cells>(withCell, row);
    const written = writtenBy(asked);
    const values = columnValues(cells, written, row.name);
    // A cell that came or went shows without a look at the columns.
    const isPlainChange =
      (row.base === null) !== (cells.base === null) && written !== 'local' && written !== 'remote';
    if (!isPlainChange && sameValues(values, columnValues(row, written, row.name))) return false;
    const isOver = isSettled(cells);
    this.#update[written](isOver ? 0 : 1, ...values, row.id);
    // One that is in sync is seldom asked for again.
    this.rows.forget(row);
    if (!isOver) this.rows.keep(rewriteRow(row, written === 'all' ? values : writeCells(cells, row.name)));
    this.#account(row.parent, row, cells);
    if (cells.remote !== row.remote) this.#remoteFolders.delete(row.id);
    if (isEmptyRow(cells)) this.prune(row.id, row.parent);
    if (row.remote.state !== cells.remote.state) this.#deriveAbove(row.parent, cells.remote);
    return true;
  }

  /** What a remote cell really is, given what lies below it: contents keep a folder alive (rule 9), a file has none (rule 8). */
  #withContents(row: Row, cell: RemoteCell): RemoteCell {
    if (row.id === rootId || cell.state === 'unknown') return cell;
    if (cell.state === 'present' && cell.kind === 'folder') return cell;
    const { rp, ru } = this.counters.of(row.id);
    if (cell.state === 'present') return rp > 0 ? nameClash : cell;
    if (rp > 0) return folderByContents;
    return ru > 0 ? holdsUnknown : absent;
  }

  #deriveAbove(parent: number, child: RemoteCell): void {
    if (parent <= rootId) return;
    if (child.state === 'present' && this.#remoteFolders.has(parent)) return;
    const row = this.rowById(parent);
    if (row === null) return;
    const { remote } = row;
    if (remote.state === 'present' && remote.kind === 'folder' && child.state === 'present') {
      this.#remoteFolders.add(parent);
      return;
    }
    const followsContents =
      remote.state === 'absent' ||
      (remote.state === 'unknown' && remote.reason === 'contains-unknown') ||
      (remote.state === 'present' && (remote.kind === 'file' || remote.marker === null));
    if (!followsContents) return;
    const asked = remote.state === 'present' && remote.kind === 'file' ? remote : absent;
    this.#change(row, [{ side: 'remote', cell: asked }]);
  }

  /** Removes a row that says nothing, and those above that stood only for it. */
  prune(id: number, parent: number): void {
    if (id === rootId || this.counters.of(id).kids > 0) return;
    this.#delete(id);
    this.rows.clear();
    this.counters.remove(id);
    this.places.forget(id);
    this.#remoteFolders.delete(id);
    this.counters.bump(parent, kidsDelta(-1));
    const above = parent === rootId ? null : this.rowById(parent);
    if (above !== null && isEmptyRow(above)) this.prune(above.id, above.parent);
  }

  #account(parent: number, before: Cells, after: Cells): void {
    if (before.local.state !== after.local.state)
      this.counters.bump(parent, localDelta(before.local, after.local));
    if (before.remote.state !== after.remote.state) {
      this.counters.bump(parent, remoteDelta(before.remote, after.remote));
    }
    if (before.base !== after.base && parent !== 0) {
      this.tally(before.base, -1);
      this.tally(after.base, 1);
    }
  }

  tally(cell: BaseCell | null, sign: 1 | -1): void {
    if (cell === null) return;
    const { files, folders, bytes } = this.#tally;
    this.#tallyChanged = true;
    this.#tally =
      cell.kind === 'file'
        ? { files: files + sign, folders, bytes: bytes + sign * cell.sizeBytes }
        : { files, folders: folders + sign, bytes };
  }

  resetTally(): void {
    this.#tally = { files: 0, folders: 0, bytes: 0 };
    this.#tallyChanged = true;
  }

  /** Derives `id` and what is above it again, after a change of many rows at once. */
  derive(id: number): void {
    this.#deriveAbove(id, absent);
  }

  /** Writes what the transaction collected; also before a statement that reads counters itself. */
  flush(): void {
    this.counters.flush();
    if (!this.#tallyChanged) return;
    const { files, folders, bytes } = this.#tally;
    this.#writeTally(files, folders, bytes);
    this.#tallyChanged = false;
  }

  forgetCaches(): void {
    this.places.forgetAll();
    this.rows.clear();
    this.#remoteFolders.clear();
  }

  /** The transaction was rolled back: what was collected for it never happened. */
  rolledBack(): void {
    this.counters.forgetPending();
    this.forgetCaches();
    this.#loadTally();
  }

  #loadTally(): void {
    const row = this.#readTally.first();
    this.#tally = {
      files: Number(row?.[0] ?? 0),
      folders: Number(row?.[1] ?? 0),
      bytes: Number(row?.[2] ?? 0),
    };
    this.#tallyChanged = false;
  }
}
