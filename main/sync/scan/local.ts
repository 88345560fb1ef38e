// Looks at the local side and records what differs from the state: whole trees, one directory, or one hinted entry.
import { carriedContent, sameFingerprint } from '../../core/model/fingerprint.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { Entry, LocalCell, LocalFolder, RelPath, Trace } from '../../core/model/model.ts';
import { isBelow, isKeyTooLong, nameOf, parentOf, rootPath, segmentRefusal } from '../../core/model/path.ts';
import type { DirListing, LocalSighting } from '../../ports/local-files.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

const dirsAtOnce = 64;

export type LocalScan = {
  /** False when a directory went away under the walk: then no absence proves anything until the next one. */
  readonly isComplete: boolean;
  readonly entriesSeen: number;
};

type Scope = Pick<PairContext, 'files' | 'store' | 'clock' | 'reached' | 'names'> & {
  readonly settings: { readonly binding: { readonly prefix: string } };
};

/**
 * Lists `from` and everything below it. Each directory's listing is compared with that directory's rows, so that
 * memory holds one batch of directories and never the tree.
 */
export async function scanLocalTree(
  context: Scope,
  ignores: IgnoreMatcher,
  from: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const todo: RelPath[] = [from];
  let isComplete = true;
  let entriesSeen = 0;
  while (todo.length > 0) {
    signal.throwIfAborted();
    const batch = todo.splice(-dirsAtOnce);
    const changes: StateChange[] = [];
    for await (const listing of context.files.list(batch, signal)) {
      const found = compareListing(context, ignores, listing);
      changes.push(...found.changes);
      todo.push(...found.folders);
      isComplete &&= found.isComplete;
      entriesSeen += found.entriesSeen;
    }
    if (changes.length > 0) context.store.record(changes);
  }
  dropOldReasons(context, from);
  context.reached('scan.local-recorded');
  return { isComplete, entriesSeen };
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
        // Its subtree is unknown now, which protects it (rule 1); the rest of the look is as good as before.
        isComplete: true,
        entriesSeen: 0,
      };
    case 'gone':
      // It was there when its parent was listed: look again with the next scan instead of concluding anything,
      // because a directory renamed under the walk hides everything below it without any error.
      return { changes: [], folders: [], isComplete: false, entriesSeen: 0 };
    case 'listed':
      return compareListed(context, ignores, listing.dir, listing.entries);
  }
}

function compareListed(
  context: Scope,
  ignores: IgnoreMatcher,
  dir: RelPath,
  entries: readonly LocalSighting[],
): Compared {
  const rows = new Map(context.store.children(dir).map((row) => [row.path, row]));
  const changes: StateChange[] = [];
  const folders: RelPath[] = [];
  for (const sighting of entries) {
    const row = rows.get(sighting.path);
    rows.delete(sighting.path);
    const cell = syncable(context, ignores, sighting.path, withContent(sighting.cell, row));
    changes.push(...changesOf(context, sighting.path, cell, row));
    if (cell.state === 'present' && cell.kind === 'folder') folders.push(sighting.path);
  }
  for (const [path, row] of rows) {
    if (row.local.state === 'absent') {
      if (context.store.problem(path) !== null) changes.push({ kind: 'problem-gone', path });
      continue;
    }
    changes.push(...changesOf(context, path, { state: 'absent' }, row));
  }
  return { changes, folders, isComplete: true, entriesSeen: entries.length };
}

/**
 * Looks at one hinted entry (rule 25). A folder that was not known before is listed with all below it. Where the disk folds letter case, the
 * hinted spelling and the one that the entry is known by are both looked at: it may have been renamed from the one to the other.
 */
export async function lookAtEntry(
  context: Scope,
  ignores: IgnoreMatcher,
  path: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const looked = await lookAtSpelling(context, ignores, path, signal);
  const known = await context.names?.knownPath(path);
  if (known === undefined || known === path) return looked;
  const also = await lookAtSpelling(context, ignores, known, signal);
  return {
    isComplete: looked.isComplete && also.isComplete,
    entriesSeen: looked.entriesSeen + also.entriesSeen,
  };
}

/** A name that cannot be synced, or is no UTF-8 on the disk, does not lead to its entry: only a listing shows that, and its inode. */
function mustBeListed(path: RelPath): boolean {
  return segmentRefusal(nameOf(path)) !== null || path.includes('\ufffd');
}

