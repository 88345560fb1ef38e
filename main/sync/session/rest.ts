// Rest before removals: lets a burst end, so that the guard sees all of it.
import { withoutWaiting } from '../../core/plan/hold.ts';
import type { Op, Side } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { Plan } from '../../core/plan/types.ts';
import { stableHash } from '../../core/model/stable-hash.ts';

/** Milliseconds; with 0 removals run at once. */
export type RestTimes = Readonly<Record<Side, number>>;

export type Resting = Record<Side, { key: string; sinceMs: number; firstMs: number } | null>;

export function makeResting(): Resting {
  return { local: null, remote: null };
}

/** Longest burst, in rest times; after it removals run in portions, which the guard adds up. */
const maxRests = 20;
/** Up to this many removals from the bucket are not a burst and need not wait for the next poll. */
const fewRemovals = 5;
/** More unread contents than this may turn out to be as many replacements. */
const fewReadings = 5;

export type Rested = {
  /** What may run now. */
  readonly plan: Plan;
  /** Sides whose removals wait; a question about them would cover only a part. */
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

/** Second half of a rename: the content already has another name. */
function isRenamed(op: Op): boolean {
  return 'after' in op;
}

function isRemoval(op: Op, sides: ReadonlySet<Side>): boolean {
  if (isRenamed(op)) return false;
  const { kind } = op;
  if (kind === 'remove-local' || kind === 'remove-local-folder') return sides.has('local');
  return (kind === 'remove-remote' || kind === 'remove-remote-folder') && sides.has('remote');
}

/** While a question waits for the end of a burst, nothing it may cover runs before it. */
export function holdBack(made: Plan, sides: ReadonlySet<Side>): Plan {
  return withoutWaiting(made, (op) => {
    if (op.kind === 'move-local') return sides.has('local');
    if (op.kind === 'move-remote') return sides.has('remote');
    return takesAway(op);
  });
}

/** While many contents are uncompared, nothing is replaced or removed until the extent is known. */
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
