// A move on one side is carried over as a move: a local rename, or copy and conditional delete on the remote (rule 16).
import { sameFingerprint } from '../../core/fingerprint.ts';
import { assertNever } from '../../core/model.ts';
import type { ContentId, Entry, Op, OpId, RelPath } from '../../core/model.ts';
import { isBelow, keyFor, rebase } from '../../core/path.ts';
import type { ObjectMetadata } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { readExecutable, readMtimeNs, readOpId, writeNotes } from '../object-metadata.ts';
import type { PairContext } from '../pair-context.ts';
import { announceDelete, announcesDeletes } from '../remote-undo.ts';
import { runMakeRemoteFolder, runRemoveRemoteFolder } from './folders.ts';
import { done, problem, replan } from './outcome.ts';
import type { OpOutcome } from './outcome.ts';
import {
  adoptedFolders,
  fileCell,
  keyOf,
  movedProblems,
  proveLocalAbsent,
  relookLocal,
  seenRemote,
} from './proofs.ts';

type MoveLocal = Extract<Op, { kind: 'move-local' }>;
type MoveRemote = Extract<Op, { kind: 'move-remote' }>;

/** CopyObject's limit (Amazon S3 API reference); larger objects are uploaded again under their new name. */
const maxCopyBytes = 5_000_000_000;

export async function runMoveLocal(
  context: PairContext,
  op: MoveLocal,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const from = context.store.entry(op.from);
  const to = context.store.entry(op.path);
  if (op.entry === 'file') {
    const proof = await proveRemoteMoved(context, op, to, signal);
    if (proof !== null) return proof;
  }
  const known = from.local;
  const expected = known.state === 'present' && known.kind === 'file' ? known.fingerprint : null;
  if (known.state !== 'present' || (op.entry === 'file') !== (known.kind === 'file')) {
    return replan('the local source of a move is gone');
  }
  // The version that the renamed file will be base with, also after a crash.
  const planned = to.remote.state === 'present' && to.remote.kind === 'file' ? to.remote.etag : null;
  const intent = intentOf(context, 'move-local', op, op.entry === 'file' ? planned : null);
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('move-local.intent');
  const renamed = await context.changes.rename(op.from, op.path, expected);
  context.reached('move-local.renamed');
  switch (renamed.kind) {
    case 'blocked':
      await closeAndLook(context, intent);
      return problem(op.path, 'local-blocked', 'backoff', { message: renamed.message });
    case 'taken':
    case 'gone':
    case 'changed':
      await closeAndLook(context, intent);
      return replan(`move: ${renamed.kind}`);
    case 'renamed':
      break;
    default:
      return assertNever(renamed);
  }
  await context.commit([
    ...movedLocally(op, from, to, renamed.cell),
    ...(op.entry === 'folder' ? movedProblems(context, op.from, op.path) : []),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'moved-local', op),
  ]);
  context.reached('move-local.committed');
  return done;
}

/** The remote must really be a move: nothing under the old key, the planned version under the new one. */
async function proveRemoteMoved(
  context: PairContext,
  op: MoveLocal,
  to: Entry,
  signal: AbortSignal,
): Promise<OpOutcome | null> {
  const old = await context.remote.head(keyOf(context, op.from), signal);
  if (old.kind === 'found') {
    await context.commit([seenRemote(op.from, old)]);
    return replan('the remote source of a move is there');
  }
  const fresh = await context.remote.head(keyOf(context, op.path), signal);
  const planned = to.remote.state === 'present' && to.remote.kind === 'file' ? to.remote.etag : null;
  if (fresh.kind === 'absent' || fresh.facts.etag !== planned) {
    await context.commit([seenRemote(op.path, fresh)]);
    return replan('the remote target of a move changed');
  }
  return null;
}

function movedLocally(
  op: MoveLocal,
  from: Entry,
  to: Entry,
  cell: Awaited<ReturnType<PairContext['files']['look']>>,
): readonly StateChange[] {
  if (op.entry === 'folder') {
    return [
      // With its memory: a file that went elsewhere on the remote side must not look new under the new name.
      { kind: 'rename', from: op.from, to: op.path, sides: ['base', 'local'], keys: null },
      { kind: 'local', path: op.path, cell },
    ];
  }
  const content = from.base?.kind === 'file' ? from.base.content : op.content;
  if (cell.state !== 'present' || cell.kind !== 'file' || content === null) return [];
  const remote = to.remote.state === 'present' && to.remote.kind === 'file' ? to.remote : null;
  return [
    { kind: 'local', path: op.from, cell: { state: 'absent' } },
    { kind: 'base', path: op.from, cell: null },
    { kind: 'local', path: op.path, cell: { ...cell, content } },
    ...(remote === null
      ? []
      : [
          {
            kind: 'base' as const,
            path: op.path,
            cell: {
              kind: 'file' as const,
              content,
              sizeBytes: remote.sizeBytes,
              etag: remote.etag,
              fingerprint: cell.fingerprint,
              executable: cell.executable,
            },
          },
        ]),
  ];
}

