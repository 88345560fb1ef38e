// Planner: turns the state of unsettled paths into operations that reconcile both sides.
import { localFile, remoteFile } from '../model/cells.ts';
import type { Entry, Op, OpReason, RelPath } from '../model/model.ts';
import { assertNever } from '../model/errors.ts';
import type { Plan, PlanInput } from './types.ts';
import type { Decision } from './decide.ts';
import { awaitArrivals } from './moves/arrivals.ts';
import { planAside } from './conflicts.ts';
import { hashLocalOp, identifyRemoteOp, makePlanBuilder, mayPlaceLocally, put } from './builder.ts';
import type { PlanBuilder } from './builder.ts';
import { keepEmptiedFolders } from './folder-markers.ts';
import { findMoves, planMove } from './moves/moves.ts';
import { allGoes } from './subtree.ts';
import { orderOps } from './order.ts';
import { addAbove } from './above.ts';
import { comparePaths, depthOf } from '../model/path.ts';

/** Pure: the same input gives the same plan, in whatever order the entries come. */
export function plan(input: PlanInput): Plan {
  const builder = makePlanBuilder(input);
  const entries = parentsFirst(input.entries);
  const asides: Entry[] = [];
  findMoves(builder, entries);
  const leaving = new Set<RelPath>();
  for (const path of builder.moves.waiting) addAbove(leaving, path);
  for (const entry of entries) {
    if (input.policy.held(entry.path) || planMove(builder, entry.path)) continue;
    const decision = builder.outcomes.decision(entry.path);
    if (needsAside(builder, entry, decision)) {
      if (!isLeftSoon(leaving, entry)) asides.push(entry);
    } else planEntry(builder, entry, decision);
  }
  // After all others: a conflict may require another path to be read first, and must not take a planned name.
  for (const entry of asides) planAside(builder, entry, asideReason(builder.outcomes.decision(entry.path)));
  awaitArrivals(builder);
  keepEmptiedFolders(builder);
  return {
    waves: orderOps([...builder.ops.values()].flat()),
    problems: builder.problems.toSorted((a, b) => comparePaths(a.path, b.path)),
  };
}

function parentsFirst(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, depth: depthOf(entry.path) }))
    .sort((a, b) => a.depth - b.depth || comparePaths(a.entry.path, b.entry.path))
    .map(({ entry }) => entry);
}

function asideReason(decision: Decision): OpReason {
  return decision.kind === 'set-aside' ? decision.reason : 'both-changed';
}

/**
 * A file in the folder may be about to move out of it: only afterwards is it known what has to be renamed.
 * @param leaving folders that hold such a file
 */
function isLeftSoon(leaving: ReadonlySet<RelPath>, { path, local }: Entry): boolean {
  return local.state === 'present' && local.kind === 'folder' && leaving.has(path);
}

/** The local side gets a conflict name; a folder only if none of its contents is about to leave or undecided. */
function needsAside(builder: PlanBuilder, entry: Entry, decision: Decision): boolean {
  if (decision.kind === 'set-aside') {
    if (entry.local.state !== 'present' || entry.local.kind === 'file') return true;
    return !builder.outcomes.below('local', entry.path).goes;
  }
  if (decision.kind === 'file-over-folder') {
    return builder.input.policy.mode === 'two-way' && builder.outcomes.below('remote', entry.path).stays;
  }
  if (decision.kind === 'folder-over-file') {
    const inside = builder.outcomes.below('local', entry.path);
    return inside.stays && !inside.goes;
  }
  return false;
}

function planEntry(builder: PlanBuilder, entry: Entry, decision: Decision): void {
  const { path } = entry;
  switch (decision.kind) {
    case 'nothing':
    case 'set-aside':
      return;
    case 'clash':
      builder.problems.push({ path, code: 'file-folder-clash', fields: {} });
      return;
    case 'adopt':
      put(builder, { kind: 'adopt', path, reason: 'same-both', base: decision.base });
      return;
    case 'forget':
      if (builder.input.policy.localComplete && builder.input.policy.remoteComplete) {
        put(builder, { kind: 'forget', path, reason: 'same-both' });
      }
      return;
    case 'learn':
      planLearn(builder, entry, decision);
      return;
    case 'upload':
      planUpload(builder, entry, decision);
      return;
    case 'download':
      planDownload(builder, entry, decision.reason);
      return;
    case 'remove-local':
    case 'remove-remote':
      planFileRemoval(builder, entry, decision);
      return;
    case 'local-folder-only':
      planLocalFolder(builder, entry, decision.then);
      return;
    case 'remote-folder-only':
      planRemoteFolder(builder, entry, decision.then);
      return;
    case 'file-over-folder':
      planFileOverFolder(builder, entry);
      return;
    case 'folder-over-file':
      planFolderOverFile(builder, entry);
      return;
    default:
      assertNever(decision);
  }
}

function planLearn(builder: PlanBuilder, entry: Entry, decision: Extract<Decision, { kind: 'learn' }>): void {
  const local = decision.local ? localFile(entry) : null;
  const remote = decision.remote ? remoteFile(entry) : null;
  const hash: readonly Op[] = local === null ? [] : [hashLocalOp(entry.path, local)];
  const identify: readonly Op[] = remote === null ? [] : [identifyRemoteOp(entry.path, remote)];
  builder.ops.set(entry.path, [...hash, ...identify]);
}

