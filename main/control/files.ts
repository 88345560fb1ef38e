// Answers the verbs about single files: trash, versions, restore, browse and share, for the running engine and without one.
import { z } from 'zod';
import { conflictChoices } from '../core/model/conflict-choice.ts';
import type { RelPath } from '../core/model/model.ts';
import { isSharingAllowed, managedPolicyPath } from '../adapters/config/managed-policy.ts';
import { makeLinks } from '../adapters/s3/links.ts';
import { attempt } from '../app/errors.ts';
import { listVersions, pathOf, restoreByPath, restored, shareFile } from '../app/files/file-services.ts';
import { ofFolder } from '../app/account/runtime.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import { browse } from '../sync/bucket/browse.ts';
import type { PairContext } from '../sync/context.ts';
import { newestOfEach } from '../core/trash/groups.ts';
import type { TrashItem } from '../ports/sync-state.port.ts';
import { restoreMany, restoreTrash } from '../sync/operations/restore.ts';
import { failed } from '../../preload/lean/limits.ts';
import { refusalOf } from './answer.ts';
import { conflictLines, keepVersion } from './conflicts.ts';
import type { ExtraRequest } from './socket.ts';

const pair = z.string();
const path = z.string();
export const fileRequestSchema = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('trash-ls'), pair }),
  z.strictObject({ verb: z.literal('trash-restore'), pair, id: z.string() }),
  /** Of `removed` things the newest of each name, below a folder ('' for all) and not older than the moment. */
  z.strictObject({
    verb: z.literal('trash-restore-many'),
    pair,
    under: path,
    sinceMs: z.number().nullable(),
  }),
  z.strictObject({ verb: z.literal('versions'), pair, path }),
  z.strictObject({
    verb: z.literal('restore'),
    pair,
    path,
    versionId: z.string().nullable(),
    atMs: z.number().nullable(),
  }),
  z.strictObject({ verb: z.literal('ls'), pair, path }),
  z.strictObject({ verb: z.literal('conflicts'), pair }),
  z.strictObject({
    verb: z.literal('conflict-keep'),
    pair,
    conflict: z.string(),
    keep: z.enum(conflictChoices),
  }),
  z.strictObject({ verb: z.literal('share'), pair, path, expiresInSeconds: z.number().int().nullable() }),
]);
export type FileRequest = z.infer<typeof fileRequestSchema>;

/** Older ones are there too: `restore --at` and `--version` find them. */
const mostVersionsShown = 1000;

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
      return { path: restored(await restoreTrash(context, request.id, signal)) };
    case 'trash-restore-many':
      return await restoreMany(context, deletedThings(context, request), signal);
    case 'versions':
      return { path: request.path, ...(await versionLines(context, pathOf(request.path), signal)) };
    case 'restore':
      return { path: await restoreByPath(context, { ...request, path: pathOf(request.path) }, signal) };
    case 'ls':
      return { path: request.path, entries: await entryLines(context, pathOf(request.path), signal) };
    case 'conflicts':
      return { conflicts: conflictLines(request.pair, context) };
    case 'conflict-keep':
      return await keepVersion(runtime, context, request, signal);
    case 'share':
      return await share(runtime, context, request, signal);
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
    return attempt(async () => {
      return { ok: true, value: await answerFileRequest(runtime, context, parsed.data, signal) };
    }, refusalOf);
  };
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

/** Older versions stay: their files are still there. */
function deletedThings(
  { store }: Pick<PairContext, 'store'>,
  { under, sinceMs }: { readonly under: string; readonly sinceMs: number | null },
): readonly TrashItem[] {
  const folder = under === '' ? '' : pathOf(under);
  return newestOfEach(
    store
      .trash()
      .filter(
        ({ why, path: at, atMs }) =>
          why === 'removed' &&
          (folder === '' || at === folder || at.startsWith(`${folder}/`)) &&
          (sinceMs === null || atMs >= sinceMs),
      ),
  );
}

async function versionLines(
  context: PairContext,
  path: RelPath,
  signal: AbortSignal,
): Promise<{ readonly versions: readonly unknown[]; readonly more: boolean }> {
  const { versions, more } = await listVersions(context, { path, limit: mostVersionsShown }, signal);
  return {
    more,
    versions: versions.map((version) => ({
      versionId: version.versionId,
      isLatest: version.isLatest,
      isDeleteMarker: version.isDeleteMarker,
      bytes: version.sizeBytes,
      modifiedAt: new Date(version.modifiedMs).toISOString(),
    })),
  };
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

async function share(
  runtime: PairRuntime,
  context: PairContext,
  request: { readonly path: string; readonly expiresInSeconds: number | null },
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const path = pathOf(request.path);
  const links = makeLinks((by) => isSharingAllowed(managedPolicyPath(), by));
  const account = ofFolder(runtime.account, runtime.config);
  const wish = { path, account, expiresInSeconds: request.expiresInSeconds };
  const { url, expiresAtMs } = await shareFile(context, links, wish, signal);
  return { path, url, expiresAt: new Date(expiresAtMs).toISOString() };
}
