// Sightings of a remote listing that equal their rows: noted by a bit each instead of a staged record.
import type { DatabaseSync } from 'node:sqlite';
import type { RelPath, RemoteCell } from '../../../core/model/model.ts';
import { comparePaths, nameOf, parentOf } from '../../../core/model/path.ts';
import type { ListedEntry } from '../../../ports/sync-state.port.ts';
import { prepareQuery } from '../query.ts';
import type { Query } from '../query.ts';
import type { Cell, Row } from '../row-codec.ts';
import { columnsOf, readRemote } from '../row-codec.ts';
import type { Tree } from '../tree.ts';

/** A set of row ids, in one bit for each row that there is. */
export class RowIds {
  #bits = new Uint8Array(0);

  has(id: number): boolean {
    return ((this.#bits[id >> 3] ?? 0) & (1 << (id & 7))) !== 0;
  }

  add(id: number): void {
    const at = id >> 3;
    if (at >= this.#bits.length) {
      const wider = new Uint8Array(Math.max(1024, 2 * (at + 1)));
      wider.set(this.#bits);
      this.#bits = wider;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (id & 7));
  }

  delete(id: number): void {
    const at = id >> 3;
    if (at < this.#bits.length) this.#bits[at] = (this.#bits[at] ?? 0) & ~(1 << (id & 7));
  }

  clear(): void {
    this.#bits = new Uint8Array(0);
  }
}

/** Rows read for each sighting at most. A listing that is not in the order of the names would read the whole folder for each page. */
const rowsForEach = 4;

/** Where the remote columns begin in the rows of both queries. */
const remoteAt = 2;

/**
 * Whether a row of `#between` (state, key, etag, size, and whether its content is known) repeats the listing exactly. One without known
 * content is left to the comparison of staged sightings, because base may know it by now.
 */
function isSame(row: readonly Cell[], cell: RemoteCell): boolean {
  if (cell.state !== 'present') return false;
  if (cell.kind === 'folder')
    return (
      cell.marker !== null &&
      row[remoteAt] === 2n &&
      row[remoteAt + 1] === cell.marker.rawKey &&
      row[remoteAt + 2] === cell.marker.etag
    );
  return (
    row[remoteAt] === 1n &&
    row[remoteAt + 1] === cell.rawKey &&
    row[remoteAt + 2] === cell.etag &&
    Number(row[remoteAt + 3]) === cell.sizeBytes &&
    row[remoteAt + 4] === 1n
  );
}

export class KnownSightings {
  readonly #tree: Tree;
  readonly #between: Query;
  readonly #below: Query;
  /** Rows that the listing has shown so far, staged or not. */
  readonly #sighted = new RowIds();
  /** Those of them that the listing repeats unchanged, which are not staged. */
  readonly #known = new RowIds();
  #count = 0;

  constructor(db: DatabaseSync, tree: Tree) {
    this.#tree = tree;
    this.#between = prepareQuery(
      db,
      `SELECT id, name, r_state, r_key, r_etag, r_size, r_content IS NOT NULL FROM entry
         WHERE parent = ? AND name >= ? AND name <= ? ORDER BY name`,
    );
    this.#below = prepareQuery(
      db,
      `WITH RECURSIVE below (id, path) AS (
         SELECT id, ? || name FROM entry WHERE parent = ?
         UNION ALL SELECT entry.id, path || '/' || name FROM below JOIN entry ON entry.parent = below.id)
       SELECT id, path, ${columnsOf.remote.join(', ')} FROM below JOIN entry USING (id)`,
    );
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#sighted.clear();
    this.#known.clear();
    this.#count = 0;
  }

  isSighted(id: number): boolean {
    return this.#sighted.has(id);
  }

  noteSighted(id: number): void {
    this.#sighted.add(id);
  }

  /** Notes those that equal their rows, and returns what is to be staged: the others, after whatever was known of the same path. */
  unknownOf(sightings: readonly ListedEntry[]): readonly ListedEntry[] {
    const others: ListedEntry[] = [];
    for (let at = 0; at < sightings.length;) {
      const dir = parentOf(sightings[at]?.path ?? '');
      let end = at + 1;
      while (end < sightings.length && isIn(dir, sightings[end]?.path ?? '')) end += 1;
      this.#look(dir, sightings.slice(at, end), others);
      at = end;
    }
    return others;
  }

  /** All of them lie directly in `dir`. */
  #look(dir: string, sightings: readonly ListedEntry[], others: ListedEntry[]): void {
    const id = this.#tree.places.directory(dir, false);
    if (id === null) {
      for (const sighting of sightings) others.push(sighting);
      return;
    }
    const first = nameOf(sightings[0]?.path ?? '');
    const last = nameOf(sightings.at(-1)?.path ?? '');
    const { rows, isWhole } = this.#rowsBetween(id, first, last, sightings.length);
    const isRead = (name: string): boolean =>
      isWhole && comparePaths(name, first) >= 0 && comparePaths(name, last) <= 0;
    for (const sighting of sightings) {
      if (sighting.cell.state === 'absent') continue;
      const name = nameOf(sighting.path);
      const row = rows.get(name);
      if (row !== undefined) this.#take(Number(row[0]), isSame(row, sighting.cell), sighting, others);
      else this.#takeAlone(isRead(name) ? null : this.#tree.row(sighting.path), sighting, others);
    }
  }

  #rowsBetween(
    parent: number,
    first: string,
    last: string,
    sightings: number,
  ): { readonly rows: ReadonlyMap<string, readonly Cell[]>; readonly isWhole: boolean } {
    const rows = new Map<string, readonly Cell[]>();
    for (const row of this.#between.iterate(parent, first, last)) {
      if (rows.size >= sightings * rowsForEach) return { rows, isWhole: false };
      rows.set(String(row[1]), row);
    }
    return { rows, isWhole: true };
  }

  /** One whose row was not read with its neighbours; it is staged whether it equals it or not. */
  #takeAlone(row: Row | null, sighting: ListedEntry, others: ListedEntry[]): void {
    if (row === null) others.push(sighting);
    else this.#take(row.id, false, sighting, others);
  }

