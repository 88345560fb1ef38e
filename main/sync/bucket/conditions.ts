// Preconditions available for a write of a given size, from the endpoint's probe (C17).
import type { Etag } from '../../core/model/model.ts';
import type { Condition } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../context.ts';
import { transferSizes } from '../transfer-sizes.ts';

type Scope = Pick<PairContext, 'abilities' | 'sizes'>;

/** Larger bodies are sent in parts, with the condition on CompleteMultipartUpload, which is a separate ability. */
function travelsInParts({ sizes }: Scope, sizeBytes: number): boolean {
  return sizeBytes > (sizes ?? transferSizes).singlePutBytes;
}

export function honoursConditions(context: Scope, sizeBytes: number): boolean {
  const { putIfMatch, putIfNoneMatch, completeIfNoneMatch } = context.abilities;
  return travelsInParts(context, sizeBytes) ? completeIfNoneMatch : putIfMatch && putIfNoneMatch;
}

/** `previous` is null if the key must be free. Returns `none` if the endpoint ignores conditions. */
export function conditionFor(context: Scope, previous: Etag | null, sizeBytes: number): Condition {
  const { abilities } = context;
  const isParts = travelsInParts(context, sizeBytes);
  if (previous === null) {
    return (isParts ? abilities.completeIfNoneMatch : abilities.putIfNoneMatch)
      ? { kind: 'absent' }
      : { kind: 'none' };
  }
  return (isParts ? abilities.completeIfNoneMatch : abilities.putIfMatch)
    ? { kind: 'etag', etag: previous }
    : { kind: 'none' };
}

/**
 * Stored in base after the answer to keep the bucket's version: the local file is known, and the remote
 * version is wanted whatever it is.
 */
export const answeredEtag = '' as Etag; // no store gives an empty one
