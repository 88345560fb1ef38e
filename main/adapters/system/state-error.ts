// SQLite's failures, mapped to the engine's errors.
import { SyncError } from '../../core/model/errors.ts';

const sqliteFull = 13;
/** The index of SQLite's log (SQLITE_IOERR_SHMSIZE) could not grow. */
const noRoomForIndex = 10 | (19 << 8);

const codesByResult: ReadonlyMap<number, { code: string; retry: 'backoff' | 'slow' }> = new Map([
  [5, { code: 'state-busy', retry: 'backoff' }],
  [8, { code: 'state-unavailable', retry: 'backoff' }],
  [10, { code: 'state-unavailable', retry: 'backoff' }],
  [11, { code: 'state-corrupt', retry: 'slow' }],
  [sqliteFull, { code: 'disk-full', retry: 'backoff' }],
  [14, { code: 'state-unavailable', retry: 'backoff' }],
  [26, { code: 'state-corrupt', retry: 'slow' }],
]);

/** SQLite's failures as the engine's; anything else is returned as it is (a bug of ours must look like one). */
export function stateError(error: unknown): unknown {
  const result = resultCode(error);
  const known = result === null ? undefined : codesByResult.get(result);
  if (known === undefined) return error;
  const message = error instanceof Error ? `state database: ${error.message}` : 'state database';
  return new SyncError({ ...known, scope: 'pair', message, cause: error });
}

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  if (error.errcode === noRoomForIndex) return sqliteFull;
  // Extended result codes carry the primary one in their low byte.
  return error.errcode & 0xff;
}
