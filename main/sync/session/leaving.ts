// Local copies in folders no longer synced here, on their way to the trash.
// Queued while the copies are proven to be in the bucket; moved once the folders are excluded and base is gone, so that no
// removal can follow from it (rule 30). The queue outlives the process.
import { defaultTrashPercent } from '../../core/trash/policy.ts';
import { makeExcluded } from '../../core/config/chosen-folders.ts';
import { isOfItem } from '../../core/model/errors.ts';
import type { SyncError } from '../../core/model/errors.ts';
import { isSettled } from '../../core/model/settled.ts';
import type { ContentId, Entry, RelPath } from '../../core/model/model.ts';
import { depthOf } from '../../core/model/path.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { activity, localTrashRow, newIntent } from '../operations/journal.ts';

/** A file with the content that the bucket has too, or (null) a folder, which goes if it is empty then. */
type Leaving = { readonly path: RelPath; readonly content: ContentId | null; readonly sizeBytes: number };

export type LeavingPlan = {
  readonly leaving: readonly Leaving[];
  readonly files: number;
  readonly bytes: number;
  /** Files that stay where they are: not proven to be in the bucket as they are here. */
  readonly kept: number;
};

type Scope = Pick<PairContext, 'store'>;

/** Copies below these folders, by the records of both sides; every other file stays. */
export function planLeaving({ store }: Scope, folders: readonly RelPath[]): LeavingPlan {
  const files: Leaving[] = [];
  const dirs: Leaving[] = [];
  let bytes = 0;
  let kept = 0;
  for (const folder of folders) {
    for (const entry of store.subtree(folder)) {
      const { path, local } = entry;
      const content = contentInBoth(entry);
      if (content !== null && local.state === 'present' && local.kind === 'file') {
        const { sizeBytes } = local.fingerprint;
        files.push({ path, content, sizeBytes });
        bytes += sizeBytes;
      } else if (local.state === 'present' && local.kind === 'folder')
        dirs.push({ path, content: null, sizeBytes: 0 });
      else if (local.state !== 'absent') kept += 1;
    }
  }
  dirs.sort((one, other) => depthOf(other.path) - depthOf(one.path));
  return { leaving: [...files, ...dirs], files: files.length, bytes, kept };
}

function contentInBoth(entry: Entry): ContentId | null {
  const { base, local } = entry;
  const isFile = base?.kind === 'file' && local.state === 'present' && local.kind === 'file';
  return isFile && entry.remote.state === 'present' && isSettled(entry) ? base.content : null;
}

/** Whether the local trash takes so much without letting go of what is in it, or of what is queued for it. */
export async function fitsInTrash(
  { store, files, settings }: Pick<PairContext, 'store' | 'files' | 'settings'>,
  bytes: number,
): Promise<boolean> {
  if (bytes === 0) return true;
  const status = await files.rootStatus();
  if (status.kind !== 'ok' || status.totalBytes === null) return true;
  const share = settings.options.trash?.maxVolumePercent ?? defaultTrashPercent;
  const used = store
    .trash()
    .reduce((sum, { side, sizeBytes }) => sum + (side === 'local' ? sizeBytes : 0), 0);
  const queued = queueOf(store).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return used + queued + bytes <= (status.totalBytes * share) / 100;
}

const keyPrefix = 'leaving ';
/** Rounds of the queue, so that no row grows without end and syncing has its turn in between. */
const atOnce = 200;

/**
 * Replaces the queue: what waits already in folders that stay excluded, then this. What an earlier choice queued whose settings could
 * not be written is dropped.
 */
export function queueLeaving(
  { store }: Scope,
  excluded: { readonly before: readonly RelPath[]; readonly after: readonly RelPath[] },
  leaving: readonly Leaving[],
): void {
  const keys = store.metaKeys(keyPrefix);
  const both = [excluded.before, excluded.after].map(makeExcluded);
  const staysOut = ({ path }: Leaving): boolean => both.every(({ holderOf }) => holderOf(path) !== undefined);
  const all = [...queueOf(store).filter(staysOut), ...leaving];
  const changes: StateChange[] = keys.map((key) => ({ kind: 'meta', key, value: null }));
  for (let at = 0; at < all.length; at += atOnce) {
    const value = JSON.stringify(
      all.slice(at, at + atOnce).map(({ path, content, sizeBytes }) => [path, content, sizeBytes]),
    );
    changes.push({ kind: 'meta', key: `${keyPrefix}${String(at / atOnce).padStart(8, '0')}`, value });
  }
  // The session that runs now goes by the settings from before.
  const state = leaving.length > 0 ? 'next-session' : store.meta('leaving');
  store.record([...changes, { kind: 'meta', key: 'leaving', value: all.length === 0 ? null : state }]);
}

