// Move detection: pairs a removed and an added name of the same content (C16).
// A move only optimises a delete plus a transfer. Both must already be planned and the content proven equal;
// an undetected move is transferred, which is still correct, just slower.
import { localFile, remoteFile } from '../../model/cells.ts';
import type { ContentId, Entry, LocalFile, RelPath, RemoteFile, Side } from '../../model/model.ts';
import { remoteContent } from '../decide.ts';
import type { Decision } from '../decide.ts';
import {
  addMove,
  foldedRivals,
  hasLocalRoom,
  hashLocalOp,
  identifyRemoteOp,
  isInMovedFolder,
  mayPlaceLocally,
  nameRefusal,
  put,
} from '../builder.ts';
import type { PlanBuilder } from '../builder.ts';
import {
  findLocalFolderMoves,
  findRemoteFolderMoves,
  findRespelledFolders,
  makeMayBeFolderMove,
} from './folder-moves.ts';
import type { MovePair } from './folder-pairs.ts';
import { findArrivals } from './arrivals.ts';
import { arrangeMoves } from './move-order.ts';
import { MoveSources } from './move-sources.ts';
import { areNested, comparePaths, nameOf, parentOf } from '../../model/path.ts';

/** CopyObject's limit (Amazon S3 API reference); larger objects are uploaded again under their new name. */
export const maxCopyBytes = 5_000_000_000;

/** Runs before anything else is planned, because a removal must know that it is one half of a move. */
export function findMoves(builder: PlanBuilder, entries: readonly Entry[]): void {
  const free = entries.filter((entry) => !builder.input.policy.held(entry.path));
  findLocalFolderMoves(builder, free);
  findRespelledFolders(builder, free);
  findLocalFileMoves(builder, free);
  findRemoteFolderMoves(builder, findRemoteFileMoves(builder, free));
  findArrivals(builder, free);
  arrangeMoves(builder);
}

/** True if the path takes part in a move (or waits for one), so that nothing else is planned for it. */
export function planMove(builder: PlanBuilder, path: RelPath): boolean {
  const { moves } = builder;
  const op = moves.byTarget.get(path);
  if (op !== undefined) {
    if (op.kind === 'move-remote' || hasPlace(builder, op.path, op.from)) put(builder, op);
    return true;
  }
  // Reading changes nothing, so it need not wait.
  if (moves.waiting.has(path) && isUnread(builder, path)) return false;
  return (
    builder.ops.has(path) ||
    moves.sources.has(path) ||
    moves.waiting.has(path) ||
    isInMovedFolder(moves, path)
  );
}

/** The side that may have changed has to be read before this path can be matched. */
function isUnread({ outcomes }: PlanBuilder, path: RelPath): boolean {
  return outcomes.decision(path).kind === 'learn';
}

function hasPlace(builder: PlanBuilder, path: RelPath, from: RelPath): boolean {
  // The name itself was checked when the move was found; a rename of case only has its own source as a rival.
  return (
    nameRefusal(builder, path, from) === null &&
    (isRenameOfCase(builder, path, from) || mayPlaceLocally(builder, path))
  );
}

function isRenameOfCase(builder: PlanBuilder, path: RelPath, from: RelPath): boolean {
  return parentOf(path) === parentOf(from) && nameRefusal(builder, path, null) !== null;
}

/**
 * The local side moved a file: its inode suggests it, its hash proves it. Disks without lasting inode numbers give 0 to all, hard links one
 * to many: each new name asks all files with its number at once, not one by one.
 */
function findLocalFileMoves(builder: PlanBuilder, entries: readonly Entry[]): void {
  const gone = entries.filter((entry) => isSource(builder, entry.path, 'remote'));
  const groups = Map.groupBy(gone, ({ base }) =>
    base?.kind === 'file' ? inodeKey(base.fingerprint.inode, base.sizeBytes) : null,
  );
  const sources = new Map(
    [...groups].map(([key, rows]) => [key, makeSources(builder, rows, lastSyncedContent)]),
  );
  for (const entry of entries) findLocalFileMove(builder, entry, sources);
}

