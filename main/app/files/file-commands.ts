// Commands of the page about single files: browse, search, versions, restore, share, show on disk.
import { join } from 'node:path';
import type { Entry, RelPath } from '../../core/model/model.ts';
import { joinPath, nameOf, parseRelPath, rootPath } from '../../core/model/path.ts';
import { isSettled } from '../../core/model/settled.ts';
import type { Links } from '../../ports/links.port.ts';
import { browse } from '../../sync/bucket/browse.ts';
import type { PairContext } from '../../sync/context.ts';
import { failed, LIMITS } from '../../../preload/lean/limits.ts';
import type { Commands, FileEntry, Result } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';
import { listVersions, refuse, restoreByPath, shareFile } from './file-services.ts';
import type { ItemNames } from './item-names.ts';
import { ofFolder } from '../account/runtime.ts';
import type { PairRuntime } from '../pair-runtime.ts';
import { nameSearch } from './text-search.ts';

export type FileParts = {
  readonly findPair: (id: string) => PairRuntime | undefined;
  readonly links: Links;
  /** Shows a file in the file manager; null without one (a server). */
  readonly revealFolder: ((absolutePath: string) => void) | null;
  /** Puts a text on the clipboard; null where main has none. */
  readonly copyText: ((text: string) => Promise<void>) | null;
  readonly names: ItemNames;
};

type FileCommands = Pick<
  Commands,
  'listFiles' | 'searchFiles' | 'listVersions' | 'restoreVersion' | 'shareFile' | 'revealFile'
>;

export type Place = { readonly runtime: PairRuntime; readonly context: PairContext; readonly path: RelPath };

const ok: Result<null> = { ok: true, value: null };

export function fileCommands(parts: FileParts): FileCommands {
  const { names } = parts;
  let searching = new AbortController();
  return {
    listFiles: ({ pairId, folderId }, signal) =>
      attempt(async () => {
        const place = placeOf(parts, pairId, folderId);
        return { ok: true, value: await list(place, names, signal) };
      }),
    searchFiles: ({ pairId, text }, signal) => {
      // The page asks for one search at a time: the one before has no reader any more.
      searching.abort(new Error('another search began'));
      searching = new AbortController();
      const both = AbortSignal.any([signal, searching.signal]);
      return attempt(async () => {
        const place = placeOf(parts, pairId, null);
        return { ok: true, value: await search(place, names, text, both) };
      });
    },
    listVersions: ({ pairId, fileId }, signal) =>
      attempt(async () => {
        const { context, path } = placeOf(parts, pairId, fileId);
        const found = await listVersions(context, { path, limit: LIMITS.versions }, signal);
        const versions = found.versions.map((version) => ({
          id: version.versionId,
          isLatest: version.isLatest,
          isRemoval: version.isDeleteMarker,
          bytes: version.sizeBytes,
          modifiedMs: version.modifiedMs,
        }));
        return { ok: true, value: { versions, isCut: found.more } };
      }),
    restoreVersion: ({ pairId, fileId, versionId }, signal) =>
      attempt(async () => {
        const { context, path } = placeOf(parts, pairId, fileId);
        const name = await restoreByPath(context, { path, versionId, atMs: null }, signal);
        return { ok: true, value: { path: name } };
      }),
    shareFile: ({ pairId, fileId, expiresInSeconds }, signal) =>
      attempt(async () => {
        // The address is a secret: it goes to the clipboard, never to the page (security rule 18).
        if (parts.copyText === null) return failed('not-on-this-machine');
        const { context, path, runtime } = placeOf(parts, pairId, fileId);
        const wish = { path, account: ofFolder(runtime.account, runtime.config), expiresInSeconds };
        const { url, expiresAtMs } = await shareFile(context, parts.links, wish, signal);
        await parts.copyText(url);
        return { ok: true, value: { expiresAtMs } };
      }),
    revealFile: ({ pairId, fileId }) =>
      attempt(() => {
        if (parts.revealFolder === null) return Promise.resolve(failed('not-on-this-machine'));
        const { runtime, path } = placeOf(parts, pairId, fileId);
        const place = absoluteOf(runtime, path);
        if (place === null) return Promise.resolve(failed('unknown-file'));
        parts.revealFolder(place);
        return Promise.resolve(ok);
      }),
  };
}

/** Where a path of the pair lies on this disk; null for a name that Windows would read as a path of its own. */
export function absoluteOf(
  { config }: { readonly config: Pick<PairRuntime['config'], 'folder'> },
  path: RelPath,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const isNamed = parseRelPath(path, { windowsNames: platform === 'win32' }).kind === 'path';
  return isNamed ? join(config.folder, ...path.split('/')) : null;
}

