// Replaces a file in one instant: the old one is kept and proven first, then the new one is renamed over it, then what was replaced is proven again.
import { renameSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { link, rename, rm } from '../../shares/calls.ts';
import { basename, dirname } from 'node:path';
import { sameFingerprint } from '../../../core/model/fingerprint.ts';
import type { Fingerprint, RelPath } from '../../../core/model/model.ts';
import { SyncError } from '../../../core/model/errors.ts';
import type { ReplaceOutcome, ReplaceRequest } from '../../../ports/local-files.port.ts';
import { blocked } from './blocked.ts';
import { copyProven } from './copy.ts';
import { stagePath } from './stage.ts';
import { isErrno } from '../errors.ts';
import { isWithoutLinks, putBeside } from './exclusive.ts';
import type { Target } from '../paths.ts';
import { lstatNow, lstatOrNull, resolveTarget } from '../paths.ts';
import type { CaptureTools } from './trash.ts';
import { copyIntoTrash, freeTrashName, trashPath } from './trash.ts';
import { fingerprintOf } from '../worker/hash.ts';

/** Same bytes as far as a look can tell; links that come and go change the ctime and nothing else. */
function isUntouched(one: Fingerprint, other: Fingerprint): boolean {
  return sameFingerprint({ ...one, ctimeNs: 0n }, { ...other, ctimeNs: 0n });
}

/** What is kept of the old file, and how it looked when its bytes were read. */
type Kept =
  | { readonly kind: 'kept'; readonly as: 'link' | 'copy'; readonly seen: BigIntStats }
  | { readonly kind: 'changed' | 'gone' };

type Replacing = {
  readonly tools: CaptureTools;
  readonly target: Target;
  readonly trashName: string;
  readonly request: ReplaceRequest;
  /** Rights and times of the new file, as of the file that is kept. */
  readonly dress: (temp: string, replaced: string) => Promise<void>;
};

export async function replaceFile(
  tools: CaptureTools,
  step: { readonly temp: string; readonly path: RelPath; readonly dress: Replacing['dress'] },
  request: ReplaceRequest,
  signal: AbortSignal,
): Promise<
  ReplaceOutcome | { readonly kind: 'placed'; readonly trashName: string; readonly stats: BigIntStats }
> {
  const resolved = await resolveTarget(tools.root, step.path);
  if (resolved.kind === 'missing') return { kind: 'gone' };
  if (resolved.kind !== 'target') return blocked(resolved);
  const { target } = resolved;
  if (target.stats === null) return { kind: 'gone' };
  if (!target.stats.isFile()) return { kind: 'changed' };
  const trashName = await freeTrashName(tools, request.opId);
  const replacing: Replacing = { tools, target, trashName, request, dress: step.dress };
  const kept = await keepOld(replacing, signal);
  if (kept.kind !== 'kept') return kept;
  const captured = trashPath(tools.root, trashName);
  await tools.directories.sync(dirname(captured));
  request.onKept();
  try {
    await step.dress(step.temp, captured);
    const stats = await renameOver(replacing, step.temp, kept);
    if (stats === null) {
      await rm(captured, { force: true });
      return { kind: (await lstatOrNull(target.path)) === null ? 'gone' : 'changed' };
    }
    if (await isEditedAtLast(replacing, kept, stats)) return { kind: 'changed' };
    await tools.directories.sync(target.parent);
    return { kind: 'placed', trashName, stats };
  } catch (error) {
    const now = lstatNow(target.path);
    // The old file still has its name: nothing needs to be kept.
    if (now !== null && isUntouched(fingerprintOf(now), fingerprintOf(kept.seen)))
      await rm(captured, { force: true });
    throw error;
  }
}

/** A second name of the old file, or a copy where the disk has no links or the trash lies on another mount; proven to be what was planned. */
async function keepOld(replacing: Replacing, signal: AbortSignal): Promise<Kept> {
  const { tools, target, trashName, request } = replacing;
  const captured = trashPath(tools.root, trashName);
  try {
    if (!tools.supportsLinks) throw Object.assign(new Error('no links'), { code: 'EPERM' });
    await link(target.path, captured);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'gone' };
    if (!isErrno(error, 'EXDEV') && !isWithoutLinks(error)) throw error;
    return keepCopy(replacing);
  }
  const outcome = await tools.hashAt(captured, signal).catch(async (error: unknown) => {
    await rm(captured, { force: true });
    throw error;
  });
  const seen = await lstatOrNull(captured);
  if (outcome.kind === 'hashed' && outcome.content === request.expected.content && seen !== null) {
    // Read, then looked at: an edit in between shows in the times that the read was taken under.
    const isSame = isUntouched(fingerprintOf(seen), { ...outcome.fingerprint, inode: 0n });
    if (isSame) return { kind: 'kept', as: 'link', seen };
  }
  await rm(captured, { force: true });
  if (outcome.kind === 'unreadable') {
    throw new SyncError({ code: 'local-denied', retry: 'slow', scope: 'item', message: outcome.message });
  }
  return { kind: 'changed' };
}

async function keepCopy({ tools, target, trashName, request }: Replacing): Promise<Kept> {
  const copied = await copyIntoTrash(tools, target.path, trashName);
  if (copied.content === request.expected.content) return { kind: 'kept', as: 'copy', seen: copied.source };
  await rm(trashPath(tools.root, trashName), { force: true });
  return { kind: 'changed' };
}

/** As `placed` stands under its new name; as it was before where the user has saved over it, or removed it, in that instant. */
function standing(path: string, placed: BigIntStats): BigIntStats {
  const now = lstatNow(path);
  return now !== null && isUntouched(fingerprintOf(now), fingerprintOf(placed)) ? now : placed;
}

/** The new file, as it stands under the name; null when the name leads to something else than the file that is kept. */
async function renameOver(
  replacing: Replacing,
  temp: string,
  kept: Kept & { kind: 'kept' },
): Promise<BigIntStats | null> {
  const { tools, target } = replacing;
  const expected = fingerprintOf(kept.seen);
  const over = (from: string): BigIntStats | null => {
    const now = lstatNow(target.path);
    const placed = lstatNow(from);
    if (placed === null || now === null || !isUntouched(fingerprintOf(now), expected)) return null;
    renameSync(from, target.path);
    return standing(target.path, placed);
  };
  try {
    return over(temp);
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error;
  }
  const stage = stagePath(target.parent);
  try {
    await copyProven(temp, stage, tools.times);
    await replacing.dress(stage, trashPath(tools.root, replacing.trashName));
    const stats = over(stage);
    if (stats !== null) await rm(temp, { force: true });
    return stats;
  } finally {
    await rm(stage, { force: true });
  }
}

/**
 * A program that had the old file open may have written to it between the proof and the rename: then the old file, which is in the trash now, is put
 * back over the new one, or beside it where that was touched, too.
 */
async function isEditedAtLast(
  { tools, target, trashName }: Replacing,
  kept: Kept & { kind: 'kept' },
  placed: BigIntStats,
): Promise<boolean> {
  if (kept.as === 'copy') return false;
  const captured = trashPath(tools.root, trashName);
  const now = await lstatOrNull(captured);
  if (now === null || isUntouched(fingerprintOf(now), fingerprintOf(kept.seen))) return false;
  const there = lstatNow(target.path);
  let where = target.path;
  if (there !== null && isUntouched(fingerprintOf(there), fingerprintOf(placed)))
    await rename(captured, where);
  else where = await putBeside(captured, where, basename(trashName).slice(0, 8), tools);
  await tools.directories.sync(dirname(where));
  return true;
}
