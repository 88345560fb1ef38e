// Services about single files, shared by page and command line: paths, versions, restore, share links.
import type { AccountRuntime } from '../account/runtime.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { RelPath } from '../../core/model/model.ts';
import { nameOf, parseRelPath, rootPath } from '../../core/model/path.ts';
import type { Links } from '../../ports/links.port.ts';
import type { ObjectVersion } from '../../ports/remote-objects.port.ts';
import { chooseVersion, versionsOf } from '../../sync/bucket/browse.ts';
import type { PairContext } from '../../sync/context.ts';
import { keyOf } from '../../sync/bucket/keys.ts';
import { restoreTrash, restoreVersion } from '../../sync/operations/restore.ts';

const defaultShareSeconds = 3600;
/** SigV4 query signatures last at most seven days (Amazon S3 API reference). */
const longestShareSeconds = 604_800;

export function refuse(code: string, message: string): SyncError {
  return new SyncError({ code, retry: 'slow', scope: 'item', message });
}

/** A path as a user types it. Throws SyncError usage. */
export function pathOf(text: string): RelPath {
  const parsed = parseRelPath(text.replace(/^\.\/|\/+$/gu, ''));
  if (parsed.kind === 'path') return parsed.path;
  throw refuse(
    'usage',
    `${JSON.stringify(text)} is not a path inside the folder of the pair (${parsed.code})`,
  );
}

export type Versions = { readonly versions: readonly ObjectVersion[]; readonly more: boolean };

/** The newest `limit` versions of a file. */
export async function listVersions(
  context: PairContext,
  { path, limit }: { readonly path: RelPath; readonly limit: number },
  signal: AbortSignal,
): Promise<Versions> {
  const versions: ObjectVersion[] = [];
  for await (const version of versionsOf(context, path, signal)) {
    if (versions.length >= limit) return { versions, more: true };
    versions.push(version);
  }
  return { versions, more: false };
}

type Wanted = {
  readonly path: RelPath;
  readonly versionId: string | null;
  /** State of the file at this moment; null for the one before what is there now. */
  readonly atMs: number | null;
};

/** From a version where the bucket keeps them; else from the newest thing in the trash that had this name. */
export async function restoreByPath(
  context: PairContext,
  { path, versionId, atMs }: Wanted,
  signal: AbortSignal,
): Promise<RelPath> {
  const version = await chooseVersion(versionsOf(context, path, signal), { versionId, atMs });
  if (version !== null && (context.abilities.versioned || versionId !== null)) {
    const { key, versionId: chosen, sizeBytes } = version;
    return restored(await restoreVersion(context, { path, key, versionId: chosen, sizeBytes }, signal));
  }
  if (versionId !== null) throw refuse('version-missing', `${path} has no version ${versionId}`);
  const [item] = [...context.store.trash()]
    // What was replaced or removed after that moment was there at that moment.
    .filter((one) => one.path === path && (atMs === null || one.atMs >= atMs))
    .sort((one, other) => (atMs === null ? other.atMs - one.atMs : one.atMs - other.atMs));
  if (item === undefined)
    throw refuse('nothing-to-restore', `there is no older version of ${path} to bring back`);
  return restored(await restoreTrash(context, item.id, signal));
}

/** The path that a file came back under. Throws SyncError with the reason where it did not. */
export function restored(outcome: Awaited<ReturnType<typeof restoreTrash>>): RelPath {
  if (outcome.kind === 'restored') return outcome.path;
  throw refuse(outcome.code, `not restored: ${whyNot[outcome.code]}`);
}

const whyNot = {
  'trash-item-gone': 'nothing with this id is in the trash',
  'name-taken': 'another file has its name, and every name beside it is taken',
  'local-blocked': 'this computer does not let the file be written there',
} as const;

type ShareWish = {
  readonly path: RelPath;
  /** As the pair of this file uses it. */
  readonly account: Pick<AccountRuntime, 'config' | 'credentials'>;
  /** Null for an hour, or for as long as the session lasts if that is less. */
  readonly expiresInSeconds: number | null;
};

export type Shared = { readonly url: string; readonly expiresAtMs: number };

/** Throws SyncError share-disabled, not-in-bucket, share-too-long. */
export async function shareFile(
  context: PairContext,
  links: Links,
  { path, account, expiresInSeconds: asked }: ShareWish,
  signal: AbortSignal,
): Promise<Shared> {
  if (!(await links.isAllowed(signal))) {
    throw refuse('share-disabled', 'sharing by link is switched off on this machine by its administrator');
  }
  if (path === rootPath) throw refuse('usage', 'share takes the path of one file');
  const key = keyOf(context, path);
  const head = await context.remote.head(key, signal);
  if (head.kind === 'absent') throw refuse('not-in-bucket', `${path} is not in the bucket (yet)`);
  const broker = account.credentials;
  // A link ends with the session that signed it: a fresh one gives the longest there is (security rule 18).
  broker.invalidate((await broker.get(signal)).accessKeyId);
  const credentials = await broker.get(signal);
  const nowMs = context.clock.nowMs();
  const longest = Math.min(longestShareSeconds, Math.floor((credentials.expiresAtMs - nowMs) / 1000));
  const expiresInSeconds = asked ?? Math.min(defaultShareSeconds, longest);
  if (expiresInSeconds < 1 || expiresInSeconds > longest) {
    const until = new Date(nowMs + longest * 1000).toISOString();
    throw refuse('usage', `--expires: from 1 to ${String(longest)} seconds, that is until ${until}`);
  }
  const url = await links.sign({
    account: account.config,
    bucket: context.settings.binding.bucket,
    key,
    fileName: nameOf(path),
    requestPayer: context.settings.options.requestPayer !== undefined,
    credentials,
    nowMs,
    expiresInSeconds,
  });
  return { url, expiresAtMs: nowMs + expiresInSeconds * 1000 };
}
