// Errors of the running app.
import { SyncError } from '../core/model/errors.ts';

/** Rule 21: a second engine is refused, with the process id of the first. */
export function engineBusy(home: string, pid: number | null): SyncError {
  return new SyncError({
    code: 'engine-running',
    retry: 'slow',
    scope: 'account',
    message: `another Driftless${pid === null ? '' : ` (pid ${String(pid)})`} is running on ${home}; stop it or ask it with "driftless status"`,
    fields: { pid },
  });
}
