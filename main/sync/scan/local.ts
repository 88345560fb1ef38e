// Local scan: records differences of a tree, a directory or one changed entry.
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { LocalCell, RelPath } from '../../core/model/model.ts';
import { isBelow, nameOf, parentOf, rootPath, segmentRefusal } from '../../core/model/path.ts';
import type { DirListing, ScannedEntry } from '../../ports/local-files.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { syncable, topmostIgnored } from './ignored.ts';
import { changesOf, isFolder, isForReport, withContent } from './local-changes.ts';

/** Their entries wait in memory while the bucket is listed, and those of as many more: of a thousand files each, some MiB. */
const dirsAtOnce = 16;

export type LocalScan = {
  /** False if a directory disappeared during the walk: absence then proves nothing until the next scan. */
  readonly isComplete: boolean;
  readonly entriesSeen: number;
};

export type Scope = Pick<PairContext, 'files' | 'store' | 'clock' | 'reached' | 'names'> & {
  readonly settings: { readonly binding: { readonly prefix: string } };
  /** Told of each path that is recorded, and of each entry that was looked at. */
  readonly onLooked?: (path: RelPath) => void;
};

/** Receives how many rows were changed just now. */
export type OnFound = (rows: number) => void;

export type TreeScan = {
  /** Nothing is recorded before it resolves; the scan rejects with what it rejects with. */
  readonly recordAfter?: Promise<void>;
  readonly onFound?: OnFound | undefined;
};

/**
 * Lists `from` and everything below it. Each listing is compared with the rows of its directory, so that
 * memory holds one batch of directories and never the whole tree.
 */
export async function scanLocalTree(
  context: Scope,
  ignores: IgnoreMatcher,
  from: RelPath,
  signal: AbortSignal,
  { recordAfter, onFound }: TreeScan = {},
): Promise<LocalScan> {
  const pending: RelPath[] = [from];
  const begin = (): Listings | null =>
    pending.length === 0 ? null : beginListing(context.files.list(pending.splice(-dirsAtOnce), signal));
  let isComplete = true;
  let entriesSeen = 0;
  for (let batch = begin(); batch !== null;) {
    // The next batch is listed while this one is compared.
    const next = begin();
    try {
      signal.throwIfAborted();
      const changes: StateChange[] = [];
      for await (const listing of batch.listed) {
        const found = compareListing(context, ignores, listing);
        // One by one: as arguments of one call, what a folder of 130,000 files gives would exceed the stack.
        for (const change of found.changes) changes.push(change);
        for (const folder of found.folders) pending.push(folder);
        isComplete &&= found.isComplete;
        entriesSeen += found.entriesSeen;
      }
      if (changes.length > 0) {
        if (recordAfter !== undefined) await recordAfter;
        noteFound(context, changes);
        onFound?.(changes.length);
      }
    } catch (error) {
      await Promise.allSettled([batch.end(), next?.end()]);
      throw error;
    }
    batch = next ?? begin();
  }
  if (recordAfter !== undefined) await recordAfter;
  dropOldReasons(context, from);
  context.reached('scan.local-recorded');
  return { isComplete, entriesSeen };
}

function noteFound({ store, onLooked }: Scope, changes: readonly StateChange[]): void {
  if (onLooked !== undefined) for (const change of changes) if ('path' in change) onLooked(change.path);
  store.note(changes);
}

type Listings = {
  readonly listed: AsyncIterable<DirListing>;
  /** Must be called also if no listing was read: an open listing holds the folder and a worker thread. */
  readonly end: () => Promise<unknown>;
};

/** Starts listing at once, not when the first result is read. */
function beginListing(listings: AsyncIterable<DirListing>): Listings {
  const source = listings[Symbol.asyncIterator]();
  const first = source.next();
  // Awaited in its turn; until then a failure must not count as unhandled.
  first.catch(() => undefined);
  async function* listed(): AsyncIterable<DirListing> {
    for (let at = await first; at.done !== true; at = await source.next()) yield at.value;
  }
  return { listed: listed(), end: async () => source.return?.() };
}

type Compared = {
  readonly changes: readonly StateChange[];
  readonly folders: readonly RelPath[];
  readonly isComplete: boolean;
  readonly entriesSeen: number;
};

function compareListing(context: Scope, ignores: IgnoreMatcher, listing: DirListing): Compared {
  switch (listing.kind) {
    case 'failed':
      return {
        changes: changesOf(
          context,
          listing.dir,
          { state: 'unknown', reason: listing.reason },
          context.store.entry(listing.dir),
        ),
        folders: [],
        // Contents are now unknown and therefore protected (C1); the scan continues.
        isComplete: true,
        entriesSeen: 0,
      };
    case 'gone':
      // It existed when its parent was listed. Scan again later instead of concluding anything, because a
      // directory renamed during the walk hides everything below it without an error.
      return { changes: [], folders: [], isComplete: false, entriesSeen: 0 };
    case 'listed':
      return compareListed(context, ignores, listing.dir, listing.entries);
  }
}