/** One directory, and those in it that were not known before with all below them. */
async function listAgain(
  context: Scope,
  ignores: IgnoreMatcher,
  dir: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const known = new Map(context.store.children(dir).map((row) => [row.path, row.local]));
  let scan: LocalScan = { isComplete: true, entriesSeen: 0 };
  const add = (other: LocalScan): void => {
    const entriesSeen = scan.entriesSeen + other.entriesSeen;
    scan = { isComplete: scan.isComplete && other.isComplete, entriesSeen };
  };
  for await (const listing of context.files.list([dir], signal)) {
    const found = compareListing(context, ignores, listing);
    if (found.changes.length > 0) context.store.record(found.changes);
    add(found);
    for (const folder of found.folders) {
      const { local } = context.store.entry(folder);
      if (isSameFolder(known.get(folder) ?? { state: 'absent' }, local)) continue;
      add(await scanLocalTree(context, ignores, folder, signal));
    }
  }
  return scan;
}

async function lookAtSpelling(
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
  if (unlisted !== null) return lookAtSpelling(context, ignores, unlisted, signal);

  if (mustBeListed(path)) return listAgain(context, ignores, parentOf(path), signal);
  const row = context.store.entry(path);
  const cell = syncable(context, ignores, path, withContent(await context.files.look(path), row));
  recordIfDifferent(context, path, cell);
  if (isFolder(row.local) || row.local.state === 'unknown') dropOldReasons(context, path);
  if (isFolder(cell) && !isSameFolder(row.local, cell)) return scanLocalTree(context, ignores, path, signal);
  return { isComplete: true, entriesSeen: 1 };
}

/** Hints below `path` were lost: the entry itself is looked at too, or its rows would hang below nothing. */
export async function lookAtTree(
  context: Scope,
  ignores: IgnoreMatcher,
  path: RelPath,
  signal: AbortSignal,
): Promise<LocalScan> {
  const before = context.store.entry(path).local;
  const looked = await lookAtEntry(context, ignores, path, signal);
  // Otherwise it was listed just now, with all below it.
  const isUnlisted = path !== rootPath && isSameFolder(before, context.store.entry(path).local);
  return isUnlisted ? scanLocalTree(context, ignores, path, signal) : looked;
}

function isFolder(cell: LocalCell): cell is LocalFolder {
  return cell.state === 'present' && cell.kind === 'folder';
}

/** Another inode is another folder that was moved into the place of the one we know. */
function isSameFolder(known: LocalCell, now: LocalCell): boolean {
  return isFolder(known) && isFolder(now) && known.inode === now.inode;
}

/** A hint may name a file in a directory that no scan has seen: then that directory is what is new. */
function unlistedAncestor(context: Scope, path: RelPath): RelPath | null {
  let unlisted: RelPath | null = null;
  for (let dir = parentOf(path); dir !== rootPath; dir = parentOf(dir)) {
    const row = context.store.entry(dir);
    if (row.local.state === 'present' && row.local.kind === 'folder') break;
    unlisted = dir;
  }
  return unlisted;
}

function recordIfDifferent(context: Scope, path: RelPath, cell: LocalCell): void {
  const changes = changesOf(context, path, cell, context.store.entry(path));
  if (changes.length > 0) context.store.record(changes);
}

/** A reason that was told for something below a folder outlives the rows of that folder; it must not outlive the thing. */
function dropOldReasons(context: Scope, from: RelPath): void {
  const old = context.store
    .problems()
    .filter(({ path, attempts }) => attempts === 0 && (path === from || isBelow(path, from)))
    .filter(
      ({ path, code }) => code !== 'key-refused' && context.store.entry(path).local.state !== 'unknown',
    );
  if (old.length > 0) context.store.record(old.map(({ path }) => ({ kind: 'problem-gone' as const, path })));
}