function inodeKey(inode: bigint, sizeBytes: number): string {
  return `${inode} ${sizeBytes}`;
}

function makeSources(
  builder: PlanBuilder,
  rows: readonly Entry[],
  content: (row: Entry) => ContentId | null,
): MoveSources {
  return new MoveSources(rows, {
    isTaken: (row) => builder.moves.sources.has(row.path),
    isUnread: (row) => isUnread(builder, row.path),
    content,
  });
}

function lastSyncedContent({ base }: Entry): ContentId | null {
  return base?.kind === 'file' ? base.content : null;
}

function findLocalFileMove(
  builder: PlanBuilder,
  entry: Entry,
  sources: ReadonlyMap<string | null, MoveSources>,
): void {
  const { path } = entry;
  const decision = builder.outcomes.decision(path);
  const local = localFile(entry);
  if (local === null || !mayBeMoved(builder, decision, 'local')) return;
  if (isInMovedFolder(builder.moves, path) || !builder.outcomes.hasRemoteRoom(path)) return;
  const { inode, sizeBytes } = local.fingerprint;
  const sameInode = sources.get(inodeKey(inode, sizeBytes));
  const respelled = respelledSources(builder, path, local);
  if (local.content === null) {
    if (sameInode?.hasOpen(path) !== true && respelled.length === 0) return;
    if (decision.kind === 'upload') put(builder, hashLocalOp(path, local));
    for (const source of [...(sameInode?.letWait(path) ?? []), ...respelled])
      builder.moves.waiting.add(source);
    return;
  }
  const found = sameInode?.likeliest(path, local.content) ?? null;
  if (found === null && respelled.length === 0) return;
  const read = respelled.filter((row) => !isUnread(builder, row));
  const [source] = (found === null || found === 'unread' ? read : [found, ...read]).toSorted(
    likeliestFor(path),
  );
  if (source === undefined) {
    builder.moves.waiting.add(path);
    return;
  }
  const best = builder.outcomes.entry(source);
  const remote = remoteFile(best);
  // Without a safe copy the bytes are uploaded again; they were hashed all the same, so that the guard sees
  // no removal.
  if (remote === null || !builder.input.policy.serverCopy) return;
  builder.moves.sources.add(best.path);
  addMove(builder.moves, {
    kind: 'move-remote',
    path,
    reason: 'moved-local',
    from: best.path,
    entry: 'file',
    content: local.content,
    etag: remote.etag,
    sizeBytes: remote.sizeBytes,
    over: null,
    keepsSource: false,
    parks: false,
    turn: 0,
  });
}

/**
 * True for a name that is new on `side`, where the move happened, or whose content has changed there, or may
 * have and is unread.
 */
function mayBeMoved({ input }: PlanBuilder, decision: Decision, side: Side): boolean {
  const { movesOver } = input.policy;
  if (decision.kind === 'learn') return movesOver && decision[side];
  if (decision.kind !== (side === 'local' ? 'upload' : 'download')) return false;
  return decision.reason === `new-${side}` || (movesOver && decision.reason === `changed-${side}`);
}

/** Other spellings of the name that are gone: a case-insensitive disk may give each its own inode number. */
function respelledSources(builder: PlanBuilder, path: RelPath, local: LocalFile): readonly RelPath[] {
  const { inode, sizeBytes } = local.fingerprint;
  return foldedRivals(builder, path)
    .filter(
      ({ base }) =>
        base?.kind === 'file' &&
        base.sizeBytes === sizeBytes &&
        base.fingerprint.inode !== inode &&
        (local.content === null || base.content === local.content),
    )
    .map((row) => row.path)
    .filter((rival) => isSource(builder, rival, 'remote') && !areNested(rival, path));
}

/**
 * True if the path would be deleted on `side`, or may be once its bytes are read: the other side no longer has it, or has a different
 * file there.
 */
function isSource(builder: PlanBuilder, path: RelPath, side: Side): boolean {
  const isAbsent = builder.outcomes.entry(path)[side === 'local' ? 'remote' : 'local'].state === 'absent';
  const isLeft =
    isAbsent && (builder.outcomes.decision(path).kind === `remove-${side}` || isUnread(builder, path));
  if (builder.moves.sources.has(path) || (!isLeft && !isReplaced(builder, path, side))) return false;
  // One that waits for another target may still turn out to belong to this one.
  return builder.moves.waiting.has(path) || builder.outcomes.mayRemove(side, path);
}

