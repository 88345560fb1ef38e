// What is recorded of an upload around its PUT: what became of it, and the rows after it.
import { assertNever } from '../../../core/model/errors.ts';
import type { BaseFile, Etag, Op, RelPath } from '../../../core/model/model.ts';
import { nameOf } from '../../../core/model/path.ts';
import type { ObjectInfo, WriteOutcome } from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import { fileCell } from '../../bucket/cells.ts';
import { keyOf } from '../../bucket/keys.ts';
import { readOpId } from '../../bucket/object-metadata.ts';
import type { PairContext } from '../../context.ts';
import { remembered } from '../../transfer/upload-source.ts';
import type { ReadFile } from '../../transfer/upload-source.ts';
import { keptForgotten } from '../../trash/remote-trash.ts';
import { activity, problem, replan } from '../journal.ts';
import type { OpOutcome } from '../journal.ts';
import { adoptedFolders, refreshLocal, seenRemote } from '../preconditions.ts';

/** `like`: the object that a move takes to its new name; the upload keeps its headers and tags. */
export type UploadOp = Extract<Op, { kind: 'upload' }> & { readonly like?: ObjectInfo };

/** The same bytes under a new fingerprint: nothing is sent (C15). */
export function touched(
  context: PairContext,
  path: RelPath,
  base: BaseFile,
  source: ReadFile,
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

export async function unsettled(context: PairContext, path: RelPath): Promise<OpOutcome> {
  await refreshLocal(context, path);
  return problem(path, 'file-changing', 'backoff');
}

export async function settle(
  context: PairContext,
  op: UploadOp,
  sent: { readonly intent: Intent; readonly source: ReadFile; readonly written: WriteOutcome },
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

export async function closeIntent(context: PairContext, intent: Intent, why: string): Promise<OpOutcome> {
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
  return replan(why);
}

async function commitUpload(
  context: PairContext,
  intent: Intent,
  source: ReadFile,
  etag: Etag,
): Promise<OpOutcome> {
  const folders = adoptedFolders(context, intent.path);
  await context.commit(sentChanges(context, { intent, source, etag, folders }));
  context.reached('upload.committed');
  return { kind: 'done', bytesUp: source.reader.fingerprint.sizeBytes, bytesDown: 0 };
}

export type SentStep = {
  readonly intent: Intent;
  readonly source: ReadFile;
  readonly etag: Etag;
  /** Those that the object proves to exist remotely. */
  readonly folders: readonly StateChange[];
};

/** All that an upload changes in the state. */
export function sentChanges(
  context: PairContext,
  { intent, source, etag, folders }: SentStep,
): readonly StateChange[] {
  const { path } = intent;
  const key = intent.rawKey ?? keyOf(context, path);
  const { content } = source;
  const { fingerprint, executable } = source.reader;
  const { sizeBytes } = fingerprint;
  const base: BaseFile = {
    kind: 'file',
    content,
    sizeBytes,
    etag,
    fingerprint: remembered(context, source),
    executable,
  };
  return [
    ...touched(context, path, base, source),
    ...folders,
    { kind: 'remote', path, cell: { ...fileCell({ key, etag, sizeBytes }), content } },
    ...keptForgotten(context, path),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'uploaded', { path, bytes: sizeBytes }),
  ];
}
