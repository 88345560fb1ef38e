// Mutable state of a plan under construction, with the queries of all planner steps.
import type {
  ContentId,
  Destination,
  Entry,
  LocalFile,
  Op,
  RelPath,
  RemoteFile,
  Side,
} from '../model/model.ts';
import type { PlanInput, PlanProblem } from './types.ts';
import type { SubtreeOutcomes } from './subtree.ts';
import { allGoes, makeSubtreeOutcomes } from './subtree.ts';
import { FolderIndex } from './moves/folder-index.ts';
import { MovedFolders } from './moves/moved-folders.ts';
import {
  comparePaths,
  foldName,
  isRefusedByDisk,
  nameOf,
  parentOf,
  windowsPathRefusal,
} from '../model/path.ts';

export type MoveOp = Extract<Op, { kind: 'move-local' | 'move-remote' }>;

/** Result of moves.ts, computed before anything else is planned. */
export type Moves = {
  /** Keyed by target path; `addMove` adds to it. */
  readonly byTarget: Map<RelPath, MoveOp>;
  /** Target paths of moves, by the parent folders of source and target. May name moves that were removed again. */
  readonly within: FolderIndex;
  /** Files that leave their old name by a move, not by a removal. */
  readonly sources: Set<RelPath>;
  /** Files whose removal waits until the contents of a likely target are known. */
  readonly waiting: Set<RelPath>;
  /** Both ends of folder moves: everything below them is planned in the next cycle. */
  readonly folders: MovedFolders;
};

/** `side`: the side on which the name stays. */
export type Kept = { readonly to: RelPath; readonly side: Side };

/** The first conflict copy of a file in its folder, of a size, or of a size and a content; content null: unread. */
export type CopiesOf = {
  readonly ofSize: (sizeBytes: number, original: string) => Entry | null;
  readonly ofContent: (sizeBytes: number, content: ContentId | null, original: string) => Entry | null;
};

/** Local entries that cannot be synced: the first file of each size, and the first folder. */
export type Traces = { readonly files: ReadonlyMap<number, RelPath>; readonly folder: RelPath | null };

export type PlanBuilder = {
  readonly input: PlanInput;
  readonly outcomes: SubtreeOutcomes;
  /** One decision per path: operations that change something, or up to two that only read. */
  readonly ops: Map<RelPath, readonly Op[]>;
  /** Names that an operation of another path will take. */
  readonly taken: Set<RelPath>;
  readonly problems: PlanProblem[];
  readonly moves: Moves;
  readonly siblings: Map<RelPath, ReadonlyMap<string, OneName>>;
  /** Folders where something can be placed here, or not; memoised, because thousands may lie in one that is deep. */
  readonly localRooms: Map<RelPath, boolean>;
  /** By a conflict name that is taken, the first attempt after it at which a name was free. */
  readonly firstFree: Map<RelPath, number>;
  /** Conflict copies in each folder; memoised. */
  readonly copies: Map<RelPath, CopiesOf>;
  /**
   * Arrival that the content of a removed or replaced name waits for, if an operation of this plan brings it
   * (core/plan/moves/arrivals.ts).
   */
  readonly after: Map<RelPath, Destination>;
  /** Local entries that cannot be synced, by inode number; memoised. */
  readonly traces: Map<bigint, Traces>;
  /** Names that stay because the new name of their content cannot be synced yet (core/plan/moves/kept-names.ts). */
  readonly kept: Map<RelPath, Kept>;
};

export function makePlanBuilder(input: PlanInput): PlanBuilder {
  const moves: Moves = {
    byTarget: new Map(),
    within: new FolderIndex(),
    sources: new Set(),
    waiting: new Set(),
    folders: new MovedFolders(),
  };
  return {
    input,
    outcomes: makeSubtreeOutcomes(input, (path) => moves.waiting.has(path) || isInMovedFolder(moves, path)),
    moves,
    ops: new Map(),
    taken: new Set(),
    problems: [],
    siblings: new Map(),
    localRooms: new Map(),
    firstFree: new Map(),
    copies: new Map(),
    after: new Map(),
    traces: new Map(),
    kept: new Map(),
  };
}

export function addMove({ byTarget, within }: Moves, op: MoveOp): void {
  byTarget.set(op.path, op);
  within.add(parentOf(op.path), op.path);
  within.add(parentOf(op.from), op.path);
}

export function isInMovedFolder({ folders }: Moves, path: RelPath): boolean {
  return folders.holds(path);
}

export function put(builder: PlanBuilder, op: Op): void {
  builder.ops.set(op.path, [op]);
}

export function hashLocalOp(path: RelPath, local: LocalFile): Op {
  const { fingerprint } = local;
  return { kind: 'hash-local', path, reason: 'must-compare', fingerprint, sizeBytes: fingerprint.sizeBytes };
}

export function identifyRemoteOp(path: RelPath, remote: RemoteFile): Op {
  const { etag, sizeBytes } = remote;
  return { kind: 'identify-remote', path, reason: 'must-compare', etag, sizeBytes };
}

/** Rows of a folder whose names are one on a case-insensitive disk. */
export type OneName = {
  readonly rows: readonly Entry[];
  /** Those that are here, or were synced. A bucket may hold thousands of spellings of one name, a disk holds one. */
  readonly known: readonly Entry[];
};