/** For a session that opens: what was queued until now is for its settings. */
export function beginLeaving({ store }: Scope): void {
  if (store.meta('leaving') === 'next-session')
    store.record([{ kind: 'meta', key: 'leaving', value: 'now' }]);
}

function queueOf(store: Scope['store']): readonly Leaving[] {
  return store.metaKeys(keyPrefix).flatMap((key) => roundOf(store.meta(key)));
}

function roundOf(text: string | null): readonly Leaving[] {
  // Our own database wrote it; an older version without the size.
  const rows = JSON.parse(text ?? '[]') as readonly (readonly [RelPath, ContentId | null, number?])[];
  return rows.map(([path, content, sizeBytes = 0]) => ({ path, content, sizeBytes }));
}

/** Moves one round of the queue; true if more waits. For a pair at rest. What is synced again, or has changed, stays. */
export async function moveLeaving(
  context: PairContext,
  ignores: IgnoreMatcher,
  signal: AbortSignal,
): Promise<boolean> {
  const { store } = context;
  if (store.meta('leaving') !== 'now') return false;
  const [key, ...more] = store.metaKeys(keyPrefix);
  const text = key === undefined ? null : store.meta(key);
  for (const one of roundOf(text)) {
    signal.throwIfAborted();
    const { path, content } = one;
    if (ignores(path, content === null ? 'folder' : 'file') !== 'excluded') continue;
    try {
      if (content === null) await context.changes.removeFolder(path);
      else await capture(context, path, content, signal);
    } catch (error) {
      if (!isOfItem(error) || signal.aborted) throw error;
      await leaveThere(context, path, error);
    }
  }
  // A choice that was made meanwhile has replaced the queue.
  const isReplaced = store.meta('leaving') !== 'now' || (key !== undefined && store.meta(key) !== text);
  if (isReplaced) return false;
  store.record([
    ...(key === undefined ? [] : [{ kind: 'meta' as const, key, value: null }]),
    ...(more.length === 0 ? [{ kind: 'meta' as const, key: 'leaving', value: null }] : []),
  ]);
  return more.length > 0;
}

/** A file that the disk does not let go (rights, another program that has it open) is kept like any other, and holds nothing up. */
async function leaveThere(context: PairContext, path: RelPath, error: SyncError): Promise<void> {
  const intent = context.store.intents().find((one) => one.kind === 'remove-local' && one.path === path);
  if (intent !== undefined) {
    // In the trash, and not put back: the next session does that.
    if ((await context.changes.findCaptured(intent.id)) !== null) throw error;
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
  }
  context.log.warn('a copy in an excluded folder stays: it cannot be moved', { path, code: error.code });
}

/** A crash in between puts the file back, and the round begins again. */
async function capture(
  context: PairContext,
  path: RelPath,
  content: ContentId,
  signal: AbortSignal,
): Promise<void> {
  const cell = await context.files.look(path);
  if (cell.state !== 'present' || cell.kind !== 'file') return;
  const { fingerprint, executable } = cell;
  const { sizeBytes } = fingerprint;
  const intent = newIntent(context, { kind: 'remove-local', path, content, sizeBytes, fingerprint });
  await context.commit([{ kind: 'intent', intent }]);
  const captured = await context.changes.capture(path, { content }, intent.id, signal);
  const { id } = intent;
  await context.commit([
    { kind: 'intent-done', id },
    ...(captured.kind === 'captured'
      ? [
          localTrashRow(context, {
            ...{ id, path, content, sizeBytes, executable },
            where: captured.trashName,
            why: 'removed',
          }),
          activity(context, 'removed-local', { path, bytes: sizeBytes }),
        ]
      : []),
  ]);
}
