// Commands of the page about the trash: grouped listing, and restoring single things or all of a group.
import { groupTrash, newestOfEach } from '../../core/trash/groups.ts';
import type { TrashGroup } from '../../core/trash/groups.ts';
import type { PairContext } from '../../sync/context.ts';
import type { TrashItem } from '../../ports/sync-state.port.ts';
import { restoreMany } from '../../sync/operations/restore.ts';
import type { RestoredMany } from '../../sync/operations/restore.ts';
import { nameOf } from '../../core/model/path.ts';
import { failed, LIMITS } from '../../../preload/lean/limits.ts';
import type { Commands, Input, Output } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';
import type { PairRuntime } from '../pair-runtime.ts';
import { nameSearch } from './text-search.ts';

type TrashCommands = Pick<Commands, 'listTrash' | 'restoreTrash'>;

/** Older versions keep this share of the entries, however much was deleted. */
const versionsShown = 100;

export function trashCommands(findPair: (id: string) => PairRuntime | undefined): TrashCommands {
  const contextOf = (pairId: string): PairContext | null => findPair(pairId)?.engine.context() ?? null;
  return {
    listTrash: ({ pairId, text }) => {
      const context = contextOf(pairId);
      if (context === null) return Promise.resolve(failed('pair-not-running'));
      return Promise.resolve({ ok: true, value: viewOfGroups(groupsOf(context, text)) });
    },
    restoreTrash: (asked, signal) =>
      attempt(async () => {
        const context = contextOf(asked.pairId);
        if (context === null) return failed('pair-not-running');
        const items = chosenItems(context, asked);
        if (items.length === 0) return failed('trash-item-gone');
        const outcome = await restoreMany(context, items, signal);
        const [first] = outcome.failed;
        if (first !== undefined && items.length === 1) return failed(first.code);
        return { ok: true, value: viewOfRestored(outcome) };
      }),
  };
}

function groupsOf({ store }: Pick<PairContext, 'store'>, text = ''): readonly TrashGroup<TrashItem>[] {
  const isWanted = nameSearch(text);
  return groupTrash(store.trash().filter(({ path }) => isWanted(path)));
}

function chosenItems(context: PairContext, asked: Input<'restoreTrash'>): readonly TrashItem[] {
  if ('groupId' in asked) {
    const group = groupsOf(context, asked.text).find(({ id }) => id === asked.groupId);
    return newestOfEach(group?.items ?? []);
  }
  const ids = new Set(asked.ids);
  return context.store.trash().filter(({ id }) => ids.has(id));
}

function viewOfGroups(groups: readonly TrashGroup<TrashItem>[]): Output<'listTrash'> {
  const shown = [
    ...groups.filter(({ why }) => why === 'removed').slice(0, LIMITS.trashGroups - 1),
    ...groups.filter(({ why }) => why === 'replaced'),
  ];
  const total = groups.reduce((sum, { items }) => sum + items.length, 0);
  const versions = shown.find(({ why }) => why === 'replaced')?.items.length ?? 0;
  let left = LIMITS.trash - Math.min(versions, versionsShown);
  const views = shown.map(({ items, folders, ...group }) => {
    const room = group.why === 'replaced' ? versionsShown : left;
    const entries = items.slice(0, room);
    if (group.why === 'removed') left -= entries.length;
    return {
      ...group,
      count: items.length,
      folders: folders.slice(0, LIMITS.trashFolders),
      entries: entries.map(({ id, path, atMs, sizeBytes, side }) => ({
        ...{ id, path, side },
        removedAtMs: atMs,
        bytes: sizeBytes,
      })),
    };
  });
  return { groups: views, more: total - views.reduce((sum, { entries }) => sum + entries.length, 0) };
}

function viewOfRestored({ restored, failed: refused }: RestoredMany): Output<'restoreTrash'> {
  const [only, ...others] = restored;
  return {
    restored: restored.length,
    beside: restored.filter(({ from, path }) => from !== path).length,
    failed: refused.length,
    code: refused[0]?.code ?? null,
    name: only === undefined || others.length > 0 ? null : nameOf(only.path),
  };
}
