// Crash recovery: compares each open intent with both sides before planning (C11). Removes no bytes; if the
// outcome is unknown, both versions stay and the planner decides.
import type { ObjectSummary } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { isOfItem } from '../../core/model/errors.ts';
import { keyFor } from '../../core/model/path.ts';
import { smudge } from '../../core/model/fingerprint.ts';
import type { BaseFile, RelPath } from '../../core/model/model.ts';
import { readOpId } from '../bucket/object-metadata.ts';
import { failed } from '../operations/journal.ts';
import { recordProblem } from '../operations/record-problem.ts';
import {
  adoptedFolder,
  adoptedFolders,
  movedProblems,
  refreshLocal,
  seenRemote,
} from '../operations/preconditions.ts';
import { fileCell } from '../bucket/cells.ts';
import type { PairContext } from '../context.ts';
import { capturedRow, close, putBackCaptured } from '../operations/recover-close.ts';
import { baseMoved } from '../operations/moves/former-names.ts';
import { isFileMoved, recoverMoveRemote } from '../operations/moves/recover-moves.ts';
import { isDownloadRenamed, isMoveRenamed } from '../operations/moves/recover-renamed.ts';
import type { RecoveryPhase } from '../operations/moves/recover-renamed.ts';

/**
 * Afterwards only unfinished multipart uploads of unchanged files are still open, what runs (an operation at work on
 * its paths closes its intent itself) and, before everything here was looked at, what was placed and may have been renamed
 * since. Returns how many it closed.
 */
export async function recoverIntents(
  context: PairContext,
  phase: RecoveryPhase,
  signal: AbortSignal,
): Promise<number> {
  let closed = 0;
  for (const intent of context.store.intents()) {
    signal.throwIfAborted();
    if (isRunning(intent, phase.isBusy) || phase.awaits?.(intent) === true) continue;
    if (await staysOpen(context, intent, phase, signal)) continue;
    closed += 1;
    context.log.info('recovered an interrupted operation', { kind: intent.kind, step: intent.step });
  }
  return closed;
}

/**
 * A refused request affects only its own file: the intent stays open, and a problem holds the path, until the
 * object can be read.
 */
async function staysOpen(
  context: PairContext,
  intent: Intent,
  phase: RecoveryPhase,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await recoverIntent(context, intent, phase, signal);
  } catch (error) {
    if (!isOfItem(error) || signal.aborted) throw error;
    context.log.warn('an interrupted operation cannot be looked at', { path: intent.path, code: error.code });
    const other = intent.other === null ? {} : { from: intent.other };
    await recordProblem(context, failed(error, intent.path, other));
    return true;
  }
}

export function isRunning({ path, other }: Intent, isBusy: (path: RelPath) => boolean): boolean {
  return isBusy(path) || (other !== null && isBusy(other));
}

/** True when the intent stays open: for the next upload of the same bytes, or until everything here was looked at. */
async function recoverIntent(
  context: PairContext,
  intent: Intent,
  phase: RecoveryPhase,
  signal: AbortSignal,
): Promise<boolean> {
  switch (intent.kind) {
    case 'upload':
      return recoverUpload(context, intent, signal);
    case 'make-remote-folder':
    case 'remove-remote-folder':
      await recoverMarker(context, intent, signal);
      return false;
    case 'remove-remote':
      await recoverRemoveRemote(context, intent, signal);
      return false;
    case 'remove-local':
      await putBackCaptured(context, intent);
      return false;
    case 'download':
      return recoverDownload(context, intent, phase, signal);
    case 'move-local':
      return recoverMoveLocal(context, intent, phase, signal);
    case 'make-local-folder':
      await recoverLocalFolder(context, intent);
      return false;
    case 'set-aside':
      await relookBoth(context, intent);
      return false;
    case 'move-remote':
      await recoverMoveRemote(context, intent, signal);
      return false;
  }
}

async function relookBoth(context: PairContext, intent: Intent): Promise<void> {
  await refreshLocal(context, intent.path);
  if (intent.other !== null) await refreshLocal(context, intent.other);
  await close(context, intent, []);
}

/** The folder already has its new name: move the base rows below it as well. */
async function isFolderMoved(context: PairContext, intent: Intent): Promise<boolean> {
  const from = intent.other;
  if (from === null || context.store.entry(from).base?.kind !== 'folder') return false;
  const cell = await context.files.look(intent.path);
  if (cell.state !== 'present' || cell.kind !== 'folder') return false;
  if ((await context.files.look(from)).state !== 'absent') return false;
  await close(context, intent, [
    ...baseMoved(context, { from, to: intent.path }, ['base', 'local']),
    ...movedProblems(context, from, intent.path),
    { kind: 'local', path: intent.path, cell },
  ]);
  return true;
}

/** We created this folder, so it is removed if the remote folder is gone. */
async function recoverLocalFolder(context: PairContext, intent: Intent): Promise<void> {
  const cell = await context.files.look(intent.path);
  const isMade = cell.state === 'present' && cell.kind === 'folder';
  await close(
    context,
    intent,
    isMade
      ? [
          { kind: 'local', path: intent.path, cell },
          { kind: 'base', path: intent.path, cell: { kind: 'folder', inode: cell.inode } },
        ]
      : [],
  );
}

