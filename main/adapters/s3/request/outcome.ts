// What a write came to: an ETag and a version, a lost condition, or an error that is thrown.
import type { ObjectKey } from '../../../core/model/model.ts';
import type { WriteOutcome } from '../../../ports/remote-objects.port.ts';
import { isLost, mapped, writes } from './calls.ts';
import type { Answer, reads, S3Bucket } from './calls.ts';
import { realVersion, requireEtag } from '../object-info.ts';

type Written = { readonly ETag?: string | undefined; readonly VersionId?: string | undefined };

export function written(bucket: S3Bucket, key: ObjectKey, answer: Answer<Written>): WriteOutcome {
  if (answer.kind === 'ok')
    return {
      kind: 'done',
      etag: requireEtag(answer.value.ETag, key),
      versionId: realVersion(answer.value.VersionId),
    };
  if (answer.kind === 'withdrawn') return { kind: 'withdrawn' };
  if (isLost(answer.failure)) return { kind: 'lost' };
  throw unexpected(bucket, answer, writes);
}

export function unexpected(
  bucket: S3Bucket,
  answer: Exclude<Answer<unknown>, { kind: 'ok' }>,
  options: typeof reads | typeof writes,
): Error {
  return answer.kind === 'status'
    ? mapped(bucket, answer.error, options)
    : new Error('a read cannot be withdrawn');
}
