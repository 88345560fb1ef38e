// Bucket browsing for the UI: one folder's objects, one object's versions.
import type { ObjectKey, RelPath } from '../../core/model/model.ts';
import { keyFor, parseKey, rootPath } from '../../core/model/path.ts';
import type { ObjectVersion } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../context.ts';

export type BucketEntry = {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number | null;
  readonly modifiedMs: number | null;
};

const maxEntries = 10_000;
/** Bounds a listing that never ends. */
const maxPages = 10_000;

type Scope = Pick<PairContext, 'remote' | 'versions' | 'settings'>;

/** Current direct children of `dir`. Contents of subfolders are skipped, not listed. */
export async function browse(
  context: Scope,
  dir: RelPath,
  signal: AbortSignal,
): Promise<readonly BucketEntry[]> {
  return listDirect(context, dir, () => true, signal);
}

/** Current direct subfolders of `dir`, however many files lie beside them. */
export async function browseFolders(
  context: Scope,
  dir: RelPath,
  signal: AbortSignal,
): Promise<readonly BucketEntry[]> {
  return listDirect(context, dir, ({ kind }) => kind === 'folder', signal);
}

async function listDirect(
  context: Scope,
  dir: RelPath,
  isWanted: (entry: BucketEntry) => boolean,
  signal: AbortSignal,
): Promise<readonly BucketEntry[]> {
  const top =
    dir === rootPath
      ? context.settings.binding.prefix
      : keyFor(context.settings.binding.prefix, dir, 'folder');
  const entries = new Map<string, BucketEntry>();
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    let last: string | null = null;
    let isLast = true;
    for await (const page of context.remote.list(top, after, signal)) {
      for (const object of page.objects) {
        last = object.key;
        const entry = entryOf(context, object.key.slice(top.length), object);
        if (entry !== null && isWanted(entry)) entries.set(`${entry.name} ${entry.kind}`, entry);
      }
      isLast = page.isLast;
      break;
    }
    if (isLast || last === null || pages >= maxPages || entries.size >= maxEntries)
      return [...entries.values()];
    const [segment = '', ...rest] = last.slice(top.length).split('/');
    // The page ends inside a folder: continue after everything in it.
    after = rest.length === 0 ? last : `${top}${segment}/\u{10ffff}`;
  }
}

function entryOf(
  context: Scope,
  relative: string,
  object: { readonly key: string; readonly sizeBytes: number; readonly modifiedMs: number },
): BucketEntry | null {
  const parsed = parseKey(context.settings.binding.prefix, object.key);
  if (relative === '' || parsed.kind === 'ours') return null;
  const slash = relative.indexOf('/');
  const name = slash < 0 ? relative : relative.slice(0, slash);
  // A key with an empty segment: joined to the top, no name would stand for the whole folder.
  if (name === '') return null;
  if (slash >= 0) return { name, kind: 'folder', sizeBytes: null, modifiedMs: null };
  return { name, kind: 'file', sizeBytes: object.sizeBytes, modifiedMs: object.modifiedMs };
}

/** Streams versions newest first (the list may be long). Unversioned buckets yield the current object. */
export async function* versionsOf(
  context: Scope,
  path: RelPath,
  signal: AbortSignal,
): AsyncIterable<ObjectVersion> {
  const key: ObjectKey = keyFor(context.settings.binding.prefix, path, 'file');
  for await (const version of context.versions.versions(key, signal)) {
    if (version.key === key) yield version;
    // Keys are ordered: keys that only start with this one follow it.
    else if (version.key > key) return;
  }
}

/**
 * Version to restore: the named one, the one that was current at `atMs`, or the last before the current
 * state.
 * @param versions newest first; read no further than needed
 */
export async function chooseVersion(
  versions: AsyncIterable<ObjectVersion> | Iterable<ObjectVersion>,
  asked: { readonly versionId: string | null; readonly atMs: number | null },
): Promise<ObjectVersion | null> {
  const { versionId, atMs } = asked;
  let isNewest = true;
  for await (const one of versions) {
    const isThereNow = isNewest;
    isNewest = false;
    if (versionId !== null) {
      if (one.versionId === versionId && !one.isDeleteMarker) return one;
    } else if (atMs !== null) {
      if (one.modifiedMs <= atMs) return one.isDeleteMarker ? null : one;
    } else if (!isThereNow && !one.isDeleteMarker) return one;
  }
  return null;
}
