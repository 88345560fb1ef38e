// Files of one size that may have been moved on one side.
import type { ContentId, Entry, RelPath } from '../../model/model.ts';
import { areNested, comparePaths, nameOf, parentOf } from '../../model/path.ts';
import type { MovePair } from './folder-pairs.ts';
import { OpenRows } from './open-rows.ts';

/** Many files of one name and size (empty `__init__.py`) must not make the search quadratic. */
const maxLikely = 8;

export type SourceTraits = {
  /** Matched to a new name already; stays true. */
  readonly isTaken: (row: Entry) => boolean;
  readonly isUnread: (row: Entry) => boolean;
  /** As last synced while it is unread. */
  readonly content: (row: Entry) => ContentId | null;
};

type SameContent = {
  readonly byName: ReadonlyMap<string, readonly Entry[]>;
  readonly unread: readonly Entry[];
  readonly read: OpenRows;
  readonly readByName: ReadonlyMap<string, OpenRows>;
  readonly readByParent: ReadonlyMap<RelPath, OpenRows>;
};

export class MoveSources {
  readonly #traits: SourceTraits;
  readonly #open: OpenRows;
  readonly #byName: ReadonlyMap<string, readonly Entry[]>;
  readonly #byContent: ReadonlyMap<ContentId | null, readonly Entry[]>;
  readonly #contents = new Map<ContentId, SameContent>();
  /** Those that `letWait` has not given yet. */
  #left: readonly Entry[];

  constructor(rows: readonly Entry[], traits: SourceTraits) {
    this.#traits = traits;
    this.#open = new OpenRows(rows, traits.isTaken);
    this.#byName = byName(rows);
    this.#byContent = Map.groupBy(rows, traits.content);
    this.#left = rows;
  }

  hasOpen(to: RelPath): boolean {
    return this.#open.find((row) => !areNested(row.path, to)) !== null;
  }

  /** Pairs with files of the same name, taken ones too: their folder may show where they belong. */
  likelyPairs(to: RelPath, content: ContentId | null): readonly MovePair[] {
    const rows = content === null ? this.#byName : this.#withContent(content)?.byName;
    const pairs: MovePair[] = [];
    for (const { path } of rows?.get(nameOf(to)) ?? []) {
      if (!areNested(path, to)) pairs.push({ from: path, to });
      if (pairs.length === maxLikely) break;
    }
    return pairs;
  }

  /** Files that have to wait until the bytes of `to` are known, each of them once. */
  letWait(to: RelPath): readonly RelPath[] {
    const open = this.#left.filter((row) => !this.#traits.isTaken(row));
    this.#left = open.filter((row) => areNested(row.path, to));
    return open.flatMap((row) => (areNested(row.path, to) ? [] : [row.path]));
  }

  /** The likeliest open file of this content: the same name elsewhere, then another name in the same folder, then by path. */
  likeliest(to: RelPath, content: ContentId): RelPath | 'unread' | null {
    const same = this.#withContent(content);
    if (same === null) return null;
    const fits = (row: Entry): boolean => !areNested(row.path, to);
    const found =
      same.readByName.get(nameOf(to))?.find(fits) ??
      same.readByParent.get(parentOf(to))?.find(fits) ??
      same.read.find(fits);
    return found?.row.path ?? (same.unread.some(fits) ? 'unread' : null);
  }

  #withContent(content: ContentId): SameContent | null {
    const known = this.#contents.get(content);
    if (known !== undefined) return known;
    const rows = this.#byContent.get(content);
    if (rows === undefined) return null;
    const { isUnread, isTaken } = this.#traits;
    const read = rows
      .filter((row) => !isUnread(row))
      .sort((left, right) => comparePaths(left.path, right.path));
    const open = (some: readonly Entry[]): OpenRows => new OpenRows(some, isTaken);
    const made: SameContent = {
      byName: byName(rows),
      unread: rows.filter(isUnread),
      read: open(read),
      readByName: new Map([...byName(read)].map(([name, some]) => [name, open(some)])),
      readByParent: new Map(
        [...Map.groupBy(read, (row) => parentOf(row.path))].map(([dir, some]) => [dir, open(some)]),
      ),
    };
    this.#contents.set(content, made);
    return made;
  }
}

function byName(rows: readonly Entry[]): Map<string, Entry[]> {
  return Map.groupBy(rows, (row) => nameOf(row.path));
}
