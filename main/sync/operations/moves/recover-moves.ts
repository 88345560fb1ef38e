// Closes moves that a crash left open: what has landed under the new name is base, the rest is looked at again.
import { smudge } from '../../../core/model/fingerprint.ts';
import type { BaseFile, ContentId, RelPath } from '../../../core/model/model.ts';
import { keyFor } from '../../../core/model/path.ts';
import type { ObjectSummary } from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import { readOpId } from '../../bucket/object-metadata.ts';
import { adoptedFolders, seenRemote } from '../preconditions.ts';
import { fileCell } from '../../bucket/cells.ts';
import type { PairContext } from '../../context.ts';
import { close } from '../recover-close.ts';

/** Left without its memory, a renamed file would look new, and be sent again if the remote one moved on meanwhile. */
export async function isFileMoved(
  context: PairContext,
  intent: Intent,
  signal: AbortSignal,
): Promise<boolean> {
  const { other: from, content, previousEtag, path } = intent;
  if (from === null || content === null || previousEtag === null) return false;
  if (await isStillThere(context, from, content, signal)) return false;
  const hashed = await context.files.hash(path, signal);
  const cell = await context.files.look(path);
  if (hashed.kind !== 'hashed' || hashed.content !== content) return false;
  if (cell.state !== 'present' || cell.kind !== 'file') return false;
  const { executable } = cell;
  const fingerprint = smudge(hashed.fingerprint);
  const base = {
    kind: 'file',
    content,
    sizeBytes: intent.sizeBytes,
    etag: previousEtag,
    fingerprint,
    executable,
  } as const;
  await close(context, intent, [
    ...(await oldNameChanges(context, from, content)),
    { kind: 'local', path, cell: { ...cell, fingerprint, content } },
    { kind: 'base', path, cell: base },
  ]);
  return true;
}

/** Killed between the two names of a rename: then the plan says which of them goes. */
async function isStillThere(
  context: PairContext,
  from: RelPath,
  content: ContentId,
  signal: AbortSignal,
): Promise<boolean> {
  const left = await context.files.look(from);
  if (left.state !== 'present' || left.kind !== 'file') return left.state !== 'absent';
  const hashed = await context.files.hash(from, signal);
  return hashed.kind !== 'hashed' || hashed.content === content;
}

/** Under the old name of the last move of a ring stands what the ring brought there; its memory stays. */
async function oldNameChanges(
  context: PairContext,
  from: RelPath,
  content: ContentId,
): Promise<readonly StateChange[]> {
  const { base } = context.store.entry(from);
  if (base?.kind === 'file' && base.content !== content) return keptAgain(context, from, content);
  const left = await context.files.look(from);
  return [
    { kind: 'local', path: from, cell: left },
    { kind: 'base', path: from, cell: null },
  ];
}

/** What the last move of a ring took from the trash is no longer there to be restored. */
async function keptAgain(
  context: PairContext,
  from: RelPath,
  content: ContentId,
): Promise<readonly StateChange[]> {
  const gone: StateChange[] = [];
  for (const item of context.store.trash()) {
    if (item.side !== 'local' || item.path !== from || item.content !== content) continue;
    if ((await context.changes.findCaptured(item.id)) === null)
      gone.push({ kind: 'trash-gone', id: item.id });
  }
  return gone;
}

/** The copy may have landed: then its content is known and the planner adopts it and removes the source. */
export async function recoverMoveRemote(
  context: PairContext,
  intent: Intent,
  signal: AbortSignal,
): Promise<void> {
  const { prefix } = context.settings.binding;
  const changes: StateChange[] = [];
  if (intent.previousEtag !== null && intent.other !== null) {
    const landed = await context.remote.head(intent.rawKey ?? keyFor(prefix, intent.path, 'file'), signal);
    const source = intent.other;
    const row = context.store.entry(source).remote;
    const key = row.state === 'present' && row.kind === 'file' ? row.rawKey : keyFor(prefix, source, 'file');
    const left = await context.remote.head(key, signal);
    // A store that does not look at the condition on the source may have copied a newer version (see ops/move-object.ts).
    const isMeant =
      context.abilities.copyConditions ||
      intent.step === 'copied' ||
      (left.kind === 'found' && left.info.etag === intent.previousEtag);
    const isOurs = landed.kind === 'found' && readOpId(landed.info.metadata) === intent.id;
    const isMoved = isOurs && isMeant;
    changes.push(
      ...(isMoved ? copyBecomesBase(context, intent, landed.info) : [seenRemote(intent.path, landed)]),
      seenRemote(source, left),
      ...(isMoved && left.kind === 'absent' ? forgotten(context, source, intent.content) : []),
    );
  }
  await close(context, intent, changes);
}

/** Else what the user has renamed back since would look as if it had been deleted elsewhere. */
function forgotten(
  { store }: PairContext,
  source: RelPath,
  content: ContentId | null,
): readonly StateChange[] {
  const { base } = store.entry(source);
  return base?.kind === 'file' && base.content === content
    ? [{ kind: 'base', path: source, cell: null }]
    : [];
}

/** Rule 11: the copy is ours, so an edit of the local file since is an edit of it and no conflict with a stranger. */
function copyBecomesBase(context: PairContext, intent: Intent, info: ObjectSummary): readonly StateChange[] {
  const { path, other, content } = intent;
  if (content === null || other === null) return [];
  const from = context.store.entry(other).base;
  const seen: StateChange = { kind: 'remote', path, cell: { ...fileCell(info), content } };
  const known = from?.kind === 'file' && from.content === content ? from : knownByIntent(intent, content);
  if (known === null) return [seen];
  return [
    seen,
    { kind: 'base', path, cell: { ...known, etag: info.etag } },
    ...adoptedFolders(context, path),
  ];
}

/** The last of a ring: the row of the old name has been overtaken by then. */
function knownByIntent(
  { fingerprint, sizeBytes }: Intent,
  content: ContentId,
): Omit<BaseFile, 'etag'> | null {
  if (fingerprint === null) return null;
  // Taken before the crash, perhaps in the very tick of a later write: the next scan reads the file again (rule 6).
  return { kind: 'file', content, sizeBytes, fingerprint: smudge(fingerprint), executable: false };
}
