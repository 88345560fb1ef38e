// Move detection: pairs a removed and an added name of the same content (C16).
// A move only optimises a delete plus a transfer. Both must already be planned and the content proven equal;
// an undetected move is transferred, which is still correct, just slower.
import type { Entry, LocalFile, RelPath, RemoteFile } from '../../model/model.ts';
import { remoteContent } from '../decide.ts';
import type { Verdict } from '../decide.ts';
import {
  foldedRivals,
  hasLocalRoom,
  hashLocalOp,
  identifyRemoteOp,
  isInMovedFolder,
  localFile,
  mayPlaceLocally,
  nameRefusal,
  put,
  remoteFile,
} from '../builder.ts';
import type { Draft } from '../builder.ts';
import {
  findLocalFolderMove,
  findRemoteFolderMoves,
  findRespelledFolder,
  mayBeFolderMove,
} from './folder-moves.ts';
import type { MovePair } from './folder-moves.ts';
import { findArrivals } from './arrivals.ts';
import { arrangeMoves } from './move-order.ts';
import { areNested, comparePaths, nameOf, parentOf } from '../../model/path.ts';

/** Many files of one name and size (empty `__init__.py`) must not make the search quadratic. */
const maxLikely = 8;

/** CopyObject's limit (Amazon S3 API reference); larger objects are uploaded again under their new name. */
export const maxCopyBytes = 5_000_000_000;

/** Runs before anything else is planned, because a removal must know that it is one half of a move. */
export function findMoves(draft: Draft, entries: readonly Entry[]): void {
  const free = entries.filter((entry) => !draft.input.policy.held(entry.path));
  for (const entry of free) findLocalFolderMove(draft, entry);
  for (const entry of free) findRespelledFolder(draft, entry);
  for (const entry of free) findLocalFileMove(draft, entry);
  findRemoteFolderMoves(draft, findRemoteFileMoves(draft, free));
  findArrivals(draft, free);
  arrangeMoves(draft);
}

/** True if the path takes part in a move (or waits for one), so that nothing else is planned for it. */
export function planMove(draft: Draft, path: RelPath): boolean {
  const { moves } = draft;
  const op = moves.byTarget.get(path);
  if (op !== undefined) {
    if (op.kind === 'move-remote' || hasPlace(draft, op.path, op.from)) put(draft, op);
    return true;
  }
  // Reading changes nothing, so it need not wait.
  if (moves.waiting.has(path) && isUnread(draft, path)) return false;
  return (
    draft.ops.has(path) || moves.sources.has(path) || moves.waiting.has(path) || isInMovedFolder(moves, path)
  );
}

/** The side that may have changed has to be read before this path can be matched. */
function isUnread({ fates }: Draft, path: RelPath): boolean {
  return fates.verdict(path).kind === 'learn';
}

function hasPlace(draft: Draft, path: RelPath, from: RelPath): boolean {
  // The name itself was checked when the move was found; a rename of case only has its own source as a rival.
  return (
    nameRefusal(draft, path, from) === null &&
    (isRenameOfCase(draft, path, from) || mayPlaceLocally(draft, path))
  );
}

function isRenameOfCase(draft: Draft, path: RelPath, from: RelPath): boolean {
  return parentOf(path) === parentOf(from) && nameRefusal(draft, path, null) !== null;
}

