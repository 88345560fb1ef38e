// Open conflicts of a pair: files that stand beside a copy under a conflict name.
import { readConflictName } from '../../core/plan/conflict-name.ts';
import { localFile } from '../../core/model/cells.ts';
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
export function openConflicts(store: Records): readonly Conflict[] {
  const found = newestOfEach(store.activity(kept).flatMap((item) => conflictOf(item) ?? []));
  return found.flatMap((one) => readOpen(store, one) ?? []);
}

/** Conflicts read again per call, besides those with new activity. Each costs three database reads. */
const swept = 500;

/**
 * Repeated `openConflicts` that returns the same array while nothing changes. With more than `swept` conflicts, one that ends without an
 * activity entry (both are kept) is noticed some calls later.
 */
export function makeConflictList(): (store: Records) => readonly Conflict[] {
  let from: Records | null = null;
  let seenId = 0;
  let at = 0;
  /** By copy, newest first. */
  let known: readonly Found[] = [];
  const states = new Map<RelPath, Conflict | null>();
  let open: readonly Conflict[] = [];
  return (store) => {
    if (from !== store) {
      from = store;
      seenId = 0;
      known = [];
      open = [];
      states.clear();
    }
    const newestId = store.activity(1)[0]?.id ?? 0;
    const news = newestId > seenId ? store.activity(Math.min(kept, newestId - seenId)) : [];
    seenId = newestId;
    if (news.length > 0) known = newestOfEach([...news.flatMap((item) => conflictOf(item) ?? []), ...known]);
    const touched = new Set(
      news.flatMap(({ path, from: other }) => (other === null ? [path] : [path, other])),
    );
    const due = new Set(
      Array.from({ length: Math.min(swept, known.length) }, (_, step) => (at + step) % known.length),
    );
    at = known.length === 0 ? 0 : (at + due.size) % known.length;
    let isChanged = false;
    for (const [index, found] of known.entries()) {
      const before = states.get(found.copy);
      const isDue = due.has(index) || touched.has(found.path) || touched.has(found.copy);
      if (before !== undefined && !isDue) continue;
      const now = readOpen(store, found);
      if (before !== undefined && isSameState(before, now)) continue;
      states.set(found.copy, now);
      isChanged = true;
    }
    if (isChanged) open = known.flatMap(({ copy }) => states.get(copy) ?? []);
    return open;
  };
}

/** Identifies the versions of both files. Exact, unlike `sameFingerprint`, because the ids that the page shows are made of it. */
export function versionsOf({ current, aside }: Pick<Conflict, 'current' | 'aside'>): string {
  return [current, aside]
    .flatMap(({ fingerprint }) => [fingerprint.sizeBytes, fingerprint.mtimeNs, fingerprint.inode])
    .join(' ');
}

function isSameState(before: Conflict | null, now: Conflict | null): boolean {
  if (before === null || now === null) return before === now;
  return before.atMs === now.atMs && versionsOf(before) === versionsOf(now);
}

function newestOfEach(found: readonly Found[]): readonly Found[] {
  const seen = new Set<RelPath>();
  return found.filter(({ copy }) => !seen.has(copy) && seen.add(copy)).slice(0, kept);
}

function readOpen(store: Records, found: Found): Conflict | null {
  const aside = localFile(store.entry(found.copy));
  const current = aside === null ? null : localFile(store.entry(found.path));
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
