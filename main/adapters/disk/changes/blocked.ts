// Answers where the way to a name does not let a step through.
import type { Resolved } from '../paths.ts';
import { blockedMessage } from '../paths.ts';
import { isErrno } from '../errors.ts';
import { messageOf } from '../../system/errno.ts';

type Blocked = { readonly kind: 'blocked'; readonly message: string };

export function blocked(resolved: Exclude<Resolved, { kind: 'target' }>): Blocked {
  return { kind: 'blocked', message: blockedMessage(resolved.kind) };
}

/** A parent that vanished or changed between the look and the step. */
export function blockedBy(error: unknown): Blocked | null {
  return isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV')
    ? { kind: 'blocked', message: messageOf(error) }
    : null;
}
