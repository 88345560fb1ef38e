// Remote trash: keeps replaced and removed bytes recoverable (C18), and records unconditional deletes so that
// another device can distinguish them from a lost update (C17).
import { isRefusal, SyncError } from '../../core/model/errors.ts';
import type { ContentId, Etag, ObjectKey, OpId, RelPath } from '../../core/model/model.ts';
import { utf8Bytes } from '../../core/model/path.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import { copyBytes } from '../transfer/copy-object.ts';
import { ownMetadata } from '../bucket/kept-headers.ts';
import { readAncestors } from '../bucket/object-metadata.ts';
import { metaKey, putMetaObject } from '../bucket/meta-object.ts';
import type { PairContext } from '../context.ts';

type Scope = Pick<
  PairContext,
  'remote' | 'multipart' | 'sizes' | 'log' | 'settings' | 'abilities' | 'clock' | 'store'
>;

export type PreservedCopy =
  | { readonly kind: 'kept'; readonly changes: readonly StateChange[] }
  /** The source changed or vanished while it was copied: re-plan. */
  | { readonly kind: 'lost' };

type Aside = {
  readonly opId: OpId;
  readonly path: RelPath;
  readonly info: ObjectInfo;
  readonly content: ContentId | null;
  readonly why: 'replaced' | 'removed';
  /** Copy even if a version would do, or nothing is required: the copy is needed again at once. */
  readonly mustCopy?: boolean;
};

function itemOf(context: Pick<Scope, 'clock'>, what: Aside) {
  const { opId: id, path, content, why, info } = what;
  const { sizeBytes } = info;
  return {
    ...{ id, side: 'remote' as const, path, content, sizeBytes, executable: false, why },
    atMs: context.clock.nowMs(),
  };
}

/** The trash row of what S3 keeps itself as a version; null where the bytes have to be copied. */
export function keptVersion(
  context: Pick<Scope, 'clock' | 'abilities'>,
  what: Aside,
): readonly StateChange[] | null {
  const { key: where, versionId } = what.info;
  if (what.mustCopy === true || !context.abilities.versioned || versionId === null) return null;
  return [{ kind: 'trash', item: { ...itemOf(context, what), where, versionId } }];
}

/**
 * In a versioned bucket S3 keeps the old bytes itself and the trash row points at the version. Otherwise the
 * object is copied to `<prefix>.driftless/trash/` first.
 */
export async function preserveRemote(
  context: Scope,
  what: Aside,
  signal: AbortSignal,
): Promise<PreservedCopy> {
  const { info } = what;
  const version = keptVersion(context, what);
  if (version !== null) return { kind: 'kept', changes: version };
  const item = itemOf(context, what);
  const day = new Date(item.atMs).toISOString().slice(0, 10);
  const to = metaKey(context.settings.binding.prefix, `trash/${day}/${what.opId}`);
  if (isKeptAlready(context, what)) return { kind: 'kept', changes: [] };
  if (!(await copyAside(context, what, to, signal))) return { kind: 'lost' };
  return {
    kind: 'kept',
    changes: [
      { kind: 'trash', item: { ...item, where: to, versionId: null } },
      { kind: 'meta', key: keptKey(what.path), value: JSON.stringify([info.etag, item.id]) },
    ],
  };
}

function keptKey(path: RelPath): string {
  return `kept ${path}`;
}

/** An operation that was refused after its copy is retried: the copy of that version exists (C26). */
function isKeptAlready({ store }: Scope, { path, info }: Aside): boolean {
  const text = store.meta(keptKey(path));
  if (text === null) return false;
  const [etag, id] = JSON.parse(text) as [string, string]; // our own database wrote it
  return etag === info.etag && store.trash().some((item) => item.id === id);
}

/** Committed with the operation that the copy was made for. */
export function keptForgotten({ store }: Pick<Scope, 'store'>, path: RelPath): readonly StateChange[] {
  const key = keptKey(path);
  return store.meta(key) === null ? [] : [{ kind: 'meta', key, value: null }];
}

const pathNote = 'driftless-path';
const maxPathChars = 1500;
/** Of names and values; S3 refuses an object with more. */
const maxMetadataChars = 2048;

/** Another writer may have filled the object's metadata with names like ours: its path has what they leave. */
function withPath(own: ObjectInfo['metadata'], path: RelPath): ObjectInfo['metadata'] {
  const sizes = Object.entries(own).map(([name, value]) => name.length + encodeURIComponent(value).length);
  const room = maxMetadataChars - pathNote.length - sizes.reduce((sum, size) => sum + size, 0);
  const text = encodeURIComponent(path).slice(0, Math.max(0, Math.min(maxPathChars, room)));
  return text === '' ? own : { ...own, [pathNote]: text };
}

