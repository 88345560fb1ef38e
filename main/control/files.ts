// Answers the verbs about single files: trash, versions, restore, browse and share, for the running engine and without one.
import { z } from 'zod';
import { SyncError, isSyncError } from '../core/model/errors.ts';
import type { RelPath } from '../core/model/model.ts';
import { nameOf, parseRelPath, rootPath } from '../core/model/path.ts';
import { managedPolicyPath, readManagedPolicy } from '../adapters/config/managed-policy.ts';
import { awsS3Endpoint } from '../adapters/s3/client.ts';
import { signedDownload } from '../adapters/s3/presign.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import { browse, chooseVersion, versionsOf } from '../sync/bucket/browse.ts';
import { keyOf } from '../sync/bucket/keys.ts';
import type { PairContext } from '../sync/context.ts';
import { restoreTrash, restoreVersion } from '../sync/operations/restore.ts';
import type { Restored } from '../sync/operations/restore.ts';
import { failed } from '../../preload/contract.ts';
import type { ExtraRequest } from './socket.ts';

const pair = z.string();
const path = z.string();
export const fileRequestSchema = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('trash-ls'), pair }),
  z.strictObject({ verb: z.literal('trash-restore'), pair, id: z.string() }),
  z.strictObject({ verb: z.literal('versions'), pair, path }),
  z.strictObject({
    verb: z.literal('restore'),
    pair,
    path,
    versionId: z.string().nullable(),
    atMs: z.number().nullable(),
  }),
  z.strictObject({ verb: z.literal('ls'), pair, path }),
  z.strictObject({ verb: z.literal('share'), pair, path, expiresInSeconds: z.number().int().nullable() }),
]);
export type FileRequest = z.infer<typeof fileRequestSchema>;

/** Older ones are there too: `restore --at` and `--version` find them. */
const mostVersionsShown = 1000;
const defaultShareSeconds = 3600;
/** SigV4 query signatures last at most seven days (Amazon S3 API reference). */
const longestShareSeconds = 604_800;

/** The value that `--json` prints beside `ok`. Throws SyncError for what cannot be done. */
export async function answerFileRequest(
  runtime: PairRuntime,
  context: PairContext,
  request: FileRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  switch (request.verb) {
    case 'trash-ls':
      return { items: trashItems(context) };
    case 'trash-restore':
      return restoredAs(await restoreTrash(context, request.id, signal));
    case 'versions':
      return { path: request.path, ...(await versionLines(context, pathOf(request.path), signal)) };
    case 'restore':
      return restoredAs(await restoreByPath(context, pathOf(request.path), request, signal));
    case 'ls':
      return { path: request.path, entries: await entryLines(context, pathOf(request.path), signal) };
    case 'share':
      return await share(runtime, context, pathOf(request.path), request.expiresInSeconds, signal);
  }
}

/** For the running engine: only it may touch the pair's state (rule 21). */
export function fileRequests(pairs: readonly PairRuntime[]): ExtraRequest {
  return async (input, _say, signal) => {
    const parsed = fileRequestSchema.safeParse(input);
    if (!parsed.success) return failed('bad-request');
    const runtime = pairs.find((one) => one.config.id === parsed.data.pair);
    if (runtime === undefined) return failed('unknown-pair');
    const context = runtime.engine.context();
    if (context === null) return failed('pair-not-running');
    try {
      return { ok: true, value: await answerFileRequest(runtime, context, parsed.data, signal) };
    } catch (error) {
      if (!isSyncError(error)) throw error;
      return failed(error.code, { ...error.fields, message: error.message });
    }
  };
}

function refuse(code: string, message: string): SyncError {
  return new SyncError({ code, retry: 'slow', scope: 'item', message });
}

function pathOf(text: string): RelPath {
  const parsed = parseRelPath(text.replace(/^\.\/|\/+$/gu, ''));
  if (parsed.kind === 'path') return parsed.path;
  throw refuse(
    'usage',
    `${JSON.stringify(text)} is not a path inside the folder of the pair (${parsed.code})`,
  );
}

