// Remote move: copy and conditional delete, file by file for a folder (C16).
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import { isOfItem } from '../../../core/model/errors.ts';
import type { Entry, Etag, RelPath } from '../../../core/model/model.ts';
import { isBelow, rebase } from '../../../core/model/path.ts';
import type { PairContext } from '../../context.ts';
import { runMakeRemoteFolder, runRemoveRemoteFolder } from '../folders.ts';
import { activity, done, failed, replan } from '../journal.ts';
import { moveIntent } from './move-journal.ts';
import type { MoveRemote } from './move-journal.ts';
import { moveOrSend } from './move-or-send.ts';
import type { OpOutcome, OpProblem } from '../journal.ts';
import { proveLocalAbsent, refreshLocal } from '../preconditions.ts';

/** Files below first, then markers, so that the new name is complete before the old one goes. */
export async function runMoveRemote(
  context: PairContext,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<OpOutcome> {
  // Where something else has the old name, nothing is removed, so that nothing has to be proven absent.
  const absence = op.keepsSource ? null : await proveLocalAbsent(context, op.from);
  if (absence !== null && absence.kind !== 'absent') {
    if (absence.kind === 'present') await refreshLocal(context, op.from);
    return replan('the local source of a move is there');
  }
  if (op.entry === 'file') {
    const outcome = await moveOrSend(context, op, signal);
    if (outcome.kind === 'done')
      await context.commit([
        activity(context, 'moved-remote', { path: op.path, from: op.from, bytes: op.sizeBytes }),
      ]);
    return outcome;
  }
  return moveFolder(context, op, signal);
}

async function moveFolder(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const intent = moveIntent(context, 'move-remote', op, null);
  await context.commit([{ kind: 'intent', intent }]);
  const rows = [...context.store.subtree(op.from)];
  const left: LeftBehind[] = [];
  const problems: OpProblem[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    const target = rebase(row.path, op.from, op.path);
    const outcome = await moveRow(context, row, target, op, signal);
    if (outcome === 'moved') continue;
    left.push({ path: row.path, isEditedThere: outcome === 'edited-there' });
    if (typeof outcome === 'object') problems.push(outcome);
  }
  for (const row of rows.filter((one) => one.base?.kind === 'folder').reverse()) {
    const target = rebase(row.path, op.from, op.path);
    if (isLeftToPlan(row.path, left)) continue;
    const failure = await tryOne(target, row.path, signal, () => moveFolderRow(context, row, target, signal));
    if (failure !== null) problems.push(failure);
  }
  const isWhole = left.length === 0 && problems.length === 0;
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...(isWhole
      ? [activity(context, 'moved-remote', { path: op.path, from: op.from, bytes: op.sizeBytes })]
      : []),
  ]);
  if (isWhole) return done;
  return { kind: 'replan', why: 'a folder was moved in part', problems };
}

/** One file or marker that is refused costs only itself: the others move. */
async function tryOne(
  path: RelPath,
  from: RelPath,
  signal: AbortSignal,
  run: () => Promise<void>,
): Promise<OpProblem | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (!isOfItem(error) || signal.aborted) throw error;
    return failed(error, path, { from });
  }
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
  const marker = markerOf(row);
  if (marker !== null) {
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
    // Refused by a busy store: it stays known, and the next plan removes it. A marker created since is a real
    // folder.
    if (markerOf(context.store.entry(row.path)) === marker) return;
  }
  await context.commit([{ kind: 'base', path: row.path, cell: null }]);
}

/** The version of a folder's marker. */
function markerOf({ remote }: Entry): Etag | null {
  return remote.state === 'present' && remote.kind === 'folder' ? (remote.marker?.etag ?? null) : null;
}

/** Moves one unchanged file of a moved folder; whatever else it finds is left to the next plan. */
async function moveRow(
  context: PairContext,
  row: Entry,
  target: RelPath,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<'moved' | 'edited-there' | 'left' | OpProblem> {
  if (row.base?.kind !== 'file') return 'moved';
  const { remote, base } = row;
  if (remote.state !== 'present' || remote.kind !== 'file' || remote.etag !== base.etag)
    return 'edited-there';
  const at = context.store.entry(target);
  // A fingerprint that moved along with its folder says as much as the bytes (C6): nothing was written since.
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
  let outcome: OpOutcome = done;
  const failure = await tryOne(target, row.path, signal, async () => {
    outcome = await moveOrSend(context, child, signal);
  });
  if (failure !== null) return failure;
  return asRow(outcome);
}

function asRow(outcome: OpOutcome): 'moved' | 'left' | OpProblem {
  if (outcome.kind === 'problem') return outcome;
  return outcome.kind === 'done' ? 'moved' : 'left';
}
