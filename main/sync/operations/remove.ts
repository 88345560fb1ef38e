// Remove operation: proves absence, keeps the bytes, deletes (C2, C18).
import { holds } from '../../core/plan/moves/arrivals.ts';
import type { Op, OpId } from '../../core/model/model.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { deleteVersion, mayGoUnconditionally } from '../trash/delete-version.ts';
import { announcedDelete, preserveRemote, keptForgotten } from '../trash/remote-trash.ts';
import type { PreservedCopy } from '../trash/remote-trash.ts';
import { leftFormerName } from './moves/former-names.ts';
import { activity, done, localTrashRow, newIntent, problem, replan } from './journal.ts';
import type { OpOutcome } from './journal.ts';
import { isPresentAs, proveLocalAbsent, refreshLocal, seenRemote } from './preconditions.ts';
import { keyOf } from '../bucket/keys.ts';

const noCopy: PreservedCopy = { kind: 'kept', changes: [] };

type RemoveLocal = Extract<Op, { kind: 'remove-local' }>;
type RemoveRemote = Extract<Op, { kind: 'remove-remote' }>;

/** With a stale listing the file would reappear as new, so absence is confirmed here as well (C2). */
export async function runForget(
  context: PairContext,
  op: Extract<Op, { kind: 'forget' }>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  if (context.store.entry(op.path).base?.kind === 'file') {
    const head = await context.remote.head(keyOf(context, op.path), signal);
    if (head.kind === 'found') {
      await context.commit([seenRemote(op.path, head)]);
      return replan('the remote object is there');
    }
  }
  await context.commit([{ kind: 'base', path: op.path, cell: null }]);
  return done;
}

export async function runRemoveLocal(
  context: PairContext,
  op: RemoveLocal,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const row = context.store.entry(op.path);
  const key = keyOf(context, op.path);
  const head = await context.remote.head(key, signal);
  if (head.kind === 'found') {
    await context.commit([seenRemote(op.path, head)]);
    return replan('the remote object is there');
  }
  if (row.base?.kind === 'file' && mayGoUnconditionally(context, row.base.etag)) {
    const announced = await announcedDelete(context, key, signal);
    // Another device's unconditional delete took a different version than the synced one: that edit must be
    // restored.
    const isKnown =
      announced === null ||
      announced.includes(row.base.etag) ||
      (await leftFormerName(context, op.path, row.base.etag, signal));
    if (!isKnown) {
      await context.commit([{ kind: 'base', path: op.path, cell: null }]);
      return replan('an unseen version was deleted: upload again');
    }
  }
  const { path, content, sizeBytes, fingerprint } = op;
  const intent = newIntent(context, { kind: 'remove-local', path, content, sizeBytes, fingerprint });
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('remove-local.intent');
  // Case-insensitive volumes resolve `A.txt` to `a.txt`; compare the actual spelling.
  const isSpelled = (await context.files.look(op.path)).state !== 'absent';
  const captured = isSpelled
    ? await context.changes.capture(op.path, { content: op.content }, intent.id, signal)
    : ({ kind: 'gone' } as const);
  context.reached('remove-local.captured');
  if (captured.kind === 'changed' || captured.kind === 'blocked') {
    await refreshLocal(context, op.path);
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    if (captured.kind === 'changed') return replan('local file changed before it was removed');
    return problem(op.path, 'local-blocked', 'backoff', { message: captured.message });
  }
  await context.commit([
    { kind: 'base', path: op.path, cell: null },
    { kind: 'local', path: op.path, cell: { state: 'absent' } },
    { kind: 'intent-done', id: intent.id },
    ...(captured.kind === 'captured' ? [trashRow(context, op, intent.id, captured.trashName)] : []),
    activity(context, 'removed-local', { path: op.path, bytes: op.sizeBytes }),
  ]);
  context.reached('remove-local.committed');
  return done;
}

function trashRow(context: PairContext, op: RemoveLocal, id: OpId, where: string): StateChange {
  const { local } = context.store.entry(op.path);
  const { path, content, sizeBytes } = op;
  return localTrashRow(context, {
    ...{ id, path, where, content, sizeBytes },
    executable: local.state === 'present' && local.kind === 'file' && local.executable,
    why: 'removed',
  });
}

export async function runRemoveRemote(
  context: PairContext,
  op: RemoveRemote,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const absence = await proveLocalAbsent(context, op.path);
  // A folder at the path proves the file is gone, like ENOENT.
  if (absence.kind !== 'absent' && !isPresentAs(absence, 'folder')) {
    if (absence.kind === 'present') await refreshLocal(context, op.path);
    return replan('local absence is not proven');
  }
  const key = keyOf(context, op.path);
  const head = await context.remote.head(key, signal);
  if (head.kind === 'absent') {
    await context.commit(goneChanges(op));
    return done;
  }
  if (head.info.etag !== op.etag) {
    await context.commit([seenRemote(op.path, head)]);
    return replan('remote object changed before it was removed');
  }
  const intent = newIntent(context, {
    kind: 'remove-remote',
    path: op.path,
    sizeBytes: op.sizeBytes,
    rawKey: key,
    previousEtag: op.etag,
  });
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('remove-remote.intent');
  return removeKept(context, op, intent, head.info, signal);
}

async function removeKept(
  context: PairContext,
  op: RemoveRemote,
  intent: Intent,
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const { base } = context.store.entry(op.path);
  const content = base?.kind === 'file' ? base.content : null;
  // Content that has arrived under another name needs no copy. Different content there means that none of it
  // has arrived.
  const hasArrived =
    op.after !== undefined && holds(context.store.entry(op.after.path), 'remote', op.after.content);
  const kept = hasArrived
    ? noCopy
    : await preserveRemote(
        context,
        { opId: intent.id, path: op.path, info, content, why: 'removed' },
        signal,
      );
  if (kept.kind === 'lost') {
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return replan('remote object changed before it was removed');
  }
  // Before the effect, so that after a crash the index can still restore the file.
  if (kept.changes.length > 0) await context.commit(kept.changes);
  context.reached('remove-remote.kept-aside');
  const { key, etag, metadata } = info;
  const deleted = await deleteVersion(context, { opId: intent.id, key, etag, metadata }, signal);
  context.reached('remove-remote.sent');
  if (deleted.kind === 'lost') {
    const head = await context.remote.head(info.key, signal);
    await context.commit([seenRemote(op.path, head), { kind: 'intent-done', id: intent.id }]);
    return replan('another writer was first');
  }
  await context.commit([
    ...goneChanges(op),
    ...keptForgotten(context, op.path),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'removed-remote', { path: op.path, bytes: op.sizeBytes }),
  ]);
  context.reached('remove-remote.committed');
  return done;
}

function goneChanges(op: RemoveRemote): readonly StateChange[] {
  return [
    { kind: 'base', path: op.path, cell: null },
    { kind: 'remote', path: op.path, cell: { state: 'absent' } },
  ];
}
