// Moves: finds pairs of a name that went and a name that came with the same content (rule 16).
//
// A move is only ever an optimisation of a removal here and a transfer there: both must be what would be planned
// anyway, and the content must be proven equal. What is not recognised is transferred, which is just as right.
import type { Entry, LocalFile, RelPath, RemoteFile } from './model.ts';
import { remoteContent } from './decide.ts';
import {
  hashLocalOp,
  identifyRemoteOp,
  isInMovedFolder,
  localFile,
  mayPlaceLocally,
  nameRefusal,
  put,
  remoteFile,
} from './draft.ts';
import type { Draft } from './draft.ts';
import { findLocalFolderMove, findRemoteFolderMoves } from './folder-moves.ts';
import type { MovePair } from './folder-moves.ts';
import { areNested, comparePaths, nameOf, parentOf } from './path.ts';

/** Many files of one name and size (empty `__init__.py`) must not make the search quadratic. */
const maxLikely = 8;

/** Before anything else is planned, because a removal must know that it is one half of a move. */
export function findMoves(draft: Draft, entries: readonly Entry[]): void {
  const free = entries.filter((entry) => !draft.input.policy.held(entry.path));
  for (const entry of free) findLocalFolderMove(draft, entry);
  for (const entry of free) findLocalFileMove(draft, entry);
  findRemoteFolderMoves(draft, findRemoteFileMoves(draft, free));
}

/** True when the path takes part in a move (or waits for one), so that nothing else is planned for it. */
export function planMove(draft: Draft, path: RelPath): boolean {
  const { moves } = draft;
  const op = moves.byTarget.get(path);
  if (op !== undefined) {
    if (op.kind === 'move-remote' || hasPlace(draft, op.path, op.from)) put(draft, op);
    return true;
  }
  return (
    draft.ops.has(path) || moves.sources.has(path) || moves.waiting.has(path) || isInMovedFolder(moves, path)
  );
}

function hasPlace(draft: Draft, path: RelPath, from: RelPath): boolean {
  // The name itself was looked at when the move was found; a rename of case only has its own source as a rival.
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
  if (local === null || verdict.kind !== 'upload' || verdict.reason !== 'new-local') return;
  if (isInMovedFolder(draft.moves, entry.path) || !draft.fates.hasRemoteRoom(entry.path)) return;
  const sources = localSources(draft, entry.path, local);
  const [best] = sources;
  if (best === undefined) return;
  if (local.content === null) {
    put(draft, hashLocalOp(entry.path, local));
    for (const source of sources) draft.moves.waiting.add(source.path);
    return;
  }
  const remote = remoteFile(best);
  // Without a safe copy the bytes travel again; they were hashed all the same, so that the guard sees no removal.
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
  });
}

/** Files that went here and still stand unchanged there, likeliest first. */
function localSources(draft: Draft, path: RelPath, local: LocalFile): readonly Entry[] {
  const { inode, sizeBytes } = local.fingerprint;
  return draft.input.lookups
    .findBase({ inode, sizeBytes })
    .filter(
      (row) => local.content === null || (row.base?.kind === 'file' && row.base.content === local.content),
    )
    .filter((row) => isSource(draft, row.path, 'remote') && !areNested(row.path, path))
    .sort(likeliestFor(path));
}

/** It would be removed on `side`, because the name is absent (and not a folder now) on the other one. */
function isSource(draft: Draft, path: RelPath, side: 'local' | 'remote'): boolean {
  if (draft.fates.entry(path)[side === 'local' ? 'remote' : 'local'].state !== 'absent') return false;
  if (draft.moves.sources.has(path) || draft.fates.verdict(path).kind !== `remove-${side}`) return false;
  // One that waits for another target may still turn out to be this one's.
  return draft.moves.waiting.has(path) || draft.fates.mayRemove(side, path);
}

/** The same name elsewhere, then another name in the same folder, then by path. */
function likeliestFor(path: RelPath): (a: Entry, b: Entry) => number {
  const distance = (other: RelPath): number =>
    (nameOf(other) === nameOf(path) ? 0 : 2) + (parentOf(other) === parentOf(path) ? 0 : 1);
  return (a, b) => distance(a.path) - distance(b.path) || comparePaths(a.path, b.path);
}

/**
 * The remote side moved a file: there are no inodes, so that only equal content tells. Answers the pairs that may
 * turn out to be moves once the remote content is known.
 */
function findRemoteFileMoves(draft: Draft, entries: readonly Entry[]): readonly MovePair[] {
  const gone = entries.filter((entry) => isSource(draft, entry.path, 'local'));
  const bySize = Map.groupBy(gone, (entry) => localFile(entry)?.fingerprint.sizeBytes ?? -1);
  if (bySize.size === 0) return [];
  return entries.flatMap((entry) => {
    const verdict = draft.fates.verdict(entry.path);
    const remote = remoteFile(entry);
    if (remote === null || verdict.kind !== 'download' || verdict.reason !== 'new-remote') return [];
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
  if (left.length === 0 || !hasLocalRoom(draft, entry.path)) return [];
  const content = remoteContent(entry.base, remote);
  if (content === null) {
    put(draft, identifyRemoteOp(entry.path, remote));
    for (const source of left) draft.moves.waiting.add(source.path);
    const likely = left.filter((row) => nameOf(row.path) === nameOf(entry.path)).slice(0, maxLikely);
    return likely.map((row) => ({ from: row.path, to: entry.path }));
  }
  const [best] = left.filter((row) => localFile(row)?.content === content).sort(likeliestFor(entry.path));
  if (best === undefined || nameRefusal(draft, entry.path, best.path) !== null) return [];
  draft.moves.sources.add(best.path);
  draft.moves.byTarget.set(entry.path, {
    kind: 'move-local',
    path: entry.path,
    reason: 'moved-remote',
    from: best.path,
    entry: 'file',
    content,
    sizeBytes: remote.sizeBytes,
  });
  return [];
}

/** Its folders are there or can be made; where a file stands in the way, two moves could wait for each other for ever. */
function hasLocalRoom(draft: Draft, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const { local, remote } = draft.fates.entry(parent);
  if (local.state === 'present') return local.kind === 'folder';
  if (local.state === 'unknown' || remote.state !== 'present' || remote.kind !== 'folder') return false;
  return nameRefusal(draft, parent, null) === null && hasLocalRoom(draft, parent);
}
