// Which preconditions a write of a given size can rely on: what the endpoint was probed to honour (rule 17).
import type { Etag } from '../../core/model/model.ts';
import type { Condition } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../context.ts';
import { transferSizes } from '../transfer-sizes.ts';

type Scope = Pick<PairContext, 'abilities' | 'sizes'>;

/** Larger bodies go up in parts, and their condition rides on CompleteMultipartUpload: an ability of its own. */
function travelsInParts({ sizes }: Scope, sizeBytes: number): boolean {
  return sizeBytes > (sizes ?? transferSizes).singlePutBytes;
}

export function honoursConditions(context: Scope, sizeBytes: number): boolean {
  const { putIfMatch, putIfNoneMatch, completeIfNoneMatch } = context.abilities;
  return travelsInParts(context, sizeBytes) ? completeIfNoneMatch : putIfMatch && putIfNoneMatch;
}

/** `previous` null: nothing may be there yet. `none` where the endpoint would not look at it anyway. */
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

/** In base after the answer to keep the bucket's version: the file here is known, and the version there is wanted whatever it is. */
export const answeredEtag = '' as Etag; // no store gives an empty one
