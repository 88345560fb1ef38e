// Settled state of a path: whether the planner has to see it; the store's row index.
import type { Entry, LocalCell, RemoteCell } from './model.ts';

/** True if neither side differs from base, or a side is unknown (C1: unknown plans nothing). */
export function isSettled(entry: Omit<Entry, 'path'>): boolean {
  const { base, local, remote } = entry;
  if (local.state === 'unknown') return true;
  // A file whose name is a remote folder of ignored entries can never be uploaded, which has to be reported.
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

/** True where a rule leaves the entry out, and not something that went wrong. */
export function isLeftOut(cell: LocalCell | RemoteCell): boolean {
  return cell.state === 'unknown' && (cell.reason === 'ignored' || cell.reason === 'excluded');
}

/** Local file at the name of a certain remote folder whose contents are unknown. */
export function isFileOverUnknown({ local, remote }: Omit<Entry, 'path'>): boolean {
  const isFile = local.state === 'present' && local.kind === 'file';
  return isFile && remote.state === 'unknown' && remote.reason === 'contains-unknown';
}
