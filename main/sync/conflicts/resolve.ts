// Resolves a conflict as the user decided. What is not kept goes to the trash.
import { stillMatches } from '../../core/model/fingerprint.ts';
import type { ContentId, LocalFile, OpId, RelPath } from '../../core/model/model.ts';
import type { ReplaceOutcome, TempFile } from '../../ports/local-files.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { localTrashRow, newIntent } from '../operations/journal.ts';
import { refreshLocal } from '../operations/preconditions.ts';
import { spareBytes } from '../transfer/spare-bytes.ts';
import { keptKey } from './list.ts';
import type { Conflict } from './list.ts';

/** `current`: what has the name now. `aside`: what stepped aside takes the name back. */
export type Kept = 'current' | 'aside' | 'both';

export type Resolved =
  | { readonly kind: 'resolved' }
  | {
      readonly kind: 'failed';
      readonly code: 'conflict-changed' | 'conflict-one-way' | 'disk-full' | 'local-blocked';
    };

type Side = { readonly path: RelPath; readonly file: LocalFile };

const resolved: Resolved = { kind: 'resolved' };
const changed: Resolved = { kind: 'failed', code: 'conflict-changed' };

/** Changes this disk only: the next cycle carries it over like any change of the user. */
export async function resolveConflict(
  context: PairContext,
  conflict: Conflict,
  keep: Kept,
  signal: AbortSignal,
): Promise<Resolved> {
  const { path, copy, current, aside } = conflict;
  if (keep === 'both') {
    await context.commit([{ kind: 'meta', key: keptKey(copy), value: String(conflict.atMs) }]);
    return resolved;
  }
  // The bucket's version would only come back as the next conflict.
  if (keep === 'aside' && context.settings.mode === 'download-only')
    return { kind: 'failed', code: 'conflict-one-way' };
  try {
    if (keep === 'aside') {
      const replaced = await takeName(context, { path, file: current }, { path: copy, file: aside }, signal);
      if (replaced.kind !== 'resolved') return replaced;
    }
    return await discard(context, { path: copy, file: aside }, signal);
  } finally {
    await refreshLocal(context, path);
    await refreshLocal(context, copy);
  }
}

/** Moves a file to the trash. After a crash in between recovery puts it back. */
async function discard(context: PairContext, { path, file }: Side, signal: AbortSignal): Promise<Resolved> {
  const content = await contentOf(context, path, file, signal);
  if (content === null) return changed;
  const intent = intentFor(context, path, file, content);
  await context.commit([{ kind: 'intent', intent }]);
  const captured = await context.changes.capture(path, { content }, intent.id, signal);
  const isKept = captured.kind === 'captured';
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...(isKept
      ? [trashRow(context, { path, file }, { content, id: intent.id, where: captured.trashName })]
      : []),
  ]);
  if (captured.kind === 'blocked') return { kind: 'failed', code: 'local-blocked' };
  return isKept ? resolved : changed;
}

/** Gives the bytes of `from` the name of `to`: at every moment that name leads to the old or to the new content. */
async function takeName(context: PairContext, to: Side, from: Side, signal: AbortSignal): Promise<Resolved> {
  const status = await context.files.rootStatus();
  if (status.kind === 'ok' && from.file.fingerprint.sizeBytes > spareBytes(status))
    return { kind: 'failed', code: 'disk-full' };
  const content = await contentOf(context, to.path, to.file, signal);
  if (content === null) return changed;
  const intent = intentFor(context, to.path, to.file, content);
  const tempName = await copyToTemp(context, from, intent.id, signal);
  if (tempName === null) return changed;
  await context.commit([{ kind: 'intent', intent: { ...intent, tempName } }]);
  const { executable, fingerprint } = from.file;
  const request = {
    expected: { content },
    opId: intent.id,
    executable,
    mtimeNs: fingerprint.mtimeNs,
    onKept: () => undefined,
  };
  const placed = await context.changes.replace(tempName, to.path, request, signal);
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...(placed.kind === 'replaced'
      ? [trashRow(context, to, { content, id: intent.id, where: placed.trashName })]
      : []),
  ]);
  return outcomeOf(placed);
}

function outcomeOf({ kind }: ReplaceOutcome): Resolved {
  if (kind === 'replaced') return resolved;
  return kind === 'blocked' ? { kind: 'failed', code: 'local-blocked' } : changed;
}

const chunkBytes = 1024 * 1024;

/** Name of a finished temporary file with the bytes of the file; null where it is not what the conflict is about any more. */
async function copyToTemp(
  context: PairContext,
  { path, file }: Side,
  id: OpId,
  signal: AbortSignal,
): Promise<string | null> {
  const opened = await context.files.open(path);
  if (opened.kind !== 'open') return null;
  const { reader } = opened;
  let name: string | null = null;
  let temp: TempFile | null = null;
  try {
    if (!stillMatches(file.fingerprint, reader.fingerprint)) return null;
    temp = await context.changes.createTemp(id);
    for (let at = 0; ;) {
      signal.throwIfAborted();
      const chunk = await reader.read(at, chunkBytes);
      if (chunk.length === 0) break;
      await temp.write(chunk, at);
      at += chunk.length;
    }
    if (!(await reader.isUnchanged())) return null;
    await temp.finish();
    name = temp.name;
    return name;
  } finally {
    await reader.close();
    if (name === null) await temp?.discard();
  }
}

async function contentOf(
  context: PairContext,
  path: RelPath,
  file: LocalFile,
  signal: AbortSignal,
): Promise<ContentId | null> {
  const hashed = await context.files.hash(path, signal);
  if (hashed.kind !== 'hashed' || !stillMatches(file.fingerprint, hashed.fingerprint)) return null;
  return hashed.content;
}

function intentFor(context: PairContext, path: RelPath, file: LocalFile, content: ContentId) {
  const { fingerprint } = file;
  return newIntent(context, {
    kind: 'remove-local',
    path,
    content,
    sizeBytes: fingerprint.sizeBytes,
    fingerprint,
  });
}

function trashRow(
  context: PairContext,
  { path, file }: Side,
  kept: { readonly content: ContentId; readonly id: OpId; readonly where: string },
): StateChange {
  return localTrashRow(context, {
    ...kept,
    path,
    sizeBytes: file.fingerprint.sizeBytes,
    executable: file.executable,
    why: 'replaced',
  });
}