/** True if a different file has, or may have, taken the path on the side where the move happened. */
function isReplaced(builder: PlanBuilder, path: RelPath, side: Side): boolean {
  if (builder.outcomes.entry(path)[side].state !== 'present') return false;
  const decision = builder.outcomes.decision(path);
  if (decision.kind !== 'learn' && !('reason' in decision && decision.reason.startsWith('changed-')))
    return false;
  return mayBeMoved(builder, decision, side === 'remote' ? 'local' : 'remote');
}

/** The same name elsewhere, then another name in the same folder, then by path. */
function likeliestFor(path: RelPath): (a: RelPath, b: RelPath) => number {
  const distance = (other: RelPath): number =>
    (nameOf(other) === nameOf(path) ? 0 : 2) + (parentOf(other) === parentOf(path) ? 0 : 1);
  return (a, b) => distance(a) - distance(b) || comparePaths(a, b);
}

/**
 * The remote side moved a file: without inodes, only equal content identifies it. Returns the pairs that may
 * turn out to be moves once the remote content is known.
 */
function findRemoteFileMoves(builder: PlanBuilder, entries: readonly Entry[]): readonly MovePair[] {
  const gone = entries.filter((entry) => isSource(builder, entry.path, 'local'));
  const sources = new Map(
    [...Map.groupBy(gone, (entry) => localFile(entry)?.fingerprint.sizeBytes ?? -1)].map(
      ([sizeBytes, rows]) => [sizeBytes, makeSources(builder, rows, likelyContent)],
    ),
  );
  if (sources.size === 0) return [];
  const mayBeFolderMove = makeMayBeFolderMove(builder);
  return entries.flatMap((entry) => {
    const decision = builder.outcomes.decision(entry.path);
    const remote = remoteFile(entry);
    if (remote === null || !mayBeMoved(builder, decision, 'remote')) return [];
    const ofSize = sources.get(remote.sizeBytes);
    return ofSize === undefined
      ? []
      : findRemoteFileMove(builder, entry, { remote, sources: ofSize, mayBeFolderMove });
  });
}

type RemoteTarget = {
  readonly remote: RemoteFile;
  readonly sources: MoveSources;
  readonly mayBeFolderMove: (pair: MovePair) => boolean;
};

function findRemoteFileMove(
  builder: PlanBuilder,
  entry: Entry,
  { remote, sources, mayBeFolderMove }: RemoteTarget,
): readonly MovePair[] {
  const { path } = entry;
  const content = remoteContent(entry.base, remote);
  if (!hasLocalRoom(builder, path)) return [];
  if (content === null) {
    // A file matched to another name also counts if its folder may have come here: otherwise the result would
    // depend on which name was read first.
    const pairs = sources
      .likelyPairs(path, null)
      .filter((pair) => !builder.moves.sources.has(pair.from) || mayBeFolderMove(pair));
    if (pairs.length === 0 && !sources.hasOpen(path)) return [];
    if (!isUnread(builder, path)) put(builder, identifyRemoteOp(path, remote));
    for (const source of sources.letWait(path)) builder.moves.waiting.add(source);
    return pairs;
  }
  const pairs = sources.likelyPairs(path, content);
  const best = sources.likeliest(path, content);
  if (best === 'unread') builder.moves.waiting.add(path);
  if (best === null || best === 'unread' || nameRefusal(builder, path, best) !== null) return pairs;
  builder.moves.sources.add(best);
  addMove(builder.moves, {
    kind: 'move-local',
    path,
    reason: 'moved-remote',
    from: best,
    entry: 'file',
    content,
    sizeBytes: remote.sizeBytes,
    over: null,
    turn: 0,
  });
  return pairs;
}

/** As last synced while it is unread. */
function likelyContent(entry: Entry): ContentId | null {
  const local = localFile(entry);
  return local === null ? null : (local.content ?? lastSyncedContent(entry));
}
