// Brute-force `findUnsynced`, for planner tests on rows in memory.
import type { Entry } from '../../main/core/model/model.ts';
import type { UnsyncedQuery } from '../../main/core/plan/types.ts';
import { isSettled } from '../../main/core/model/settled.ts';

export function answersUnsynced(row: Entry, query: UnsyncedQuery): boolean {
  const { local, remote } = row;
  if ('traceInode' in query) return local.state === 'unknown' && local.trace?.inode === query.traceInode;
  if (query.side === 'local') {
    const isOpen = !isSettled(row) || remote.state === 'unknown';
    const isFile = local.state === 'present' && local.kind === 'file';
    return isOpen && isFile && local.fingerprint.sizeBytes === query.sizeBytes;
  }
  const isOpen = !isSettled(row) || local.state === 'unknown';
  const isFile = remote.state === 'present' && remote.kind === 'file';
  return isOpen && isFile && remote.sizeBytes === query.sizeBytes;
}
