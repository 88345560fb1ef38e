// Recovery of renames that the user made between a crash and the next start.
//
// Neither the old nor the new name of a file that was just placed tells what became of it. Its inode does, after a complete scan:
// what was placed becomes base under its placed name, and the plan then finds the rename like any other.
import { smudge } from '../../../core/model/fingerprint.ts';
import type { BaseFile, ContentId, Etag, Fingerprint, RelPath } from '../../../core/model/model.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { timeStepNs } from '../../trusted-at.ts';
import { capturedRow, close } from '../recover-close.ts';
import { baseMoved } from './former-names.ts';

/** `later`: undecided until a complete scan of the folder. */
export type RenamedSince = 'closed' | 'later' | 'no';

export type RecoveryPhase = {
  /** True after a complete local scan since the crash. */
  readonly isLooked: boolean;
  /** True for a path that a running operation changes. */
  readonly isBusy: (path: RelPath) => boolean;
  /** True for an intent that stays open until a half rename of it is finished. */
  readonly awaits?: (intent: Intent) => boolean;
};

type Placed = {
  readonly isThat: (seen: Fingerprint) => boolean;
  readonly content: ContentId;
  readonly sizeBytes: number;
  readonly etag: Etag;
};

/** Recovery of a download whose content is not under its name. */
export async function isDownloadRenamed(
  context: PairContext,
  intent: Intent,
  { isLooked }: RecoveryPhase,
  signal: AbortSignal,
): Promise<RenamedSince> {
  const { content, sizeBytes, previousEtag: etag } = intent;
  const isThat = markOf(context, intent);
  if (isThat === null || content === null || etag === null) return 'no';
  if (!isLooked) return 'later';
  const base = await findPlaced(context, { isThat, content, sizeBytes, etag }, signal);
  if (base === null) return 'no';
  await close(context, intent, [
    ...(await capturedRow(context, intent)),
    ...(await placedThen(context, intent.path, base)),
  ]);
  return 'closed';
}

/** Recovery of a local move whose content has neither name. */
export async function isMoveRenamed(
  context: PairContext,
  intent: Intent,
  { isLooked }: RecoveryPhase,
  signal: AbortSignal,
): Promise<RenamedSince> {
  const { other: from, path } = intent;
  if (from === null || (await context.files.look(from)).state !== 'absent') return 'no';
  const { base } = context.store.entry(from);
  if (base === null) return 'no';
  if (!isLooked) return 'later';
  if (base.kind === 'folder') return isFolderElsewhere(context, intent, base.inode);
  const { content, sizeBytes, previousEtag: etag } = intent;
  if (content === null || etag === null || base.content !== content) return 'no';
  const isThat = withInode(base.fingerprint.inode);
  const found = await findPlaced(context, { isThat, content, sizeBytes, etag }, signal);
  if (found === null) return 'no';
  await close(context, intent, [
    { kind: 'base', path: from, cell: null },
    ...(await placedThen(context, path, found)),
  ]);
  return 'closed';
}

function withInode(inode: bigint): Placed['isThat'] {
  return (seen) => inode !== 0n && seen.inode === inode;
}

/** Clocks of disk and engine may differ by so much. */
const slackNs = 2_000_000_000n;
/** So exactly is a time set where the disk could keep more. */
const setToNs = 1_000_000n;

/**
 * Test for the file that a download placed; null where nothing is known of it. A file that was made while it was placed has no
 * recorded inode: its time is the object's, and its name was given after the intent.
 */
function markOf(context: PairContext, intent: Intent): Placed['isThat'] | null {
  const { placedInode, placedMtimeNs, createdMs } = intent;
  if (placedInode !== undefined) return withInode(placedInode);
  if (placedMtimeNs === undefined) return null;
  const stepNs = timeStepNs(context);
  const offNs = stepNs > setToNs ? stepNs : setToNs;
  const sinceNs = BigInt(createdMs) * 1_000_000n - slackNs;
  return ({ mtimeNs, ctimeNs }) =>
    mtimeNs > placedMtimeNs - offNs && mtimeNs < placedMtimeNs + offNs && ctimeNs >= sinceNs;
}

/** Unsynced file that passes the test and has the content: an inode alone may belong to another file by now. */
async function findPlaced(
  context: PairContext,
  { isThat, content, sizeBytes, etag }: Placed,
  signal: AbortSignal,
): Promise<BaseFile | null> {
  for (const { path, local } of context.store.findUnsynced({ side: 'local', sizeBytes })) {
    if (local.state !== 'present' || local.kind !== 'file' || !isThat(local.fingerprint)) continue;
    const hashed = await context.files.hash(path, signal);
    if (hashed.kind !== 'hashed' || hashed.content !== content || !isThat(hashed.fingerprint)) continue;
    const fingerprint = smudge(hashed.fingerprint);
    return { kind: 'file', content, sizeBytes, etag, fingerprint, executable: local.executable };
  }
  return null;
}

async function placedThen(
  context: PairContext,
  path: RelPath,
  base: BaseFile,
): Promise<readonly StateChange[]> {
  return [
    { kind: 'local', path, cell: await context.files.look(path) },
    { kind: 'base', path, cell: base },
  ];
}

const rowsAtOnce = 10_000;

/** Folder with that inode elsewhere: only base moves, and the plan compares the contents before it removes anything. */
async function isFolderElsewhere(context: PairContext, intent: Intent, inode: bigint): Promise<RenamedSince> {
  const { other: from, path } = intent;
  if (from === null || inode === 0n) return 'no';
  for (let skip = 0; ; skip += rowsAtOnce) {
    const rows = context.store.unsettled(rowsAtOnce, skip);
    const isThere = rows.some(
      ({ base, local }) =>
        base === null && local.state === 'present' && local.kind === 'folder' && local.inode === inode,
    );
    if (isThere) {
      await close(context, intent, baseMoved(context, { from, to: path }, ['base']));
      return 'closed';
    }
    if (rows.length < rowsAtOnce) return 'no';
  }
}
