// Lets a burst of removals come to its end before the first of them goes to the other side, so that the guard sees all of it.
import type { Side } from '../../core/safety/effects.ts';
import { withoutWaiting } from '../../core/plan/hold.ts';
import type { Op } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { Plan } from '../../core/plan/types.ts';
import { stableHash } from '../../core/model/stable-hash.ts';

/** Milliseconds; 0 lets removals go at once. */
export type RestTimes = Readonly<Record<Side, number>>;

export type Resting = Record<Side, { key: string; sinceMs: number; firstMs: number } | null>;

export function makeResting(): Resting {
  return { local: null, remote: null };
}

/** So long, in rests, a burst may go on before its removals go in portions, which the guard then adds up. */
const maxRests = 20;
/** So few removals from the bucket's side are no burst: they need not wait for the next look at it. */
const fewRemovals = 5;
/** More contents than this to be read first may turn out to be as many replacements. */
const fewReadings = 5;

export type Rested = {
  /** What may run now. */
  readonly plan: Plan;
  /** Sides whose removals wait; a question about them would be about a part only. */
  readonly waiting: ReadonlySet<Side>;
  /** Monotonic milliseconds of the next change; null while nothing waits. */
  readonly untilMs: number | null;
};

export function letRest(resting: Resting, made: Plan, restMs: RestTimes, nowMs: number): Rested {
  const waiting = new Set<Side>();
  let untilMs: number | null = null;
  for (const side of ['local', 'remote'] as const) {
    const endMs = restsUntil(resting, made, { side, restMs: restMs[side], nowMs });
    if (endMs === null) continue;
    waiting.add(side);
    untilMs = Math.min(endMs, untilMs ?? endMs);
  }
  const plan = waiting.size === 0 ? made : withoutWaiting(made, (op) => isRemoval(op, waiting));
  return { plan, waiting, untilMs };
}

function restsUntil(
  resting: Resting,
  made: Plan,
  { side, restMs, nowMs }: { readonly side: Side; readonly restMs: number; readonly nowMs: number },
): number | null {
  const kind = side === 'local' ? 'remove-local' : 'remove-remote';
  const paths = made.waves.flat().flatMap((op) => (op.kind === kind && !isRenamed(op) ? [op.path] : []));
  if (restMs === 0 || paths.length === 0 || (side === 'local' && paths.length <= fewRemovals)) {
    resting[side] = null;
    return null;
  }
  const key = stableHash(paths.toSorted(comparePaths));
  const known = resting[side];
  const sinceMs = known?.key === key ? known.sinceMs : nowMs;
  const firstMs = known?.firstMs ?? nowMs;
  resting[side] = { key, sinceMs, firstMs };
  const endMs = Math.min(sinceMs + restMs, firstMs + restMs * maxRests);
  return endMs <= nowMs ? null : endMs;
}

/** The second half of a rename: its content has another name already. */
function isRenamed(op: Op): boolean {
  return 'after' in op;
}

function isRemoval(op: Op, sides: ReadonlySet<Side>): boolean {
  if (isRenamed(op)) return false;
  const { kind } = op;
  if (kind === 'remove-local' || kind === 'remove-local-folder') return sides.has('local');
  return (kind === 'remove-remote' || kind === 'remove-remote-folder') && sides.has('remote');
}

/** A question that waits for the end of a burst: nothing that it may be about goes before it. */
export function holdBack(made: Plan, sides: ReadonlySet<Side>): Plan {
  return withoutWaiting(made, (op) => {
    if (op.kind === 'move-local') return sides.has('local');
    if (op.kind === 'move-remote') return sides.has('remote');
    return takesAway(op);
  });
}

/** Where many contents are still to be compared, nothing is replaced or removed until it is known how much that will be. */
export function readFirst(made: Plan): Plan {
  const ops = made.waves.flat();
  const readings = ops.filter((op) => op.kind === 'hash-local' || op.kind === 'identify-remote').length;
  return readings <= fewReadings ? made : withoutWaiting(made, takesAway);
}

function takesAway(op: Op): boolean {
  switch (op.kind) {
    case 'remove-local':
    case 'remove-remote':
      return true;
    case 'upload':
    case 'download':
      return op.expected.kind === 'file';
    default:
      return false;
  }
}