function compareListed(
  context: Scope,
  ignores: IgnoreMatcher,
  dir: RelPath,
  entries: readonly ScannedEntry[],
): Compared {
  const { same, others } = context.store.compareLocal(dir, entries);
  const rows = new Map(others.map((row) => [row.path, row]));
  const changes: StateChange[] = [];
  const folders: RelPath[] = [];
  for (const scanned of entries) {
    if (same.has(scanned)) {
      const { path, cell } = scanned;
      // The rules may have changed.
      if (syncable(context, ignores, path, cell) === cell) {
        if (isFolder(cell)) folders.push(path);
        continue;
      }
      rows.set(path, context.store.entry(path));
    }
    const row = rows.get(scanned.path);
    rows.delete(scanned.path);
    const cell = syncable(context, ignores, scanned.path, withContent(scanned.cell, row));
    changes.push(...changesOf(context, scanned.path, cell, row));
    if (isFolder(cell)) folders.push(scanned.path);
  }
  for (const [path, row] of rows) {
    if (row.local.state === 'absent') {
      // What failed keeps its back-off: a file that could not be placed here is absent, too.
      if (context.store.problem(path)?.attempts === 0) changes.push({ kind: 'problem-gone', path });
      continue;
    }
    changes.push(...changesOf(context, path, { state: 'absent' }, row));
  }
  return { changes, folders, isComplete: true, entriesSeen: entries.length };
}

/**
 * Scans one changed entry (C25). A folder that was not known before is listed with everything below it. On a
 * case-insensitive disk both the reported and the known spelling are checked, because the entry may have been
 * renamed from one to the other.
 */
export async function scanEntry(
  context: Scope,
  ignores: IgnoreMatcher,
  path: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const scan = await scanSpelling(context, ignores, path, signal);
  const known = await context.names?.knownPath(path);
  if (known === undefined || known === path) return scan;
  return joinScans(scan, await scanSpelling(context, ignores, known, signal));
}

function joinScans(one: LocalScan, other: LocalScan): LocalScan {
  return {
    isComplete: one.isComplete && other.isComplete,
    entriesSeen: one.entriesSeen + other.entriesSeen,
  };
}

/**
 * A name that cannot be synced, or is not UTF-8 on disk, does not resolve to its entry: only a listing shows
 * it and its inode.
 */
function mustBeListed(path: RelPath): boolean {
  return segmentRefusal(nameOf(path)) !== null || path.includes('\ufffd');
}

/** Lists one directory, and any new directories in it with everything below them. */
async function listAgain(
  context: Scope,
  ignores: IgnoreMatcher,
  dir: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const known = new Map(context.store.children(dir).map((row) => [row.path, row.local]));
  let scan: LocalScan = { isComplete: true, entriesSeen: 0 };
  for await (const listing of context.files.list([dir], signal)) {
    const found = compareListing(context, ignores, listing);
    if (found.changes.length > 0) noteFound(context, found.changes);
    scan = joinScans(scan, found);
    for (const folder of found.folders) {
      const { local } = context.store.entry(folder);
      if (isSameFolder(known.get(folder) ?? { state: 'absent' }, local)) continue;
      scan = joinScans(scan, await scanLocalTree(context, ignores, folder, signal));
    }
  }
  return scan;
}

async function scanSpelling(
  context: Scope,
  ignores: IgnoreMatcher,
  path: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  if (path === rootPath) return scanLocalTree(context, ignores, rootPath, signal);
  const top = topmostIgnored(ignores, path);
  if (top !== null) {
    recordIfDifferent(context, top.path, { state: 'unknown', reason: top.reason });
    return { isComplete: true, entriesSeen: 1 };
  }
  const unlisted = unlistedAncestor(context, path);
  if (unlisted !== null) return scanSpelling(context, ignores, unlisted, signal);

  if (mustBeListed(path)) return listAgain(context, ignores, parentOf(path), signal);
  const row = context.store.entry(path);
  const cell = syncable(context, ignores, path, withContent(await context.files.look(path), row));
  recordIfDifferent(context, path, cell);
  if (isFolder(row.local) || row.local.state === 'unknown') dropOldReasons(context, path);
  if (isFolder(cell) && !isSameFolder(row.local, cell)) return scanLocalTree(context, ignores, path, signal);
  return { isComplete: true, entriesSeen: 1 };
}

/**
 * Events below `path` were lost: the entry itself is checked as well, so that its rows do not lose their
 * parent.
 */
export async function scanSubtree(
  context: Scope,
  ignores: IgnoreMatcher,
  path: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const before = context.store.entry(path).local;
  const scan = await scanEntry(context, ignores, path, signal);
  // Otherwise it was just listed, with everything below it.
  const isUnlisted = path !== rootPath && isSameFolder(before, context.store.entry(path).local);
  return isUnlisted ? scanLocalTree(context, ignores, path, signal) : scan;
}

/** A different inode is a different folder, moved into the place of the known one. */
function isSameFolder(known: LocalCell, now: LocalCell): boolean {
  return isFolder(known) && isFolder(now) && known.inode === now.inode;
}

/** An event may name a file in a directory that no scan has seen: then that directory is the new entry. */
function unlistedAncestor(context: Scope, path: RelPath): RelPath | null {
  let unlisted: RelPath | null = null;
  for (let dir = parentOf(path); dir !== rootPath; dir = parentOf(dir)) {
    if (isFolder(context.store.entry(dir).local)) break;
    unlisted = dir;
  }
  return unlisted;
}

function recordIfDifferent(context: Scope, path: RelPath, cell: LocalCell): void {
  // Also where nothing differs: of a file that was made and removed beside this, the row says the one as little as the other.
  context.onLooked?.(path);
  const changes = changesOf(context, path, cell, context.store.entry(path));
  if (changes.length > 0) context.store.note(changes);
}

/** Problem records survive the rows of a folder that was removed or is ignored now; delete them with it. */
function dropOldReasons(context: Scope, from: RelPath): void {
  const old = context.store
    .problems()
    .filter(({ path, attempts }) => attempts === 0 && (path === from || isBelow(path, from)))
    .filter(({ path, code }) => code !== 'key-refused' && !isForReport(context.store.entry(path).local));
  if (old.length > 0) context.store.note(old.map(({ path }) => ({ kind: 'problem-gone' as const, path })));
}
