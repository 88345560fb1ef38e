// Removal of waiting operations from a plan, with all that depend on their places.
import type { Op, RelPath } from '../model/model.ts';
import { addAbove, makeNearestAbove } from './above.ts';
import type { Plan } from './types.ts';

/**
 * The plan without the operations selected by `waits`, and without those on the same paths, above or below
 * them.
 */
export function withoutWaiting(made: Plan, waits: (op: Op) => boolean): Plan {
  const taken = new Set<RelPath>();
  const above = new Set<RelPath>();
  for (const op of made.waves.flat()) {
    if (!waits(op)) continue;
    for (const path of pathsOf(op)) {
      taken.add(path);
      addAbove(above, path);
    }
  }
  if (taken.size === 0) return made;
  const takenAbove = makeNearestAbove((dir) => taken.has(dir));
  const isClear = (op: Op): boolean =>
    pathsOf(op).every(
      (path) =>
        !taken.has(path) &&
        takenAbove(path) === null &&
        (!above.has(path) || op.kind === 'make-local-folder' || op.kind === 'make-remote-folder'),
    );
  const waves = made.waves.map((wave) => wave.filter(isClear)).filter((wave) => wave.length > 0);
  return { waves, problems: made.problems };
}

function pathsOf(op: Op): readonly RelPath[] {
  return [
    op.path,
    ...('from' in op ? [op.from] : []),
    ...('to' in op ? [op.to] : []),
    ...('after' in op ? [op.after.path] : []),
  ];
}
