// Planner: turns the state of unsettled paths into operations that reconcile both sides.
import type { Entry, Op, OpReason } from '../model/model.ts';
import { assertNever } from '../model/model.ts';
import type { Plan, PlanInput } from './types.ts';
import type { Verdict } from './decide.ts';
import { awaitArrivals } from './moves/arrivals.ts';
import { planAside } from './conflicts.ts';
import {
  hashLocalOp,
  identifyRemoteOp,
  localFile,
  makeDraft,
  mayPlaceLocally,
  put,
  remoteFile,
} from './builder.ts';
import type { Draft } from './builder.ts';
import { keepEmptiedFolders } from './folder-markers.ts';
import { findMoves, planMove } from './moves/moves.ts';
import { allGoes } from './subtree.ts';
import { orderOps } from './order.ts';
import { comparePaths, depthOf, isBelow } from '../model/path.ts';

/** Pure: the same input gives the same plan, in whatever order the entries come. */
export function plan(input: PlanInput): Plan {
  const draft = makeDraft(input);
  const entries = parentsFirst(input.entries);
  const asides: Entry[] = [];
  findMoves(draft, entries);
  for (const entry of entries) {
    if (input.policy.held(entry.path) || planMove(draft, entry.path)) continue;
    const verdict = draft.fates.verdict(entry.path);
    if (needsAside(draft, entry, verdict)) {
      if (!isLeftSoon(draft, entry)) asides.push(entry);
    } else planEntry(draft, entry, verdict);
  }
  // After all others: a conflict may require another path to be read first, and must not take a planned name.
  for (const entry of asides) planAside(draft, entry, asideReason(draft.fates.verdict(entry.path)));
  awaitArrivals(draft);
  keepEmptiedFolders(draft);
  return {
    waves: orderOps([...draft.ops.values()].flat()),
    problems: draft.problems.toSorted((a, b) => comparePaths(a.path, b.path)),
  };
}

function parentsFirst(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, depth: depthOf(entry.path) }))
    .sort((a, b) => a.depth - b.depth || comparePaths(a.entry.path, b.entry.path))
    .map(({ entry }) => entry);
}

function asideReason(verdict: Verdict): OpReason {
  return verdict.kind === 'set-aside' ? verdict.reason : 'both-changed';
}

/** A file in the folder may be about to move out of it: only afterwards is it known what has to be renamed. */
function isLeftSoon(draft: Draft, { path, local }: Entry): boolean {
  if (local.state !== 'present' || local.kind !== 'folder') return false;
  return [...draft.moves.waiting].some((waiting) => isBelow(waiting, path));
}

/** The local side gets a conflict name; a folder only if none of its contents is about to leave or undecided. */
function needsAside(draft: Draft, entry: Entry, verdict: Verdict): boolean {
  if (verdict.kind === 'set-aside') {
    if (entry.local.state !== 'present' || entry.local.kind === 'file') return true;
    return !draft.fates.below('local', entry.path).goes;
  }
  if (verdict.kind === 'file-over-folder') {
    return draft.input.policy.mode === 'two-way' && draft.fates.below('remote', entry.path).stays;
  }
  if (verdict.kind === 'folder-over-file') {
    const inside = draft.fates.below('local', entry.path);
    return inside.stays && !inside.goes;
  }
  return false;
}

function planEntry(draft: Draft, entry: Entry, verdict: Verdict): void {
  const { path } = entry;
  switch (verdict.kind) {
    case 'nothing':
    case 'set-aside':
      return;
    case 'clash':
      draft.problems.push({ path, code: 'file-folder-clash', fields: {} });
      return;
    case 'adopt':
      put(draft, { kind: 'adopt', path, reason: 'same-both', base: verdict.base });
      return;
    case 'forget':
      if (draft.input.policy.localComplete && draft.input.policy.remoteComplete) {
        put(draft, { kind: 'forget', path, reason: 'same-both' });
      }
      return;
    case 'learn':
      planLearn(draft, entry, verdict);
      return;
    case 'upload':
      planUpload(draft, entry, verdict);
      return;
    case 'download':
      planDownload(draft, entry, verdict.reason);
      return;
    case 'remove-local':
    case 'remove-remote':
      planFileRemoval(draft, entry, verdict);
      return;
    case 'local-folder-only':
      planLocalFolder(draft, entry, verdict.then);
      return;
    case 'remote-folder-only':
      planRemoteFolder(draft, entry, verdict.then);
      return;
    case 'file-over-folder':
      planFileOverFolder(draft, entry);
      return;
    case 'folder-over-file':
      planFolderOverFile(draft, entry);
      return;
    default:
      assertNever(verdict);
  }
}

function planLearn(draft: Draft, entry: Entry, verdict: Extract<Verdict, { kind: 'learn' }>): void {
  const local = verdict.local ? localFile(entry) : null;
  const remote = verdict.remote ? remoteFile(entry) : null;
  const hash: readonly Op[] = local === null ? [] : [hashLocalOp(entry.path, local)];
  const identify: readonly Op[] = remote === null ? [] : [identifyRemoteOp(entry.path, remote)];
  draft.ops.set(entry.path, [...hash, ...identify]);
}

