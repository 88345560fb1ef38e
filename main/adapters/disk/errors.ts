// Mapping of the operating system's file errors to the engine's errors.
import type { ErrorScope, RetryClass } from '../../core/model/errors.ts';
import { SyncError, isSyncError } from '../../core/model/errors.ts';
import { errnoOf } from '../system/errno.ts';

type Mapped = { readonly code: string; readonly retry: RetryClass; readonly scope: ErrorScope };

const denied: Mapped = { code: 'local-denied', retry: 'slow', scope: 'item' };
const busy: Mapped = { code: 'local-busy', retry: 'backoff', scope: 'item' };
const diskFull: Mapped = { code: 'disk-full', retry: 'backoff', scope: 'pair' };
const device: Mapped = { code: 'local-io', retry: 'backoff', scope: 'pair' };
const nameRefused: Mapped = { code: 'local-name-refused', retry: 'slow', scope: 'item' };

const known: ReadonlyMap<string, Mapped> = new Map([
  ['ENOSPC', diskFull],
  ['EDQUOT', diskFull],
  ['EACCES', denied],
  // Windows says EPERM of a file that another program has open: waiting helps. Elsewhere it is a matter of rights.
  ['EPERM', process.platform === 'win32' ? busy : denied],
  ['EBUSY', busy],
  ['ETXTBSY', busy],
  ['EAGAIN', busy],
  ['EROFS', { code: 'local-read-only', retry: 'slow', scope: 'pair' }],
  ['EIO', device],
  ['ENXIO', device],
  ['ENODEV', device],
  ['ESTALE', device],
  ['EMFILE', { code: 'local-exhausted', retry: 'backoff', scope: 'pair' }],
  ['ENFILE', { code: 'local-exhausted', retry: 'backoff', scope: 'pair' }],
  ['ENOENT', { code: 'local-gone', retry: 'now', scope: 'item' }],
  ['EFBIG', { code: 'local-too-large', retry: 'slow', scope: 'item' }],
  ['ENAMETOOLONG', nameRefused],
  ['EILSEQ', nameRefused],
  ['EINVAL', nameRefused],
]);

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error));
}

export function localError(error: unknown, action: string): unknown {
  if (isSyncError(error)) return error;
  const code = errnoOf(error);
  if (code === '' || code === 'ABORT_ERR') return error;
  const mapped = known.get(code) ?? { code: 'local-failed', retry: 'backoff', scope: 'item' };
  return new SyncError({ ...mapped, message: `${action}: ${code}`, cause: error });
}

/** A place on a disk that cannot be read any more costs the file that lies there: the others may be sound. */
export async function readingFile<Value>(step: () => Promise<Value>): Promise<Value> {
  try {
    return await step();
  } catch (error) {
    if (!isErrno(error, 'EIO')) throw localError(error, 'read');
    throw new SyncError({ ...device, scope: 'item', message: 'read: EIO', cause: error });
  }
}

/** Runs one step against the disk; what it throws leaves as a `SyncError`. */
export async function onDisk<Value>(action: string, step: () => Promise<Value>): Promise<Value> {
  try {
    return await step();
  } catch (error) {
    throw localError(error, action);
  }
}
