// Errors of the running app, and how they reach a caller of the contract.
import { isSyncError, SyncError } from '../core/model/errors.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { Result } from '../../preload/contract.ts';

/** What `work` results in; a SyncError becomes a failure. Whatever else is thrown is a bug, and passes. */
export async function attempt<V>(
  work: () => Promise<Result<V>>,
  failureOf: (error: SyncError) => Result<never> = ({ code, fields }) => failed(code, fields),
): Promise<Result<V>> {
  try {
    return await work();
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return failureOf(error);
  }
}

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
