// Order of moves with occupied targets: each source moves before it is overwritten; a cycle may start
// anywhere.
// A move first preserves what it replaces, as an upload or a download does, so that an interruption leaves a
// state that transfers could have left as well. Only the last move of a cycle needs what the first one
// stashed.
import { localFile, remoteFile } from '../../model/cells.ts';
import type { RelPath } from '../../model/model.ts';
import type { PlanBuilder, MoveOp } from '../builder.ts';
import { keepName } from './kept-names.ts';
import { comparePaths } from '../../model/path.ts';

/** After all moves are found: sets the step of each, and what it replaces. */
export function arrangeMoves(builder: PlanBuilder): void {
  suspendWaiting(builder);
  const { byTarget } = builder.moves;
  const files = [...byTarget.values()].filter((op) => op.entry === 'file');
  const left = new Map(files.map((op) => [op.path, op]));
  const sources = new Set(files.map((op) => op.from));
  const begin = (first: MoveOp, parks: boolean): void => {
    let op: MoveOp | undefined = first;
    for (let turn = 0; op !== undefined; turn += 1) {
      left.delete(op.path);
      byTarget.set(op.path, placed(builder, op, { turn, parks: parks && turn === 0 }));
      op = left.get(op.from);
    }
  };
  for (const op of files) if (!sources.has(op.path)) begin(op, false);
  // The rest are cycles: each of their names is both an old and a new one.
  for (const path of [...left.keys()].sort(comparePaths)) {
    const op = left.get(path);
    if (op !== undefined) begin(op, true);
  }
}

/** A name whose content waits for its own new name must not be replaced before that, and so on along the chain. */
function suspendWaiting(builder: PlanBuilder): void {
  const { moves } = builder;
  const open: RelPath[] = [...moves.byTarget.keys()].filter((path) => moves.waiting.has(path));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const op = moves.byTarget.get(path);
    if (op === undefined) continue;
    moves.byTarget.delete(path);
    moves.sources.delete(op.from);
    keepName(builder, op.from, { to: op.path, side: op.kind === 'move-remote' ? 'remote' : 'local' });
    open.push(op.from);
  }
}

function placed(
  builder: PlanBuilder,
  op: MoveOp,
  place: { readonly turn: number; readonly parks: boolean },
): MoveOp {
  const row = builder.outcomes.entry(op.path);
  if (op.kind === 'move-remote') {
    const keepsSource = builder.outcomes.entry(op.from).local.state === 'present';
    return { ...op, ...place, keepsSource, over: remoteFile(row)?.etag ?? null };
  }
  const standing = localFile(row);
  const content = standing?.content ?? null;
  const over = standing === null || content === null ? null : { fingerprint: standing.fingerprint, content };
  return { ...op, turn: place.turn, over };
}
