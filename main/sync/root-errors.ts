// What is said where a pair's folder is not the one that was synced: a state of that pair, which ends when the folder is back.
import { isSyncError, SyncError } from '../core/model/errors.ts';
import type { RootStatus } from '../ports/local-files.port.ts';

/** How often a pair without its folder, and a pair at rest, look whether it is (still) there: one `stat`, no request. */
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

/** Another directory stands at the folder's path, as a mount point does without its disk. */
export function rootAwayError(folder: string, cause?: unknown): SyncError {
  const message = `the folder ${folder} is not the one that was synced; the disk may not be connected`;
  return rootError('root-away', message, { folder }, cause);
}

/** Nothing tells that the disk will be back: whoever means the folder as it is now can say so by the id. */
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

/** The folder has to be looked at anew from the beginning: binding it tells what it is now. */
export function rootChangedError(folder: string): SyncError {
  return new SyncError({
    code: 'root-changed',
    retry: 'now',
    scope: 'pair',
    message: `the folder ${folder} is not the one that was synced`,
    fields: { folder },
  });
}
