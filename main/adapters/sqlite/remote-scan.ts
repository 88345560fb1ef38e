// A full look at the remote side: sightings staged in a temporary table, then joined with the rows by the bytes of their paths (rule 3).
import type { DatabaseSync } from 'node:sqlite';
import type { RelPath, RemoteCell } from '../../core/model/model.ts';
import { SyncError } from '../../core/model/errors.ts';
import { parentOf, utf8Bytes } from '../../core/model/path.ts';
import type { RemoteScan, ListedEntry, ScanSummary } from '../../ports/sync-state.port.ts';
import { lazily, prepareCommand, prepareQuery } from './query.ts';
import { KnownSightings } from './scan/known-sightings.ts';
import type { Row } from './row-codec.ts';
import { absent, readRemote, writeRemote } from './row-codec.ts';
import type { Tree } from './tree.ts';

/** Changes of one listing held in memory; more wait in a temporary table. */
const changesHeld = 10_000;

const nameClash: RemoteCell = { state: 'unknown', reason: 'name-clash' };

export type Transaction = <Result>(work: () => Result) => Result;

/** NUL (in no path) instead of `/` makes byte order the order of a walk: what is below a path follows it directly. */
function stagingKey(path: string): Uint8Array {
  return Buffer.from(path.replaceAll('/', '\0'));
}

/** LIST does not say what the bytes are; what was proven for this very etag still holds (rule 7). */
function withKnownContent(cell: RemoteCell, row: Row | null): RemoteCell {
  if (row === null || cell.state !== 'present' || cell.kind !== 'file' || cell.content !== null) return cell;
  const { base, remote } = row;
  if (remote.state === 'unknown' && remote.etag === cell.etag) return remote;
  if (
    remote.state === 'present' &&
    remote.kind === 'file' &&
    remote.etag === cell.etag &&
    remote.content !== null
  ) {
    return { ...cell, content: remote.content };
  }
  return base?.kind === 'file' && base.etag === cell.etag ? { ...cell, content: base.content } : cell;
}

function sameCell(a: RemoteCell, b: RemoteCell): boolean {
  const left = writeRemote(a);
  return writeRemote(b).every((value, index) => value === left[index]);
}

/** An empty `name` beside `name/...` stands for the folder (Swift, old s3fs, consoles): its marker under another key. */
function asPlaceholder(cell: RemoteCell): RemoteCell {
  if (cell.state !== 'present' || cell.kind !== 'file' || cell.sizeBytes > 0) return cell;
  return { state: 'present', kind: 'folder', marker: { rawKey: cell.rawKey, etag: cell.etag } };
}

/** A file with children is a clash, and so is all that is below it (rules 1 and 8). Needs the order of `stagingKey`. */
function* withClashes(staged: Iterable<ListedEntry>): Iterable<ListedEntry> {
  let held: ListedEntry | null = null;
  let clashAbove: string | null = null;
  for (const next of staged) {
    if (held !== null) {
      const hasChildren = next.path.startsWith(`${held.path}/`);
      if (hasChildren) held = { path: held.path, cell: asPlaceholder(held.cell) };
      const isFile = held.cell.state === 'present' && held.cell.kind === 'file';
      if (hasChildren && isFile && clashAbove === null) clashAbove = `${held.path}/`;
      yield hasChildren && isFile ? { path: held.path, cell: nameClash } : held;
    }
    if (clashAbove !== null && !next.path.startsWith(clashAbove)) clashAbove = null;
    held = clashAbove === null ? next : { path: next.path, cell: nameClash };
  }
  if (held !== null) yield held;
}

/** Of a staged entry, beside its texts. */
const rowBytes = 200;

/** The path is there twice; ETag and key may be as long as the store likes. */
function stagedBytesOf({ path, cell }: ListedEntry): number {
  const texts = cell.state === 'absent' ? [] : writeRemote(cell).filter((value) => typeof value === 'string');
  return rowBytes + 2 * utf8Bytes(path) + texts.reduce((sum, text) => sum + utf8Bytes(text), 0);
}
/** Below this no listing is held against free space: a disk that is nearly full may still be synced. */
const smallListingBytes = 64 * 1024 * 1024;
const keptFreeBytes = 256 * 1024 * 1024;

export class SqliteRemoteScan implements RemoteScan {
  readonly #tree: Tree;
  readonly #transaction: Transaction;
  readonly #statements: () => ReturnType<typeof prepareScan>;
  #isOpen = false;
  /** Recorded while the listing was under way: newer than anything it says. */
  readonly #touched = new Set<string>();
  readonly #touchedTrees = new Set<string>();