async function recoverUpload(context: PairContext, intent: Intent, signal: AbortSignal): Promise<boolean> {
  const key = intent.rawKey ?? keyFor(context.settings.binding.prefix, intent.path, 'file');
  const head = await context.remote.head(key, signal);
  if (head.kind === 'found' && readOpId(head.info.metadata) === intent.id) {
    await close(context, intent, [
      ...oursBecomesBase(intent, head.info),
      ...adoptedFolders(context, intent.path),
    ]);
    return false;
  }
  const local = await context.files.look(intent.path);
  const isSameFile =
    local.state === 'present' &&
    local.kind === 'file' &&
    local.fingerprint.inode === intent.fingerprint?.inode &&
    local.fingerprint.mtimeNs === intent.fingerprint.mtimeNs &&
    local.fingerprint.sizeBytes === intent.fingerprint.sizeBytes;
  // Where another client sent these bytes, the parts are not continued.
  const { base } = context.store.entry(intent.path);
  const isSent =
    base?.kind === 'file' &&
    base.content === intent.content &&
    head.kind === 'found' &&
    head.info.etag === base.etag;
  if (intent.upload !== null && isSameFile && !isSent) {
    await context.commit([seenRemote(intent.path, head)]);
    return true;
  }
  if (intent.upload !== null) await context.multipart.abort(key, intent.upload.uploadId, signal);
  await close(context, intent, [seenRemote(intent.path, head)]);
  return false;
}

/** The write succeeded although its reply was lost: record it as base, regardless of later local edits. */
function oursBecomesBase(intent: Intent, info: ObjectSummary): readonly StateChange[] {
  const { content, fingerprint } = intent;
  if (content === null || fingerprint === null) return [];
  const base: BaseFile = {
    kind: 'file',
    content,
    sizeBytes: info.sizeBytes,
    etag: info.etag,
    // Taken before the crash, possibly in the clock tick of a later write: the next scan reads the file again
    // (C6).
    fingerprint: smudge(fingerprint),
    executable: false,
  };
  return [
    { kind: 'remote', path: intent.path, cell: { ...fileCell(info), content } },
    { kind: 'base', path: intent.path, cell: base },
  ];
}

async function recoverMarker(context: PairContext, intent: Intent, signal: AbortSignal): Promise<void> {
  const key = keyFor(context.settings.binding.prefix, intent.path, 'folder');
  const head = await context.remote.head(key, signal);
  const row = context.store.entry(intent.path);
  const hasFolderCell = row.remote.state === 'present' && row.remote.kind === 'folder';
  if (head.kind === 'found') {
    const marker = { rawKey: head.info.key, etag: head.info.etag };
    const isOurs = intent.kind === 'make-remote-folder' && readOpId(head.info.metadata) === intent.id;
    await close(context, intent, [
      { kind: 'remote', path: intent.path, cell: { state: 'present', kind: 'folder', marker } },
      // Record as in sync whatever became of the local folder since: if it was renamed, it must not come
      // back.
      ...(isOurs ? [...adoptedFolder(context, intent.path), ...adoptedFolders(context, intent.path)] : []),
    ]);
    return;
  }
  const summary = context.store.summary(intent.path);
  const isImplied = summary.remotePresent > 0 || summary.remoteUnknown > 0;
  await close(
    context,
    intent,
    hasFolderCell && isImplied
      ? [{ kind: 'remote', path: intent.path, cell: { state: 'present', kind: 'folder', marker: null } }]
      : hasFolderCell
        ? [{ kind: 'remote', path: intent.path, cell: { state: 'absent' } }]
        : [],
  );
}

async function recoverRemoveRemote(context: PairContext, intent: Intent, signal: AbortSignal): Promise<void> {
  const key = intent.rawKey ?? keyFor(context.settings.binding.prefix, intent.path, 'file');
  const head = await context.remote.head(key, signal);
  await close(
    context,
    intent,
    head.kind === 'absent'
      ? [
          { kind: 'remote', path: intent.path, cell: { state: 'absent' } },
          { kind: 'base', path: intent.path, cell: null },
        ]
      : [seenRemote(intent.path, head)],
  );
}

async function recoverMoveLocal(
  context: PairContext,
  intent: Intent,
  phase: RecoveryPhase,
  signal: AbortSignal,
): Promise<boolean> {
  if (await isFolderMoved(context, intent)) return false;
  if (await isFileMoved(context, intent, signal)) return false;
  const renamed = await isMoveRenamed(context, intent, phase, signal);
  if (renamed !== 'no') return renamed === 'later';
  if (intent.other !== null) await refreshLocal(context, intent.other);
  await putBackCaptured(context, intent);
  return false;
}

async function recoverDownload(
  context: PairContext,
  intent: Intent,
  phase: RecoveryPhase,
  signal: AbortSignal,
): Promise<boolean> {
  const hashed = await context.files.hash(intent.path, signal);
  if (hashed.kind !== 'hashed' || hashed.content !== intent.content) {
    const renamed = await isDownloadRenamed(context, intent, phase, signal);
    if (renamed !== 'no') return renamed === 'later';
    await putBackCaptured(context, intent);
    return false;
  }
  const kept = await capturedRow(context, intent);
  const local = await context.files.look(intent.path);
  if (local.state !== 'present' || local.kind !== 'file' || intent.previousEtag === null) {
    await refreshLocal(context, intent.path);
    await close(context, intent, []);
    return false;
  }
  await close(context, intent, [
    ...kept,
    {
      kind: 'local',
      path: intent.path,
      cell: { ...local, fingerprint: smudge(hashed.fingerprint), content: hashed.content },
    },
    {
      kind: 'base',
      path: intent.path,
      cell: {
        kind: 'file',
        content: hashed.content,
        sizeBytes: intent.sizeBytes,
        etag: intent.previousEtag,
        fingerprint: smudge(hashed.fingerprint),
        executable: local.executable,
      },
    },
  ]);
  return false;
}
