// Cycles among things that wait for each other.
import type { RelPath } from '../../model/model.ts';

/** Whether what `start` waits for leads back to it. Cost: one visit for each name that can be reached. */
export function findCycle(start: RelPath, waitsFor: (path: RelPath) => readonly RelPath[]): boolean {
  const seen = new Set<RelPath>();
  const open = [...waitsFor(start)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (path === start) return true;
    if (seen.has(path)) continue;
    seen.add(path);
    open.push(...waitsFor(path));
  }
  return false;
}
