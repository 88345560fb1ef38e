// Errors of a pair whose folder is not the synced one; they end when it returns.
import { isSyncError, SyncError } from '../core/model/errors.ts';
import type { RootStatus } from '../ports/local-files.port.ts';

/** Poll interval for a missing folder, and for the folder of an idle pair: one `stat`, no request. */
export const rootPollMs = 10_000;

const codes: ReadonlySet<string> = new Set([
  'root-missing',
  'root-away',
  'root-changed',
  'root-unreadable',
  'root-not-a-folder',
]);

export function isRootError(error: unknown): error is SyncError {
  return isSyncError(error) && codes.has(error.code);
}

const byKind = {
  missing: { code: 'root-missing', text: 'is not there; the disk may not be connected' },
  'not-a-folder': { code: 'root-not-a-folder', text: 'is no folder any more' },
  unreadable: { code: 'root-unreadable', text: 'cannot be read' },
} as const;

export function rootStatusError(folder: string, status: Exclude<RootStatus, { kind: 'ok' }>): SyncError {
  const { code, text } = byKind[status.kind];
  const why = status.kind === 'unreadable' ? `: ${status.message}` : '';
  return rootError(code, `the folder ${folder} ${text}${why}`, { folder });
}

/** A different directory is at the folder's path, as with a mount point without its disk. */
export function rootAwayError(folder: string, cause?: unknown): SyncError {
  const message = `the folder ${folder} is not the one that was synced; the disk may not be connected`;
  return rootError('root-away', message, { folder }, cause);
}

/** The original disk may never return: the user can accept the present folder by the id. */
export function rootReplacedError(folder: string, approval: string): SyncError {
  const { message } = rootAwayError(folder);
  return rootError(
    'root-away',
    `${message} (to sync what is there now instead, which removes nothing: driftless sync --once --approve ${approval})`,
    { folder, approval },
  );
}

function rootError(
  code: string,
  message: string,
  fields: Readonly<Record<string, string>>,
  cause?: unknown,
): SyncError {
  return new SyncError({ code, retry: 'backoff', scope: 'pair', message, fields, cause });
}

/** The folder has to be scanned from the beginning: attaching it finds out what it is now. */
export function rootChangedError(folder: string): SyncError {
  return new SyncError({
    code: 'root-changed',
    retry: 'now',
    scope: 'pair',
    message: `the folder ${folder} is not the one that was synced`,
    fields: { folder },
  });
}
