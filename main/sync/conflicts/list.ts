// Open conflicts of a pair: files that stand beside a copy under a conflict name.
import { readConflictName } from '../../core/plan/conflict-name.ts';
import type { LocalFile, RelPath } from '../../core/model/model.ts';
import { joinPath, nameOf, parentOf } from '../../core/model/path.ts';
import type { ActivityItem, PairStore } from '../../ports/sync-state.port.ts';

export type Conflict = {
  readonly path: RelPath;
  readonly copy: RelPath;
  /** Owner of the name now: the version that the bucket had. */
  readonly current: LocalFile;
  /** The version that was set aside. */
  readonly aside: LocalFile;
  /** Device whose version was set aside, by the name of the copy; null where the name has none. */
  readonly device: string | null;
  /** Unix milliseconds. */
  readonly atMs: number;
};

type Records = Pick<PairStore, 'activity' | 'entry' | 'meta'>;
type Found = Pick<Conflict, 'path' | 'copy' | 'atMs'>;

/** As many entries of the activity as the records keep. */
const kept = 10_000;

/** Key of the record that both files stay: its value is the time of the conflict, in Unix milliseconds. */
export function keptKey(copy: RelPath): string {
  return `conflict-kept:${copy}`;
}

/** Newest first, also those of other devices; without settled ones: one file is gone, or both are kept. */
export function openConflicts(store: Records, limit: number): readonly Conflict[] {
  return makeConflictList()(store, limit);
}

/** Reads as `openConflicts`; each call after the first examines only what happened since the one before. */
export function makeConflictList(): (store: Records, limit: number) => readonly Conflict[] {
  let from: Records | null = null;
  let seenId = 0;
  /** By copy, newest first. */
  let known: readonly Found[] = [];
  return (store, limit) => {
    if (from !== store) {
      from = store;
      seenId = 0;
      known = [];
    }
    const newestId = store.activity(1)[0]?.id ?? 0;
    if (newestId > seenId) {
      const news = store
        .activity(Math.min(kept, newestId - seenId))
        .flatMap((item) => conflictOf(item) ?? []);
      known = newestOfEach([...news, ...known]);
      seenId = newestId;
    }
    const open: Conflict[] = [];
    for (const found of known) {
      if (open.length >= limit) break;
      const conflict = readOpen(store, found);
      if (conflict !== null) open.push(conflict);
    }
    return open;
  };
}

function newestOfEach(found: readonly Found[]): readonly Found[] {
  const seen = new Set<RelPath>();
  return found.filter(({ copy }) => !seen.has(copy) && seen.add(copy)).slice(0, kept);
}

function readOpen(store: Records, found: Found): Conflict | null {
  const aside = fileAt(store, found.copy);
  const current = aside === null ? null : fileAt(store, found.path);
  if (current === null || aside === null) return null;
  if (Number(store.meta(keptKey(found.copy)) ?? -1) >= found.atMs) return null;
  return { ...found, current, aside, device: readConflictName(nameOf(found.copy))?.device ?? null };
}

/** Made here, or downloaded from another device under such a name. */
function conflictOf({ kind, path, from, atMs }: ActivityItem): Found | null {
  if (kind === 'conflict') return from === null ? null : { path, copy: from, atMs };
  if (kind !== 'downloaded') return null;
  const name = readConflictName(nameOf(path));
  return name === null ? null : { path: joinPath(parentOf(path), name.original), copy: path, atMs };
}

function fileAt(store: Records, path: RelPath): LocalFile | null {
  const { local } = store.entry(path);
  return local.state === 'present' && local.kind === 'file' ? local : null;
}
