// Makes and removes folders on either side: markers on the remote (rule 9), mkdir and rmdir on the local one.
import type { Op } from '../../core/model.ts';
import { isKeyTooLong, keyFor } from '../../core/path.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import { putOwnObject } from '../own-object.ts';
import type { PairContext } from '../pair-context.ts';
import { activity, newIntent } from './journal.ts';
import { done, problem, replan } from './outcome.ts';
import type { OpOutcome } from './outcome.ts';
import { adoptedFolders, isPresentAs, proveLocalAbsent } from './proofs.ts';

type FolderOp<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

export async function runMakeLocalFolder(
  context: PairContext,
  op: FolderOp<'make-local-folder'>,
): Promise<OpOutcome> {
  const intent = newIntent(context, { kind: 'make-local-folder', path: op.path });
  await context.commit([{ kind: 'intent', intent }]);
  const made = await context.changes.makeFolder(op.path);
  context.reached('folder.local-made');
  if (made.kind !== 'done' || made.cell.state !== 'present' || made.cell.kind !== 'folder') {
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return made.kind === 'blocked'
      ? problem(op.path, 'local-blocked', 'backoff', { message: made.message })
      : replan('the folder could not be made');
  }
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    { kind: 'local', path: op.path, cell: made.cell },
    { kind: 'base', path: op.path, cell: { kind: 'folder', inode: made.cell.inode } },
    activity(context, 'folder-made-local', { path: op.path, bytes: 0 }),
  ]);
  return done;
}

export async function runRemoveLocalFolder(
  context: PairContext,
  op: FolderOp<'remove-local-folder'>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const key = keyFor(context.settings.binding.prefix, op.path, 'folder');
  for await (const page of context.remote.list(key, null, signal)) {
    if (page.objects.length > 0 || page.unusable.length > 0) return replan('the remote folder is there');
    break;
  }
  const removed = await context.changes.removeFolder(op.path);
  context.reached('folder.local-removed');
  switch (removed.kind) {
    case 'blocked':
      return problem(op.path, 'local-blocked', 'backoff', { message: removed.message });
    case 'not-empty':
      // A child that we know could not be removed: both are tried again.
      if (context.store.summary(op.path).localPresent > 0) return replan('the folder is not empty yet');
      // Something that we do not sync lives in it, or something new came: the folder stays and is ours again.
      await context.commit([{ kind: 'base', path: op.path, cell: null }]);
      return replan('the folder is not empty');
    case 'gone':
    case 'done':
      await context.commit([
        { kind: 'local-subtree', path: op.path, cell: { state: 'absent' } },
        { kind: 'base', path: op.path, cell: null },
        activity(context, 'removed-local', { path: op.path, bytes: 0 }),
      ]);
      return done;
  }
}

export async function runMakeRemoteFolder(
  context: PairContext,
  op: FolderOp<'make-remote-folder'>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const cell = await context.files.look(op.path);
  if (cell.state !== 'present' || cell.kind !== 'folder') {
    await context.commit([
      cell.state === 'present'
        ? { kind: 'local', path: op.path, cell }
        : { kind: 'local-subtree', path: op.path, cell },
    ]);
    return replan('the local folder is gone');
  }
  const { prefix } = context.settings.binding;
  if (isKeyTooLong(prefix, op.path, 'folder')) return problem(op.path, 'name-too-long', 'backoff');
  const key = keyFor(prefix, op.path, 'folder');
  const intent = newIntent(context, { kind: 'make-remote-folder', path: op.path });
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('folder.remote-intent');
  const written = await putOwnObject(
    context,
    {
      key,
      text: '',
      contentType: 'application/x-directory',
      opId: intent.id,
      condition: context.abilities.putIfNoneMatch ? { kind: 'absent' } : { kind: 'none' },
    },
    signal,
  );
  context.reached('folder.remote-sent');
  const head = written.kind === 'done' ? null : await context.remote.head(key, signal);
  const etag = written.kind === 'done' ? written.etag : head?.kind === 'found' ? head.facts.etag : null;
  const closed: StateChange = { kind: 'intent-done', id: intent.id };
  if (etag === null) {
    await context.commit([closed]);
    return replan('the folder marker was not made');
  }
  await context.commit([
    closed,
    {
      kind: 'remote',
      path: op.path,
      cell: { state: 'present', kind: 'folder', marker: { rawKey: key, etag } },
    },
    { kind: 'local', path: op.path, cell },
    { kind: 'base', path: op.path, cell: { kind: 'folder', inode: cell.inode } },
    ...adoptedFolders(context, op.path),
    activity(context, 'folder-made-remote', { path: op.path, bytes: 0 }),
  ]);
  return done;
}

export async function runRemoveRemoteFolder(
  context: PairContext,
  op: FolderOp<'remove-remote-folder'>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const absence = await proveLocalAbsent(context, op.path);
  if (absence.kind !== 'absent' && !isPresentAs(absence, 'file')) {
    if (absence.kind === 'present') {
      await context.commit([{ kind: 'local', path: op.path, cell: absence.cell }]);
    }
    return replan('local absence is not proven');
  }
  const { remote } = context.store.entry(op.path);
  const inside = context.store.summary(op.path);
  // Descendants that are still there imply the folder, with or without its marker (rule 9).
  const isImplied = inside.remotePresent + inside.remoteUnknown > 0;
  const gone: readonly StateChange[] = [
    // Base stays with a folder that stays: without it the next plan would take the folder for a new one.
    ...(isImplied ? [] : [{ kind: 'base' as const, path: op.path, cell: null }]),
    {
      kind: 'remote',
      path: op.path,
      cell: isImplied ? { state: 'present', kind: 'folder', marker: null } : { state: 'absent' },
    },
  ];
  if (remote.state !== 'present' || remote.kind !== 'folder' || remote.marker === null) {
    await context.commit(gone);
    return done;
  }
  const intent = newIntent(context, { kind: 'remove-remote-folder', path: op.path });
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('folder.remote-intent');
  const deleted = await context.remote.delete(
    remote.marker.rawKey,
    context.abilities.deleteIfMatch ? { kind: 'etag', etag: remote.marker.etag } : { kind: 'none' },
    signal,
  );
  context.reached('folder.remote-sent');
  if (deleted.kind === 'lost') {
    const head = await context.remote.head(remote.marker.rawKey, signal);
    await context.commit([
      { kind: 'intent-done', id: intent.id },
      {
        kind: 'remote',
        path: op.path,
        cell:
          head.kind === 'found'
            ? {
                state: 'present',
                kind: 'folder',
                marker: { rawKey: head.facts.key, etag: head.facts.etag },
              }
            : { state: 'absent' },
      },
    ]);
    return replan('another writer was first');
  }
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...gone,
    activity(context, 'removed-remote', { path: op.path, bytes: 0 }),
  ]);
  return done;
}
