// Upload operation: stable read, journal intent, compare-and-swap, commit (C11, C13, C17).
import { assertNever, isOfItem, isSyncError } from '../../core/model/errors.ts';
import { stillMatches } from '../../core/model/fingerprint.ts';
import { maxObjectBytes } from '../../core/parts.ts';
import type { BaseCell, ContentId, Etag, RelPath } from '../../core/model/model.ts';
import type { ObjectInfo, WriteOutcome } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { conditionFor, honoursConditions } from '../bucket/conditions.ts';
import { editedHeaders } from '../bucket/kept-headers.ts';
import { isLinkObject, writeNotes } from '../bucket/object-metadata.ts';
import type { PairContext } from '../context.ts';
import { ancestorsToName } from '../trash/delete-version.ts';
import { keptVersion, preserveRemote } from '../trash/remote-trash.ts';
import { transferSizes } from '../transfer-sizes.ts';
import { failed, newIntent, problem, replan } from './journal.ts';
import { sendLarge, tooLarge } from '../transfer/send-large.ts';
import type { LargeRequest } from '../transfer/send-large.ts';
import type { OpOutcome } from './journal.ts';
import { refreshLocal, seenRemote } from './preconditions.ts';
import { keyOf } from '../bucket/keys.ts';
import { learned, readSource } from '../transfer/upload-source.ts';
import type { Source } from '../transfer/upload-source.ts';
import { closeIntent, settle, touched, unsettled } from './together/sent.ts';
import type { UploadOp } from './together/sent.ts';

export async function runUpload(context: PairContext, op: UploadOp, signal: AbortSignal): Promise<OpOutcome> {
  // Checked before reading: a sparse file of that size takes days.
  if (op.sizeBytes > maxObjectBytes) return failed(tooLarge(op.sizeBytes), op.path);
  const readAtMs = context.clock.nowMs();
  const opened = await context.files.open(op.path);
  if (opened.kind === 'unreadable') {
    return problem(op.path, 'local-unreadable', 'backoff', { message: opened.message });
  }
  if (opened.kind === 'gone' || !stillMatches(op.local, opened.reader.fingerprint)) {
    if (opened.kind === 'open') await opened.reader.close();
    await refreshLocal(context, op.path);
    return replan('local file changed before the upload');
  }
  try {
    const source = await readSource(context, { path: op.path, reader: opened.reader, readAtMs }, signal);
    if (source === null) return await unsettled(context, op.path);
    try {
      return await uploadSource(context, op, source, signal);
    } finally {
      source.ahead?.digests.end();
    }
  } finally {
    await opened.reader.close();
  }
}

async function uploadSource(
  context: PairContext,
  op: UploadOp,
  source: Source,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const row = context.store.entry(op.path);
  if (row.base?.kind === 'file' && row.base.content === source.content && isExpected(op, row.base.etag)) {
    await context.commit(touched(context, op.path, row.base, source));
    return { kind: 'done', bytesUp: 0, bytesDown: 0 };
  }
  const key = keyOf(context, op.path);
  const previous = op.expected.kind === 'file' ? op.expected.etag : null;
  const info = await infoToReplace(context, op, signal);
  if (info === 'lost') return replan('remote object changed before the upload');

  const resumed = resumable(context, op.path, source);
  const intent = newIntent(context, {
    kind: 'upload',
    path: op.path,
    content: source.content,
    sizeBytes: source.bytes.sizeBytes,
    previousEtag: previous,
    rawKey: key,
    fingerprint: source.reader.fingerprint,
    upload: resumed?.upload ?? null,
    // Metadata of a resumed upload was fixed at its start, with the op id of that time.
    ...(resumed === null ? {} : { id: resumed.id }),
  });
  const { path } = op;
  const content = contentOfReplaced(row.base, previous);
  const aside = info === null ? null : ({ opId: intent.id, path, info, content, why: 'replaced' } as const);
  const version = aside === null ? null : keptVersion(context, aside);
  await context.commit([
    ...(await dropSuperseded(context, path, resumed, signal)),
    { kind: 'intent', intent },
    ...(version ?? []),
  ]);
  context.reached('upload.intent');
  if (aside !== null && version === null) {
    const kept = await preserveRemote(context, aside, signal);
    if (kept.kind === 'lost') return closeIntent(context, intent, 'remote object changed before the upload');
    // Before the effect, so that after a crash the index can still restore the old version.
    if (kept.changes.length > 0) await context.commit(kept.changes);
    context.reached('upload.kept-aside');
  }
  const written = await sendOrClose(context, { intent, source }, () =>
    send(context, { intent, source, replaced: info, like: op.like ?? null }, signal),
  );
  context.reached('upload.sent');
  return settle(context, op, { intent, source, written }, signal);
}

function isExpected(op: UploadOp, etag: Etag): boolean {
  return op.expected.kind === 'file' && op.expected.etag === etag;
}

function contentOfReplaced(base: BaseCell | null, previous: Etag | null): ContentId | null {
  return base?.kind === 'file' && base.etag === previous ? base.content : null;
}

/** HEAD, if the store does not compare for us or the old bytes must be kept; null if nothing is replaced. */
async function infoToReplace(
  context: PairContext,
  op: UploadOp,
  signal: AbortSignal,
): Promise<ObjectInfo | null | 'lost'> {
  switch (op.expected.kind) {
    case 'folder':
      return 'lost';
    case 'absent': {
      if (honoursConditions(context, op.sizeBytes)) return null;
      const head = await context.remote.head(keyOf(context, op.path), signal);
      if (head.kind === 'absent') return null;
      await context.commit([seenRemote(op.path, head)]);
      return 'lost';
    }
    case 'file': {
      const head = await context.remote.head(keyOf(context, op.path), signal);
      const isExpectedFile = head.kind === 'found' && !isLinkObject(head.info.metadata);
      if (isExpectedFile && head.info.etag === op.expected.etag) return head.info;
      await context.commit([seenRemote(op.path, head)]);
      return 'lost';
    }
    default:
      return assertNever(op.expected);
  }
}

