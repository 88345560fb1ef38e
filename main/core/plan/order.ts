// Order of a plan: consecutive waves of mutually independent operations.
import type { Op } from '../model/model.ts';
import { assertNever } from '../model/errors.ts';
import { comparePaths, depthOf } from '../model/path.ts';

/**
 * Stages, in order: (0) bookkeeping and reading contents, (1) renames out of the way, (2) folders, parents
 * first, (3) moves, step by step, (4) arriving contents, each after those it depends on elsewhere, (5) file
 * removals (C26: every arrival has finished by then), (6) folder removals, deepest first.
 */
function rank(op: Op, turnOf: (op: Op) => number): readonly [stage: number, step: number] {
  switch (op.kind) {
    case 'adopt':
    case 'forget':
    case 'hash-local':
    case 'identify-remote':
      return [0, 0];
    case 'set-aside':
      return [1, 0];
    case 'make-local-folder':
      return [2, depthOf(op.path)];
    case 'make-remote-folder':
      return [2, 0];
    case 'move-local':
    case 'move-remote':
      return [3, op.turn];
    case 'upload':
    case 'download':
      return [4, turnOf(op)];
    case 'remove-local':
    case 'remove-remote':
      return [5, 0];
    case 'remove-local-folder':
    case 'remove-remote-folder':
      return [6, -depthOf(op.path)];
    default:
      return assertNever(op);
  }
}

/** Deterministic: the same operations in any order give the same waves. */
export function orderOps(ops: readonly Op[]): readonly (readonly Op[])[] {
  const turnOf = makeTurns(ops);
  const ranked = ops.map((op) => ({ op, rank: rank(op, turnOf) }));
  ranked.sort(
    (a, b) =>
      a.rank[0] - b.rank[0] ||
      a.rank[1] - b.rank[1] ||
      comparePaths(a.op.path, b.op.path) ||
      comparePaths(a.op.kind, b.op.kind),
  );
  const waves: Op[][] = [];
  let last: readonly [number, number] | null = null;
  for (const { op, rank: place } of ranked) {
    const wave = waves.at(-1);
    if (wave === undefined || last === null || last[0] !== place[0] || last[1] !== place[1]) waves.push([op]);
    else wave.push(op);
    last = place;
  }
  return waves;
}

/** Number of consecutive transfers that an upload or a download waits for. The planner leaves no cycles of them. */
function makeTurns(ops: readonly Op[]): (op: Op) => number {
  const transfers = new Map(
    ops.filter(({ kind }) => kind === 'upload' || kind === 'download').map((op) => [op.path, op]),
  );
  const turns = new Map<Op, number>();
  return (op) => {
    // In the order of their coming.
    const chain = new Set<Op>();
    for (
      let at: Op | undefined = op;
      at !== undefined && !turns.has(at) && !chain.has(at);
      at = at.after === undefined ? undefined : transfers.get(at.after.path)
    ) {
      chain.add(at);
    }
    const inTurn = [...chain].reverse();
    const last = inTurn[0]?.after;
    const behind = last === undefined ? undefined : transfers.get(last.path);
    let turn = behind === undefined ? 0 : (turns.get(behind) ?? 0) + 1;
    for (const one of inTurn) {
      turns.set(one, turn);
      turn += 1;
    }
    return turns.get(op) ?? 0;
  };
}
