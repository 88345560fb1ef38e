// Proofs taken when an operation runs: absence on either side, and the remote version that is there now (rules 2, 17).
import type { Absent, Etag, LocalCell, RelPath, Unknown } from '../../core/model/model.ts';
import { ancestorsOf, isBelow, rebase } from '../../core/model/path.ts';
import type { HeadOutcome } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { remoteCellOf } from '../bucket/cells.ts';

export type Absence =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly cell: LocalCell }
  | { readonly kind: 'unproven' };

/**
 * ENOENT alone proves little: an unmounted or replaced root says it for everything. So the root's marker must be
 * the one of this batch, and every ancestor must be there or be proven absent itself.
 */
export async function proveLocalAbsent(
  context: Pick<PairContext, 'files' | 'room' | 'store'>,
  path: RelPath,
): Promise<Absence> {
  const status = await context.room.readMarker();
  if (status.kind !== 'present') return { kind: 'unproven' };
  const known = context.store.meta('rootMarker');
  if (known === null || !sameRoot(known, status.marker)) return { kind: 'unproven' };
  for (const dir of [...ancestorsOf(path)].reverse()) {
    const cell = await context.files.look(dir);
    if (cell.state === 'absent') return { kind: 'absent' };
    if (cell.state === 'unknown') return { kind: 'unproven' };
    if (cell.kind === 'file') return { kind: 'absent' };
  }
  const cell = await context.files.look(path);
  if (cell.state === 'absent') return { kind: 'absent' };
  return cell.state === 'unknown' ? { kind: 'unproven' } : { kind: 'present', cell };
}

export function isPresentAs(absence: Absence, kind: 'file' | 'folder'): boolean {
  return absence.kind === 'present' && absence.cell.state === 'present' && absence.cell.kind === kind;
}

function sameRoot(known: string, marker: { readonly stateId: string; readonly deviceId: string }): boolean {
  const expected: unknown = JSON.parse(known);
  return (
    typeof expected === 'object' &&
    expected !== null &&
    'stateId' in expected &&
    'deviceId' in expected &&
    expected.stateId === marker.stateId &&
    expected.deviceId === marker.deviceId
  );
}

/** The row change that a HEAD of a file's key amounts to. */
export function seenRemote(path: RelPath, head: HeadOutcome): StateChange {
  return { kind: 'remote', path, cell: remoteCellOf(head) };
}

/** A link of another tool (s3fs): left alone on both sides, as local links are. */
export function leftAloneLink(path: RelPath, etag: Etag): StateChange {
  return { kind: 'remote', path, cell: { state: 'unknown', reason: 'symlink', etag } };
}

/** Records how the local side looks now; used when an operation found it different from the plan. */
export async function relookLocal(
  context: Pick<PairContext, 'files' | 'commit' | 'store'>,
  path: RelPath,
): Promise<void> {
  const cell = await context.files.look(path);
  const problem = context.store.problem(path);
  await context.commit([
    ...(cell.state === 'present' && cell.kind === 'folder'
      ? []
      : [{ kind: 'local-subtree' as const, path, cell: goneOr(cell) }]),
    ...(cell.state === 'present' ? [{ kind: 'local' as const, path, cell }] : []),
    // A reason why it was unknown; it is known now.
    ...(problem?.attempts === 0 && cell.state !== 'unknown' ? [{ kind: 'problem-gone' as const, path }] : []),
  ]);
}

/** What becomes of the rows below a path that holds no folder (any more). */
function goneOr(cell: LocalCell): Absent | Unknown {
  return cell.state === 'present' ? { state: 'absent' } : cell;
}

/** An upload, a copy or a marker makes its folders on the remote side: what is here too is in sync from then on, also after a crash. */
export function adoptedFolders(context: Pick<PairContext, 'store'>, path: RelPath): readonly StateChange[] {
  return ancestorsOf(path).flatMap((dir) => adoptedFolder(context, dir));
}

export function adoptedFolder(context: Pick<PairContext, 'store'>, dir: RelPath): readonly StateChange[] {
  const { base, local } = context.store.entry(dir);
  if (base !== null || local.state !== 'present' || local.kind !== 'folder') return [];
  return [{ kind: 'base', path: dir, cell: { kind: 'folder', inode: local.inode } }];
}

/** Why something below a renamed folder is left alone is told under its new name; what failed there is tried anew. */
export function movedProblems(
  context: Pick<PairContext, 'store'>,
  from: RelPath,
  to: RelPath,
): readonly StateChange[] {
  return context.store
    .problems()
    .filter(({ path }) => path === from || isBelow(path, from))
    .flatMap((problem): readonly StateChange[] => [
      { kind: 'problem-gone', path: problem.path },
      ...(problem.attempts > 0
        ? []
        : [{ kind: 'problem' as const, problem: { ...problem, path: rebase(problem.path, from, to) } }]),
    ]);
}