/** An unfinished multipart of the very same bytes is resumed after a restart. */
function resumable(context: PairContext, path: RelPath, source: Source): Intent | null {
  const isSame = (intent: Intent): boolean =>
    intent.kind === 'upload' &&
    intent.path === path &&
    intent.content === source.content &&
    intent.upload !== null;
  return context.store.intents().find(isSame) ?? null;
}

/** Parts of other bytes would lie in the bucket, paid for and out of sight. */
async function dropSuperseded(
  context: PairContext,
  path: RelPath,
  kept: Intent | null,
  signal: AbortSignal,
): Promise<readonly StateChange[]> {
  const dropped: StateChange[] = [];
  for (const intent of context.store.intents()) {
    if (intent.kind !== 'upload' || intent.path !== path || intent.id === kept?.id) continue;
    if (intent.upload !== null && intent.rawKey !== null) {
      await context.multipart.abort(intent.rawKey, intent.upload.uploadId, signal);
    }
    dropped.push({ kind: 'intent-done', id: intent.id });
  }
  return dropped;
}

/**
 * A refused PUT left nothing behind: its intent is closed, or it would be looked up forever under a name that
 * may not be read. The content hash is recorded, because only by it can a removed file of the same size be
 * distinguished from this one.
 */
async function sendOrClose(
  context: PairContext,
  { intent, source }: { readonly intent: Intent; readonly source: Source },
  run: () => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  try {
    return await run();
  } catch (error) {
    const isRefused = isOfItem(error) && error.code !== 'outcome-unknown';
    const isMultipart = context.store.intents().some(({ id, upload }) => id === intent.id && upload !== null);
    if (isRefused && error.fields['mayHaveHappened'] !== true) {
      await context.commit([
        ...(isMultipart ? [] : [{ kind: 'intent-done' as const, id: intent.id }]),
        ...learned(context, intent.path, source),
      ]);
    }
    throw error;
  }
}

type Sending = {
  readonly intent: Intent;
  readonly source: Source;
  readonly replaced: ObjectInfo | null;
  readonly like: ObjectInfo | null;
};

async function send(
  context: PairContext,
  { intent, source, replaced, like }: Sending,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const total = source.bytes.sizeBytes;
  const metadata = writeNotes({
    opId: intent.id,
    content: source.content,
    mtimeNs: source.reader.fingerprint.mtimeNs,
    executable: source.reader.executable,
    // Also if only deletes are unconditional: the delete record lists prior versions for devices that missed
    // the last one.
    ancestors: ancestorsToName(context, intent.previousEtag, replaced?.metadata ?? null),
  });
  const shape = like ?? replaced;
  const kept = shape === null ? null : await headersOfEdit(context, source, shape, signal);
  const contentType = kept?.contentType ?? (await context.contentTypeOf(intent.path));
  const request = {
    key: intent.rawKey ?? keyOf(context, intent.path),
    source: source.bytes,
    ahead: source.ahead,
    options: {
      condition: conditionFor(context, intent.previousEtag, total),
      contentType,
      ...(kept === null ? {} : { headers: kept.headers }),
      metadata,
      sha256: source.content,
      beforeSend: () => source.reader.isUnchanged(),
      onProgress: (bytesDone: number) => {
        context.onTransfer({
          path: intent.path,
          direction: 'up',
          bytesDone,
          bytesTotal: total,
          isOver: false,
        });
      },
    },
  };
  try {
    return await sendWithTags(context, intent, request, signal);
  } finally {
    context.onTransfer({
      path: intent.path,
      direction: 'up',
      bytesDone: total,
      bytesTotal: total,
      isOver: true,
    });
  }
}

async function headersOfEdit(
  context: PairContext,
  source: Source,
  replaced: ObjectInfo,
  signal: AbortSignal,
): Promise<ReturnType<typeof editedHeaders>> {
  const tagging = replaced.tagCount === 0 ? null : await tagsOf(context, replaced, signal);
  const head = await source.bytes.read(0, Math.min(4, source.bytes.sizeBytes));
  return editedHeaders(replaced, tagging, head);
}

/** Null if the role may not read tags (`s3:GetObjectTagging`): the bytes matter more. */
async function tagsOf(
  context: PairContext,
  { key }: ObjectInfo,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await context.remote.tagging(key, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error) || error.code !== 'remote-denied') throw error;
    context.log.info('tags not kept: the role may not read them', { key });
    return null;
  }
}

/** If the role may write but not tag (`s3:PutObjectTagging`), the whole write is refused: send it without tags. */
async function sendWithTags(
  context: PairContext,
  intent: Intent,
  request: LargeRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const sendOnce = (one: LargeRequest): Promise<WriteOutcome> =>
    request.source.sizeBytes > (context.sizes ?? transferSizes).resumableBytes
      ? sendLarge(context, intent, one, signal)
      : context.remote.put(one.key, one.source, one.options, signal);
  const { headers } = request.options;
  if (headers === undefined || headers.tagging === null) return sendOnce(request);
  try {
    return await sendOnce(request);
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error) || error.code !== 'remote-denied') throw error;
    context.log.info('tags not kept: the role may not write them', { path: intent.path });
    return sendOnce({ ...request, options: { ...request.options, headers: { ...headers, tagging: null } } });
  }
}
