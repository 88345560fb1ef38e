// Moves one object: intent, copy under the conditions of the plan, the copy looked at, and only then the old one goes.
//
// Where the new name is taken, what stands there is kept and compared as by an upload; where something else has the old
// name, nothing is removed. So every step of a chain or a ring leaves a state that uploads could have left.
import { localFile } from '../../../core/model/cells.ts';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { ContentId, Etag, LocalFile, ObjectKey } from '../../../core/model/model.ts';
import type { ObjectInfo, ObjectMetadata } from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange, TrashItem } from '../../../ports/sync-state.port.ts';
import { copyObject, isCopiedInParts } from '../../transfer/copy-object.ts';
import { readExecutable, readMtimeNs, readOpId, writeNotes } from '../../bucket/object-metadata.ts';
import type { PairContext } from '../../context.ts';
import { preserveRemote, keptForgotten } from '../../trash/remote-trash.ts';
import { metaKey } from '../../bucket/meta-object.ts';
import { ancestorsToName, deleteVersion } from '../../trash/delete-version.ts';
import { moveIntent } from './move-journal.ts';
import type { MoveRemote } from './move-journal.ts';
import { done, replan } from '../journal.ts';
import type { OpOutcome } from '../journal.ts';
import { adoptedFolders, seenRemote } from '../preconditions.ts';
import { fileCell } from '../../bucket/cells.ts';
import { keyOf } from '../../bucket/keys.ts';

type Source = {
  readonly info: ObjectInfo;
  /** The copy that the first move of a ring set aside; null where the object still has its old name. */
  readonly parked: TrashItem | null;
};

/** The store says no to the copy although nothing has changed that the copy depends on. */
export type Refused = { readonly kind: 'refused'; readonly why: string };

/** Throws where the store refuses with an error; the intent may be open then, with step `copied` once the copy is proven. */
export async function moveObject(
  context: PairContext,
  op: MoveRemote,
  signal: AbortSignal,
): Promise<OpOutcome | Refused> {
  const source = await findSource(context, op, signal);
  if (source === null) return replan('the remote source of a move changed');
  const local = localFile(context.store.entry(op.path));
  if (local === null) return refused('not movable by copy');
  // A scan beside this may have found it edited since the plan: then the copy is not what is here.
  if (!isStillMeant(context, op, local)) return replan('the local target of a move changed');
  if (isCopiedInParts(context, source.info.sizeBytes) && !context.abilities.completeIfNoneMatch) {
    return refused('a copy in parts that would take a name unasked');
  }
  const toKey = keyOf(context, op.path);
  const replaced = await infoToReplace(context, op, toKey, signal);
  if (replaced === 'lost') return replan('the remote target of a move changed');
  const intent: Intent = {
    ...moveIntent(context, 'move-remote', op, source.info.etag),
    rawKey: toKey,
    fingerprint: local.fingerprint,
  };
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('move-remote.intent');
  if (replaced !== null && !(await keepReplaced(context, op, { intent, replaced }, signal))) {
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return replan('the remote target of a move changed');
  }
  const landed = await copyAndLook(context, op, { intent, source, toKey, replaced }, signal);
  if (landed === 'refused') return refused('a condition is never met');
  if (landed === null) return replan('the copy of a move did not land');
  const dropped = source.parked === null ? [] : await dropParked(context, source.parked, signal);
  const changes = [
    ...landedChanges(context, op, local, landed),
    ...dropped,
    ...keptForgotten(context, op.path),
  ];
  if (op.keepsSource) {
    await context.commit([...changes, { kind: 'intent-done', id: intent.id }]);
    context.reached('move-remote.copied');
    return done;
  }
  await context.commit([{ kind: 'intent', intent: { ...intent, step: 'copied' } }, ...changes]);
  context.reached('move-remote.copied');
  return removeSource(context, op, { intent, metadata: source.info.metadata }, signal);
}

