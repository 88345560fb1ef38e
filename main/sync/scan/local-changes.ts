// Row changes of one scanned local entry: its cell, and the problem that explains an unknown one.
import { carriedContent, sameFingerprint } from '../../core/model/fingerprint.ts';
import type { Entry, LocalCell, LocalFolder, LocalUnknown, RelPath, Trace } from '../../core/model/model.ts';
import { isLeftOut } from '../../core/model/settled.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

type Scope = Pick<PairContext, 'store' | 'clock'>;

/** Row changes for this entry; empty if the row is up to date. */
export function changesOf(
  context: Scope,
  path: RelPath,
  cell: LocalCell,
  row: Entry | undefined,
): readonly StateChange[] {
  const known: LocalCell = row?.local ?? { state: 'absent' };
  if (sameCell(known, cell)) {
    // Execution stores this state without a problem record, so the scan adds one.
    const isUnreported = isForReport(cell) && context.store.problem(path) === null;
    return isUnreported ? problemChanges(context, path, known, cell) : [];
  }
  // An unknown entry may have been a folder: rows below it must not survive as unknown.
  const hadSubtree = known.state === 'unknown' || isFolder(known);
  const change: StateChange =
    cell.state === 'unknown' || (cell.state === 'absent' && hadSubtree)
      ? { kind: 'local-subtree', path, cell }
      : { kind: 'local', path, cell };
  // A file in place of a folder: the folder's contents are gone.
  const wasFolder = cell.state === 'present' && cell.kind === 'file' && hadSubtree;
  const emptied: readonly StateChange[] = wasFolder
    ? [{ kind: 'local-subtree', path, cell: { state: 'absent' } }]
    : [];
  return [...emptied, change, ...problemChanges(context, path, known, cell)];
}

/** True for entries skipped because of an error; those that a rule leaves out are not reported. */
export function isForReport(cell: LocalCell): cell is LocalUnknown {
  return cell.state === 'unknown' && !isLeftOut(cell);
}

function problemChanges(
  context: Scope,
  path: RelPath,
  known: LocalCell,
  cell: LocalCell,
): readonly StateChange[] {
  if (isForReport(cell)) {
    const problem = {
      path,
      code: cell.reason,
      fields: {},
      sinceMs: context.clock.nowMs(),
      attempts: 0,
      retryAtMs: null,
    };
    return [{ kind: 'problem', problem }];
  }
  return known.state === 'unknown' || context.store.problem(path) !== null
    ? [{ kind: 'problem-gone', path }]
    : [];
}

/** The cell with the content that an earlier scan, or base, knows for the same fingerprint. */
export function withContent(cell: LocalCell, row: Entry | undefined): LocalCell {
  if (cell.state !== 'present' || cell.kind !== 'file' || row === undefined) return cell;
  const known = row.local.state === 'present' && row.local.kind === 'file' ? row.local : null;
  const base = row.base?.kind === 'file' ? row.base : null;
  const content = carriedContent(cell.fingerprint, [known, base]);
  return content === null ? cell : { ...cell, content };
}

export function isFolder(cell: LocalCell): cell is LocalFolder {
  return cell.state === 'present' && cell.kind === 'folder';
}

function sameCell(one: LocalCell, other: LocalCell): boolean {
  if (one.state !== other.state) return false;
  if (one.state === 'unknown')
    return other.state === 'unknown' && one.reason === other.reason && sameTrace(one.trace, other.trace);
  if (one.state === 'absent' || other.state !== 'present') return true;
  if (one.kind === 'folder') {
    return other.kind === 'folder' && one.inode === other.inode && one.rawName === other.rawName;
  }
  return (
    other.kind === 'file' &&
    one.rawName === other.rawName &&
    one.content === other.content &&
    one.executable === other.executable &&
    sameFingerprint(one.fingerprint, other.fingerprint)
  );
}

function sameTrace(one: Trace | undefined, other: Trace | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const sizeOf = (trace: Trace): number | null => (trace.kind === 'file' ? trace.sizeBytes : null);
  return one.kind === other.kind && one.inode === other.inode && sizeOf(one) === sizeOf(other);
}