function planUpload(draft: Draft, entry: Entry, verdict: Extract<Verdict, { kind: 'upload' }>): void {
  const local = localFile(entry);
  if (local === null || !draft.fates.hasRemoteRoom(entry.path)) return;
  const remote = remoteFile(entry);
  put(draft, {
    kind: 'upload',
    path: entry.path,
    reason: verdict.reason,
    local: local.fingerprint,
    expected: remote === null ? { kind: 'absent' } : { kind: 'file', etag: remote.etag },
    sizeBytes: local.fingerprint.sizeBytes,
    keepForeign: verdict.keepForeign,
  });
}

function planDownload(draft: Draft, entry: Entry, reason: OpReason): void {
  const remote = remoteFile(entry);
  if (remote === null || !mayPlaceLocally(draft, entry.path)) return;
  const local = localFile(entry);
  put(draft, {
    kind: 'download',
    path: entry.path,
    reason,
    etag: remote.etag,
    expected: local === null ? { kind: 'absent' } : { kind: 'file', fingerprint: local.fingerprint },
    sizeBytes: remote.sizeBytes,
  });
}

function planFileRemoval(
  draft: Draft,
  entry: Entry,
  verdict: Extract<Verdict, { kind: 'remove-local' | 'remove-remote' }>,
): void {
  const { path } = entry;
  const { kind, reason } = verdict;
  if (!draft.fates.mayRemove(kind === 'remove-local' ? 'local' : 'remote', path)) return;
  const local = localFile(entry);
  if (kind === 'remove-local' && local !== null && local.content !== null) {
    const { fingerprint, content } = local;
    put(draft, { kind, path, reason, fingerprint, content, sizeBytes: fingerprint.sizeBytes });
  }
  const remote = remoteFile(entry);
  if (kind === 'remove-remote' && remote !== null) {
    put(draft, { kind, path, reason, etag: remote.etag, sizeBytes: remote.sizeBytes });
  }
}

function planLocalFolder(draft: Draft, entry: Entry, then: 'send' | 'remove' | 'leave'): void {
  if (then === 'remove') return removeLocalFolder(draft, entry, 'gone-remote');
  if (then === 'leave') return;
  const { localPresent, localUnknown } = draft.input.lookups.summary(entry.path);
  // With children there is nothing to do: the first upload implies the folder (C9).
  if (localPresent > 0 || localUnknown > 0 || !draft.fates.hasRemoteRoom(entry.path)) return;
  put(draft, { kind: 'make-remote-folder', path: entry.path, reason: 'new-local' });
}

function removeLocalFolder(draft: Draft, entry: Entry, reason: OpReason): void {
  const { path } = entry;
  if (!allGoes(draft.fates.below('local', path)) || !draft.fates.mayRemove('local', path)) return;
  put(draft, { kind: 'remove-local-folder', path, reason });
}

function planRemoteFolder(draft: Draft, entry: Entry, then: 'fetch' | 'remove' | 'leave'): void {
  if (then === 'leave' || entry.remote.state !== 'present' || entry.remote.kind !== 'folder') return;
  const { path } = entry;
  const hasMarker = entry.remote.marker !== null;
  if (then === 'fetch') {
    const isKnown = hasMarker || draft.input.lookups.summary(path).remotePresent > 0;
    if (isKnown) makeLocalFolder(draft, entry, 'new-remote');
    return;
  }
  const inside = draft.fates.below('remote', path);
  if (inside.stays) {
    if (draft.input.policy.mode === 'two-way') makeLocalFolder(draft, entry, 'edit-beats-delete');
    return;
  }
  if (hasMarker) removeRemoteFolder(draft, entry, 'gone-local');
}

function planFileOverFolder(draft: Draft, entry: Entry): void {
  if (entry.remote.state !== 'present' || entry.remote.kind !== 'folder') return;
  const inside = draft.fates.below('remote', entry.path);
  // What cannot go now holds the name of the file, too.
  if (inside.stays || (inside.waits && !inside.goes)) {
    draft.problems.push({ path: entry.path, code: 'file-folder-clash', fields: {} });
    return;
  }
  if (entry.remote.marker !== null) removeRemoteFolder(draft, entry, 'changed-local');
}

/** Unknown entries stay, and their folder with them: the remote file of that name cannot be placed. */
function planFolderOverFile(draft: Draft, entry: Entry): void {
  const inside = draft.fates.below('local', entry.path);
  if (inside.waits && !inside.goes) {
    draft.problems.push({ path: entry.path, code: 'file-folder-clash', fields: {} });
    return;
  }
  removeLocalFolder(draft, entry, 'changed-remote');
}

function removeRemoteFolder(draft: Draft, entry: Entry, reason: OpReason): void {
  const { path } = entry;
  if (!allGoes(draft.fates.below('remote', path)) || !draft.fates.mayRemove('remote', path)) return;
  put(draft, { kind: 'remove-remote-folder', path, reason });
}

function makeLocalFolder(draft: Draft, entry: Entry, reason: OpReason): void {
  if (mayPlaceLocally(draft, entry.path)) put(draft, { kind: 'make-local-folder', path: entry.path, reason });
}
