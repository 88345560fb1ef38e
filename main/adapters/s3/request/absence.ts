// Proof of absence by LIST, for stores that answer 403 for missing keys.
// Whether a missing key can be distinguished from a forbidden one depends on s3:ListBucket. AWS compares the
// condition on `s3:prefix` with the key itself; Ceph did not before 2026, so that a role limited to its
// prefix never sees a 404 there. See https://tracker.ceph.com/issues/74398. A 403 alone is no proof of
// absence (C2).
import { isSyncError } from '../../../core/model/errors.ts';
import type { ObjectKey } from '../../../core/model/model.ts';
import { ask, reads } from './calls.ts';
import type { Answer, S3Bucket } from './calls.ts';
import { checkIsListing, decodeListed } from '../listing.ts';

/** A refused read of a key that a listing shows not to be there becomes `absent`; every other failure stays. */
export async function orAbsent<T>(
  read: Promise<Answer<T>>,
  place: { readonly bucket: S3Bucket; readonly key: ObjectKey },
  signal: AbortSignal,
): Promise<Answer<T> | { readonly kind: 'absent' }> {
  try {
    return await read;
  } catch (error) {
    if (!isSyncError(error) || error.code !== 'remote-denied') throw error;
    if (await isListedAbsent(place.bucket, place.key, signal)) return { kind: 'absent' };
    throw error;
  }
}

async function isListedAbsent(bucket: S3Bucket, key: ObjectKey, signal: AbortSignal): Promise<boolean> {
  const input = { Bucket: bucket.bucket, Prefix: key, EncodingType: 'url' } as const;
  const answer = await ask(bucket, () => bucket.sdk.send('ListObjectsV2', input), reads, signal).catch(
    (error: unknown) => {
      // Neither reads nor lists here: the first refusal says it.
      if (isSyncError(error) && error.code === 'remote-denied') return null;
      throw error;
    },
  );
  if (answer?.kind !== 'ok') return false;
  checkIsListing(answer.value);
  const { Contents, IsTruncated, EncodingType } = answer.value;
  const listed = (Contents ?? []).map((entry) => decodeListed(entry.Key ?? '', EncodingType === 'url'));
  if (listed.some((name) => name === null || name === key || !name.startsWith(key))) return false;
  // The key itself would come first; a longer list shows that only where the store keeps to the order.
  return IsTruncated !== true || isAscending(listed.filter((name) => name !== null));
}

function isAscending(names: readonly string[]): boolean {
  const bytes = names.map((name) => Buffer.from(name));
  return bytes.every((name, index) => {
    const before = bytes[index - 1];
    return before === undefined || Buffer.compare(before, name) < 0;
  });
}
