// The tags of an object, as a later write of the same object takes them.
import type { ObjectKey } from '../../core/model/model.ts';
import { isSyncError } from '../../core/model/errors.ts';
import { ask, reads } from './request/calls.ts';
import type { S3Bucket } from './request/calls.ts';

/** They go into a header; S3 keeps ten tags of an object. */
const longestTagging = 8 * 1024;

/** Null when there are none, a header does not take them, or the role may not read them (`s3:GetObjectTagging`): an edit then loses them. */
export async function readTagging(
  bucket: S3Bucket,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<string | null> {
  const input = { Bucket: bucket.bucket, Key: key };
  try {
    const answer = await ask(bucket, () => bucket.sdk.send('GetObjectTagging', input), reads, signal);
    if (answer.kind !== 'ok') return null;
    const given = answer.value.TagSet ?? [];
    // Half of a surrogate pair, which a store may send as a reference, cannot be written in a header.
    if (given.some(({ Key = '', Value = '' }) => !Key.isWellFormed() || !Value.isWellFormed())) return null;
    const tags = given.map(
      ({ Key, Value }) => `${encodeURIComponent(Key ?? '')}=${encodeURIComponent(Value ?? '')}`,
    );
    const joined = tags.join('&');
    return joined === '' || joined.length > longestTagging ? null : joined;
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error) && (error.code === 'remote-denied' || error.code === 'remote-refused'))
      return null;
    throw error;
  }
}
