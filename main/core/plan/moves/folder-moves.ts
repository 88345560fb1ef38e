// Folder moves: one operation instead of one per file below (C16).
// A folder is identified by its inode locally and by its contents remotely. Its base rows move with it, and
// everything below is planned again: an edit on the other side then meets its file under the new name.
import { sameFingerprint } from '../../model/fingerprint.ts';
import { localFile } from '../../model/cells.ts';
import type { BaseFile, Entry, LocalCell, RelPath, RemoteCell, Side } from '../../model/model.ts';
import { addMove, foldedRivals, hasLocalRoom, isInMovedFolder, nameRefusal } from '../builder.ts';
import { holds } from './arrivals.ts';
import type { PlanBuilder, MoveOp } from '../builder.ts';
import { makeNearestAbove } from '../above.ts';
import { FolderIndex } from './folder-index.ts';
import { PairMap, likeliestPairs, pairAbove } from './folder-pairs.ts';
import type { MovePair } from './folder-pairs.ts';
import { areNested, comparePaths, isBelow, parentOf, rebase } from '../../model/path.ts';

/** @param entries parents first */
export function findLocalFolderMoves(builder: PlanBuilder, entries: readonly Entry[]): void {
  const isAside = (path: RelPath): boolean => builder.outcomes.decision(path).kind === 'set-aside';
  const asideAbove = makeNearestAbove(isAside);
  const search: LocalSearch = {
    stepsAside: (path) => isAside(path) || asideAbove(path) !== null,
    compared: new Comparisons(),
  };
  for (const entry of entries) findLocalFolderMove(builder, entry, search);
}

type LocalSearch = {
  /** The path or an ancestor is to get a conflict name, because the remote side has a file of its name. */
  readonly stepsAside: (path: RelPath) => boolean;
  readonly compared: Comparisons;
};

function findLocalFolderMove(builder: PlanBuilder, entry: Entry, search: LocalSearch): void {
  const { outcomes, input, moves } = builder;
  if (!input.policy.serverCopy || entry.base !== null || !isFolder(entry.local)) return;
  // It is planned again under its conflict name.
  const stepsAside = search.stepsAside(entry.path);
  const { kind } = outcomes.decision(entry.path);
  if ((!stepsAside && kind !== 'local-folder-only') || isInMovedFolder(moves, entry.path)) return;
  if (!stepsAside && !outcomes.hasRemoteRoom(entry.path)) return;
  // Disks without lasting inode numbers give 0, which identifies no folder.
  const byInode = entry.local.inode === 0n ? [] : input.lookups.findBaseFolders(entry.local.inode);
  const respelled = foldedRivals(builder, entry.path).filter((row) => row.base?.kind === 'folder');
  for (const source of new Set([...byInode, ...respelled])) {
    const decision = outcomes.decision(source.path);
    if (decision.kind !== 'remote-folder-only' || decision.then !== 'remove') continue;
    if (!mayLeave(builder, 'remote', source.path) || areNested(source.path, entry.path)) continue;
    const seen = compare(builder, { from: source.path, to: entry.path, side: 'local' }, search.compared);
    if (seen.answer !== 'yes') continue;
    if (stepsAside) {
      moves.folders.add(source.path);
      return;
    }
    addFolderMove(builder, {
      kind: 'move-remote',
      from: source.path,
      to: entry.path,
      sizeBytes: seen.sizeBytes,
    });
    return;
  }
}

/**
 * A folder moved to where most of its files went. `likely` are pairs of files that may turn out to be moves:
 * while they could decide the question, both folders are left as they are, so that the result does not depend
 * on which contents are known first.
 */
export function findRemoteFolderMoves(builder: PlanBuilder, likely: readonly MovePair[]): void {
  const proven = [...builder.moves.byTarget.values()]
    .filter((op) => op.kind === 'move-local' && op.entry === 'file')
    .map((op): MovePair => ({ from: op.from, to: op.path }));
  const sorted = likeliestPairs([...proven, ...likely]).toSorted(
    (a, b) => comparePaths(a.from, b.from) || comparePaths(a.to, b.to),
  );
  const open = new Set<RelPath>();
  const opsWithin = new FolderIndex();
  for (const path of builder.ops.keys()) opsWithin.add(parentOf(path), path);
  const compared = new Comparisons();
  for (const { from, to } of sorted) {
    // Every possible target of a folder waits with it; otherwise the next scan would find that target already
    // known.
    if (open.has(from) ? !mayHaveCome(builder, from, to) : !isRemoteFolderMove(builder, from, to)) continue;
    const { answer, sizeBytes } = compare(builder, { from, to, side: 'remote' }, compared);
    if (answer === 'no') continue;
    if (answer === 'yes' && !open.has(from)) {
      addFolderMove(builder, { kind: 'move-local', from, to, sizeBytes });
      // What was to be read there is planned again after the move.
      for (const dir of [from, to])
        for (const path of opsWithin.takeBelow(dir)) dropOp(builder, path, compared);
      continue;
    }
    open.add(from);
    // Their new names wait too: bytes that may only need a rename are not transferred.
    for (const target of setFileMovesBack(builder, from, to)) builder.moves.waiting.add(target);
    builder.moves.folders.add(from);
    builder.moves.folders.add(to);
  }
}

