// Cycles in waits-for relations.
import type { RelPath } from '../../model/model.ts';

type Visit = {
  readonly path: RelPath;
  readonly targets: readonly RelPath[];
  next: number;
  readonly index: number;
  /** Index of the earliest visited name that it leads back to. */
  low: number;
};

/**
 * Groups of names that wait for each other: any two of a group by way of each other, or one for itself. Each name is visited once (Tarjan,
 * "Depth-first search and linear graph algorithms", 1972), without recursion, because a chain may have thousands.
 * @param waitsFor names that are not among `paths` count for nothing
 */
export function findCycles(
  paths: readonly RelPath[],
  waitsFor: (path: RelPath) => readonly RelPath[],
): readonly (readonly RelPath[])[] {
  const wanted = new Set(paths);
  const indices = new Map<RelPath, number>();
  const open: RelPath[] = [];
  const isOpen = new Set<RelPath>();
  const found: (readonly RelPath[])[] = [];
  const visits: Visit[] = [];
  const enter = (path: RelPath): void => {
    const index = indices.size;
    indices.set(path, index);
    open.push(path);
    isOpen.add(path);
    const targets = waitsFor(path).filter((target) => wanted.has(target));
    visits.push({ path, targets, next: 0, index, low: index });
  };
  const leave = ({ path, targets, index, low }: Visit): void => {
    const above = visits.at(-1);
    if (above !== undefined) above.low = Math.min(above.low, low);
    if (low < index) return;
    const group = open.splice(open.lastIndexOf(path));
    for (const one of group) isOpen.delete(one);
    if (group.length > 1 || targets.includes(path)) found.push(group);
  };
  for (const start of paths) {
    if (indices.has(start)) continue;
    enter(start);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const target = visit.targets[visit.next];
      visit.next += 1;
      if (target === undefined) {
        visits.pop();
        leave(visit);
        continue;
      }
      const known = indices.get(target);
      if (known === undefined) enter(target);
      else if (isOpen.has(target)) visit.low = Math.min(visit.low, known);
    }
  }
  return found;
}
