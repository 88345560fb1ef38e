// Trash retention by age and disk share; runs at start and daily (C23).
import {
  ageTrash,
  chooseExpired,
  defaultTrashDays,
  defaultTrashPercent,
  isAgingDue,
} from '../../core/trash/policy.ts';
import type { TrashAge } from '../../core/trash/policy.ts';
import { isOfItem, isRefusal } from '../../core/model/errors.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type { TrashItem } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { metaKey } from '../bucket/meta-object.ts';

type Scope = Pick<PairContext, 'files' | 'changes' | 'store' | 'remote' | 'settings' | 'clock' | 'log'>;

export type TrashSwept = {
  readonly purged: number;
  /** Items younger than the retention time were deleted because the trash was full: the user is notified. */
  readonly wasFull: boolean;
};

/** Removals that a store may fail to do before the others are left to the next sweep: each has been tried several times. */
const mostFailures = 10;

/** Null if not due yet. */
export async function sweepTrash(context: Scope, signal: AbortSignal): Promise<TrashSwept | null> {
  const { store } = context;
  const nowMs = context.clock.nowMs();
  const known = knownAge(context);
  if (!isAgingDue(known, nowMs)) return null;
  const age = ageTrash(known, nowMs);
  const status = await context.files.rootStatus();
  if (status.kind !== 'ok') return null;
  const { trash } = context.settings.options;
  const items = store.trash();
  const chosen = chooseExpired(items, age, {
    days: trash?.days ?? defaultTrashDays,
    maxLocalBytes: shareOf(status.totalBytes, trash?.maxVolumePercent ?? defaultTrashPercent),
  });
  const ids = new Set([...chosen.expired, ...chosen.crowdedOut]);
  const leaving = items.filter((item) => ids.has(item.id));
  const gone = await purge(context, leaving, signal);
  // Bytes first: a crash in between leaves rows that say "gone", never bytes without a row.
  store.record([
    ...gone.map((item) => ({ kind: 'trash-gone' as const, id: item.id })),
    { kind: 'meta', key: 'trashAge', value: JSON.stringify(age) },
  ]);
  if (gone.length > 0) {
    context.log.info('trash purged', {
      expired: chosen.expired.length,
      crowdedOut: chosen.crowdedOut.length,
    });
  }
  return { purged: gone.length, wasFull: chosen.crowdedOut.length > 0 };
}

/** A share of an unknown size is no limit: an item may be the last copy, and only its age removes it. */
function shareOf(totalBytes: number | null, percent: number): number {
  return totalBytes === null ? Number.POSITIVE_INFINITY : (totalBytes * percent) / 100;
}

/**
 * Answers what is gone; what may not be removed yet, as under a retention, or is held by another program, keeps its row until the next
 * sweep.
 */
async function purge(
  context: Scope,
  items: readonly TrashItem[],
  signal: AbortSignal,
): Promise<readonly TrashItem[]> {
  const local = items.filter((item) => item.side === 'local');
  const gone: TrashItem[] = [...(await purgeHere(context, local, signal))];
  let failures = 0;
  for (const item of items) {
    if (item.side === 'local' || failures >= mostFailures) continue;
    const end = isOwnCopy(context, item) ? await deleteCopy(context, item, signal) : 'deleted';
    if (end === 'deleted') gone.push(item);
    if (end === 'failed') failures += 1;
  }
  return gone;
}

/** All at once, and one by one where the disk refuses one of them. */
async function purgeHere(
  context: Scope,
  items: readonly TrashItem[],
  signal: AbortSignal,
): Promise<readonly TrashItem[]> {
  if (await isPurged(context, items)) return items;
  const gone: TrashItem[] = [];
  for (const item of items) {
    signal.throwIfAborted();
    if (await isPurged(context, [item])) gone.push(item);
    else context.log.warn('a file in the trash cannot be removed yet', { path: item.path });
  }
  return gone;
}

async function isPurged({ changes }: Scope, items: readonly TrashItem[]): Promise<boolean> {
  if (items.length === 0) return true;
  try {
    await changes.sweep(
      everyName,
      items.map(({ where }) => where),
    );
    return true;
  } catch (error) {
    if (!isOfItem(error)) throw error;
    return false;
  }
}

/** A version belongs to the bucket and its lifecycle rules; only our own copies are ours to delete. */
function isOwnCopy({ settings }: Scope, item: TrashItem): boolean {
  if (item.side !== 'remote' || item.versionId !== null || settings.mode === 'download-only') return false;
  return item.where.startsWith(metaKey(settings.binding.prefix, 'trash/'));
}

async function deleteCopy(
  context: Scope,
  { where }: TrashItem,
  signal: AbortSignal,
): Promise<'deleted' | 'refused' | 'failed'> {
  try {
    await context.remote.delete(where as ObjectKey, { kind: 'none' }, signal); // written by sync/trash/remote-trash.ts
    return 'deleted';
  } catch (error) {
    if (!isOfItem(error) || signal.aborted) throw error;
    context.log.warn('a copy in the trash may not be removed', { code: error.code });
    return isRefusal(error) ? 'refused' : 'failed';
  }
}

/** Temporary files of concurrent work must not be removed. */
const everyName: ReadonlySet<string> = new (class extends Set<string> {
  override has(): boolean {
    return true;
  }
})();

function knownAge(context: Pick<PairContext, 'store'>): TrashAge | null {
  const text = context.store.meta('trashAge');
  return text === null ? null : (JSON.parse(text) as TrashAge); // our own database wrote it
}