/**
 * A folder renamed remotely in letter case only, on a case-insensitive disk: both names are one entry here,
 * so that this is one rename whatever the folder holds.
 */
export function findRespelledFolders(builder: PlanBuilder, entries: readonly Entry[]): void {
  if (builder.input.policy.caseSensitive) return;
  const compared = new Comparisons();
  for (const entry of entries) findRespelledFolder(builder, entry, compared);
}

function findRespelledFolder(builder: PlanBuilder, { path }: Entry, compared: Comparisons): void {
  const leaving = foldedRivals(builder, path).find((row) => {
    const decision = builder.outcomes.decision(row.path);
    return decision.kind === 'local-folder-only' && decision.then === 'remove';
  });
  if (leaving === undefined) return;
  const { path: from } = leaving;
  if (isInMovedFolder(builder.moves, from) || !mayHaveCome(builder, from, path)) return;
  if (!mayLeave(builder, 'local', from)) return;
  const { sizeBytes } = compare(builder, { from, to: path, side: 'remote' }, compared);
  addFolderMove(builder, { kind: 'move-local', from, to: path, sizeBytes });
}

/** Also invalidates the counts that include it. */
function dropOp({ ops }: PlanBuilder, path: RelPath, compared: Comparisons): void {
  if (ops.delete(path)) compared.forget(parentOf(path));
}

/**
 * True if two files, taken as one file that moved, could have moved with a folder. Each pair of folders is checked once.
 */
export function makeMayBeFolderMove(builder: PlanBuilder): (pair: MovePair) => boolean {
  const known = new PairMap<boolean>();
  const mayHold = (pair: MovePair): boolean => {
    const above = pairAbove(pair);
    return above !== null && mayBe(above);
  };
  const mayBe = (pair: MovePair): boolean => {
    const found = known.get(pair.from, pair.to);
    if (found !== undefined) return found;
    const made = isRemoteFolderMove(builder, pair.from, pair.to) || mayHold(pair);
    known.set(pair.from, pair.to, made);
    return made;
  };
  return mayHold;
}

function isRemoteFolderMove(builder: PlanBuilder, from: RelPath, to: RelPath): boolean {
  const { outcomes, moves } = builder;
  if (builder.input.policy.unmovable?.has(from) === true) return false;
  if (isInMovedFolder(moves, from) || !mayHaveCome(builder, from, to)) return false;
  const source = outcomes.decision(from);
  return source.kind === 'local-folder-only' && source.then === 'remove' && mayLeave(builder, 'local', from);
}

/** The place is new remotely and free locally. */
function mayHaveCome(builder: PlanBuilder, from: RelPath, to: RelPath): boolean {
  const { outcomes, moves } = builder;
  if (areNested(from, to) || isInMovedFolder(moves, to)) return false;
  const target = outcomes.decision(to);
  if (target.kind !== 'remote-folder-only' || target.then !== 'fetch' || outcomes.entry(to).base !== null)
    return false;
  return (
    hasLocalRoom(builder, to) && !builder.input.policy.held(to) && nameRefusal(builder, to, from) === null
  );
}

/**
 * A file that waits for a proof does not keep a folder from moving: the whole folder is planned again
 * afterwards.
 */
function mayLeave(builder: PlanBuilder, side: Side, path: RelPath): boolean {
  return builder.outcomes.mayRemove(side, path);
}

function isFolder(cell: LocalCell | RemoteCell): cell is Extract<LocalCell, { kind: 'folder' }> {
  return cell.state === 'present' && cell.kind === 'folder';
}

type FolderMove = {
  readonly kind: MoveOp['kind'];
  readonly from: RelPath;
  readonly to: RelPath;
  readonly sizeBytes: number;
};

function addFolderMove(builder: PlanBuilder, { kind, from, to, sizeBytes }: FolderMove): void {
  const { moves } = builder;
  setFileMovesBack(builder, from, to);
  moves.folders.add(from);
  moves.folders.add(to);
  const shared = { path: to, from, entry: 'folder', content: null, sizeBytes, over: null, turn: 0 } as const;
  addMove(
    moves,
    kind === 'move-remote'
      ? { ...shared, kind, reason: 'moved-local', etag: null, keepsSource: false, parks: false }
      : { ...shared, kind, reason: 'moved-remote' },
  );
}

