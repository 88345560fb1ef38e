// Local copies in folders no longer synced here, on their way to the trash.
// Queued while the copies are proven to be in the bucket; moved once the folders are excluded and base is gone, so that no
// removal can follow from it (rule 30). The queue outlives the process.
import { defaultTrashPercent } from '../../core/trash-policy.ts';
import { isSettled } from '../../core/model/settled.ts';
import type { ContentId, Entry, RelPath } from '../../core/model/model.ts';
import { depthOf, isBelow } from '../../core/model/path.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { activity, localTrashRow, newIntent } from '../operations/journal.ts';

/** A file with the content that the bucket has too, or (null) a folder, which goes if it is empty then. */
type Leaving = { readonly path: RelPath; readonly content: ContentId | null };

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
        files.push({ path, content });
        bytes += local.fingerprint.sizeBytes;
      } else if (local.state === 'present' && local.kind === 'folder') dirs.push({ path, content: null });
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

/** Whether the local trash takes so much without letting go of what is in it. */
export async function fitsInTrash(
  { store, files, settings }: Pick<PairContext, 'store' | 'files' | 'settings'>,
  bytes: number,
): Promise<boolean> {
  const status = await files.rootStatus();
  if (status.kind !== 'ok' || status.totalBytes === null) return true;
  const share = settings.options.trash?.maxVolumePercent ?? defaultTrashPercent;
  const used = store
    .trash()
    .reduce((sum, { side, sizeBytes }) => sum + (side === 'local' ? sizeBytes : 0), 0);
  return used + bytes <= (status.totalBytes * share) / 100;
}

const keyPrefix = 'leaving ';
/** Rounds of the queue, so that no row grows without end and syncing has its turn in between. */
const atOnce = 200;

/**
 * Replaces the queue: what waits already in folders that stay excluded, then this.
 * @param excluded folders that are left out from now on
 */
export function queueLeaving(
  { store }: Scope,
  excluded: readonly RelPath[],
  leaving: readonly Leaving[],
): void {
  const keys = store.metaKeys(keyPrefix);
  const known = keys.flatMap((key) => roundOf(store, key));
  const isOut = (path: RelPath): boolean => excluded.some((dir) => path === dir || isBelow(path, dir));
  const all = [...known.filter(({ path }) => isOut(path)), ...leaving];
  const changes: StateChange[] = keys.map((key) => ({ kind: 'meta', key, value: null }));
  for (let at = 0; at < all.length; at += atOnce) {
    const value = JSON.stringify(all.slice(at, at + atOnce).map(({ path, content }) => [path, content]));
    changes.push({ kind: 'meta', key: `${keyPrefix}${String(at / atOnce).padStart(8, '0')}`, value });
  }
  store.record([...changes, { kind: 'meta', key: 'leaving', value: all.length === 0 ? null : 'yes' }]);
}

function roundOf(store: PairContext['store'], key: string): readonly Leaving[] {
  const rows = JSON.parse(store.meta(key) ?? '[]') as readonly (readonly [RelPath, ContentId | null])[]; // our own database wrote it
  return rows.map(([path, content]) => ({ path, content }));
}

/** Moves one round of the queue; true if more waits. For a pair at rest. What is synced again, or has changed, stays. */
export async function moveLeaving(
  context: PairContext,
  ignores: IgnoreMatcher,
  signal: AbortSignal,
): Promise<boolean> {
  const { store } = context;
  if (store.meta('leaving') === null) return false;
  const [key, ...more] = store.metaKeys(keyPrefix);
  for (const one of key === undefined ? [] : roundOf(store, key)) {
    signal.throwIfAborted();
    const { path, content } = one;
    if (ignores(path, content === null ? 'folder' : 'file') !== 'excluded') continue;
    if (content === null) await context.changes.removeFolder(path);
    else await capture(context, path, content, signal);
  }
  store.record([
    ...(key === undefined ? [] : [{ kind: 'meta' as const, key, value: null }]),
    ...(more.length === 0 ? [{ kind: 'meta' as const, key: 'leaving', value: null }] : []),
  ]);
  return more.length > 0;
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
