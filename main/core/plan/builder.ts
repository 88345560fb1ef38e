// What is gathered while a plan is being made, and the small questions that every part of the planner asks of it.
import type { Destination, Entry, LocalFile, Op, RelPath, RemoteFile } from '../model/model.ts';
import type { PlanInput, PlanProblem } from './types.ts';
import type { Fates, Side } from './subtree.ts';
import { allGoes, makeFates } from './subtree.ts';
import {
  ancestorsOf,
  comparePaths,
  foldName,
  isRefusedByDisk,
  nameOf,
  parentOf,
  windowsPathRefusal,
} from '../model/path.ts';

export type MoveOp = Extract<Op, { kind: 'move-local' | 'move-remote' }>;

/** What moves.ts has found out before anything else is planned. */
export type Moves = {
  /** By the path that they bring forth. */
  readonly byTarget: Map<RelPath, MoveOp>;
  /** Files that leave their old name by a move, not by a removal. */
  readonly sources: Set<RelPath>;
  /** Files whose removal waits until the contents of a likely target are known. */
  readonly waiting: Set<RelPath>;
  /** Both ends of folder moves: all below them is planned in the next cycle. */
  readonly folders: Set<RelPath>;
};

/** `side`: where the name stays. */
export type Kept = { readonly to: RelPath; readonly side: Side };

export type Draft = {
  readonly input: PlanInput;
  readonly fates: Fates;
  /** One decision for each path: operations that change something, or up to two that only read. */
  readonly ops: Map<RelPath, readonly Op[]>;
  /** Names that an operation of another path will take. */
  readonly taken: Set<RelPath>;
  readonly problems: PlanProblem[];
  readonly moves: Moves;
  readonly siblings: Map<RelPath, ReadonlyMap<string, readonly Entry[]>>;
  /** What the content of a removed or replaced name waits for, where an operation of this plan brings it (core/plan/moves/arrivals.ts). */
  readonly after: Map<RelPath, Destination>;
  /** Folders of base, and under which name that cannot be synced they are here; asked once each. */
  readonly unsyncable: Map<RelPath, RelPath | null>;
  /** Names that stay because what took their content cannot be synced yet (core/plan/moves/kept-names.ts). */
  readonly kept: Map<RelPath, Kept>;
};

export function makeDraft(input: PlanInput): Draft {
  const moves: Moves = { byTarget: new Map(), sources: new Set(), waiting: new Set(), folders: new Set() };
  return {
    input,
    fates: makeFates(input, (path) => moves.waiting.has(path) || isInMovedFolder(moves, path)),
    moves,
    ops: new Map(),
    taken: new Set(),
    problems: [],
    siblings: new Map(),
    after: new Map(),
    unsyncable: new Map(),
    kept: new Map(),
  };
}

export function isInMovedFolder({ folders }: Moves, path: RelPath): boolean {
  return folders.size > 0 && (folders.has(path) || ancestorsOf(path).some((dir) => folders.has(dir)));
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

/** Rows that are one name with `path` on this disk, where it folds letter case. */
export function foldedRivals(draft: Draft, path: RelPath): readonly Entry[] {
  return draft.input.policy.caseSensitive ? [] : rivalsOf(draft, path);
}

/**
 * The parent is there (or is made before) and the name can stand on this disk. Where a person has to act, the reason
 * is added to the problems.
 */
export function mayPlaceLocally(draft: Draft, path: RelPath): boolean {
  if (!hasLocalParent(draft, path)) return false;
  if (draft.fates.entry(path).local.state === 'present') return true;
  const refusal = nameRefusal(draft, path, null);
  if (refusal === null) return true;
  if (refusal.kind === 'problem') draft.problems.push(refusal.problem);
  return false;
}

/**
 * Why `path` cannot be made on this disk now, or null. `leaving` is a sibling that makes room by the same operation.
 * `wait`: a rival is only here; it either leaves by its own operation or becomes a clash once it is uploaded.
 */
export function nameRefusal(
  draft: Draft,
  path: RelPath,
  leaving: RelPath | null,
): { readonly kind: 'problem'; readonly problem: PlanProblem } | { readonly kind: 'wait' } | null {
  const { policy } = draft.input;
  const code = policy.windowsNames ? windowsPathRefusal(path) : null;
  if (code !== null) return { kind: 'problem', problem: { path, code, fields: {} } };
  if (isRefusedByDisk(path, policy.refusedNames ?? [])) {
    return { kind: 'problem', problem: { path, code: 'local-name-refused', fields: {} } };
  }
  if (policy.caseSensitive) return null;
  const rivals = rivalsOf(draft, path).filter((row) => row.path !== leaving);
  const clash = rivals.find((row) => (isThere(row) && !yields(path, row)) || staysHere(draft, row));
  if (clash !== undefined) {
    return { kind: 'problem', problem: { path, code: 'case-clash', fields: { other: clash.path } } };
  }
  return rivals.some((row) => row.local.state !== 'absent') ? { kind: 'wait' } : null;
}

function isThere({ remote }: Entry): boolean {
  return remote.state !== 'absent';
}

/** Of several keys that are one name here, and none of which is here yet, the first one by its bytes gets the name. */
function yields(path: RelPath, rival: Entry): boolean {
  return rival.local.state === 'absent' && rival.base === null && comparePaths(path, rival.path) < 0;
}

/** A rival that neither leaves nor becomes a clash by being sent would be waited for in silence for ever. */
function staysHere({ fates }: Draft, { path, local }: Entry): boolean {
  if (local.state !== 'present') return local.state === 'unknown';
  const verdict = fates.verdict(path);
  if (local.kind === 'file') return verdict.kind === 'nothing';
  const isRemoved = verdict.kind === 'local-folder-only' && verdict.then === 'remove';
  return !isRemoved || !allGoes(fates.below('local', path));
}

function hasLocalParent(draft: Draft, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const cell = draft.fates.entry(parent).local;
  if (cell.state === 'present') return cell.kind === 'folder';
  return cell.state === 'absent' && draft.ops.get(parent)?.[0]?.kind === 'make-local-folder';
}

/** Its folders are there or can be made; where a file stands in the way, two moves could wait for each other for ever. */
export function hasLocalRoom(draft: Draft, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const { local, remote } = draft.fates.entry(parent);
  if (local.state === 'present') return local.kind === 'folder';
  if (local.state === 'unknown' || remote.state !== 'present' || remote.kind !== 'folder') return false;
  return nameRefusal(draft, parent, null) === null && hasLocalRoom(draft, parent);
}