  #take(id: number, isSame: boolean, sighting: ListedEntry, others: ListedEntry[]): void {
    const isAgain = this.#sighted.has(id);
    this.#sighted.add(id);
    if (isSame && !isAgain) {
      this.#known.add(id);
      this.#count += 1;
      return;
    }
    // A second sighting of one path: which of them holds is for the staged ones to say, so that the first must be among them.
    const row = isAgain && this.#known.has(id) ? this.#tree.rowById(id) : null;
    if (row !== null) others.push(this.#staged(id, sighting.path, row.remote));
    others.push(sighting);
  }

  #staged(id: number, path: RelPath, cell: RemoteCell): ListedEntry {
    this.#known.delete(id);
    this.#count -= 1;
    return { path, cell };
  }

  /** What has to be staged as well, because a staged sighting may clash with it: files above, and all that is below a file. */
  *besides(staged: Iterable<ListedEntry>): Iterable<ListedEntry> {
    if (this.#count === 0) return;
    let dir = '';
    for (const { path, cell } of staged) {
      const above = parentOf(path);
      if (above !== dir) yield* this.#filesAbove(above);
      dir = above;
      if (cell.state === 'present' && cell.kind === 'file') yield* this.#knownBelow(path);
    }
  }

  /** What has to be staged before `path` changes in the rows, and with `isTree` all below it: they would not tell any more what was sighted. */
  *beforeChange(path: RelPath, isTree: boolean): Iterable<ListedEntry> {
    if (this.#count === 0) return;
    const row = this.#tree.row(path);
    if (row !== null && this.#known.has(row.id)) yield this.#staged(row.id, path, row.remote);
    yield* this.#filesAbove(parentOf(path));
    if (isTree) yield* this.#knownBelow(path);
  }

  *#filesAbove(dir: string): Iterable<ListedEntry> {
    for (let at = dir; at !== ''; at = parentOf(at)) {
      const row = this.#tree.row(at);
      if (row === null || !this.#known.has(row.id)) continue;
      const { remote } = row;
      if (remote.state === 'present' && remote.kind === 'file')
        yield this.#staged(row.id, at as RelPath, remote); // a path of the listing, without its last names
    }
  }

  *#knownBelow(path: RelPath): Iterable<ListedEntry> {
    const row = this.#tree.row(path);
    if (row === null || this.#tree.counters.of(row.id).kids === 0) return;
    for (const found of this.#below.all(`${path}/`, row.id)) {
      const id = Number(found[0]);
      if (this.#known.has(id))
        yield this.#staged(id, String(found[1]) as RelPath, readRemote(found, remoteAt));
    }
  }
}

function isIn(dir: string, path: string): boolean {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? dir === '' : slash === dir.length && path.startsWith(dir);
}