  readonly #known: () => KnownSightings;
  readonly #freeBytes: () => number;
  /** What the listing says that is new: the first of it, in the order of the staging table. */
  #changes: ListedEntry[] = [];
  /** What the open look has staged, about. */
  #stagedBytes = 0;

  constructor(
    db: DatabaseSync,
    parts: { readonly tree: Tree; readonly transaction: Transaction; readonly freeBytes: () => number },
  ) {
    this.#tree = parts.tree;
    this.#transaction = parts.transaction;
    this.#freeBytes = parts.freeBytes;
    this.#statements = lazily(() => prepareScan(db));
    this.#known = lazily(() => new KnownSightings(db, parts.tree));
  }

  /** Within the transaction that changes the row, and before it does. */
  touch(path: RelPath): void {
    if (!this.#isOpen) return;
    this.#touched.add(path);
    this.#stage(this.#known().beforeChange(path, false));
  }

  touchTree(path: RelPath): void {
    if (!this.#isOpen) return;
    this.#touchedTrees.add(path);
    this.#stage(this.#known().beforeChange(path, true));
  }

  begin(): void {
    this.#statements().clear();
    this.#known().clear();
    this.#touched.clear();
    this.#touchedTrees.clear();
    this.#stagedBytes = 0;
    this.#isOpen = true;
  }

  abandon(): void {
    if (this.#isOpen) this.#statements().clear();
    if (this.#isOpen) this.#known().clear();
    this.#changes = [];
    this.#isOpen = false;
  }

  /** A listing that a hostile store makes up must not fill the disk, on which other programs work as well (S22). */
  #demandRoom(sightings: readonly ListedEntry[]): void {
    for (const sighting of sightings) this.#stagedBytes += stagedBytesOf(sighting);
    if (this.#stagedBytes < smallListingBytes) return;
    const freeBytes = this.#freeBytes();
    if (freeBytes >= keptFreeBytes + this.#stagedBytes) return;
    throw new SyncError({
      code: 'disk-full',
      retry: 'backoff',
      scope: 'pair',
      message: 'disk-full: the listing of the bucket takes more space than there is for its records',
      fields: { freeBytes },
    });
  }

  sight(sightings: readonly ListedEntry[]): void {
    this.#mustBeOpen();
    const others = this.#known().unknownOf(sightings);
    if (others.length === 0) return;
    this.#demandRoom(others);
    this.#transaction(() => {
      this.#stage(others);
    });
  }

  #stage(sightings: Iterable<ListedEntry>): void {
    const { stage } = this.#statements();
    for (const { path, cell } of sightings) {
      if (cell.state === 'absent') continue;
      stage(stagingKey(path), path, ...writeRemote(cell));
    }
  }

  finish(keep: ReadonlySet<RelPath>): ScanSummary {
    this.#mustBeOpen();
    const keeps = (path: string): boolean =>
      keep.has(path as RelPath) || this.#touched.has(path) || this.#isBelowTouched(path);
    const summary = this.#transaction(() => {
      this.#stage([...this.#known().besides(this.#staged())]);
      const seen = this.#known().count + this.#compare(keeps);
      const gone = this.#turnAbsent(keeps);
      const changed = this.#apply();
      return { seen, gone: gone + this.#turnHollowAbsent(keeps), changed };
    });
    this.abandon();
    return summary;
  }

  #mustBeOpen(): void {
    if (this.#isOpen) return;
    throw new SyncError({
      code: 'state-misuse',
      retry: 'slow',
      scope: 'pair',
      message: 'no remote scan is open',
    });
  }

  #isBelowTouched(path: string): boolean {
    if (this.#touchedTrees.size === 0) return false;
    for (let at = path; ; at = parentOf(at)) {
      if (this.#touchedTrees.has(at)) return true;
      if (at === '') return false;
    }
  }

  *#staged(): Iterable<ListedEntry> {
    for (const row of this.#statements().staged.iterate()) {
      yield { path: String(row[0]) as RelPath, cell: readRemote(row.slice(1)) };
    }
  }

  /** Notes which rows were sighted, and which sightings say something new. Changes no row. */
  #compare(keeps: (path: string) => boolean): number {
    const known = this.#known();
    this.#changes = [];
    let seen = 0;
    for (const { path, cell } of withClashes(this.#staged())) {
      seen++;
      const row = this.#tree.row(path);
      if (row !== null) known.noteSighted(row.id);
      if (keeps(path)) continue;
      const next = withKnownContent(cell, row);
      if (row === null || !sameCell(row.remote, next)) this.#noteChange({ path, cell: next });
    }
    return seen;
  }

  #noteChange(change: ListedEntry): void {
    if (this.#changes.length < changesHeld) this.#changes.push(change);
    else this.#statements().change(change.path, ...writeRemote(change.cell));
  }

  /** Before anything is added: a file that became a folder must be gone first, or its children would look like a clash. */
  #turnAbsent(keeps: (path: string) => boolean): number {
    const known = this.#known();
    const unseen: number[] = [];
    for (const [id] of this.#statements().listed.iterate())
      if (!known.isSighted(Number(id))) unseen.push(Number(id));
    return this.#forEachRow(unseen, keeps);
  }

  /** Folders that nothing holds up any more: no marker was sighted and nothing lies in them. */
  #turnHollowAbsent(keeps: (path: string) => boolean): number {
    this.#tree.flush();
    return this.#forEachRow(
      this.#statements()
        .hollow.all()
        .map(([id]) => Number(id)),
      keeps,
    );
  }

  #forEachRow(ids: readonly number[], keeps: (path: string) => boolean): number {
    let gone = 0;
    for (const id of ids) {
      const row = this.#tree.rowById(id);
      if (row === null) continue;
      const path = this.#tree.places.pathBelow(row.parent, row.name);
      if (!keeps(path) && this.#tree.set(path, { side: 'remote', cell: absent })) gone++;
    }
    return gone;
  }

  #apply(): number {
    let changed = 0;
    const set = (path: string, cell: RemoteCell): void => {
      if (this.#tree.set(path, { side: 'remote', cell })) changed++;
    };
    for (const { path, cell } of this.#changes) set(path, cell);
    for (const row of this.#statements().changes.iterate()) set(String(row[0]), readRemote(row.slice(1)));
    return changed;
  }
}

function prepareScan(db: DatabaseSync) {
  const columns = 'state INTEGER, reason TEXT, key TEXT, etag TEXT, size INTEGER, content TEXT';
  db.exec(`
    CREATE TEMP TABLE staged (place BLOB PRIMARY KEY, path TEXT NOT NULL, ${columns}) WITHOUT ROWID;
    CREATE TEMP TABLE changed (path TEXT NOT NULL, ${columns});
  `);
  const read = 'path, state, reason, key, etag, size, content';
  const sameKey = 'key IS excluded.key AND state = excluded.state';
  const isMarker = (row: string) => `(${row}state = 2 OR ${row}state = 1 AND ${row}size = 0)`;
  // An empty `name` beside the marker `name/`: two signs of one folder, the marker is the better one.
  const isOneFolder = `${isMarker('')} AND ${isMarker('excluded.')} AND state <> excluded.state`;
  const better = (column: string) => `CASE WHEN state = 2 THEN ${column} ELSE excluded.${column} END`;
  const clears = ['staged', 'changed'].map((table) => prepareCommand(db, `DELETE FROM temp.${table}`));
  return {
    clear: () => {
      for (const clear of clears) clear();
    },
    stage: prepareCommand(
      db,
      `INSERT INTO temp.staged (place, ${read}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (place) DO UPDATE SET
         state = CASE WHEN ${isOneFolder} THEN 2 ELSE 3 END,
         key = CASE WHEN ${isOneFolder} THEN ${better('key')} END,
         etag = CASE WHEN ${isOneFolder} THEN ${better('etag')} END,
         size = NULL, content = NULL,
         reason = CASE WHEN ${isOneFolder} THEN NULL WHEN ${sameKey} THEN 'incomplete-listing' ELSE 'name-clash' END
       WHERE NOT (${sameKey} AND etag IS excluded.etag AND reason IS excluded.reason)`,
    ),
    staged: prepareQuery(db, `SELECT ${read} FROM temp.staged ORDER BY place`),
    change: prepareCommand(db, `INSERT INTO temp.changed (${read}) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    changes: prepareQuery(db, `SELECT ${read} FROM temp.changed ORDER BY rowid`),
    // What a listing should have shown.
    listed: prepareQuery(
      db,
      `SELECT id FROM entry WHERE r_state <> 0 AND id > 1 AND NOT (r_state = 2 AND r_key IS NULL)
         AND NOT (r_state = 3 AND r_reason = 'contains-unknown')`,
    ),
    hollow: prepareQuery(
      db,
      `SELECT entry.id FROM entry LEFT JOIN folder USING (id)
         WHERE entry.id > 1 AND coalesce(rp, 0) = 0 AND (r_state = 2 AND r_key IS NULL
           OR r_state = 3 AND r_reason = 'contains-unknown' AND coalesce(ru, 0) = 0)`,
    ),
  };
}
