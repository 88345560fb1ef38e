// ETag of a new object whose response omits it (Ceph's CompleteMultipartUpload).
import { SyncError } from '../../../core/model/errors.ts';
import type { ObjectKey } from '../../../core/model/model.ts';
import type { ObjectInfo, WriteOutcome } from '../../../ports/remote-objects.port.ts';
import { ask, reads } from './calls.ts';
import type { S3Bucket } from './calls.ts';
import { infoOf, realVersion } from '../object-info.ts';

/** By its version id where there is one; else what stands there now must be ours by `isOurs`. */
export async function recognise(
  bucket: S3Bucket,
  key: ObjectKey,
  made: { readonly versionId: string | undefined },
  signal: AbortSignal,
  isOurs: (info: ObjectInfo) => boolean,
): Promise<WriteOutcome> {
  const versionId = realVersion(made.versionId);
  const input = {
    Bucket: bucket.bucket,
    Key: key,
    ...(versionId === null ? {} : { VersionId: versionId }),
  };
  const head = () => bucket.sdk.send('HeadObject', input);
  const answer = await ask(bucket, head, reads, signal).catch(
    (error: unknown) => ({ kind: 'failed', error }) as const,
  );
  signal.throwIfAborted();
  if (answer.kind === 'ok') {
    const info = infoOf(key, answer.value, bucket.abilities());
    if (versionId !== null || isOurs(info)) return { kind: 'done', etag: info.etag, versionId };
  }
  throw new SyncError({
    code: 'outcome-unknown',
    retry: 'now',
    scope: 'item',
    message:
      'outcome-unknown: the store confirmed a write without an ETag, and something else stands there now',
    ...(answer.kind === 'failed' || answer.kind === 'status' ? { cause: answer.error } : {}),
  });
}