/** It has the content that moves: read, or, after its folder was renamed, by a fingerprint that came along (C6). */
function isStillMeant({ store }: PairContext, { from, content }: MoveRemote, local: LocalFile): boolean {
  if (local.content !== null) return local.content === content;
  const { base } = store.entry(from);
  return (
    base?.kind === 'file' && base.content === content && sameFingerprint(local.fingerprint, base.fingerprint)
  );
}

async function findSource(context: PairContext, op: MoveRemote, signal: AbortSignal): Promise<Source | null> {
  const head = await context.remote.head(keyOf(context, op.from), signal);
  if (head.kind === 'found' && head.info.etag === op.etag) return { info: head.info, parked: null };
  const parked = op.keepsSource ? findParked(context, op) : null;
  if (parked === null) {
    await context.commit([seenRemote(op.from, head)]);
    return null;
  }
  const copy = await context.remote.head(parked.where as ObjectKey, signal); // written by sync/trash/remote-trash.ts
  return copy.kind === 'found' ? { info: copy.info, parked } : null;
}

function findParked(context: PairContext, op: MoveRemote): TrashItem | null {
  const ours = metaKey(context.settings.binding.prefix, 'trash/');
  const items = context.store
    .trash()
    .filter((one) => one.side === 'remote' && one.path === op.from && one.content === op.content)
    .filter((one) => one.versionId === null && one.where.startsWith(ours));
  return items.sort((a, b) => b.atMs - a.atMs).at(0) ?? null;
}

async function infoToReplace(
  context: PairContext,
  op: MoveRemote,
  toKey: ObjectKey,
  signal: AbortSignal,
): Promise<ObjectInfo | null | 'lost'> {
  if (op.over === null) return null;
  const head = await context.remote.head(toKey, signal);
  if (head.kind === 'found' && head.info.etag === op.over) return head.info;
  await context.commit([seenRemote(op.path, head)]);
  return 'lost';
}

/** Before the effect, so that a crash right after it still leaves the way back in the index. */
async function keepReplaced(
  context: PairContext,
  op: MoveRemote,
  what: { readonly intent: Intent; readonly replaced: ObjectInfo },
  signal: AbortSignal,
): Promise<boolean> {
  const { base } = context.store.entry(op.path);
  const content = base?.kind === 'file' && base.etag === op.over ? base.content : null;
  const kept = await preserveRemote(
    context,
    {
      opId: what.intent.id,
      path: op.path,
      info: what.replaced,
      content,
      why: 'replaced',
      mustCopy: op.parks,
    },
    signal,
  );
  if (kept.kind === 'lost') return false;
  if (kept.changes.length > 0) await context.commit(kept.changes);
  context.reached('move-remote.kept-aside');
  return true;
}

type Copying = {
  readonly intent: Intent;
  readonly source: Source;
  readonly toKey: ObjectKey;
  readonly replaced: ObjectInfo | null;
};

/** Otherwise the intent is closed: null when something else stands under the new name. */
async function copyAndLook(
  context: PairContext,
  op: MoveRemote,
  { intent, source, toKey, replaced }: Copying,
  signal: AbortSignal,
): Promise<ObjectInfo | 'refused' | null> {
  const { info } = source;
  const options = {
    source: info.etag,
    condition: conditionFor(context, op.over),
    contentType: info.contentType ?? (await context.contentTypeOf(op.path)),
    headers: info.headers,
    metadata: writeNotes({
      opId: intent.id,
      content: op.content ?? ('' as ContentId),
      mtimeNs: readMtimeNs(info.metadata),
      executable: readExecutable(info.metadata),
      ancestors: ancestorsToName(context, op.over, replaced?.metadata ?? null),
    }),
  };
  const copied = await copyObject(context, { from: info, to: toKey, options }, signal);
  const landed = await context.remote.head(toKey, signal);
  const isOurs =
    landed.kind === 'found' &&
    readOpId(landed.info.metadata) === intent.id &&
    landed.info.sizeBytes === info.sizeBytes;
  const isMeant = isOurs && copied.kind !== 'withdrawn' && (await isOfVersion(context, source, signal));
  if (isMeant) return landed.info;
  await context.commit([seenRemote(op.path, landed), { kind: 'intent-done', id: intent.id }]);
  const isAsPlanned = landed.kind === 'absent' ? op.over === null : landed.info.etag === op.over;
  if (copied.kind !== 'lost' || !isAsPlanned) return null;
  // The race was lost to no other device: source and target are as planned (C17).
  const after = await context.remote.head(info.key, signal);
  return after.kind === 'found' && after.info.etag === info.etag ? 'refused' : null;
}

