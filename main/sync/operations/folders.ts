// Folder operations on both sides: remote markers (C9), local mkdir and rmdir.
import type { Etag, ObjectKey, Op, OpId, RelPath, RemoteCell } from '../../core/model/model.ts';
import { isKeyTooLong, keyFor } from '../../core/model/path.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import { putMetaObject } from '../bucket/meta-object.ts';
import type { PairContext } from '../context.ts';
import { spareBytes } from '../transfer/spare-bytes.ts';
import { preserveRemote } from '../trash/remote-trash.ts';
import { activity, done, newIntent, problem, replan } from './journal.ts';
import type { OpOutcome } from './journal.ts';
import { adoptedFolders, isPresentAs, proveLocalAbsent } from './preconditions.ts';

/** What an empty folder takes on common file systems. */
const folderBytes = 4096;

type FolderOp<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;

export async function runMakeLocalFolder(
  context: PairContext,
  op: FolderOp<'make-local-folder'>,
): Promise<OpOutcome> {
  const status = await context.files.rootStatus();
  if (status.kind === 'ok' && spareBytes(status) < folderBytes) {
    const facts = { neededBytes: folderBytes, freeBytes: status.freeBytes };
    return problem(op.path, 'disk-full', 'backoff', facts);
  }
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
  // Some stores omit markers from listings (SeaweedFS): a HEAD of the marker decides.
  const marker = await context.remote.head(key, signal);
  if (marker.kind === 'found') {
    await context.commit([{ kind: 'remote', path: op.path, cell: markerCell(marker.info) }]);
    return replan('the remote folder has a marker');
  }
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
      // A known child could not be removed: both are retried.
      if (context.store.summary(op.path).localPresent > 0) return replan('the folder is not empty yet');
      // It holds an entry that is not synced, or a new one: the folder stays and is uploaded again.
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
  // Not at the end: what a scan finds while the marker is on its way is newer.
  await context.commit([
    { kind: 'intent', intent },
    { kind: 'local', path: op.path, cell },
  ]);
  context.reached('folder.remote-intent');
  const written = await putMetaObject(
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
  const etag = written.kind === 'done' ? written.etag : head?.kind === 'found' ? head.info.etag : null;
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
  // Remaining descendants imply the folder, with or without its marker (C9).
  const isImplied = inside.remotePresent + inside.remoteUnknown > 0;
  const gone: readonly StateChange[] = [
    // Keep base for a folder that stays; without it the next plan would treat the folder as new.
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
  if (!(await keepMarkerBytes(context, { path: op.path, opId: intent.id, marker: remote.marker }, signal))) {
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return replan('the marker changed');
  }
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
        cell: head.kind === 'found' ? markerCell(head.info) : { state: 'absent' },
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

function markerCell({ key, etag }: ObjectInfo): RemoteCell {
  return { state: 'present', kind: 'folder', marker: { rawKey: key, etag } };
}

/** MD5 of no bytes, the ETag that most stores give an empty object. */
const emptyEtag = 'd41d8cd98f00b204e9800998ecf8427e';

/** Bytes in a marker are user data: kept recoverable like those of a file. False if another object is there now. */
async function keepMarkerBytes(
  context: PairContext,
  what: {
    readonly path: RelPath;
    readonly opId: OpId;
    readonly marker: { readonly rawKey: ObjectKey; readonly etag: Etag };
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { path, opId, marker } = what;
  if (marker.etag === emptyEtag) return true;
  const head = await context.remote.head(marker.rawKey, signal);
  if (head.kind === 'absent' || head.info.sizeBytes === 0) return true;
  if (head.info.etag !== marker.etag) return false;
  const { info } = head;
  const kept = await preserveRemote(context, { opId, path, info, content: null, why: 'removed' }, signal);
  if (kept.kind === 'lost') return false;
  if (kept.changes.length > 0) await context.commit(kept.changes);
  return true;
}
