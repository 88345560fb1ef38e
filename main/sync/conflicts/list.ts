// Open conflicts of a pair: files that stand beside a copy under a conflict name.
import { readConflictName } from '../../core/plan/conflict-name.ts';
import type { LocalFile, RelPath } from '../../core/model/model.ts';
import { joinPath, nameOf, parentOf } from '../../core/model/path.ts';
import type { ActivityItem, PairStore } from '../../ports/sync-state.port.ts';

export type Conflict = {
  readonly path: RelPath;
  readonly copy: RelPath;
  /** What has the name now: the version that the bucket had. */
  readonly current: LocalFile;
  /** What stepped aside for it. */
  readonly aside: LocalFile;
  /** Device whose version stepped aside, by the name of the copy. */
  readonly device: string | null;
  readonly atMs: number;
};

type Records = Pick<PairStore, 'activity' | 'entry' | 'meta'>;
type Found = Pick<Conflict, 'path' | 'copy' | 'atMs'>;

/** As many as the records keep. */
const looked = 10_000;

/** A file that the user keeps beside its copy: the time of the conflict that this was said about, in milliseconds. */
export function keptKey(copy: RelPath): string {
  return `conflict-kept:${copy}`;
}

/** Newest first, those of other devices too; without those that are settled: one of both is gone, or both are kept. */
export function openConflicts(store: Records, limit: number): readonly Conflict[] {
  const seen = new Set<RelPath>();
  const open: Conflict[] = [];
  for (const item of store.activity(looked)) {
    const found = conflictOf(item);
    if (found === null || seen.has(found.copy)) continue;
    seen.add(found.copy);
    const current = fileAt(store, found.path);
    const aside = fileAt(store, found.copy);
    if (current === null || aside === null) continue;
    if (Number(store.meta(keptKey(found.copy)) ?? -1) >= found.atMs) continue;
    const device = readConflictName(nameOf(found.copy))?.device ?? null;
    open.push({ ...found, current, aside, device });
    if (open.length >= limit) break;
  }
  return open;
}

/** Made here, or come from another device under such a name. */
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
