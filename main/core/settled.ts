// Says whether a path needs a look by the planner; the store indexes rows by this answer.
import type { Entry } from './model.ts';

/** True when neither side differs from base, or a side is unknown (rule 1: unknown plans nothing). */
export function isSettled(entry: Omit<Entry, 'path'>): boolean {
  const { base, local, remote } = entry;
  if (local.state === 'unknown' || remote.state === 'unknown') return true;
  if (base === null) return local.state === 'absent' && remote.state === 'absent';
  if (local.state !== 'present' || remote.state !== 'present') return false;
  if (base.kind === 'folder') return local.kind === 'folder' && remote.kind === 'folder';
  return (
    local.kind === 'file' &&
    remote.kind === 'file' &&
    local.content === base.content &&
    remote.etag === base.etag
  );
}
