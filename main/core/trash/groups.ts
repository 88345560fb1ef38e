// Groups of things in the trash: one per event, so that one mistake is undone at once.

export type TrashFacts = {
  readonly id: string;
  readonly path: string;
  readonly atMs: number;
  /** Side that lost it. */
  readonly side: 'local' | 'remote';
  readonly why: 'replaced' | 'removed';
  readonly sizeBytes: number;
};

export type TrashGroup<Item extends TrashFacts> = {
  /** Stays while later removals join the group. */
  readonly id: string;
  readonly why: 'replaced' | 'removed';
  /** When the latest of them went. */
  readonly atMs: number;
  readonly bytes: number;
  /** Folders at the top that they were in, by number of files; '' is the top itself. */
  readonly folders: readonly string[];
  /** Newest first; those of one moment by path. */
  readonly items: readonly Item[];
};

/** Removals with no longer rest between two of them are one event: a large folder takes a while to be removed. */
const restMs = 60_000;

/** Events of removals, newest first; then all older versions as one group, because their files are still there. */
export function groupTrash<Item extends TrashFacts>(items: readonly Item[]): readonly TrashGroup<Item>[] {
  const newestFirst = [...items].sort(byTime);
  const events = (['local', 'remote'] as const).flatMap((side) =>
    cutAtRests(newestFirst.filter((item) => item.why === 'removed' && item.side === side)),
  );
  events.sort(([one], [other]) => (other?.atMs ?? 0) - (one?.atMs ?? 0));
  const replaced = newestFirst.filter(({ why }) => why === 'replaced');
  return [...events, ...(replaced.length === 0 ? [] : [replaced])].map(asGroup);
}

/** The newest of each name: bringing back all of a group must not make two files of one. */
export function newestOfEach<Item extends TrashFacts>(items: readonly Item[]): readonly Item[] {
  const newest = new Map<string, Item>();
  for (const item of items) {
    const known = newest.get(item.path);
    if (known === undefined || known.atMs < item.atMs) newest.set(item.path, item);
  }
  return [...newest.values()];
}

function cutAtRests<Item extends TrashFacts>(newestFirst: readonly Item[]): Item[][] {
  const events: Item[][] = [];
  let later: Item | undefined;
  for (const item of newestFirst) {
    const event = later === undefined || later.atMs - item.atMs > restMs ? undefined : events.at(-1);
    if (event === undefined) events.push([item]);
    else event.push(item);
    later = item;
  }
  return events;
}

function asGroup<Item extends TrashFacts>(items: readonly Item[]): TrashGroup<Item> {
  const first = items.at(0);
  const oldest = items.at(-1);
  const filesIn = new Map<string, number>();
  for (const { path } of items) {
    const cut = path.indexOf('/');
    const folder = cut < 0 ? '' : path.slice(0, cut);
    filesIn.set(folder, (filesIn.get(folder) ?? 0) + 1);
  }
  return {
    id: first?.why === 'replaced' ? 'replaced' : (oldest?.id ?? ''),
    why: first?.why ?? 'removed',
    atMs: first?.atMs ?? 0,
    bytes: items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    folders: [...filesIn].sort(([, one], [, other]) => other - one).map(([folder]) => folder),
    items,
  };
}

function byTime(one: TrashFacts, other: TrashFacts): number {
  if (one.atMs !== other.atMs) return other.atMs - one.atMs;
  return one.path < other.path ? -1 : 1;
}