/** Files below first, then markers, so that the new name is complete before the old one goes. */
export async function runMoveRemote(
  context: PairContext,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const absence = await proveLocalAbsent(context, op.from);
  if (absence.kind !== 'absent') {
    if (absence.kind === 'present') await relookLocal(context, op.from);
    return replan('the local source of a move is there');
  }
  if (op.entry === 'file') {
    const outcome = await moveObject(context, op, signal);
    if (outcome.kind === 'done') await context.commit([activity(context, 'moved-remote', op)]);
    return outcome;
  }
  return moveFolder(context, op, signal);
}

async function moveFolder(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const intent = intentOf(context, 'move-remote', op, null);
  await context.commit([{ kind: 'intent', intent }]);
  const rows = [...context.store.subtree(op.from)];
  const left: LeftBehind[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    const target = rebase(row.path, op.from, op.path);
    const outcome = await moveRow(context, row, target, op, signal);
    if (outcome !== 'moved') left.push({ path: row.path, isEditedThere: outcome === 'edited-there' });
  }
  for (const row of rows.filter((one) => one.base?.kind === 'folder').reverse()) {
    const target = rebase(row.path, op.from, op.path);
    if (!isLeftToPlan(row.path, left)) await moveFolderRow(context, row, target, signal);
  }
  const isWhole = left.length === 0;
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...(isWhole ? [activity(context, 'moved-remote', op)] : []),
  ]);
  return isWhole ? done : replan('a folder was moved in part');
}

type LeftBehind = { readonly path: RelPath; readonly isEditedThere: boolean };

/** Holds only what is about to be removed: the folder then goes after it, as any deleted folder does. */
function isLeftToPlan(dir: RelPath, left: readonly LeftBehind[]): boolean {
  const inside = left.filter(({ path }) => isBelow(path, dir));
  return inside.length > 0 && inside.every(({ isEditedThere }) => !isEditedThere);
}

/**
 * Markers move with their folders, deepest first. The old name is base no more, also where a child stayed behind
 * because it was edited on the other side: then the folder under its old name is a new remote one.
 */
async function moveFolderRow(
  context: PairContext,
  row: Entry,
  target: RelPath,
  signal: AbortSignal,
): Promise<void> {
  const isMarked =
    row.remote.state === 'present' && row.remote.kind === 'folder' && row.remote.marker !== null;
  if (isMarked) {
    const { remotePresent } = context.store.summary(target);
    if (remotePresent === 0) {
      await runMakeRemoteFolder(
        context,
        { kind: 'make-remote-folder', path: target, reason: 'moved-local' },
        signal,
      );
    }
    await runRemoveRemoteFolder(
      context,
      { kind: 'remove-remote-folder', path: row.path, reason: 'moved-local' },
      signal,
    );
  }
  await context.commit([{ kind: 'base', path: row.path, cell: null }]);
}

