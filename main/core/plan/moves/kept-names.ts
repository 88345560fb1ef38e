// Names kept on one side while their content's new name cannot be synced (C26).
// Nothing else would explain why an old name still exists, so the plan reports it, once: for a folder that
// moved as a whole, only the folder.
import { localFile, remoteFile } from '../../model/cells.ts';
import type { Op, RelPath, Side } from '../../model/model.ts';
import { remoteContent } from '../decide.ts';
import { hashLocalOp, identifyRemoteOp, isInMovedFolder, put } from '../builder.ts';
import type { PlanBuilder, Kept } from '../builder.ts';
import { makeNearestAbove } from '../above.ts';
import type { MovePair } from './folder-pairs.ts';
import { PairMap } from './folder-pairs.ts';
import { nameOf, parentOf } from '../../model/path.ts';

export function keepName(builder: PlanBuilder, path: RelPath, kept: Kept): void {
  builder.moves.waiting.add(path);
  noteKept(builder, path, kept);
}

export function noteKept(builder: PlanBuilder, path: RelPath, kept: Kept): void {
  builder.kept.set(path, kept);
}

/**
 * Last step, because names that this plan changes need no report. A file of the same size that cannot be
 * synced may or may not be the missing one: its bytes are read once, or the old name would wait for an
 * arrival that never comes.
 */
export function settleKept(builder: PlanBuilder): void {
  const told = new Map<RelPath, RelPath>();
  const asideAbove = makeNearestAbove((dir) => builder.ops.get(dir)?.[0]?.kind === 'set-aside');
  const wholeFolder = makeWholeFolder(builder);
  for (const [path, kept] of builder.kept) {
    if (isUnsettled(builder, kept.to) || asideAbove(kept.to) !== null) continue;
    const reading = readingOf(builder, kept);
    if (reading !== null) {
      put(builder, reading);
      continue;
    }
    const pair = wholeFolder(path, kept);
    told.set(pair.from, pair.to);
  }
  tellAll(builder, told);
}

function isUnsettled({ ops, moves, kept, input }: PlanBuilder, path: RelPath): boolean {
  // Its bytes are being read or carried over: a report would be gone with the next plan.
  if (input.policy.running(path) || ops.has(path) || isInMovedFolder(moves, path)) return true;
  // In a chain of renames the name that is waited for may stay itself.
  return moves.waiting.has(path) && !kept.has(path);
}

/** Null if the content is known, or the read is in back-off. */
function readingOf({ outcomes, input }: PlanBuilder, { to, side }: Kept): Op | null {
  if (input.policy.held(to)) return null;
  const row = outcomes.entry(to);
  const [local, remote] = [localFile(row), remoteFile(row)];
  if (side === 'remote') return local?.content === null ? hashLocalOp(to, local) : null;
  if (remote === null || remoteContent(row.base, remote) !== null) return null;
  return identifyRemoteOp(to, remote);
}

/** One problem for both names if the new one has a problem of its own. */
function tellAll({ problems }: PlanBuilder, told: ReadonlyMap<RelPath, RelPath>): void {
  const places = new Map<RelPath, number>();
  for (const [at, { path, fields }] of problems.entries())
    if (fields['from'] === undefined && !places.has(path)) places.set(path, at);
  for (const [from, to] of told) {
    const at = places.get(to);
    const known = at === undefined ? undefined : problems[at];
    if (at === undefined || known === undefined) {
      problems.push({ path: from, code: 'awaits-new-name', fields: { to } });
      continue;
    }
    problems[at] = { ...known, fields: { ...known.fields, from } };
    places.delete(to);
  }
}

/** Finds the topmost folder that left its old place with all its contents, or the file itself. */
function makeWholeFolder({ outcomes }: PlanBuilder): (path: RelPath, kept: Kept) => MovePair {
  const known = { local: new PairMap<MovePair>(), remote: new PairMap<MovePair>() };
  const isGone = (dir: RelPath, side: Side): boolean =>
    dir !== '' && outcomes.entry(dir)[side === 'remote' ? 'local' : 'remote'].state === 'absent';
  const topmost = (pair: MovePair, side: Side): MovePair => {
    const found = known[side].get(pair.from, pair.to);
    if (found !== undefined) return found;
    const above = { from: parentOf(pair.from), to: parentOf(pair.to) };
    const isWhole = nameOf(pair.from) === nameOf(pair.to) && isGone(above.from, side) && above.to !== '';
    const made = isWhole ? topmost(above, side) : pair;
    known[side].set(pair.from, pair.to, made);
    return made;
  };
  return (path, { to, side }) => topmost({ from: path, to }, side);
}
