// Detection of cycles in waits-for relations.
import type { RelPath } from '../../model/model.ts';

/** True if following `waitsFor` from `start` leads back to it. Cost: one visit per reachable name. */
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
