// Says whether a path needs a look by the planner; the store indexes rows by this answer.
import type { Entry } from './model.ts';

/** True when neither side differs from base, or a side is unknown (rule 1: unknown plans nothing). */
export function isSettled(entry: Omit<Entry, 'path'>): boolean {
  const { base, local, remote } = entry;
  if (local.state === 'unknown') return true;
  // A file whose name is a folder of things left alone there can never be sent, and the person has to hear of it.
  if (remote.state === 'unknown') return !isFileOverUnknown(entry);
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

/** A file here under a name that is certainly a folder's there, although nothing is to be seen of what it holds. */
export function isFileOverUnknown({ local, remote }: Omit<Entry, 'path'>): boolean {
  const isFile = local.state === 'present' && local.kind === 'file';
  return isFile && remote.state === 'unknown' && remote.reason === 'contains-unknown';
}
