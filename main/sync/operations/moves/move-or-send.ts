// Moves one object by a copy in the store. Where that is refused, for whatever reason, the bytes that are here are sent under
// the new name, and the old one is removed under its condition once they are proven to be there (rule 26).
import { holds } from '../../../core/plan/moves/arrivals.ts';
import { isOfItem } from '../../../core/model/errors.ts';
import type { SyncError } from '../../../core/model/errors.ts';
import type { Intent } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { recoverMoveRemote } from './recover-moves.ts';
import { moveIntent } from './move-journal.ts';
import type { MoveRemote } from './move-journal.ts';
import { moveObject, removeSource } from './move-object.ts';
import { done, failed, replan } from '../journal.ts';
import type { OpOutcome } from '../journal.ts';
import { keyOf } from '../../bucket/keys.ts';
import { seenRemote } from '../preconditions.ts';
import { runUpload } from '../upload.ts';
import type { UploadOp } from '../together/sent.ts';

export async function moveOrSend(
  context: PairContext,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<OpOutcome> {
  let why: string;
  try {
    const moved = await moveObject(context, op, signal);
    if (moved.kind !== 'refused') return moved;
    why = moved.why;
  } catch (error) {
    if (!isOfThisMove(error, signal)) throw error;
    const intent = openIntent(context, op);
    if (intent?.step === 'copied') return await leftBehind(context, op, intent, error);
    why = error.code;
    if (!(await closeCopy(context, op, intent, error, signal)))
      return failed(error, op.path, { from: op.from });
  }
  context.log.info('a move is sent instead of copied', { path: op.path, from: op.from, why });
  return sendInstead(context, op, signal);
}

function isOfThisMove(error: unknown, signal: AbortSignal): error is SyncError {
  return isOfItem(error) && !signal.aborted;
}

function openIntent({ store }: PairContext, op: MoveRemote): Intent | null {
  const isOurs = (one: Intent): boolean =>
    one.kind === 'move-remote' && one.path === op.path && one.other === op.from && one.rawKey !== null;
  return store.intents().find(isOurs) ?? null;
}

/** False where it cannot be told whether the copy took place: then the intent stays open for recovery. */
async function closeCopy(
  context: PairContext,
  op: MoveRemote,
  intent: Intent | null,
  error: SyncError,
  signal: AbortSignal,
): Promise<boolean> {
  if (intent === null) return true;
  if (error.code !== 'outcome-unknown') {
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return true;
  }
  try {
    await recoverMoveRemote(context, intent, signal);
    return true;
  } catch (later) {
    if (!isOfThisMove(later, signal)) throw later;
    context.log.warn('the copy of a move cannot be looked at', { path: op.path, code: later.code });
    return false;
  }
}

/** The new name is proven; that the old one cannot be removed is the old one's problem and holds no edit of the new one back. */
async function leftBehind(
  context: PairContext,
  op: MoveRemote,
  intent: Intent,
  error: SyncError,
): Promise<OpOutcome> {
  if (error.code === 'outcome-unknown') throw error;
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
  return failed(error, op.from, { to: op.path });
}

async function sendInstead(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const { path, from, content } = op;
  if (content === null) return replan('a move of unknown content');
  if (!holds(context.store.entry(path), 'remote', content)) {
    const sent = await send(context, op, signal);
    if (sent.kind !== 'done') return sent;
    if (!holds(context.store.entry(path), 'remote', content)) return replan('other bytes were sent');
  }
  if (op.keepsSource) return done;
  try {
    return await removeOld(context, op, signal);
  } catch (error) {
    if (!isOfThisMove(error, signal) || error.code === 'outcome-unknown') throw error;
    const intent = openIntent(context, op);
    if (intent !== null) await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return failed(error, from, { to: path });
  }
}

async function send(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const { local } = context.store.entry(op.path);
  if (local.state !== 'present' || local.kind !== 'file') return replan('the local target of a move changed');
  const { fingerprint } = local;
  try {
    const like = await context.remote.head(keyOf(context, op.from), signal);
    const upload: UploadOp = {
      kind: 'upload',
      path: op.path,
      reason: 'moved-local',
      local: fingerprint,
      expected: op.over === null ? { kind: 'absent' } : { kind: 'file', etag: op.over },
      sizeBytes: fingerprint.sizeBytes,
      keepForeign: false,
      ...(like.kind === 'found' && like.info.etag === op.etag ? { like: like.info } : {}),
    };
    const sent = await runUpload(context, upload, signal);
    return sent.kind === 'problem' ? { ...sent, fields: { ...sent.fields, from: op.from } } : sent;
  } catch (error) {
    if (!isOfThisMove(error, signal) || error.code === 'outcome-unknown') throw error;
    return failed(error, op.path, { from: op.from });
  }
}

async function removeOld(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<OpOutcome> {
  const head = await context.remote.head(keyOf(context, op.from), signal);
  if (head.kind === 'absent' || head.info.etag !== op.etag) {
    const isGone = head.kind === 'absent';
    await context.commit([
      seenRemote(op.from, head),
      ...(isGone ? [{ kind: 'base' as const, path: op.from, cell: null }] : []),
    ]);
    return done;
  }
  const intent: Intent = {
    ...moveIntent(context, 'move-remote', op, op.etag),
    rawKey: keyOf(context, op.path),
    step: 'copied',
  };
  await context.commit([{ kind: 'intent', intent }]);
  return removeSource(context, op, { intent, metadata: head.info.metadata }, signal);
}
