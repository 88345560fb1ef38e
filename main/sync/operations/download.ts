// Fetches one object: into a temporary file, verified, then in place of the planned bytes and of nothing else (rule 14).
import { isSyncError } from '../../core/model/errors.ts';
import type { ErrorFields } from '../../core/model/errors.ts';
import { localFile } from '../../core/model/cells.ts';
import { stillMatches } from '../../core/model/fingerprint.ts';
import type {
  BaseFile,
  ContentId,
  Entry,
  LocalCell,
  LocalFile,
  OpId,
  RelPath,
} from '../../core/model/model.ts';
import { conflictDigits, conflictName } from '../../core/plan/conflict-name.ts';
import { joinPath, nameOf, parentOf } from '../../core/model/path.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { answeredEtag, honoursConditions } from '../bucket/conditions.ts';
import { isLinkObject, readAncestors, readExecutable, readTimeNs } from '../bucket/object-metadata.ts';
import type { PairContext } from '../context.ts';
import { announcedDelete } from '../trash/remote-trash.ts';
import { leftFormerName } from './moves/former-names.ts';
import { fetchToTemp } from '../transfer/fetch-to-temp.ts';
import { fetchWhole, isFetchedWhole } from '../transfer/fetch-whole.ts';
import type { Fetched } from '../transfer/fetch-to-temp.ts';
import { localTrashRow, problem, replan } from './journal.ts';
import type { OpHow, OpOutcome } from './journal.ts';
import { endUnplaced, placingIntent, recordPlaced } from './together/placed.ts';
import type { DownloadOp } from './together/placed.ts';
import { runRenameConflict } from './rename-conflict.ts';
import { leftAloneLink, refreshLocal, seenRemote } from './preconditions.ts';
import { fileCell } from '../bucket/cells.ts';
import { keyOf } from '../bucket/keys.ts';
import { refusedSpace, releaseSpace, reserveSpace } from '../transfer/download-space.ts';

export async function runDownload(context: PairContext, op: DownloadOp, how: OpHow): Promise<OpOutcome> {
  const space = await checkSpace(context, op);
  if (space !== null) return space;
  try {
    return await downloadWithin(context, op, how);
  } finally {
    releaseSpace(context, op);
  }
}

/** The space for it is reserved. */
async function downloadWithin(
  context: PairContext,
  op: DownloadOp,
  { signal, onFetched }: OpHow,
): Promise<OpOutcome> {
  await tryName(context, op);
  const opId = context.random.hex(16) as OpId; // made here
  const fetched = await fetchWithinSpace(context, op, opId, signal);
  if (fetched.kind === 'problem' || fetched.kind === 'replan' || fetched.kind === 'done') return fetched;
  if (fetched.kind === 'lost') {
    await context.commit([seenRemote(op.path, await context.remote.head(keyOf(context, op.path), signal))]);
    return replan('remote object changed before the download');
  }
  if (fetched.kind === 'damaged') {
    return problem(op.path, 'download-damaged', 'backoff', { why: fetched.why });
  }
  if (fetched.isHeld) onFetched();
  context.reached('download.fetched');
  if (isLinkObject(fetched.info.metadata)) {
    await fetched.discard();
    await context.commit([leftAloneLink(op.path, fetched.info.etag)]);
    return replan('the object is a link of another tool');
  }
  try {
    return await placeFetched(context, op, opId, fetched, signal);
  } finally {
    // Gone already when it was placed; then there is nothing to discard.
    await fetched.discard();
  }
}