const noRows: OneName = { rows: [], known: [] };

/** Rows whose names equal `path` on a case-insensitive disk, its own row among them. */
export function spellingsOf(builder: PlanBuilder, path: RelPath): OneName {
  const dir = parentOf(path);
  const known = builder.siblings.get(dir);
  const groups = known ?? groupSpellings(builder.input.lookups.children(dir));
  if (known === undefined) builder.siblings.set(dir, groups);
  return groups.get(foldName(nameOf(path))) ?? noRows;
}

function groupSpellings(rows: readonly Entry[]): ReadonlyMap<string, OneName> {
  const groups = Map.groupBy(rows, (row) => foldName(nameOf(row.path)));
  return new Map(
    [...groups].map(([name, some]) => [
      name,
      { rows: some, known: some.filter(({ base, local }) => base !== null || local.state !== 'absent') },
    ]),
  );
}

/** Other rows with the same name as `path` on this disk that are here or were synced, if it is case-insensitive. */
export function foldedRivals(builder: PlanBuilder, path: RelPath): readonly Entry[] {
  if (builder.input.policy.caseSensitive) return [];
  return spellingsOf(builder, path).known.filter((row) => row.path !== path);
}

/**
 * True if the parent exists (or is created earlier) and this disk accepts the name. If the user has to act,
 * the reason is added to the problems.
 */
export function mayPlaceLocally(builder: PlanBuilder, path: RelPath): boolean {
  if (!hasLocalParent(builder, path)) return false;
  if (builder.outcomes.entry(path).local.state === 'present') return true;
  const refusal = nameRefusal(builder, path, null);
  if (refusal === null) return true;
  if (refusal.kind === 'problem') builder.problems.push(refusal.problem);
  return false;
}

/**
 * Why `path` cannot be created on this disk now, or null. `leaving` is a sibling that the same operation
 * moves away. `wait`: a rival exists only locally; it either leaves by its own operation or becomes a clash
 * once it is uploaded.
 */
export function nameRefusal(
  builder: PlanBuilder,
  path: RelPath,
  leaving: RelPath | null,
): { readonly kind: 'problem'; readonly problem: PlanProblem } | { readonly kind: 'wait' } | null {
  const { policy } = builder.input;
  const code = policy.windowsNames ? windowsPathRefusal(path) : null;
  if (code !== null) return { kind: 'problem', problem: { path, code, fields: {} } };
  if (isRefusedByDisk(path, policy.refusedNames ?? [])) {
    return { kind: 'problem', problem: { path, code: 'local-name-refused', fields: {} } };
  }
  if (policy.caseSensitive) return null;
  const { rows, known } = spellingsOf(builder, path);
  const isRival = (row: Entry): boolean => row.path !== path && row.path !== leaving;
  const clash = rows.find(
    (row) => isRival(row) && ((isThere(row) && !yields(path, row)) || staysHere(builder, row)),
  );
  if (clash !== undefined) {
    return { kind: 'problem', problem: { path, code: 'case-clash', fields: { other: clash.path } } };
  }
  return known.some((row) => isRival(row) && row.local.state !== 'absent') ? { kind: 'wait' } : null;
}

function isThere({ remote }: Entry): boolean {
  return remote.state !== 'absent';
}

/**
 * Of several keys that are one name here, none of which is present locally yet, the first by its bytes gets
 * the name.
 */
function yields(path: RelPath, rival: Entry): boolean {
  return rival.local.state === 'absent' && rival.base === null && comparePaths(path, rival.path) < 0;
}

/** A rival that neither leaves nor becomes a clash by being uploaded would be waited for silently forever. */
function staysHere({ outcomes }: PlanBuilder, { path, local }: Entry): boolean {
  if (local.state !== 'present') return local.state === 'unknown';
  const decision = outcomes.decision(path);
  if (local.kind === 'file') return decision.kind === 'nothing';
  const isRemoved = decision.kind === 'local-folder-only' && decision.then === 'remove';
  return !isRemoved || !allGoes(outcomes.below('local', path));
}

function hasLocalParent(builder: PlanBuilder, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const cell = builder.outcomes.entry(parent).local;
  if (cell.state === 'present') return cell.kind === 'folder';
  return cell.state === 'absent' && builder.ops.get(parent)?.[0]?.kind === 'make-local-folder';
}

/**
 * True if its folders exist or can be created; if a file is in the way, two moves could wait for each other
 * forever.
 */
export function hasLocalRoom(builder: PlanBuilder, path: RelPath): boolean {
  const parent = parentOf(path);
  if (parent === '') return true;
  const known = builder.localRooms.get(parent);
  if (known !== undefined) return known;
  const hasRoom = isLocalRoom(builder, parent);
  builder.localRooms.set(parent, hasRoom);
  return hasRoom;
}

function isLocalRoom(builder: PlanBuilder, dir: RelPath): boolean {
  const { local, remote } = builder.outcomes.entry(dir);
  if (local.state === 'present') return local.kind === 'folder';
  if (local.state === 'unknown' || remote.state !== 'present' || remote.kind !== 'folder') return false;
  return nameRefusal(builder, dir, null) === null && hasLocalRoom(builder, dir);
}