/** The row changes that this look amounts to; none when the row says so already. */
function changesOf(
  context: Scope,
  path: RelPath,
  cell: LocalCell,
  row: Entry | undefined,
): readonly StateChange[] {
  const known: LocalCell = row?.local ?? { state: 'absent' };
  if (sameCell(known, cell)) {
    // An operation that met it records the cell without a word to the person.
    const isUntold = cell.state === 'unknown' && context.store.problem(path) === null;
    return isUntold && cell.reason !== 'ignored' && cell.reason !== 'excluded'
      ? problemChanges(context, path, known, cell)
      : [];
  }
  // An unknown entry may have been a folder: rows below it must not outlive it as unknown.
  const hadSubtree = known.state === 'unknown' || (known.state === 'present' && known.kind === 'folder');
  const change: StateChange =
    cell.state === 'unknown' || (cell.state === 'absent' && hadSubtree)
      ? { kind: 'local-subtree', path, cell }
      : { kind: 'local', path, cell };
  // A file where a folder was: what the folder held is gone with it.
  const wasFolder = cell.state === 'present' && cell.kind === 'file' && hadSubtree;
  const emptied: readonly StateChange[] = wasFolder
    ? [{ kind: 'local-subtree', path, cell: { state: 'absent' } }]
    : [];
  return [...emptied, change, ...problemChanges(context, path, known, cell)];
}

/** What is left alone on this side is told to the person with its reason; what was left out on purpose is not. */
function problemChanges(
  context: Scope,
  path: RelPath,
  known: LocalCell,
  cell: LocalCell,
): readonly StateChange[] {
  if (cell.state === 'unknown' && cell.reason !== 'ignored' && cell.reason !== 'excluded') {
    const problem = {
      path,
      code: cell.reason,
      fields: {},
      sinceMs: context.clock.nowMs(),
      attempts: 0,
      retryAtMs: null,
    };
    return [{ kind: 'problem', problem }];
  }
  return known.state === 'unknown' || context.store.problem(path) !== null
    ? [{ kind: 'problem-gone', path }]
    : [];
}

function withContent(cell: LocalCell, row: Entry | undefined): LocalCell {
  if (cell.state !== 'present' || cell.kind !== 'file' || row === undefined) return cell;
  const known = row.local.state === 'present' && row.local.kind === 'file' ? row.local : null;
  const base = row.base?.kind === 'file' ? row.base : null;
  const content = carriedContent(cell.fingerprint, [known, base]);
  return content === null ? cell : { ...cell, content };
}

/** What is left out on purpose, or lies under a name that no object can have, is unknown. */
function syncable(
  { settings }: Pick<Scope, 'settings'>,
  ignores: IgnoreMatcher,
  path: RelPath,
  found: LocalCell,
): LocalCell {
  const cell = withIgnore(ignores, path, found);
  if (cell.state !== 'present' || cell.kind !== 'file') return cell;
  if (!isKeyTooLong(settings.binding.prefix, path, 'file')) return cell;
  const { inode, sizeBytes } = cell.fingerprint;
  return { state: 'unknown', reason: 'name-too-long', trace: { kind: 'file', inode, sizeBytes } };
}

function withIgnore(ignores: IgnoreMatcher, path: RelPath, cell: LocalCell): LocalCell {
  if (cell.state === 'absent') return cell;
  const kind = cell.state === 'present' ? cell.kind : 'file';
  const reason = ignores(path, kind);
  return reason === null ? cell : { state: 'unknown', reason };
}

/** The highest left-out ancestor of `path`, because gitignore never looks below one. */
export function topmostIgnored(
  ignores: IgnoreMatcher,
  path: RelPath,
): { readonly path: RelPath; readonly reason: 'ignored' | 'excluded' } | null {
  let top: ReturnType<typeof topmostIgnored> = null;
  for (let dir = parentOf(path); dir !== rootPath; dir = parentOf(dir)) {
    const reason = ignores(dir, 'folder');
    if (reason !== null) top = { path: dir, reason };
  }
  return top;
}

function sameCell(one: LocalCell, other: LocalCell): boolean {
  if (one.state !== other.state) return false;
  if (one.state === 'unknown')
    return other.state === 'unknown' && one.reason === other.reason && sameTrace(one.trace, other.trace);
  if (one.state === 'absent' || other.state !== 'present') return true;
  if (one.kind === 'folder') {
    return other.kind === 'folder' && one.inode === other.inode && one.rawName === other.rawName;
  }
  return (
    other.kind === 'file' &&
    one.rawName === other.rawName &&
    one.content === other.content &&
    one.executable === other.executable &&
    sameFingerprint(one.fingerprint, other.fingerprint)
  );
}

function sameTrace(one: Trace | undefined, other: Trace | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const sizeOf = (trace: Trace): number | null => (trace.kind === 'file' ? trace.sizeBytes : null);
  return one.kind === other.kind && one.inode === other.inode && sizeOf(one) === sizeOf(other);
}