/** Moves one unchanged file of a moved folder; whatever else it finds is left to the next plan. */
async function moveRow(
  context: PairContext,
  row: Entry,
  target: RelPath,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<'moved' | 'edited-there' | 'left'> {
  if (row.base?.kind !== 'file') return 'moved';
  const { remote, base } = row;
  if (remote.state !== 'present' || remote.kind !== 'file' || remote.etag !== base.etag)
    return 'edited-there';
  const at = context.store.entry(target);
  // A fingerprint that moved along with its folder says as much as the bytes (rule 6): nothing was written since.
  const isUnchanged =
    at.local.state === 'present' &&
    at.local.kind === 'file' &&
    (at.local.content === base.content || sameFingerprint(at.local.fingerprint, base.fingerprint)) &&
    at.remote.state === 'absent';
  if (!isUnchanged) return 'left';
  const child = {
    ...op,
    entry: 'file' as const,
    from: row.path,
    path: target,
    content: base.content,
    etag: base.etag,
    sizeBytes: base.sizeBytes,
  };
  return (await moveObject(context, child, signal)).kind === 'done' ? 'moved' : 'left';
}

async function moveObject(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const fromKey = keyOf(context, op.from);
  const head = await context.remote.head(fromKey, signal);
  if (head.kind === 'absent' || head.facts.etag !== op.etag) {
    await context.commit([seenRemote(op.from, head)]);
    return replan('the remote source of a move changed');
  }
  const local = context.store.entry(op.path).local;
  if (head.facts.sizeBytes > maxCopyBytes || local.state !== 'present' || local.kind !== 'file') {
    return replan('not movable by copy');
  }
  const toKey = keyFor(context.settings.binding.prefix, op.path, 'file');
  const intent = intentOf(context, 'move-remote', op, head.facts.etag);
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('move-remote.intent');
  const content = op.content ?? ('' as ContentId);
  const copied = await context.remote.copy(
    fromKey,
    toKey,
    {
      source: head.facts.etag,
      condition: context.abilities.copyConditions ? { kind: 'absent' } : { kind: 'none' },
      contentType: context.contentTypeOf(op.path),
      metadata: {
        ...head.facts.metadata,
        ...writeNotes({
          opId: intent.id,
          content,
          mtimeNs: readMtimeNs(head.facts.metadata),
          executable: readExecutable(head.facts.metadata),
          ancestors: [],
        }),
      },
    },
    signal,
  );
  const landed = await context.remote.head(toKey, signal);
  const isOurs =
    landed.kind === 'found' &&
    readOpId(landed.facts.metadata) === intent.id &&
    landed.facts.sizeBytes === head.facts.sizeBytes;
  if (!isOurs || copied.kind === 'withdrawn') {
    await context.commit([seenRemote(op.path, landed), { kind: 'intent-done', id: intent.id }]);
    return replan('the copy of a move did not land');
  }
  await context.commit([
    { kind: 'intent', intent: { ...intent, step: 'copied' } },
    { kind: 'remote', path: op.path, cell: { ...fileCell(landed.facts), content } },
    { kind: 'local', path: op.path, cell: { ...local, content } },
    ...adoptedFolders(context, op.path),
    {
      kind: 'base',
      path: op.path,
      cell: {
        kind: 'file',
        content,
        sizeBytes: landed.facts.sizeBytes,
        etag: landed.facts.etag,
        fingerprint: local.fingerprint,
        executable: local.executable,
      },
    },
  ]);
  context.reached('move-remote.copied');
  return removeSource(context, op, { intent, metadata: head.facts.metadata }, signal);
}

async function removeSource(
  context: PairContext,
  op: MoveRemote,
  source: { readonly intent: Intent; readonly metadata: ObjectMetadata },
  signal: AbortSignal,
): Promise<OpOutcome> {
  const { intent, metadata } = source;
  const key = keyOf(context, op.from);
  const etag = intent.previousEtag;
  if (etag === null) return replan('a move without a source version');
  const { deleteIfMatch } = context.abilities;
  if (announcesDeletes(context.abilities))
    await announceDelete(context, { opId: intent.id, key, etag, metadata }, signal);
  const deleted = await context.remote.delete(
    key,
    deleteIfMatch ? { kind: 'etag', etag } : { kind: 'none' },
    signal,
  );
  context.reached('move-remote.deleted');
  if (deleted.kind === 'lost') {
    // Edited on the other side meanwhile: the edit stays under the old name, the move under the new one. Where the very
    // same version is still there, the store only said no for now: base stays, and the next plan removes it.
    const head = await context.remote.head(key, signal);
    const isSame = head.kind === 'found' && head.facts.etag === etag;
    await context.commit([
      seenRemote(op.from, head),
      ...(isSame ? [] : [{ kind: 'base' as const, path: op.from, cell: null }]),
      { kind: 'intent-done', id: intent.id },
    ]);
    return isSame ? replan('the source of a move is still there') : done;
  }
  await context.commit([
    { kind: 'remote', path: op.from, cell: { state: 'absent' } },
    { kind: 'base', path: op.from, cell: null },
    { kind: 'intent-done', id: intent.id },
  ]);
  context.reached('move-remote.committed');
  return done;
}

async function closeAndLook(context: PairContext, intent: Intent): Promise<void> {
  await relookLocal(context, intent.path);
  if (intent.other !== null) await relookLocal(context, intent.other);
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
}

function activity(
  context: PairContext,
  kind: 'moved-local' | 'moved-remote',
  op: MoveLocal | MoveRemote,
): StateChange {
  return {
    kind: 'activity',
    item: { atMs: context.clock.nowMs(), kind, path: op.path, from: op.from, bytes: op.sizeBytes },
  };
}

function intentOf(
  context: PairContext,
  kind: 'move-local' | 'move-remote',
  op: MoveLocal | MoveRemote,
  previousEtag: Intent['previousEtag'],
): Intent {
  return {
    id: context.random.hex(16) as OpId, // made here
    kind,
    path: op.path,
    other: op.from,
    step: 'planned',
    content: op.content,
    sizeBytes: op.sizeBytes,
    previousEtag,
    rawKey: null,
    fingerprint: null,
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: context.clock.nowMs(),
  };
}
