// A pair that is asked for and not there.
import { SyncError } from '../core/model/errors.ts';

export function unknownPair(id: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `there is no pair ${JSON.stringify(id)} in the configuration`,
    fields: { field: 'pair' },
  });
}

/** Of a pair that is gone by the time of its edit. */
export function pairGone(id: string): SyncError {
  const message = `there is no pair ${JSON.stringify(id)} any more`;
  return new SyncError({ code: 'unknown-pair', retry: 'slow', scope: 'account', message });
}
