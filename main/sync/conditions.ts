// Which preconditions a write of a given size can rely on: what the endpoint was probed to honour (rule 17).
import type { Etag } from '../core/model.ts';
import type { Condition, EndpointAbilities } from '../ports/remote-objects.port.ts';

/** Larger bodies go up in parts, and their condition rides on CompleteMultipartUpload: an ability of its own. */
export const singlePutBytes = 8 * 1024 * 1024;

export function honoursConditions(abilities: EndpointAbilities, sizeBytes: number): boolean {
  const { putIfMatch, putIfNoneMatch, completeIfNoneMatch } = abilities;
  return sizeBytes > singlePutBytes ? completeIfNoneMatch : putIfMatch && putIfNoneMatch;
}

/** `previous` null: nothing may be there yet. `none` where the endpoint would not look at it anyway. */
export function conditionFor(
  abilities: EndpointAbilities,
  previous: Etag | null,
  sizeBytes: number,
): Condition {
  const isParts = sizeBytes > singlePutBytes;
  if (previous === null) {
    return (isParts ? abilities.completeIfNoneMatch : abilities.putIfNoneMatch)
      ? { kind: 'absent' }
      : { kind: 'none' };
  }
  return (isParts ? abilities.completeIfNoneMatch : abilities.putIfMatch)
    ? { kind: 'etag', etag: previous }
    : { kind: 'none' };
}
