// Restore from the local trash, the remote trash, or an object version (C18).
import type { ContentId, ObjectKey, OpId, RelPath } from '../../core/model/model.ts';
import { conflictName } from '../../core/plan/conflict-name.ts';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import { joinPath, nameOf, parentOf } from '../../core/model/path.ts';
import type { TrashItem } from '../../ports/sync-state.port.ts';
import { spareBytes } from '../transfer/spare-bytes.ts';
import { activity } from './journal.ts';
import { refreshLocal } from './preconditions.ts';
import type { PairContext } from '../context.ts';

export type Restored =
  | { readonly kind: 'restored'; readonly path: RelPath }
  | { readonly kind: 'failed'; readonly code: 'trash-item-gone' | 'name-taken' | 'local-blocked' };

/**
 * Restores the file locally; it is then synced like any new file. It gets its old name if that is free,
 * otherwise a conflict name: restoring never replaces anything.
 */
export async function restoreTrash(context: PairContext, id: string, signal: AbortSignal): Promise<Restored> {
  const item = context.store.trash().find((one) => one.id === id);
  if (item === undefined) return { kind: 'failed', code: 'trash-item-gone' };
  return restoreItem(context, item, signal);
}

export type RestoredMany = {
  /** `path` differs from `from` where the old name is taken. */
  readonly restored: readonly { readonly from: RelPath; readonly path: RelPath }[];
  readonly failed: readonly { readonly path: RelPath; readonly code: string }[];
};

/** One after the other; what one of them lacks does not keep the others, but a full disk or a lost connection ends it. */
export async function restoreMany(
  context: PairContext,
  items: readonly TrashItem[],
  signal: AbortSignal,
): Promise<RestoredMany> {
  const restored: RestoredMany['restored'][number][] = [];
  const failed: RestoredMany['failed'][number][] = [];
  let ending: string | null = null;
  for (const item of items) {
    signal.throwIfAborted();
    const outcome: Tried | null = ending === null ? await tryToRestore(context, item, signal) : null;
    if (outcome?.kind === 'restored') restored.push({ from: item.path, path: outcome.path });
    else failed.push({ path: item.path, code: outcome?.code ?? ending ?? 'internal' });
    if (outcome?.kind === 'ends') ending = outcome.code;
  }
  return { restored, failed };
}

type Tried = Restored | { readonly kind: 'refused' | 'ends'; readonly code: string };

async function tryToRestore(context: PairContext, item: TrashItem, signal: AbortSignal): Promise<Tried> {
  try {
    return await restoreItem(context, item, signal);
  } catch (error) {
    if (!isSyncError(error) || signal.aborted) throw error;
    return { kind: isOfOneRestore(error) ? 'refused' : 'ends', code: error.code };
  }
}

/** True where nothing else that is to come back meets the same. */
export function isOfOneRestore({ code, scope, retry }: SyncError): boolean {
  return scope === 'item' && (retry === 'slow' || code.startsWith('local-')) && code !== 'disk-full';
}

/** As `restoreTrash`, of one that was just read. */
export async function restoreItem(
  context: PairContext,
  item: TrashItem,
  signal: AbortSignal,
): Promise<Restored> {
  const { id } = item;
  const path = await freeName(context, item.path);
  const outcome =
    item.side === 'local'
      ? await fromTrash(context, item, path)
      : await fromRemote(context, item, path, signal);
  if (outcome.kind !== 'restored') return outcome;
  await refreshLocal(context, path);
  await context.commit([
    { kind: 'trash-gone', id },
    activity(context, 'restored', {
      path,
      bytes: item.sizeBytes,
      ...(path === item.path ? {} : { from: item.path }),
    }),
  ]);
  return outcome;
}

