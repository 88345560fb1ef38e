// Entries of one directory that equal their rows, found without cells of the rows.
import type { DatabaseSync } from 'node:sqlite';
import { sameInode } from '../../../core/model/fingerprint.ts';
import type { Entry, LocalCell, RelPath } from '../../../core/model/model.ts';
import { joinPath, nameOf } from '../../../core/model/path.ts';
import type { ScannedEntry } from '../../../ports/local-files.port.ts';
import type { SyncState } from '../../../ports/sync-state.port.ts';
import { lazily, prepareQuery } from '../query.ts';
import type { Cell } from '../row-codec.ts';
import { isEmptyRow } from '../row-codec.ts';
import type { Tree } from '../tree.ts';

type Compared = ReturnType<SyncState['compareLocal']>;

/** What the queries of whole rows answer. */
type Rows = Pick<SyncState, 'entry' | 'children'>;

/** Below so many, rows that differ are read one by one. */
const fewRows = 16;

/** The columns of `prepareRows`, after the name. */
function isSame(row: readonly Cell[], cell: LocalCell): boolean {
  if (cell.state !== 'present' || cell.rawName !== (row[2] ?? row[0])) return false;
  const inode = BigInt.asUintN(64, typeof row[6] === 'bigint' ? row[6] : 0n);
  if (cell.kind === 'folder') return row[1] === 2n && inode === cell.inode;
  const { sizeBytes, mtimeNs, ctimeNs, inode: found } = cell.fingerprint;
  return (
    row[1] === 1n &&
    Number(row[3]) === sizeBytes &&
    row[4] === mtimeNs &&
    row[5] === ctimeNs &&
    sameInode(inode, found) &&
    (row[7] === 1n) === cell.executable &&
    row[8] === 1n
  );
}

export class KnownEntries {
  readonly #tree: Tree;
  readonly #rows: Rows;
  readonly #q: () => ReturnType<typeof prepareRows>;

  constructor(db: DatabaseSync, tree: Tree, rows: Rows) {
    this.#tree = tree;
    this.#rows = rows;
    this.#q = lazily(() => prepareRows(db));
  }

  compare(dir: RelPath, entries: readonly ScannedEntry[]): Compared {
    const same = new Set<ScannedEntry>();
    const id = this.#tree.places.directory(dir, false);
    if (id === null) return { same, others: [] };
    const byName = new Map(entries.map((entry) => [nameOf(entry.path), entry]));
    // Two of one name are for the caller to judge.
    if (byName.size < entries.length) return { same, others: this.#rows.children(dir) };
    const names: string[] = [];
    for (const row of this.#q().iterate(id)) {
      const name = String(row[0]);
      const entry = byName.get(name);
      if (entry !== undefined && isSame(row, entry.cell)) same.add(entry);
      else names.push(name);
    }
    if (names.length === 0) return { same, others: [] };
    return { same, others: this.#others(dir, names) };
  }

  #others(dir: RelPath, names: readonly string[]): readonly Entry[] {
    const paths = names.map((name) => joinPath(dir, name));
    if (paths.length > fewRows) {
      const wanted = new Set(paths);
      return this.#rows.children(dir).filter(({ path }) => wanted.has(path));
    }
    return paths.map((path) => this.#rows.entry(path)).filter((entry) => !isEmptyRow(entry));
  }
}

function prepareRows(db: DatabaseSync) {
  return prepareQuery(
    db,
    `SELECT name, l_state, l_raw, l_size, l_mtime, l_ctime, l_inode, l_exec, l_content IS NOT NULL
       FROM entry WHERE parent = ? ORDER BY name`,
  );
}
