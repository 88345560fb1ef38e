// Isolation matrix: operations on one's own and another user's prefix, with outcomes.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

export type Outcomes = Readonly<Record<string, string>>;

/** `done`, or the status that refused it. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof S3ServiceException) return String(error.$metadata.httpStatusCode);
    throw error;
  }
}

type Where = { readonly s3: S3Client; readonly bucket: string; readonly prefix: string };

/** What sync needs; all of it is `done` under a good policy. */
export async function useOwnPrefix({ s3, bucket: Bucket, prefix }: Where): Promise<Outcomes> {
  const Key = `${prefix}own.txt`;
  const large = { Bucket, Key: `${prefix}large.bin` };
  const put = await outcomeOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one' })));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(large));
  const { ETag } = await s3.send(new UploadPartCommand({ ...large, UploadId, PartNumber: 1, Body: 'part' }));
  const parts = await outcomeOf(s3.send(new ListPartsCommand({ ...large, UploadId })));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = await outcomeOf(
    s3.send(new CompleteMultipartUploadCommand({ ...large, UploadId, MultipartUpload })),
  );
  const unwanted = await s3.send(new CreateMultipartUploadCommand(large));
  return {
    put,
    parts,
    complete,
    abort: await outcomeOf(
      s3.send(new AbortMultipartUploadCommand({ ...large, UploadId: unwanted.UploadId })),
    ),
    list: await outcomeOf(s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))),
    listVersions: await outcomeOf(s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }))),
    head: await outcomeOf(s3.send(new HeadObjectCommand({ Bucket, Key }))),
    get: await outcomeOf(s3.send(new GetObjectCommand({ Bucket, Key }))),
    copy: await outcomeOf(
      s3.send(new CopyObjectCommand({ Bucket, Key: `${prefix}copy.txt`, CopySource: source(Bucket, Key) })),
    ),
    delete: await outcomeOf(s3.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}copy.txt` }))),
  };
}

/** The victim has an object `own.txt` and an unfinished upload; the stranger tries all that `useOwnPrefix` does, on them. */
export async function tryOtherPrefix(
  stranger: Where,
  victim: Where & { readonly versionId: string | undefined },
): Promise<Outcomes> {
  const { s3, bucket: Bucket } = stranger;
  const Key = `${victim.prefix}own.txt`;
  const large = { Bucket, Key: `${victim.prefix}unfinished.bin` };
  const { UploadId } = await victim.s3.send(new CreateMultipartUploadCommand(large));
  const copy = (from: string, to: string): Promise<string> =>
    outcomeOf(s3.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: source(Bucket, from) })));
  const mine = `${stranger.prefix}own.txt`;
  const outcomes = {
    list: await outcomeOf(s3.send(new ListObjectsV2Command({ Bucket, Prefix: victim.prefix }))),
    listVersions: await outcomeOf(s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: victim.prefix }))),
    head: await outcomeOf(s3.send(new HeadObjectCommand({ Bucket, Key }))),
    get: await outcomeOf(s3.send(new GetObjectCommand({ Bucket, Key }))),
    getVersion: await outcomeOf(
      s3.send(new GetObjectCommand({ Bucket, Key, VersionId: victim.versionId ?? 'null' })),
    ),
    put: await outcomeOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'theirs' }))),
    putNew: await outcomeOf(
      s3.send(new PutObjectCommand({ Bucket, Key: `${victim.prefix}new.txt`, Body: 'theirs' })),
    ),
    delete: await outcomeOf(s3.send(new DeleteObjectCommand({ Bucket, Key }))),
    copyFrom: await copy(Key, `${stranger.prefix}stolen.txt`),
    copyTo: await copy(mine, `${victim.prefix}planted.txt`),
    createUpload: await outcomeOf(s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))),
    uploadPart: await outcomeOf(
      s3.send(new UploadPartCommand({ ...large, UploadId, PartNumber: 1, Body: 'theirs' })),
    ),
    listParts: await outcomeOf(s3.send(new ListPartsCommand({ ...large, UploadId }))),
    complete: await outcomeOf(
      s3.send(
        new CompleteMultipartUploadCommand({
          ...large,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"0"' }] },
        }),
      ),
    ),
    abort: await outcomeOf(s3.send(new AbortMultipartUploadCommand({ ...large, UploadId }))),
  };
  await victim.s3.send(new AbortMultipartUploadCommand({ ...large, UploadId }));
  return outcomes;
}

/** Forbidden to every user, even on their own objects: affects others, or prevents recovery. */
export async function tryBucketRights(
  { s3, bucket: Bucket, prefix }: Where,
  versionId: string | undefined,
): Promise<Outcomes> {
  const Key = `${prefix}own.txt`;
  const send = (work: Promise<unknown>): Promise<string> => outcomeOf(work);
  return {
    listRoot: await send(s3.send(new ListObjectsV2Command({ Bucket }))),
    listAbove: await send(s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'users/' }))),
    listWithoutSlash: await send(s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix.slice(0, -1) }))),
    listNeighbour: await send(
      s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix.slice(0, -1)}2/` })),
    ),
    listVersionsRoot: await send(s3.send(new ListObjectVersionsCommand({ Bucket }))),
    listUploads: await send(s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }))),
    deleteVersion: await send(
      s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: versionId ?? 'null' })),
    ),
    putObjectAcl: await send(s3.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'private' }))),
    getBucketPolicy: await send(s3.send(new GetBucketPolicyCommand({ Bucket }))),
    getBucketAcl: await send(s3.send(new GetBucketAclCommand({ Bucket }))),
    putBucketPolicy: await send(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: openPolicy(Bucket) }))),
    putVersioning: await send(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
    ),
    putLifecycle: await send(
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: 'x', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    ),
    deleteBucket: await send(s3.send(new DeleteBucketCommand({ Bucket }))),
  };
}

function openPolicy(bucket: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${bucket}/*` }],
  });
}

function source(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