/** Restores a version of an object as a file beside the current owner of its name. */
export async function restoreVersion(
  context: PairContext,
  what: {
    readonly path: RelPath;
    readonly key: ObjectKey;
    readonly versionId: string;
    readonly sizeBytes: number;
  },
  signal: AbortSignal,
): Promise<Restored> {
  const path = await freeName(context, what.path);
  const item: TrashItem = {
    id: what.versionId,
    side: 'remote',
    path: what.path,
    where: what.key,
    versionId: what.versionId,
    content: null,
    sizeBytes: what.sizeBytes,
    executable: false,
    atMs: context.clock.nowMs(),
    why: 'replaced',
  };
  const outcome = await fromRemote(context, item, path, signal);
  if (outcome.kind !== 'restored') return outcome;
  await refreshLocal(context, path);
  const from = path === what.path ? null : what.path;
  const atMs = context.clock.nowMs();
  await context.commit([
    { kind: 'activity', item: { atMs, kind: 'restored', path, from, bytes: what.sizeBytes } },
  ]);
  return outcome;
}

async function freeName(context: PairContext, path: RelPath): Promise<RelPath> {
  const there = await context.files.look(path);
  if (there.state === 'absent') return path;
  const date = new Date(context.clock.nowMs()).toISOString().slice(0, 10);
  const name = conflictName(
    nameOf(path),
    { date, device: 'restored' },
    { kind: 'file', hashDigits: context.random.hex(4) },
  );
  return joinPath(parentOf(path), name);
}

async function fromTrash(context: PairContext, item: TrashItem, path: RelPath): Promise<Restored> {
  await makeParents(context, path);
  const back = await context.changes.putBack(item.where, path);
  if (back.kind === 'placed') return { kind: 'restored', path };
  return { kind: 'failed', code: back.kind === 'taken' ? 'name-taken' : 'local-blocked' };
}

async function fromRemote(
  context: PairContext,
  item: TrashItem,
  path: RelPath,
  signal: AbortSignal,
): Promise<Restored> {
  await demandSpace(context, item.sizeBytes);
  const key = item.where as ObjectKey; // written by sync/trash/remote-trash.ts
  const got =
    item.versionId === null
      ? await context.remote.get(key, { condition: { kind: 'none' } }, signal)
      : await context.versions.getVersion(key, item.versionId, signal);
  if (got.kind !== 'found') return { kind: 'failed', code: 'trash-item-gone' };
  const opId = context.random.hex(16) as OpId; // made here
  const temp = await context.changes.createTemp(opId);
  try {
    const hasher = context.makeHasher();
    let at = 0;
    for await (const chunk of got.body) {
      // A hostile store may send without end (S22).
      if (at + chunk.length > item.sizeBytes) return { kind: 'failed', code: 'trash-item-gone' };
      hasher.update(chunk);
      await temp.write(chunk, at);
      at += chunk.length;
    }
    const content = hasher.digestHex() as ContentId; // a hash just made
    if (at !== item.sizeBytes || (item.content !== null && content !== item.content)) {
      return { kind: 'failed', code: 'trash-item-gone' };
    }
    await temp.finish();
    await makeParents(context, path);
    const placed = await context.changes.place(temp.name, path, {
      executable: item.executable,
      mtimeNs: null,
      replaces: null,
    });
    if (placed.kind === 'placed') return { kind: 'restored', path };
    return { kind: 'failed', code: placed.kind === 'taken' ? 'name-taken' : 'local-blocked' };
  } finally {
    await temp.discard();
  }
}

async function demandSpace(context: PairContext, neededBytes: number): Promise<void> {
  const status = await context.files.rootStatus();
  if (status.kind !== 'ok' || neededBytes <= spareBytes(status)) return;
  throw new SyncError({
    code: 'disk-full',
    retry: 'slow',
    scope: 'item',
    message: 'there is not enough room on the disk to bring it back',
    fields: { neededBytes, freeBytes: status.freeBytes },
  });
}

async function makeParents(context: PairContext, path: RelPath): Promise<void> {
  const missing: RelPath[] = [];
  for (let dir = parentOf(path); dir !== ''; dir = parentOf(dir)) missing.unshift(dir);
  for (const dir of missing) {
    const cell = await context.files.look(dir);
    if (cell.state !== 'absent') continue;
    await context.changes.makeFolder(dir);
    await refreshLocal(context, dir);
  }
}