/** Names that one disk or another refuses: with characters of Windows, control characters, or long. */
export const unusualName = /["*:<>?\\|\p{Cc}]|[. ]$|^.{100}/u;

/** So much is not fetched before the name was tried, whatever it is made of. */
const dearBytes = 1024 * 1024;

/**
 * A name that the disk may refuse is tried out before the object is fetched, and again at each retry. Throws what the disk
 * answers.
 */
async function tryName(context: PairContext, { path, expected, sizeBytes }: DownloadOp): Promise<void> {
  if (expected.kind !== 'absent') return;
  const wasRefused = context.store.problem(path)?.code === 'local-name-refused';
  if (wasRefused || sizeBytes >= dearBytes || unusualName.test(nameOf(path))) {
    await context.changes.tryName(nameOf(path));
  }
}

async function checkSpace(context: PairContext, op: DownloadOp): Promise<OpOutcome | null> {
  const space = await reserveSpace(context, op);
  if (space.kind === 'reserved') return null;
  return space.kind === 'away' ? replan('the folder is not there') : noSpace(op, space.facts);
}

function noSpace(op: DownloadOp, facts: ErrorFields): OpOutcome {
  return problem(op.path, 'disk-full', 'backoff', { neededBytes: op.sizeBytes, ...facts });
}

/** A disk that is full, or a quota that is used up, costs this file a wait; smaller ones may still fit. */
async function fetchWithinSpace(
  context: PairContext,
  op: DownloadOp,
  opId: OpId,
  signal: AbortSignal,
): Promise<Fetched | OpOutcome> {
  const request = { path: op.path, etag: op.etag, opId, sizeBytes: op.sizeBytes };
  const isWhole = op.expected.kind === 'absent' && isFetchedWhole(context, request);
  try {
    return await (isWhole ? fetchWhole : fetchToTemp)(context, request, signal);
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'disk-full') throw error;
    return noSpace(op, await refusedSpace(context));
  }
}

async function placeFetched(
  context: PairContext,
  op: DownloadOp,
  opId: OpId,
  fetched: Extract<Fetched, { kind: 'fetched' }>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const row = context.store.entry(op.path);
  const isSameAsBase = row.base?.kind === 'file' && row.base.content === fetched.content;
  if (isSameAsBase && op.expected.kind === 'file') {
    await context.commit(sameContent(context, row.base, op, fetched));
    return { kind: 'done', bytesUp: 0, bytesDown: fetched.info.sizeBytes };
  }
  // What is held in memory is placed in one step, and that step looks by itself.
  if (!fetched.isHeld && !isAsExpected(op, await context.files.look(op.path))) {
    await refreshLocal(context, op.path);
    return replan('local file changed before the download was placed');
  }
  const replaced = knownLocal(context, op);
  if (op.expected.kind === 'file' && (replaced?.content ?? null) === null) {
    return replan('the bytes to be replaced are not known yet');
  }
  if (
    replaced !== null &&
    replaced.content !== null &&
    (await isLostUpdate(context, row, fetched.info, signal))
  ) {
    return setAsideUnseen(context, op, { ...replaced, content: replaced.content });
  }
  const intent = placingIntent(context, op, opId, fetched, replaced);
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('download.intent');
  if (replaced === null) return putInPlace(context, op, intent, fetched);
  return replaceLocal(context, op, { intent, fetched, replaced }, signal);
}

function isAsExpected(op: DownloadOp, local: LocalCell): boolean {
  switch (op.expected.kind) {
    case 'absent':
      return local.state === 'absent';
    case 'file':
      return (
        local.state === 'present' &&
        local.kind === 'file' &&
        stillMatches(op.expected.fingerprint, local.fingerprint)
      );
    case 'folder':
      return false;
  }
}

function knownLocal(context: PairContext, op: DownloadOp): LocalFile | null {
  return op.expected.kind === 'file' ? localFile(context.store.entry(op.path)) : null;
}

/**
 * Where PUT is unconditional two writers can pass each other: a version written by a Driftless that did not know
 * ours is a conflict, not an update (rule 17).
 */
