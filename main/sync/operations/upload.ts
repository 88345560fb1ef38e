// Upload operation: stable read, journal intent, compare-and-swap, commit (C11, C13, C17).
import { isOfItem, isSyncError } from '../../core/model/errors.ts';
import { stillMatches } from '../../core/model/fingerprint.ts';
import { assertNever } from '../../core/model/model.ts';
import type { BaseCell, BaseFile, ContentId, Etag, Op, RelPath } from '../../core/model/model.ts';
import { nameOf } from '../../core/model/path.ts';
import type { ObjectInfo, WriteOutcome } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { fileCell } from '../bucket/cells.ts';
import { conditionFor, honoursConditions } from '../bucket/conditions.ts';
import { editedHeaders } from '../bucket/kept-headers.ts';
import { ancestorsAfter, isLinkObject, readOpId, writeNotes } from '../bucket/object-metadata.ts';
import type { PairContext } from '../context.ts';
import { announcesDeletes, keptForgotten, keptVersion, preserveRemote } from '../trash/remote-trash.ts';
import { transferSizes } from '../transfer-sizes.ts';
import { activity, newIntent, problem, replan } from './journal.ts';
import { sendLarge } from '../transfer/send-large.ts';
import type { LargeRequest } from '../transfer/send-large.ts';
import type { OpOutcome } from './journal.ts';
import { adoptedFolders, refreshLocal, seenRemote } from './preconditions.ts';
import { keyOf } from '../bucket/keys.ts';
import { learned, readSource, remembered } from '../transfer/upload-source.ts';
import type { Source } from '../transfer/upload-source.ts';

/** `like`: the object that a move takes to its new name; the upload keeps its headers and tags. */
export type UploadOp = Extract<Op, { kind: 'upload' }> & { readonly like?: ObjectInfo };

export async function runUpload(context: PairContext, op: UploadOp, signal: AbortSignal): Promise<OpOutcome> {
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
    return await uploadSource(context, op, source, signal);
  } finally {
    await opened.reader.close();
  }
}

async function unsettled(context: PairContext, path: RelPath): Promise<OpOutcome> {
  await refreshLocal(context, path);
  return problem(path, 'file-changing', 'backoff');
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

/** The same bytes under a new fingerprint: nothing is sent (C15). */
function touched(
  context: PairContext,
  path: RelPath,
  base: BaseFile,
  source: Source,
): readonly StateChange[] {
  const fingerprint = remembered(context, source);
  const row = context.store.entry(path);
  return [
    { kind: 'base', path, cell: { ...base, fingerprint, executable: source.reader.executable } },
    {
      kind: 'local',
      path,
      cell: {
        state: 'present',
        kind: 'file',
        rawName: row.local.state === 'present' ? row.local.rawName : nameOf(path),
        fingerprint,
        content: source.content,
        executable: source.reader.executable,
      },
      ifStill: source.reader.fingerprint,
    },
  ];
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
    ancestors: announcesDeletes(context.abilities)
      ? ancestorsAfter(intent.previousEtag, replaced?.metadata ?? null)
      : [],
  });
  const shape = like ?? replaced;
  const kept = shape === null ? null : await headersOfEdit(context, source, shape, signal);
  const request = {
    key: intent.rawKey ?? keyOf(context, intent.path),
    source: source.bytes,
    options: {
      condition: conditionFor(context, intent.previousEtag, total),
      contentType: kept?.contentType ?? context.contentTypeOf(intent.path),
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

async function settle(
  context: PairContext,
  op: UploadOp,
  sent: { readonly intent: Intent; readonly source: Source; readonly written: WriteOutcome },
  signal: AbortSignal,
): Promise<OpOutcome> {
  const { intent, source, written } = sent;
  switch (written.kind) {
    case 'withdrawn':
      await context.commit([{ kind: 'intent-done', id: intent.id }]);
      return unsettled(context, op.path);
    case 'lost': {
      const head = await context.remote.head(intent.rawKey ?? keyOf(context, op.path), signal);
      if (head.kind === 'found' && readOpId(head.info.metadata) === intent.id) {
        return commitUpload(context, intent, source, head.info.etag);
      }
      await context.commit([seenRemote(op.path, head)]);
      return closeIntent(context, intent, 'another writer was first');
    }
    case 'done':
      return commitUpload(context, intent, source, written.etag);
    default:
      return assertNever(written);
  }
}

async function closeIntent(context: PairContext, intent: Intent, why: string): Promise<OpOutcome> {
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
  return replan(why);
}

async function commitUpload(
  context: PairContext,
  intent: Intent,
  source: Source,
  etag: Etag,
): Promise<OpOutcome> {
  const { path } = intent;
  const key = intent.rawKey ?? keyOf(context, path);
  const fingerprint = remembered(context, source);
  const base: BaseFile = {
    kind: 'file',
    content: source.content,
    sizeBytes: source.bytes.sizeBytes,
    etag,
    fingerprint,
    executable: source.reader.executable,
  };
  await context.commit([
    ...touched(context, path, base, source),
    ...adoptedFolders(context, path),
    {
      kind: 'remote',
      path,
      cell: { ...fileCell({ key, etag, sizeBytes: base.sizeBytes }), content: source.content },
    },
    ...keptForgotten(context, path),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'uploaded', { path, bytes: base.sizeBytes }),
  ]);
  context.reached('upload.committed');
  return { kind: 'done', bytesUp: base.sizeBytes, bytesDown: 0 };
}