function planUpload(
  builder: PlanBuilder,
  entry: Entry,
  decision: Extract<Decision, { kind: 'upload' }>,
): void {
  const local = localFile(entry);
  if (local === null || !builder.outcomes.hasRemoteRoom(entry.path)) return;
  const remote = remoteFile(entry);
  put(builder, {
    kind: 'upload',
    path: entry.path,
    reason: decision.reason,
    local: local.fingerprint,
    expected: remote === null ? { kind: 'absent' } : { kind: 'file', etag: remote.etag },
    sizeBytes: local.fingerprint.sizeBytes,
    keepForeign: decision.keepForeign,
  });
}

function planDownload(builder: PlanBuilder, entry: Entry, reason: OpReason): void {
  const remote = remoteFile(entry);
  if (remote === null || !mayPlaceLocally(builder, entry.path)) return;
  const local = localFile(entry);
  put(builder, {
    kind: 'download',
    path: entry.path,
    reason,
    etag: remote.etag,
    expected: local === null ? { kind: 'absent' } : { kind: 'file', fingerprint: local.fingerprint },
    sizeBytes: remote.sizeBytes,
  });
}

function planFileRemoval(
  builder: PlanBuilder,
  entry: Entry,
  decision: Extract<Decision, { kind: 'remove-local' | 'remove-remote' }>,
): void {
  const { path } = entry;
  const { kind, reason } = decision;
  if (!builder.outcomes.mayRemove(kind === 'remove-local' ? 'local' : 'remote', path)) return;
  const local = localFile(entry);
  if (kind === 'remove-local' && local !== null && local.content !== null) {
    const { fingerprint, content } = local;
    put(builder, { kind, path, reason, fingerprint, content, sizeBytes: fingerprint.sizeBytes });
  }
  const remote = remoteFile(entry);
  if (kind === 'remove-remote' && remote !== null) {
    put(builder, { kind, path, reason, etag: remote.etag, sizeBytes: remote.sizeBytes });
  }
}

function planLocalFolder(builder: PlanBuilder, entry: Entry, then: 'send' | 'remove' | 'leave'): void {
  if (then === 'remove') return removeLocalFolder(builder, entry, 'gone-remote');
  if (then === 'leave') return;
  const { localPresent, localUnknown } = builder.input.lookups.summary(entry.path);
  // With children there is nothing to do: the first upload implies the folder (C9).
  if (localPresent > 0 || localUnknown > 0 || !builder.outcomes.hasRemoteRoom(entry.path)) return;
  put(builder, { kind: 'make-remote-folder', path: entry.path, reason: 'new-local' });
}

function removeLocalFolder(builder: PlanBuilder, entry: Entry, reason: OpReason): void {
  const { path } = entry;
  if (!allGoes(builder.outcomes.below('local', path)) || !builder.outcomes.mayRemove('local', path)) return;
  put(builder, { kind: 'remove-local-folder', path, reason });
}

function planRemoteFolder(builder: PlanBuilder, entry: Entry, then: 'fetch' | 'remove' | 'leave'): void {
  if (then === 'leave' || entry.remote.state !== 'present' || entry.remote.kind !== 'folder') return;
  const { path } = entry;
  const hasMarker = entry.remote.marker !== null;
  if (then === 'fetch') {
    const isKnown = hasMarker || builder.input.lookups.summary(path).remotePresent > 0;
    if (isKnown) makeLocalFolder(builder, entry, 'new-remote');
    return;
  }
  const inside = builder.outcomes.below('remote', path);
  if (inside.stays) {
    if (builder.input.policy.mode === 'two-way') makeLocalFolder(builder, entry, 'edit-beats-delete');
    return;
  }
  if (hasMarker) removeRemoteFolder(builder, entry, 'gone-local');
}

function planFileOverFolder(builder: PlanBuilder, entry: Entry): void {
  if (entry.remote.state !== 'present' || entry.remote.kind !== 'folder') return;
  const inside = builder.outcomes.below('remote', entry.path);
  // What cannot go now holds the name of the file, too.
  if (inside.stays || (inside.waits && !inside.goes)) {
    builder.problems.push({ path: entry.path, code: 'file-folder-clash', fields: {} });
    return;
  }
  if (entry.remote.marker !== null) removeRemoteFolder(builder, entry, 'changed-local');
}

/** Unknown entries stay, and their folder with them: the remote file of that name cannot be placed. */
function planFolderOverFile(builder: PlanBuilder, entry: Entry): void {
  const inside = builder.outcomes.below('local', entry.path);
  if (inside.waits && !inside.goes) {
    builder.problems.push({ path: entry.path, code: 'file-folder-clash', fields: {} });
    return;
  }
  removeLocalFolder(builder, entry, 'changed-remote');
}

function removeRemoteFolder(builder: PlanBuilder, entry: Entry, reason: OpReason): void {
  const { path } = entry;
  if (!allGoes(builder.outcomes.below('remote', path)) || !builder.outcomes.mayRemove('remote', path)) return;
  put(builder, { kind: 'remove-remote-folder', path, reason });
}

function makeLocalFolder(builder: PlanBuilder, entry: Entry, reason: OpReason): void {
  if (mayPlaceLocally(builder, entry.path))
    put(builder, { kind: 'make-local-folder', path: entry.path, reason });
}