async function copyAside(context: Scope, what: Aside, to: ObjectKey, signal: AbortSignal): Promise<boolean> {
  const { info } = what;
  const copy = async (source: Etag | null): Promise<boolean> => {
    const options = {
      source,
      condition: { kind: 'none' },
      contentType: info.contentType ?? 'application/octet-stream',
      headers: info.headers,
      metadata: withPath(ownMetadata(info.metadata), what.path),
    } as const;
    return (await copyBytes(context, { from: info, to, options }, signal)).kind === 'done';
  };
  const isSame = async (): Promise<boolean> => {
    const head = await context.remote.head(info.key, signal);
    return head.kind === 'found' && head.info.etag === info.etag;
  };
  if (await copy(info.etag)) return true;
  // The condition fails even for the same version (C17): the copy is of that version if it exists before and
  // after.
  return (await isSame()) && (await copy(null)) && (await isSame());
}

/**
 * If any condition is ignored, a deleted edit and a reused name can only be recognised from the objects.
 * There objects carry their ancestors too.
 */
export function announcesDeletes(abilities: PairContext['abilities']): boolean {
  const { putIfMatch, putIfNoneMatch, deleteIfMatch, completeIfNoneMatch, copyConditions } = abilities;
  return !(putIfMatch && putIfNoneMatch && deleteIfMatch && completeIfNoneMatch && copyConditions);
}

/** Versions in one record, and bytes that a reader takes: an ETag may be as long as the store likes. */
const maxDeleted = 32;
const maxRecordBytes = 4096;
const recordTries = 3;

/**
 * Before an unconditional DELETE: records which version this device deletes. What was deleted under this name before stays in
 * the record, for a device that was away for both.
 */
export async function announceDelete(
  context: Scope & Pick<PairContext, 'hashBytes'>,
  what: {
    readonly opId: OpId;
    readonly key: ObjectKey;
    readonly etag: Etag;
    readonly metadata: ObjectInfo['metadata'];
  },
  signal: AbortSignal,
): Promise<void> {
  const { key, etag, opId, metadata } = what;
  const before = (await knownDeletes(context, key, signal)) ?? [];
  const ancestors = [...new Set([...(readAncestors(metadata) ?? []), ...before])].slice(0, maxDeleted);
  const record = {
    key: deletedRecordKey(context, key),
    text: recordText({ key, etag, ancestors }),
    contentType: 'application/json',
    opId,
    condition: { kind: 'none' },
  } as const;
  // A busy store says 409 to a write without a condition, too. Without the record the file comes back from another device.
  for (let tries = 1; tries <= recordTries; tries += 1)
    if ((await putMetaObject(context, record, signal)).kind === 'done') return;
  throw new SyncError({
    code: 'remote-busy',
    retry: 'backoff',
    scope: 'item',
    message: 'remote-busy: the store did not take the record of a deletion',
  });
}

/** With as many of the latest ancestors as a reader takes. */
function recordText(record: {
  readonly key: ObjectKey;
  readonly etag: Etag;
  readonly ancestors: readonly string[];
}): string {
  const text = JSON.stringify(record);
  const { ancestors } = record;
  if (ancestors.length === 0 || utf8Bytes(text) <= maxRecordBytes) return text;
  return recordText({ ...record, ancestors: ancestors.slice(0, -1) });
}

/** A record that is refused is replaced without what it held. */
async function knownDeletes(
  ...asked: Parameters<typeof announcedDelete>
): ReturnType<typeof announcedDelete> {
  try {
    return await announcedDelete(...asked);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function deletedRecordKey(context: Scope & Pick<PairContext, 'hashBytes'>, key: ObjectKey): ObjectKey {
  const { sha256 } = context.hashBytes(new TextEncoder().encode(key));
  return metaKey(context.settings.binding.prefix, `deleted/${sha256}`);
}

/**
 * Version of `key` that the last announced delete removed, and its known predecessors: a device that missed
 * the last one has nothing unseen. Null if none was announced.
 */
export async function announcedDelete(
  context: Scope & Pick<PairContext, 'hashBytes'>,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const got = await context.remote.get(
    deletedRecordKey(context, key),
    { condition: { kind: 'none' } },
    signal,
  );
  if (got.kind !== 'found') return null;
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of got.body) {
    total += chunk.length;
    if (total > maxRecordBytes) return null;
    chunks.push(chunk);
  }
  try {
    const record: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof record !== 'object' || record === null || !('key' in record) || !('etag' in record))
      return null;
    if (record.key !== key || typeof record.etag !== 'string') return null;
    const older: readonly unknown[] =
      'ancestors' in record && Array.isArray(record.ancestors) ? record.ancestors : [];
    return [record.etag, ...older.filter((etag) => typeof etag === 'string')];
  } catch {
    return null; // a damaged record proves nothing: the caller uploads again, which loses nothing
  }
}