/** Moves into or out of these folders are reconsidered in the next cycle. */
function setFileMovesBack({ moves }: PlanBuilder, from: RelPath, to: RelPath): readonly RelPath[] {
  const targets: RelPath[] = [];
  for (const target of [...moves.within.takeBelow(from), ...moves.within.takeBelow(to)]) {
    const op = moves.byTarget.get(target);
    const isWithin = (path: RelPath): boolean => isBelow(path, from) || isBelow(path, to);
    // Taken back by an earlier call, or found again since between other names.
    if (op === undefined || !(isWithin(target) || isWithin(op.from))) continue;
    moves.byTarget.delete(target);
    moves.sources.delete(op.from);
    moves.waiting.add(op.from);
    targets.push(target);
  }
  return targets;
}

type Comparison = MovePair & { readonly side: Side };
type Answer = { readonly answer: 'yes' | 'no' | 'unclear'; readonly sizeBytes: number };

/** Yes if at least half of the files in sync under `from` are proven to be under `to` on the side of the move. */
function compare(builder: PlanBuilder, comparison: Comparison, known: Comparisons): Answer {
  const counts = countBelow(builder, comparison, known);
  if (counts === null) return { answer: 'no', sizeBytes: 0 };
  const { files, found, unclear, sizeBytes } = counts;
  if (found > 0 && found * 2 >= files) return { answer: 'yes', sizeBytes };
  return { answer: unclear > 0 && (found + unclear) * 2 >= files ? 'unclear' : 'no', sizeBytes };
}

/** Null where something below is held or unknown. */
type Counts = { files: number; found: number; unclear: number; sizeBytes: number } | null;

/**
 * Counts per compared pair, by `to` and `from`. Every folder of a deep chain may be a candidate by itself; without memory, the innermost
 * files would be counted once for each of five hundred.
 */
class Comparisons {
  readonly #counts = new PairMap<Counts>();
  /** Targets without valid counts, and all their ancestors that counted them. */
  readonly #forgotten = new Set<RelPath>();

  get({ from, to }: MovePair): Counts | undefined {
    return this.#counts.get(to, from);
  }

  set({ from, to }: MovePair, counts: Counts): void {
    this.#counts.set(to, from, counts);
    // Invalid ones below it did not contribute to this count.
    this.#forgotten.delete(to);
  }

  /** Invalidates all counts that include contents of this folder. */
  forget(dir: RelPath): void {
    for (let at = dir; at !== '' && !this.#forgotten.has(at); at = parentOf(at)) {
      this.#forgotten.add(at);
      this.#counts.forget(at);
    }
  }
}

function countBelow(builder: PlanBuilder, { from, to, side }: Comparison, known: Comparisons): Counts {
  const counted = known.get({ from, to });
  if (counted !== undefined) return counted;
  const rows = builder.input.lookups.children(from);
  const counts = { files: 0, found: 0, unclear: 0, sizeBytes: 0 };
  const done = (result: Counts): Counts => {
    known.set({ from, to }, result);
    return result;
  };
  for (const row of rows) {
    if (isUndecided(builder, row)) return done(null);
    const target = rebase(row.path, from, to);
    const inside = countBelow(builder, { from: row.path, to: target, side }, known);
    if (inside === null) return done(null);
    counts.files += inside.files;
    counts.found += inside.found;
    counts.unclear += inside.unclear;
    counts.sizeBytes += inside.sizeBytes;
    if (row.base?.kind !== 'file') continue;
    counts.files += 1;
    counts.sizeBytes += row.base.sizeBytes;
    const counterpart = builder.outcomes.entry(target);
    const isFound =
      side === 'local' ? isSameHere(row.base, counterpart) : holds(counterpart, 'remote', row.base.content);
    if (isFound) counts.found += 1;
    else if (builder.ops.get(target)?.[0]?.kind === 'identify-remote') counts.unclear += 1;
  }
  return rows.length === 0 ? counts : done(counts);
}

function isUndecided({ input }: PlanBuilder, { path, local, remote }: Entry): boolean {
  return local.state === 'unknown' || remote.state === 'unknown' || input.policy.held(path);
}

/** Renaming a folder keeps the fingerprints below it: equal in all four fields is unchanged (C6). */
function isSameHere(base: BaseFile, counterpart: Entry): boolean {
  const local = localFile(counterpart);
  return local !== null && sameFingerprint(local.fingerprint, base.fingerprint);
}
