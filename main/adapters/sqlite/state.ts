// The engine's memory of one pair on an embedded SQLite database (node:sqlite): joins tree, scan and records in one store.
import type { DatabaseSync } from 'node:sqlite';
import { assertNever } from '../../core/model/errors.ts';
import { stillMatches } from '../../core/model/fingerprint.ts';
import type { Fingerprint } from '../../core/model/model.ts';
import type { PairStore, StateChange } from '../../ports/sync-state.port.ts';
import { KeyRangeQueries } from './key-range.ts';
import { SqliteRemoteScan } from './remote-scan.ts';
import { RecordTables } from './records/records.ts';
import { openStateDatabase } from './schema.ts';
import { stateError } from '../system/state-error.ts';
import { WalSync, unsynced } from './wal-sync.ts';
import { KnownEntries } from './scan/known-entries.ts';
import { BulkChanges } from './tree-bulk.ts';
import { TreeQueries } from './tree-queries.ts';
import { Tree } from './tree.ts';
import type { SideCell } from './tree.ts';

export type SqliteStateOptions = {
  /** Absolute path of the database file, or `:memory:`. */
  readonly file: string;
  /** Free bytes where the database and its temporary files lie; infinite by default. */
  readonly freeBytes?: () => number;
};

type Parts = {
  readonly tree: Tree;
  readonly bulk: BulkChanges;
  readonly scan: SqliteRemoteScan;
  readonly records: RecordTables;
};

type CellChange = Extract<StateChange, { readonly kind: SideCell['side'] }>;

function isCellChange(change: StateChange): change is CellChange {
  return change.kind === 'local' || change.kind === 'remote' || change.kind === 'base';
}

function sideCell(change: CellChange): SideCell {
  switch (change.kind) {
    case 'local':
      return { side: 'local', cell: change.cell };
    case 'remote':
      return { side: 'remote', cell: change.cell };
    case 'base':
      return { side: 'base', cell: change.cell };
  }
}

/** In order; cells of one row that follow one another are written by one statement. */
function applyChanges(parts: Parts, changes: readonly StateChange[]): void {
  for (let at = 0; at < changes.length;) {
    const change = changes[at];
    if (change === undefined) return;
    if (!isCellChange(change)) {
      applyChange(parts, change);
      at += 1;
      continue;
    }
    const { path } = change;
    const cells: SideCell[] = [];
    for (let next = changes[at]; next !== undefined && isCellChange(next) && next.path === path;) {
      if (next.kind === 'local' && next.ifStill !== undefined) {
        // It asks for the row as the changes before it leave it.
        if (cells.some(({ side }) => side === 'local')) break;
        if (isStill(parts.tree, path, next.ifStill)) cells.push(sideCell(next));
      } else cells.push(sideCell(next));
      if (next.kind === 'remote') parts.scan.touch(path);
      at += 1;
      next = changes[at];
    }
    const [first, ...others] = cells;
    if (first !== undefined) parts.tree.set(path, first, ...others);
  }
}

function isStill(tree: Tree, path: string, fingerprint: Fingerprint): boolean {
  const local = tree.row(path)?.local;
  return local?.state === 'present' && local.kind === 'file' && stillMatches(local.fingerprint, fingerprint);
}

function applyChange({ bulk, scan, records }: Parts, change: Exclude<StateChange, CellChange>): void {
  switch (change.kind) {
    case 'local-subtree':
      bulk.setSubtree(change.path, 'local', change.cell);
      return;
    case 'remote-subtree':
      scan.touchTree(change.path);
      bulk.setSubtree(change.path, 'remote', change.cell);
      return;
    case 'base-discard':
      bulk.discardBase();
      return;
    case 'rename':
      if (change.sides.includes('remote')) {
        scan.touchTree(change.from);
        scan.touchTree(change.to);
      }
      bulk.rename(change);
      return;
    case 'intent':
    case 'intents':
    case 'intent-done':
    case 'problem':
    case 'problem-gone':
    case 'trash':
    case 'trash-gone':
    case 'activity':
    case 'meta':
      records.apply(change);
      return;
    default:
      assertNever(change);
  }
}

/** One transaction, durable when it returns; on a failure nothing of it remains, in memory either. */
function runTransaction<Result>(
  { db, tree, records }: Pick<Parts, 'tree' | 'records'> & { readonly db: DatabaseSync },
  work: () => Result,
): Result {
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = work();
    tree.flush();
    records.flush();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite rolls back by itself after some failures (a full disk); a second rollback would then be an error of its own.
    if (db.isTransaction) db.exec('ROLLBACK');
    tree.rolledBack();
    records.rolledBack();
    throw stateError(error);
  }
}

function reading<Args extends readonly unknown[], Result>(
  read: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    try {
      return read(...args);
    } catch (error) {
      throw stateError(error);
    }
  };
}

/**
 * Opens (and makes) the store of one pair. Throws SyncError `state-corrupt`, `state-newer`, `state-unavailable`, `state-busy`, `disk-full`.
 * The file must have one owner: the engine lock sees to that.
 */
export function openSqliteState(options: SqliteStateOptions): PairStore {
  const db = openStateDatabase(options.file);
  const tree = new Tree(db);
  const records = new RecordTables(db);
  const transaction = <Result>(work: () => Result): Result => runTransaction({ db, tree, records }, work);
  const scan = new SqliteRemoteScan(db, {
    tree,
    transaction,
    freeBytes: options.freeBytes ?? (() => Infinity),
  });
  const queries = new TreeQueries(db, tree);
  const known = new KnownEntries(db, tree, queries);
  const ranges = new KeyRangeQueries(db);
  const apply = (changes: readonly StateChange[]): void => {
    transaction(() => {
      applyChanges(parts, changes);
    });
  };
  const wal = options.file === ':memory:' ? null : new WalSync(db, options.file);
  const parts: Parts = { tree, bulk: new BulkChanges(db, tree), scan, records };
  return {
    entry: reading((path) => queries.entry(path)),
    children: reading((dir) => queries.children(dir)),
    compareLocal: reading((dir, entries) => known.compare(dir, entries)),
    summary: reading((dir) => queries.summary(dir)),
    subtree: (path) => queries.subtree(path),
    keyRange: (range) => ranges.between(range),
    sequence: reading((after, limit) => queries.sequence(after, limit)),
    unsettled: reading((limit, skip = 0) => queries.unsettled(limit, skip)),
    findBaseFolders: reading((inode) => queries.findBaseFolders(inode)),
    findUnsynced: reading((query) => queries.findUnsynced(query)),
    remoteUnknown: reading((limit) => queries.remoteUnknown(limit)),
    ignored: reading((limit) => queries.ignored(limit)),
    counts: () => tree.counts(),
    record: (changes) => {
      if (changes.length > 0) apply(changes);
    },
    note: (changes) => {
      if (changes.length === 0) return;
      unsynced(db, () => {
        apply(changes);
      });
    },
    recordSoon: (changes) => {
      if (changes.length === 0) return null;
      if (wal !== null)
        return wal.after(() => {
          apply(changes);
        });
      apply(changes);
      return null;
    },
    remoteScan: scan,
    meta: reading((key) => records.meta(key)),
    metaKeys: reading((prefix) => records.metaKeys(prefix)),
    intents: reading(() => records.intents()),
    problems: reading(() => records.problems()),
    problem: reading((path) => records.problem(path)),
    trash: reading(() => records.trash()),
    activity: reading((limit) => records.activity(limit)),
    close: () => {
      if (db.isOpen) db.close();
      wal?.close();
    },
  };
}
