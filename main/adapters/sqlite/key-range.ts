// Rows whose object keys are in a range, read without scanning the whole tree.
import type { DatabaseSync } from 'node:sqlite';
import { comparePaths } from '../../core/model/path.ts';
import type { Entry, RelPath } from '../../core/model/model.ts';
import type { Cell } from './row-codec.ts';
import { isEmptyRow, readRow, rowColumns, toEntry } from './row-codec.ts';
import { rootId } from './path-index.ts';
import { lazily, prepareQuery } from './query.ts';

const pageRows = 500;
/** The character after `/`: what lies in folder `n` has keys from `n/` on and before `n0`. */
const afterSlash = '0';

/** Keys relative to the pair's prefix; `from` belongs to the range, `before` does not; null is open. */
export type KeyRange = { readonly from: string | null; readonly before: string | null };

export class KeyRangeQueries {
  readonly #q: () => ReturnType<typeof prepareRange>;

  constructor(db: DatabaseSync) {
    this.#q = lazily(() => prepareRange(db));
  }

  /** A superset at its edges: a file row just outside may come along, a row inside is never missed. */
  *between(range: KeyRange): Iterable<Entry> {
    yield* this.#below(rootId, '', range);
  }

  *#below(id: number, path: string, range: KeyRange): Iterable<Entry> {
    for (const found of this.#candidates(id, range)) {
      const row = readRow(found);
      const below = (path === '' ? row.name : `${path}/${row.name}`) as RelPath;
      if (!isEmptyRow(row)) yield toEntry(row, below);
      const inner = found.at(-1) === 1n ? rangeInside(row.name, range) : null;
      if (inner !== null) yield* this.#below(row.id, below, inner);
    }
  }

  /**
   * Names sort apart from keys only where a folder's `/` meets a smaller character: folder `a` (keys `a/...`) comes after
   * file `a!x`. So the shorter names that `from` begins with are looked up one by one.
   */
  *#candidates(id: number, { from, before }: KeyRange): Iterable<readonly Cell[]> {
    const low = from === null ? '' : firstSegment(from);
    const high = before === null ? null : `${firstSegment(before)}${afterSlash}`;
    for (let length = 1; length < low.length; length += 1) {
      const found = this.#q().one.first(id, low.slice(0, length));
      if (found !== null) yield found;
    }
    let first = low;
    let isFirst = true;
    for (;;) {
      const page = isFirst ? this.#q().pageFrom.all(id, first) : this.#q().pageAfter.all(id, first);
      isFirst = false;
      for (const found of page) {
        const { name } = readRow(found);
        if (high !== null && comparePaths(name, high) >= 0) return;
        yield found;
        first = name;
      }
      if (page.length < pageRows) return;
    }
  }
}

/** NUL is in no name; it only says "just after" in a bound. */
function firstSegment(bound: string): string {
  return (bound.split('/', 1)[0] ?? '').replace(/\0$/u, '');
}

/** The part of the range that lies inside folder `name`, as seen from there; null when there is none. */
function rangeInside(name: string, { from, before }: KeyRange): KeyRange | null {
  const start = `${name}/`;
  const end = `${name}${afterSlash}`;
  if (before !== null && comparePaths(before, start) <= 0) return null;
  if (from !== null && comparePaths(from, end) >= 0) return null;
  return {
    from: from !== null && from.startsWith(start) ? from.slice(start.length) : null,
    before: before !== null && before.startsWith(start) ? before.slice(start.length) : null,
  };
}

function prepareRange(db: DatabaseSync) {
  const hasKids = 'EXISTS (SELECT 1 FROM folder WHERE folder.id = entry.id AND kids > 0)';
  const select = `SELECT ${rowColumns}, ${hasKids} FROM entry WHERE parent = ?`;
  return {
    one: prepareQuery(db, `${select} AND name = ?`),
    pageFrom: prepareQuery(db, `${select} AND name >= ? ORDER BY name LIMIT ${pageRows}`),
    pageAfter: prepareQuery(db, `${select} AND name > ? ORDER BY name LIMIT ${pageRows}`),
  };
}
