// What a verb throws when it was asked for in a way that cannot be done.
import { SyncError } from '../core/model/errors.ts';

export function usage(message: string): SyncError {
  return new SyncError({ code: 'usage', retry: 'slow', scope: 'account', message });
}