async function isLostUpdate(
  context: PairContext,
  { path, base }: Entry,
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<boolean> {
  if (honoursConditions(context, info.sizeBytes)) return false;
  const ancestors = readAncestors(info.metadata);
  const file = base?.kind === 'file' ? base : null;
  if (ancestors === null || file === null) return false;
  if (file.etag === answeredEtag || ancestors.includes(file.etag)) return false;
  // Deleted by a device that knew it, and the name used again: the new object begins a line of its own.
  const announced = await announcedDelete(context, info.key, signal);
  if (announced?.includes(file.etag) === true) return false;
  return !(await leftFormerName(context, path, file.etag, signal));
}

/** Two writers passed each other: the local bytes, which the other never saw, are kept under a conflict name. */
async function setAsideUnseen(
  context: PairContext,
  op: DownloadOp,
  local: LocalFile & { readonly content: ContentId },
): Promise<OpOutcome> {
  return runRenameConflict(context, {
    kind: 'set-aside',
    path: op.path,
    to: await freeCopyName(context, op.path, local.content),
    reason: 'both-changed',
    local: op.expected,
    sizeBytes: local.fingerprint.sizeBytes,
  });
}

/** A copy that is set aside once more would get the name that it has, and one that was edited since has the name of these bytes. */
async function freeCopyName(context: PairContext, path: RelPath, content: ContentId): Promise<RelPath> {
  const date = new Date(context.clock.nowMs()).toISOString().slice(0, 10);
  const labels = { date, device: context.settings.deviceName };
  for (let attempt = 1; ; attempt += 1) {
    const hashDigits = conflictDigits(content, attempt);
    const name = conflictName(nameOf(path), labels, { kind: 'file', hashDigits });
    const to = joinPath(parentOf(path), name);
    const { base, local, remote } = context.store.entry(to);
    const isKnown = base !== null || local.state === 'present' || remote.state === 'present';
    if (!isKnown && (await context.files.look(to)).state !== 'present') return to;
  }
}

async function replaceLocal(
  context: PairContext,
  op: DownloadOp,
  step: {
    readonly intent: Intent;
    readonly fetched: Extract<Fetched, { kind: 'fetched' }>;
    readonly replaced: LocalFile;
  },
  signal: AbortSignal,
): Promise<OpOutcome> {
  const { intent, fetched, replaced } = step;
  const content = replaced.content;
  if (content === null) return replan('the bytes to be replaced are not known yet');
  const placedAtMs = context.clock.nowMs();
  const placed = await context.changes.replace(
    fetched.tempName,
    op.path,
    {
      expected: { content },
      opId: intent.id,
      executable: readExecutable(fetched.info.metadata),
      mtimeNs: readTimeNs(fetched.info),
      onKept: () => {
        context.reached('download.captured');
      },
    },
    signal,
  );
  if (placed.kind !== 'replaced') {
    await refreshLocal(context, op.path);
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    if (placed.kind === 'blocked') {
      return problem(op.path, 'local-blocked', 'backoff', { message: placed.message });
    }
    return replan('local file changed before it was replaced');
  }
  const kept = localTrashRow(context, {
    id: intent.id,
    path: op.path,
    where: placed.trashName,
    content,
    sizeBytes: replaced.fingerprint.sizeBytes,
    executable: replaced.executable,
    atMs: placedAtMs,
    why: 'replaced',
  });
  return recordPlaced(context, op, { intent, fetched, placed, placedAtMs, more: [kept] });
}

async function putInPlace(
  context: PairContext,
  op: DownloadOp,
  intent: Intent,
  fetched: Extract<Fetched, { kind: 'fetched' }>,
): Promise<OpOutcome> {
  const placedAtMs = context.clock.nowMs();
  const placed = await fetched.place(op.path, {
    executable: readExecutable(fetched.info.metadata),
    mtimeNs: readTimeNs(fetched.info),
    replaces: null,
  });
  if (placed.kind !== 'placed') return endUnplaced(context, op, intent, placed);
  return recordPlaced(context, op, { intent, fetched, placed, placedAtMs, more: [] });
}

/** A new ETag over the same bytes: only base's ETag changes (rule 7). */
function sameContent(
  context: PairContext,
  base: BaseFile,
  op: DownloadOp,
  fetched: Extract<Fetched, { kind: 'fetched' }>,
): readonly StateChange[] {
  context.log.debug('same bytes under a new etag', { path: op.path });
  const content: ContentId = fetched.content;
  return [
    { kind: 'base', path: op.path, cell: { ...base, etag: fetched.info.etag } },
    { kind: 'remote', path: op.path, cell: { ...fileCell(fetched.info), content } },
  ];
}