/** Throws SyncError where the pair is not open, or the id is of another pair or of none. */
export function placeOf(
  { findPair, names }: Pick<FileParts, 'findPair' | 'names'>,
  pairId: string,
  id: string | null,
): Place {
  const runtime = findPair(pairId);
  if (runtime === undefined) throw refuse('unknown-pair', 'no such pair');
  const context = runtime.engine.context();
  if (context === null) throw refuse('pair-not-running', 'the pair is not open');
  if (id === null) return { runtime, context, path: rootPath };
  const item = names.itemOf(id);
  if (item?.pairId !== pairId) throw refuse('unknown-file', 'no such file');
  return { runtime, context, path: item.path };
}

type Listing = {
  readonly path: string;
  readonly entries: readonly FileEntry[];
  readonly isCut: boolean;
};

/** What the bucket has in this folder now, and what waits here to be sent there. */
async function list(
  { runtime, context, path }: Place,
  names: ItemNames,
  signal: AbortSignal,
): Promise<Listing> {
  const pairId = runtime.config.id;
  const { store } = context;
  const found = await browse(context, path, signal);
  const listed = new Set(found.map(({ name }) => name));
  const remote = found.flatMap(({ name, kind, sizeBytes, modifiedMs }): Found[] => {
    // A store may list any name: only what lies inside the folder gets an id.
    const at = parseRelPath(joinPath(path, name));
    if (at.kind !== 'path') return [];
    return [{ path: at.path, name: nameOf(at.path), kind, bytes: sizeBytes, modifiedMs }];
  });
  const local = store
    .children(path)
    .filter((entry) => entry.local.state === 'present' && !listed.has(nameOf(entry.path)))
    .map((entry): Found => ({ path: entry.path, name: nameOf(entry.path), ...localPart(entry) }));
  const all = [...remote, ...local].sort(foldersFirst);
  // Only what is shown gets a state and an id: of more names than are kept, the first would be forgotten before they are used.
  const entries = all.slice(0, LIMITS.files).map((one) => ({
    id: names.idOf({ pairId, path: one.path }),
    ...one,
    state: stateOf(store.entry(one.path)),
  }));
  return { path, entries, isCut: all.length > LIMITS.files };
}

type Found = Omit<FileEntry, 'id' | 'state' | 'path'> & { readonly path: RelPath };

/** Rows looked at in one go; then other work of the engine has its turn. */
const searchStep = 2000;

/** By a part of the name, in what is known of both sides; no request to the store. */
async function search(
  { runtime, context }: Place,
  names: ItemNames,
  text: string,
  signal: AbortSignal,
): Promise<Listing> {
  const pairId = runtime.config.id;
  const isWanted = nameSearch(text);
  const entries: FileEntry[] = [];
  for (let after = 0; ;) {
    const rows = context.store.sequence(after, searchStep);
    for (const { id, entry } of rows) {
      after = id;
      if (!isThere(entry) || !isWanted(nameOf(entry.path))) continue;
      if (entries.length >= LIMITS.found) return { path: '', entries, isCut: true };
      const at = { id: names.idOf({ pairId, path: entry.path }), name: nameOf(entry.path), path: entry.path };
      entries.push({ ...at, ...localPart(entry), state: stateOf(entry) });
    }
    if (rows.length < searchStep) return { path: '', entries: entries.sort(foldersFirst), isCut: false };
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal.throwIfAborted();
  }
}

function isThere({ local, remote }: Entry): boolean {
  return local.state === 'present' || remote.state === 'present';
}

function localPart({ local, remote }: Entry): Pick<FileEntry, 'kind' | 'bytes' | 'modifiedMs'> {
  if (local.state === 'present' && local.kind === 'file') {
    const { sizeBytes, mtimeNs } = local.fingerprint;
    return { kind: 'file', bytes: sizeBytes, modifiedMs: Number(mtimeNs / 1_000_000n) };
  }
  if (local.state !== 'present' && remote.state === 'present' && remote.kind === 'file')
    return { kind: 'file', bytes: remote.sizeBytes, modifiedMs: null };
  return { kind: 'folder', bytes: null, modifiedMs: null };
}

function stateOf(entry: Entry): FileEntry['state'] {
  const { local, remote } = entry;
  if (local.state === 'unknown' || remote.state === 'unknown') return 'left-out';
  return isSettled(entry) && isThere(entry) ? 'in-sync' : 'waiting';
}

function foldersFirst(
  one: Pick<FileEntry, 'kind' | 'name'>,
  other: Pick<FileEntry, 'kind' | 'name'>,
): number {
  if (one.kind !== other.kind) return one.kind === 'folder' ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}
