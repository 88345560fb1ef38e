// Preconditions checked when an operation runs: absence, and the current remote version (C2, C17).
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
 * ENOENT alone proves little: an unmounted or replaced root returns it for everything. So the root's marker
 * must be the one of this batch, and every ancestor must exist or be proven absent itself.
 */
export async function proveLocalAbsent(
  context: Pick<PairContext, 'files' | 'room' | 'store'>,
  path: RelPath,
): Promise<Absence> {
  const status = await context.room.readMarker();
  // A read-only folder without a marker: the proven context compared the identity of its directory.
  if (context.store.meta('unmarkedRoot') === null) {
    if (status.kind !== 'present') return { kind: 'unproven' };
    const known = context.store.meta('rootMarker');
    if (known === null || !sameRoot(known, status.marker)) return { kind: 'unproven' };
  }
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

/** Row change from the HEAD of a file's key. */
export function seenRemote(path: RelPath, head: HeadOutcome): StateChange {
  return { kind: 'remote', path, cell: remoteCellOf(head) };
}

/** A link object of another tool (s3fs): left alone on both sides, as local links are. */
export function leftAloneLink(path: RelPath, etag: Etag): StateChange {
  return { kind: 'remote', path, cell: { state: 'unknown', reason: 'symlink', etag } };
}

/** Rescans one local path, after an operation found it different from the plan. */
export async function refreshLocal(
  context: Pick<PairContext, 'files' | 'commit' | 'store'>,
  path: RelPath,
): Promise<void> {
  const cell = await context.files.look(path);
  const problem = context.store.problem(path);
  await context.commit([
    ...seenLocal(path, cell),
    // The problem explained why the cell was unknown; it is known now.
    ...(problem?.attempts === 0 && cell.state !== 'unknown' ? [{ kind: 'problem-gone' as const, path }] : []),
  ]);
}

/** Row changes from a look at a path that may have held a folder. */
export function seenLocal(path: RelPath, cell: LocalCell): readonly StateChange[] {
  const isFolder = cell.state === 'present' && cell.kind === 'folder';
  return [
    ...(isFolder ? [] : [{ kind: 'local-subtree' as const, path, cell: goneOr(cell) }]),
    ...(cell.state === 'present' ? [{ kind: 'local' as const, path, cell }] : []),
  ];
}

/** New state of rows below a path that holds no folder any more. */
function goneOr(cell: LocalCell): Absent | Unknown {
  return cell.state === 'present' ? { state: 'absent' } : cell;
}

/**
 * A successful upload, copy or marker implies that its parent folders exist remotely. They existed here when it was read, and are recorded
 * as in sync, also after a crash.
 */
export function adoptedFolders(context: Pick<PairContext, 'store'>, path: RelPath): readonly StateChange[] {
  return ancestorsOf(path).flatMap((dir) => adoptedFolder(context, dir));
}

/**
 * One that the user renamed or deleted meanwhile, too: left out, it would look like a new folder of another device and come back here. Only a
 * marker that was not made by us says that it is one.
 */
export function adoptedFolder(context: Pick<PairContext, 'store'>, dir: RelPath): readonly StateChange[] {
  const { base, local, remote } = context.store.entry(dir);
  if (base !== null || local.state === 'unknown') return [];
  const isHere = local.state === 'present' && local.kind === 'folder';
  if (!isHere && remote.state === 'present' && remote.kind === 'folder' && remote.marker !== null) return [];
  return [{ kind: 'base', path: dir, cell: { kind: 'folder', inode: isHere ? local.inode : unknownInode } }];
}

/** That of disks without lasting numbers: it is the number of no folder. */
const unknownInode = 0n;

/** After a folder rename, re-key its problem records and reset their back-off. */
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