function trashItems(context: PairContext): readonly unknown[] {
  return [...context.store.trash()]
    .sort((one, other) => other.atMs - one.atMs)
    .map(({ id, path: from, side, why, sizeBytes, atMs }) => ({
      id,
      path: from,
      side,
      why,
      bytes: sizeBytes,
      removedAt: new Date(atMs).toISOString(),
    }));
}

async function versionLines(
  context: PairContext,
  of: RelPath,
  signal: AbortSignal,
): Promise<{ readonly versions: readonly unknown[]; readonly more: boolean }> {
  const versions: unknown[] = [];
  for await (const version of versionsOf(context, of, signal)) {
    if (versions.length >= mostVersionsShown) return { versions, more: true };
    versions.push({
      versionId: version.versionId,
      isLatest: version.isLatest,
      isDeleteMarker: version.isDeleteMarker,
      bytes: version.sizeBytes,
      modifiedAt: new Date(version.modifiedMs).toISOString(),
    });
  }
  return { versions, more: false };
}

async function entryLines(
  context: PairContext,
  dir: RelPath,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  return (await browse(context, dir, signal)).map(({ name, kind, sizeBytes, modifiedMs }) => ({
    name,
    kind,
    bytes: sizeBytes,
    modifiedAt: modifiedMs === null ? null : new Date(modifiedMs).toISOString(),
  }));
}

/** From a version where the bucket keeps them; else from the newest thing in the trash that had this name. */
async function restoreByPath(
  context: PairContext,
  of: RelPath,
  asked: { readonly versionId: string | null; readonly atMs: number | null },
  signal: AbortSignal,
): Promise<Restored> {
  const version = await chooseVersion(versionsOf(context, of, signal), asked);
  if (version !== null && (context.abilities.versioned || asked.versionId !== null)) {
    const { key, versionId, sizeBytes } = version;
    return restoreVersion(context, { path: of, key, versionId, sizeBytes }, signal);
  }
  if (asked.versionId !== null) throw refuse('version-missing', `${of} has no version ${asked.versionId}`);
  const { atMs } = asked;
  const [item] = [...context.store.trash()]
    // What was replaced or removed after that moment was there at that moment.
    .filter((one) => one.path === of && (atMs === null || one.atMs >= atMs))
    .sort((one, other) => (atMs === null ? other.atMs - one.atMs : one.atMs - other.atMs));
  if (item === undefined)
    throw refuse('nothing-to-restore', `there is no older version of ${of} to bring back`);
  return restoreTrash(context, item.id, signal);
}

function restoredAs(outcome: Restored): Readonly<Record<string, unknown>> {
  if (outcome.kind === 'restored') return { path: outcome.path };
  throw refuse(outcome.code, `not restored (${outcome.code})`);
}

async function share(
  runtime: PairRuntime,
  context: PairContext,
  of: RelPath,
  asked: number | null,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const managed = await readManagedPolicy(managedPolicyPath(), signal);
  if (managed.disabled.includes('share')) {
    throw refuse('share-disabled', 'sharing by link is switched off on this machine by its administrator');
  }
  if (of === rootPath) throw refuse('usage', 'share takes the path of one file');
  const key = keyOf(context, of);
  const head = await context.remote.head(key, signal);
  if (head.kind === 'absent') throw refuse('not-in-bucket', `${of} is not in the bucket (yet)`);
  const { config, credentials: broker } = runtime.account;
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
  const url = await signedDownload({
    endpoint: config.s3Endpoint ?? awsS3Endpoint(config.region),
    forcePathStyle: config.forcePathStyle,
    region: config.region,
    bucket: context.settings.binding.bucket,
    key,
    fileName: nameOf(of),
    requestPayer: context.settings.options.requestPayer !== undefined,
    credentials,
    nowMs,
    expiresInSeconds,
  });
  return { path: of, url, expiresAt: new Date(nowMs + expiresInSeconds * 1000).toISOString() };
}
