// Outcome of a plan for whole subtrees (removed, kept, undecided); memoised per path.
import type { Entry, RelPath, RemoteCell, Side } from '../model/model.ts';
import type { PlanInput } from './types.ts';
import { decide } from './decide.ts';
import type { Decision } from './decide.ts';
import { parentOf } from '../model/path.ts';

/** What the plan does to the contents of a folder on one side. The flags are not exclusive. */
export type SubtreeOutcome = {
  /** Some of it is removed by this plan. */
  readonly goes: boolean;
  /** Some of it stays. */
  readonly stays: boolean;
  /** Some of it is undecided: unknown, held, pending an event, not compared yet, or not part of this plan. */
  readonly waits: boolean;
};

export type SubtreeOutcomes = {
  readonly entry: (path: RelPath) => Entry;
  readonly decision: (path: RelPath) => Decision;
  /** Outcome for everything below a folder, excluding the folder itself. */
  readonly below: (side: Side, dir: RelPath) => SubtreeOutcome;
  /** A removal on that side is proven enough to be planned (C2). */
  readonly mayRemove: (side: Side, path: RelPath) => boolean;
  /** No file and nothing unknown is in the place of the remote folder of `path`. */
  readonly hasRemoteRoom: (path: RelPath) => boolean;
};

const nothing: SubtreeOutcome = { goes: false, stays: false, waits: false };
const going: SubtreeOutcome = { goes: true, stays: false, waits: false };
const staying: SubtreeOutcome = { goes: false, stays: true, waits: false };
const waiting: SubtreeOutcome = { goes: false, stays: false, waits: true };

function join(left: SubtreeOutcome, right: SubtreeOutcome): SubtreeOutcome {
  return {
    goes: left.goes || right.goes,
    stays: left.stays || right.stays,
    waits: left.waits || right.waits,
  };
}

/** All of it is removed by this plan. */
export function allGoes(outcome: SubtreeOutcome): boolean {
  return !outcome.stays && !outcome.waits;
}

/**
 * `isPaused` is true for paths that take part in a move or wait for one to be confirmed; they count as
 * undecided.
 */
export function makeSubtreeOutcomes(input: PlanInput, isPaused: (path: RelPath) => boolean): SubtreeOutcomes {
  const { policy, lookups } = input;
  const planned = new Map<RelPath, Entry>(input.entries.map((entry) => [entry.path, entry]));
  const decisions = new Map<RelPath, Decision>();
  const outcomesBelow = {
    local: new Map<RelPath, SubtreeOutcome>(),
    remote: new Map<RelPath, SubtreeOutcome>(),
  };
  const rooms = new Map<RelPath, boolean>();

  function entry(path: RelPath): Entry {
    return planned.get(path) ?? lookups.entry(path);
  }

  function decision(path: RelPath): Decision {
    const known = decisions.get(path);
    if (known !== undefined) return known;
    const made = decide(entry(path), policy);
    decisions.set(path, made);
    return made;
  }

  function mayRemove(side: Side, path: RelPath): boolean {
    // A removal on one side follows from absence on the other: that other side's scan must be complete.
    const isProven = side === 'local' ? policy.remoteComplete : policy.localComplete;
    return (
      isProven && planned.has(path) && !policy.changing.has(path) && !policy.held(path) && !isPaused(path)
    );
  }

  function below(side: Side, dir: RelPath): SubtreeOutcome {
    const memo = outcomesBelow[side];
    const known = memo.get(dir);
    if (known !== undefined) return known;
    let outcome = nothing;
    for (const child of lookups.children(dir)) outcome = join(outcome, outcomeOf(side, child.path));
    memo.set(dir, outcome);
    return outcome;
  }

  function outcomeOf(side: Side, path: RelPath): SubtreeOutcome {
    const cell = entry(path)[side];
    if (cell.state === 'absent') return nothing;
    if (cell.state === 'unknown') return waiting;
    const made = decision(path);
    if (cell.kind === 'file')
      return fileOutcome(made, side === 'local' ? 'remove-local' : 'remove-remote', path);
    return leavesAsFolder(made, side) ? folderOutcome(side, path) : staying;
  }

  function fileOutcome(
    made: Decision,
    removal: 'remove-local' | 'remove-remote',
    path: RelPath,
  ): SubtreeOutcome {
    if (made.kind === 'learn') return waiting;
    if (made.kind !== removal) return isLeftUnknown(path) ? waiting : staying;
    return mayRemove(removal === 'remove-local' ? 'local' : 'remote', path) ? going : waiting;
  }

  /** The other side is unknown: plan nothing here and depend on nothing here. */
  function isLeftUnknown(path: RelPath): boolean {
    const { local, remote } = entry(path);
    return local.state === 'unknown' || remote.state === 'unknown';
  }

  function folderOutcome(side: Side, path: RelPath): SubtreeOutcome {
    const inside = below(side, path);
    if (!allGoes(inside)) return inside;
    return mayRemove(side, path) ? going : waiting;
  }

  function hasRemoteRoom(path: RelPath): boolean {
    const dir = parentOf(path);
    if (dir === '') return true;
    const known = rooms.get(dir);
    if (known !== undefined) return known;
    const cell = entry(dir).remote;
    const hasRoom = (isFolderOfUnknown(cell) || isFreeOrFolder(cell)) && hasRemoteRoom(dir);
    rooms.set(dir, hasRoom);
    return hasRoom;
  }

  return { entry, decision, below, mayRemove, hasRemoteRoom };
}

/** The folder was deleted (or replaced by a file) on the other side, so it is removed once it is empty. */
function leavesAsFolder(made: Decision, side: Side): boolean {
  if (side === 'local') {
    return (made.kind === 'local-folder-only' && made.then === 'remove') || made.kind === 'folder-over-file';
  }
  return (made.kind === 'remote-folder-only' && made.then === 'remove') || made.kind === 'file-over-folder';
}

function isFreeOrFolder(cell: RemoteCell): boolean {
  return cell.state === 'absent' || (cell.state === 'present' && cell.kind === 'folder');
}

/** The contents are unknown and must not be touched, but their existence proves the path is a folder. */
function isFolderOfUnknown(cell: RemoteCell): boolean {
  return cell.state === 'unknown' && cell.reason === 'contains-unknown';
}
