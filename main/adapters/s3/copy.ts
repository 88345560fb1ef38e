// CopyObject within the bucket: the name is new, our metadata is new, everything else is what the caller kept.
import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectKey } from '../../core/model/model.ts';
import type { RemoteObjects, WriteOutcome } from '../../ports/remote-objects.port.ts';
import { orAbsent } from './request/absence.ts';
import { ask, writeCondition, writes } from './request/calls.ts';
import type { S3Bucket } from './request/calls.ts';
import { headerInput, joinMetadata } from './object-info.ts';
import { written } from './request/outcome.ts';

/** `x-amz-copy-source`: bucket and key, each segment percent-encoded. */
export function copySource(bucket: S3Bucket, from: ObjectKey): string {
  return [bucket.bucket, ...from.split('/')].map((segment) => encodeURIComponent(segment)).join('/');
}

type Copying = {
  readonly from: ObjectKey;
  readonly to: ObjectKey;
  readonly options: Parameters<RemoteObjects['copy']>[2];
};

export async function copyObject(
  bucket: S3Bucket,
  copying: Copying,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { from, to, options } = copying;
  const input: CopyObjectCommandInput = {
    Bucket: bucket.bucket,
    Key: to,
    CopySource: copySource(bucket, from),
    ...(bucket.abilities()?.copyConditions === false || options.source === null
      ? {}
      : { CopySourceIfMatch: options.source }),
    MetadataDirective: 'REPLACE',
    ...(options.withoutTags === true ? { TaggingDirective: 'REPLACE' as const } : {}),
    ContentType: options.contentType,
    Metadata: joinMetadata(options.metadata, options.headers),
    ...headerInput(options.headers),
    ...writeCondition(options.condition, 'copy', bucket.abilities()),
  };
  const send = () => bucket.direct?.copy(input) ?? bucket.sdk.send('CopyObject', input);
  const asked = ask(bucket, send, writes, signal);
  const answer = await orAbsent(asked, { bucket, key: from }, signal);
  if (answer.kind === 'absent') return { kind: 'lost' };
  if (answer.kind !== 'ok') return written(bucket, to, answer);
  const { CopyObjectResult: result, VersionId } = answer.value;
  return written(bucket, to, { kind: 'ok', value: { ETag: result?.ETag, VersionId } });
}