function refused(why: string): Refused {
  return { kind: 'refused', why };
}

/** Where the store does not look at the condition on the source, a version that came just before the copy may have been copied. */
async function isOfVersion(context: PairContext, source: Source, signal: AbortSignal): Promise<boolean> {
  if (context.abilities.copyConditions) return true;
  const after = await context.remote.head(source.info.key, signal);
  return after.kind === 'found' && after.info.etag === source.info.etag;
}

function conditionFor(
  { abilities }: PairContext,
  over: Etag | null,
): { readonly kind: 'none' | 'absent' } | { readonly kind: 'etag'; readonly etag: Etag } {
  if (!abilities.copyConditions) return { kind: 'none' };
  return over === null ? { kind: 'absent' } : { kind: 'etag', etag: over };
}

function landedChanges(
  context: PairContext,
  op: MoveRemote,
  local: LocalFile,
  info: ObjectInfo,
): readonly StateChange[] {
  const { path } = op;
  const content = op.content ?? ('' as ContentId);
  const { etag, sizeBytes } = info;
  const { fingerprint, executable } = local;
  return [
    { kind: 'remote', path, cell: { ...fileCell(info), content } },
    { kind: 'local', path, cell: { ...local, content }, ifStill: fingerprint },
    ...adoptedFolders(context, path),
    { kind: 'base', path, cell: { kind: 'file', content, sizeBytes, etag, fingerprint, executable } },
  ];
}

/** Its bytes have a name again; left in the bucket's trash they would only be paid for. */
async function dropParked(
  context: PairContext,
  item: TrashItem,
  signal: AbortSignal,
): Promise<readonly StateChange[]> {
  await context.remote.delete(item.where as ObjectKey, { kind: 'none' }, signal); // written by sync/trash/remote-trash.ts
  return [{ kind: 'trash-gone', id: item.id }];
}

/** The object under the new name is proven and its intent has the step `copied`. */
export async function removeSource(
  context: PairContext,
  op: MoveRemote,
  source: { readonly intent: Intent; readonly metadata: ObjectMetadata },
  signal: AbortSignal,
): Promise<OpOutcome> {
  const { intent, metadata } = source;
  const key = keyOf(context, op.from);
  const etag = intent.previousEtag;
  if (etag === null) return replan('a move without a source version');
  const deleted = await deleteVersion(context, { opId: intent.id, key, etag, metadata }, signal);
  context.reached('move-remote.deleted');
  if (deleted.kind === 'lost') {
    const head = await context.remote.head(key, signal);
    // A store that is busy refuses an unconditional removal, too. What is still the version that moved stays known, and
    // the next plan removes it; anything else was edited on the other side: it stays under the old name.
    const isSame = head.kind === 'found' && head.info.etag === etag;
    await context.commit([
      seenRemote(op.from, head),
      ...(isSame ? [] : [{ kind: 'base' as const, path: op.from, cell: null }]),
      { kind: 'intent-done', id: intent.id },
    ]);
    return isSame ? replan('the old name of a move was not removed') : done;
  }
  await context.commit([
    { kind: 'remote', path: op.from, cell: { state: 'absent' } },
    { kind: 'base', path: op.from, cell: null },
    { kind: 'intent-done', id: intent.id },
  ]);
  context.reached('move-remote.committed');
  return done;
}
