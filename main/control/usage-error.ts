// Usage error: a command was given arguments it cannot handle.
import { SyncError } from '../core/model/errors.ts';

export function usage(message: string): SyncError {
  return new SyncError({ code: 'usage', retry: 'slow', scope: 'account', message });
}
