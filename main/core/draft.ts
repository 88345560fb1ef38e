// What is gathered while a plan is being made, and the small questions that every part of the planner asks of it.
import type { Entry, LocalFile, Op, RelPath, RemoteFile } from './model.ts';
import type { PlanInput, PlanProblem } from './plan-types.ts';
import type { Fates } from './fates.ts';
import { makeFates } from './fates.ts';
import { foldName, nameOf, parentOf, windowsPathRefusal } from './path.ts';

export type Draft = {
  readonly input: PlanInput;
  readonly fates: Fates;
  /** One decision for each path: operations that change something, or up to two that only read. */
  readonly ops: Map<RelPath, readonly Op[]>;
  /** Names that an operation of another path will take. */
  readonly taken: Set<RelPath>;
  readonly problems: PlanProblem[];
  readonly siblings: Map<RelPath, ReadonlyMap<string, readonly Entry[]>>;
};

export function makeDraft(input: PlanInput): Draft {
  return {
    input,
    fates: makeFates(input),
    ops: new Map(),
    taken: new Set(),
    problems: [],
    siblings: new Map(),
  };
}

export function put(draft: Draft, op: Op): void {
  draft.ops.set(op.path, [op]);
}

export function localFile(entry: Entry): LocalFile | null {
  return entry.local.state === 'present' && entry.local.kind === 'file' ? entry.local : null;
}

export function remoteFile(entry: Entry): RemoteFile | null {
  return entry.remote.state === 'present' && entry.remote.kind === 'file' ? entry.remote : null;
}

export function hashLocalOp(path: RelPath, local: LocalFile): Op {
  const { fingerprint } = local;
  return { kind: 'hash-local', path, reason: 'must-compare', fingerprint, sizeBytes: fingerprint.sizeBytes };
}

export function identifyRemoteOp(path: RelPath, remote: RemoteFile): Op {
  const { etag, sizeBytes } = remote;
  return { kind: 'identify-remote', path, reason: 'must-compare', etag, sizeBytes };
}

/** Rows beside `path` whose names are one name with it on a disk that does not tell case; `path` itself is not among them. */
export function rivalsOf(draft: Draft, path: RelPath): readonly Entry[] {
  const dir = parentOf(path);
  const known = draft.siblings.get(dir);
  const groups = known ?? Map.groupBy(draft.input.lookups.children(dir), (row) => foldName(nameOf(row.path)));
  if (known === undefined) draft.siblings.set(dir, groups);
  return (groups.get(foldName(nameOf(path))) ?? []).filter((row) => row.path !== path);
}

/**
 * The parent is there (or is made before) and the name can stand on this disk. Where a person has to act, the reason
 * is added to the problems.
 */
export function mayPlaceLocally(draft: Draft, path: RelPath): boolean {
  if (!hasLocalParent(draft, path)) return false;
  if (draft.fates.entry(path).local.state === 'present') return true;
  const { policy } = draft.input;
  const refusal = policy.windowsNames ? windowsPathRefusal(path) : null;
  if (refusal !== null) {
    draft.problems.push({ path, code: refusal, fields: {} });
    return false;
  }
  if (policy.caseSensitive) return true;
  const rivals = rivalsOf(draft, path);
  const clash = rivals.find((row) => row.remote.state !== 'absent');
  if (clash !== undefined) draft.problems.push({ path, code: 'case-clash', fields: { other: clash.path } });
  // A rival that is only here either leaves by its own operation or becomes a clash once it is uploaded: wait.
  return clash === undefined && rivals.every((row) => row.local.state === 'absent');
}

function hasLocalParent(draft: Draft, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const cell = draft.fates.entry(parent).local;
  if (cell.state === 'present') return cell.kind === 'folder';
  return cell.state === 'absent' && draft.ops.get(parent)?.[0]?.kind === 'make-local-folder';
}