/** The local side moved a file: its inode suggests it, its hash proves it. */
function findLocalFileMove(draft: Draft, entry: Entry): void {
  const verdict = draft.fates.verdict(entry.path);
  const local = localFile(entry);
  if (local === null || !mayBeMoved(draft, verdict, 'local')) return;
  if (isInMovedFolder(draft.moves, entry.path) || !draft.fates.hasRemoteRoom(entry.path)) return;
  const sources = localSources(draft, entry.path, local);
  if (sources.length === 0) return;
  if (local.content === null) {
    if (verdict.kind === 'upload') put(draft, hashLocalOp(entry.path, local));
    for (const source of sources) draft.moves.waiting.add(source.path);
    return;
  }
  const best = sources.find((row) => !isUnread(draft, row.path));
  if (best === undefined) {
    draft.moves.waiting.add(entry.path);
    return;
  }
  const remote = remoteFile(best);
  // Without a safe copy the bytes are uploaded again; they were hashed all the same, so that the guard sees
  // no removal.
  if (remote === null || !draft.input.policy.serverCopy) return;
  draft.moves.sources.add(best.path);
  draft.moves.byTarget.set(entry.path, {
    kind: 'move-remote',
    path: entry.path,
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
function mayBeMoved({ input }: Draft, verdict: Verdict, side: 'local' | 'remote'): boolean {
  const { movesOver } = input.policy;
  if (verdict.kind === 'learn') return movesOver && verdict[side];
  if (verdict.kind !== (side === 'local' ? 'upload' : 'download')) return false;
  return verdict.reason === `new-${side}` || (movesOver && verdict.reason === `changed-${side}`);
}

/** Files removed locally that are unchanged remotely, likeliest first. */
function localSources(draft: Draft, path: RelPath, local: LocalFile): readonly Entry[] {
  const { inode, sizeBytes } = local.fingerprint;
  const byInode = draft.input.lookups.findBase({ inode, sizeBytes });
  const known = new Set(byInode.map((row) => row.path));
  // A case-insensitive disk may give each spelling its own inode number.
  const respelled = foldedRivals(draft, path).filter(
    (row) => !known.has(row.path) && row.base?.kind === 'file' && row.base.sizeBytes === sizeBytes,
  );
  return [...byInode, ...respelled]
    .filter(
      (row) => local.content === null || (row.base?.kind === 'file' && row.base.content === local.content),
    )
    .filter((row) => isSource(draft, row.path, 'remote') && !areNested(row.path, path))
    .sort(likeliestFor(path));
}

/** True if the path would be deleted on `side`: the other side no longer has it, or has a different file there. */
function isSource(draft: Draft, path: RelPath, side: 'local' | 'remote'): boolean {
  const isAbsent = draft.fates.entry(path)[side === 'local' ? 'remote' : 'local'].state === 'absent';
  const isLeft = isAbsent && draft.fates.verdict(path).kind === `remove-${side}`;
  if (draft.moves.sources.has(path) || (!isLeft && !isReplaced(draft, path, side))) return false;
  // One that waits for another target may still turn out to belong to this one.
  return draft.moves.waiting.has(path) || draft.fates.mayRemove(side, path);
}

/** True if a different file has, or may have, taken the path on the side where the move happened. */
function isReplaced(draft: Draft, path: RelPath, side: 'local' | 'remote'): boolean {
  if (draft.fates.entry(path)[side].state !== 'present') return false;
  const verdict = draft.fates.verdict(path);
  if (verdict.kind !== 'learn' && !('reason' in verdict && verdict.reason.startsWith('changed-')))
    return false;
  return mayBeMoved(draft, verdict, side === 'remote' ? 'local' : 'remote');
}

/** The same name elsewhere, then another name in the same folder, then by path. */
function likeliestFor(path: RelPath): (a: Entry, b: Entry) => number {
  const distance = (other: RelPath): number =>
    (nameOf(other) === nameOf(path) ? 0 : 2) + (parentOf(other) === parentOf(path) ? 0 : 1);
  return (a, b) => distance(a.path) - distance(b.path) || comparePaths(a.path, b.path);
}

/**
 * The remote side moved a file: without inodes, only equal content identifies it. Returns the pairs that may
 * turn out to be moves once the remote content is known.
 */
function findRemoteFileMoves(draft: Draft, entries: readonly Entry[]): readonly MovePair[] {
  const gone = entries.filter((entry) => isSource(draft, entry.path, 'local'));
  const bySize = Map.groupBy(gone, (entry) => localFile(entry)?.fingerprint.sizeBytes ?? -1);
  if (bySize.size === 0) return [];
  return entries.flatMap((entry) => {
    const verdict = draft.fates.verdict(entry.path);
    const remote = remoteFile(entry);
    if (remote === null || !mayBeMoved(draft, verdict, 'remote')) return [];
    return findRemoteFileMove(draft, entry, { remote, sources: bySize.get(remote.sizeBytes) ?? [] });
  });
}

type RemoteTarget = { readonly remote: RemoteFile; readonly sources: readonly Entry[] };

function findRemoteFileMove(
  draft: Draft,
  entry: Entry,
  { remote, sources }: RemoteTarget,
): readonly MovePair[] {
  const left = sources.filter(
    (row) => !draft.moves.sources.has(row.path) && !areNested(row.path, entry.path),
  );
  const content = remoteContent(entry.base, remote);
  if (!hasLocalRoom(draft, entry.path)) return [];
  if (content === null) {
    // A file matched to another name also counts if its folder may have come here: otherwise the result would
    // depend on which name was read first.
    const pairs = pairsOf(
      sources.filter((row) => !areNested(row.path, entry.path)),
      entry.path,
    ).filter((pair) => left.some((row) => row.path === pair.from) || mayBeFolderMove(draft, pair));
    if (left.length === 0 && pairs.length === 0) return [];
    if (!isUnread(draft, entry.path)) put(draft, identifyRemoteOp(entry.path, remote));
    for (const source of left) draft.moves.waiting.add(source.path);
    return pairs;
  }
  // Also files matched to another name with the same content: their folder may show where they belong.
  const pairs = pairsOf(
    sources.filter((row) => localFile(row)?.content === content && !areNested(row.path, entry.path)),
    entry.path,
  );
  const equal = left.filter((row) => localFile(row)?.content === content).sort(likeliestFor(entry.path));
  const best = equal.find((row) => !isUnread(draft, row.path));
  if (best === undefined && equal.length > 0) draft.moves.waiting.add(entry.path);
  if (best === undefined || nameRefusal(draft, entry.path, best.path) !== null) return pairs;
  draft.moves.sources.add(best.path);
  draft.moves.byTarget.set(entry.path, {
    kind: 'move-local',
    path: entry.path,
    reason: 'moved-remote',
    from: best.path,
    entry: 'file',
    content,
    sizeBytes: remote.sizeBytes,
    over: null,
    turn: 0,
  });
  return pairs;
}

function pairsOf(sources: readonly Entry[], to: RelPath): readonly MovePair[] {
  const likely = sources.filter((row) => nameOf(row.path) === nameOf(to)).slice(0, maxLikely);
  return likely.map((row) => ({ from: row.path, to }));
}
