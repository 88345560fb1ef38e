// What is recorded of a download around its placing: the intent before it, the rows after it.
import type { ContentId, LocalFile, Op, OpId, RelPath } from '../../../core/model/model.ts';
import { nameOf } from '../../../core/model/path.ts';
import type { PlaceOutcome } from '../../../ports/local-files.port.ts';
import type { ObjectInfo } from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import { fileCell } from '../../bucket/cells.ts';
import { readTimeNs } from '../../bucket/object-metadata.ts';
import type { PairContext } from '../../context.ts';
import { trustedAt } from '../../trusted-at.ts';
import { activity, newIntent, problem, replan } from '../journal.ts';
import type { OpOutcome } from '../journal.ts';
import { refreshLocal } from '../preconditions.ts';

export type DownloadOp = Extract<Op, { kind: 'download' }>;

/** A verified object on its way to its name. */
export type Arrived = {
  readonly content: ContentId;
  readonly info: Pick<ObjectInfo, 'key' | 'etag' | 'sizeBytes' | 'metadata' | 'modifiedMs'>;
  readonly tempName: string;
  /** Of the temporary file; null while it is only to be made. */
  readonly inode: bigint | null;
};

export function placingIntent(
  context: PairContext,
  op: DownloadOp,
  opId: OpId,
  fetched: Arrived,
  replaced: LocalFile | null,
): Intent {
  return newIntent(context, {
    id: opId,
    kind: 'download',
    path: op.path,
    step: 'fetched',
    content: fetched.content,
    sizeBytes: fetched.info.sizeBytes,
    previousEtag: fetched.info.etag,
    rawKey: fetched.info.key,
    fingerprint: replaced?.fingerprint ?? null,
    tempName: fetched.tempName,
    ...placedMark(fetched),
  });
}

/** By what recovery knows the placed file under another name. */
function placedMark({ inode, info }: Arrived): Pick<Intent, 'placedInode' | 'placedMtimeNs'> {
  if (inode !== null) return { placedInode: inode };
  const mtimeNs = readTimeNs(info);
  return mtimeNs === null ? {} : { placedMtimeNs: mtimeNs };
}

/** Something else has the name, or none can be had. */
export async function endUnplaced(
  context: PairContext,
  op: DownloadOp,
  intent: Intent,
  placed: Exclude<PlaceOutcome, { kind: 'placed' }>,
): Promise<OpOutcome> {
  await refreshLocal(context, op.path);
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
  // Where something was seen instead (a link, another kind of entry), the plan is made for that.
  const isSeen = context.store.entry(op.path).local.state !== 'absent';
  return placed.kind === 'blocked' && !isSeen
    ? problem(op.path, 'local-blocked', 'backoff', { message: placed.message })
    : replan('a new local file took the name');
}

export type PlacedStep = {
  readonly intent: Intent;
  readonly fetched: Arrived;
  readonly placed: Pick<LocalFile, 'fingerprint' | 'executable'>;
  readonly placedAtMs: number;
  readonly more: readonly StateChange[];
};

export async function recordPlaced(
  context: PairContext,
  op: DownloadOp,
  step: PlacedStep,
): Promise<OpOutcome> {
  context.reached('download.placed');
  await context.commit(await placedChanges(context, op, step));
  context.reached('download.committed');
  return { kind: 'done', bytesUp: 0, bytesDown: step.fetched.info.sizeBytes };
}

/** All that a placed download changes in the state. */
export async function placedChanges(
  context: PairContext,
  op: DownloadOp,
  { intent, fetched, placed, placedAtMs, more }: PlacedStep,
): Promise<readonly StateChange[]> {
  const fingerprint = trustedAt(context, placed.fingerprint, placedAtMs);
  const rawName = context.names === undefined ? nameOf(op.path) : await spellingOf(context, op.path);
  return [
    ...placedCells(op, fetched, { rawName, fingerprint, executable: placed.executable }),
    ...more,
    { kind: 'intent-done', id: intent.id },
    activity(context, 'downloaded', { path: op.path, bytes: fetched.info.sizeBytes }),
  ];
}

/** A disk that folds letter case may keep the spelling of what was replaced: taken for ours, it would look like a rename by the user. */
async function spellingOf({ files }: PairContext, path: RelPath): Promise<string> {
  const cell = await files.look(path);
  return cell.state === 'present' ? cell.rawName : nameOf(path);
}

function placedCells(
  op: DownloadOp,
  { content, info }: Arrived,
  { rawName, ...placed }: Pick<LocalFile, 'rawName' | 'fingerprint' | 'executable'>,
): readonly StateChange[] {
  return [
    {
      kind: 'local',
      path: op.path,
      cell: { state: 'present', kind: 'file', rawName, content, ...placed },
    },
    { kind: 'remote', path: op.path, cell: { ...fileCell(info), content } },
    {
      kind: 'base',
      path: op.path,
      cell: { kind: 'file', content, sizeBytes: info.sizeBytes, etag: info.etag, ...placed },
    },
  ];
}
