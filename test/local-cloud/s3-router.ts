// Operation of an S3 request by method, path and query, with its handler.
import { AwsError } from './aws-error.ts';
import type { S3Request, S3Target } from './s3-context.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketPolicy,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketVersioning,
} from './s3-bucket.ts';
import { copyObject } from './s3-copy.ts';
import { listObjectVersions } from './s3-list-versions.ts';
import { listObjectsV1, listObjectsV2 } from './s3-list.ts';
import { completeUpload } from './s3-complete.ts';
import {
  abortUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
  uploadPartCopy,
} from './s3-multipart.ts';
import { getObject, getObjectAttributes, headObject } from './s3-read.ts';
import { deleteObject, deleteObjects, putObject } from './s3-write.ts';

export type Operation = { readonly verb: string; readonly run: (s3: S3Request) => Promise<void> | void };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Path-style, or virtual-host style on `<bucket>.localhost` and on AWS's own names. */
export function parseTarget(rawTarget: string, host: string): S3Target {
  const mark = rawTarget.indexOf('?');
  const rawPath = mark < 0 ? rawTarget : rawTarget.slice(0, mark);
  const query = mark < 0 ? EMPTY_QUERY : new Map(new URLSearchParams(rawTarget.slice(mark + 1)));
  const path = decodePath(rawPath.startsWith('/') ? rawPath.slice(1) : rawPath);
  const virtual = /^(.+?)(?:(?:\.s3)?\.localhost(?::\d+)?|\.s3\.[a-z0-9-]+\.amazonaws\.com)$/.exec(host)?.[1];
  if (virtual !== undefined && virtual !== 's3') return { bucket: virtual, key: path, query };
  const slash = path.indexOf('/');
  return slash < 0
    ? { bucket: path, key: '', query }
    : { bucket: path.slice(0, slash), key: path.slice(slash + 1), query };
}

const EMPTY_QUERY: ReadonlyMap<string, string> = new Map();

function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

export function route(method: string, target: S3Target, headers: Headers): Operation {
  const { query } = target;
  if (target.bucket === '') {
    if (method === 'GET') return { verb: 'ListBuckets', run: listBuckets };
    throw methodNotAllowed();
  }
  const operation =
    target.key === '' ? bucketOperation(method, query) : objectOperation(method, query, headers);
  if (operation === undefined) throw methodNotAllowed();
  return operation;
}

/** Sub-resources that exist on AWS but not here: refused by policy first, then 501. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  acl: 'Acl',
  cors: 'CORS',
  encryption: 'Encryption',
  lifecycle: 'Lifecycle',
  logging: 'Logging',
  notification: 'Notification',
  'object-lock': 'ObjectLockConfiguration',
  ownershipControls: 'OwnershipControls',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'Replication',
  requestPayment: 'RequestPayment',
  tagging: 'Tagging',
  website: 'Website',
  retention: 'Retention',
  'legal-hold': 'LegalHold',
  torrent: 'Torrent',
  accelerate: 'Accelerate',
  analytics: 'Analytics',
  inventory: 'Inventory',
  metrics: 'Metrics',
  select: 'Select',
  restore: 'Restore',
};

function unsupported(
  method: string,
  query: ReadonlyMap<string, string>,
  kind: 'Bucket' | 'Object',
): Operation | undefined {
  for (const name of query.keys()) {
    const suffix = UNSUPPORTED[name];
    if (suffix === undefined) continue;
    const verb = `${method === 'GET' ? 'Get' : method === 'DELETE' ? 'Delete' : 'Put'}${kind}${suffix}`;
    return {
      verb,
      run: (s3) => {
        s3.demand(`s3:${verb}`);
        throw s3.notImplemented();
      },
    };
  }
  return undefined;
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): Operation | undefined {
  const other = unsupported(method, query, 'Bucket');
  if (other !== undefined) return other;
  switch (method) {
    case 'HEAD':
      return { verb: 'HeadBucket', run: headBucket };
    case 'PUT':
      if (query.has('versioning')) return { verb: 'PutBucketVersioning', run: putBucketVersioning };
      return query.has('policy')
        ? { verb: 'PutBucketPolicy', run: refusePolicyChange }
        : { verb: 'CreateBucket', run: createBucket };
    case 'DELETE':
      return query.has('policy')
        ? { verb: 'DeleteBucketPolicy', run: refusePolicyChange }
        : { verb: 'DeleteBucket', run: deleteBucket };
    case 'POST':
      return query.has('delete') ? { verb: 'DeleteObjects', run: deleteObjects } : undefined;
    case 'GET':
      if (query.has('location')) return { verb: 'GetBucketLocation', run: getBucketLocation };
      if (query.has('versioning')) return { verb: 'GetBucketVersioning', run: getBucketVersioning };
      if (query.has('policy')) return { verb: 'GetBucketPolicy', run: getBucketPolicy };
      if (query.has('uploads')) return { verb: 'ListMultipartUploads', run: listUploads };
      if (query.has('versions')) return { verb: 'ListObjectVersions', run: listObjectVersions };
      return query.get('list-type') === '2'
        ? { verb: 'ListObjectsV2', run: listObjectsV2 }
        : { verb: 'ListObjects', run: listObjectsV1 };
    default:
      return undefined;
  }
}

function refusePolicyChange(s3: S3Request): void {
  s3.demand(`s3:${s3.request.method === 'PUT' ? 'Put' : 'Delete'}BucketPolicy`, { key: null });
  throw s3.notImplemented();
}

function objectOperation(
  method: string,
  query: ReadonlyMap<string, string>,
  headers: Headers,
): Operation | undefined {
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  if (query.has('uploadId')) {
    switch (method) {
      case 'PUT':
        return isCopy
          ? { verb: 'UploadPartCopy', run: uploadPartCopy }
          : { verb: 'UploadPart', run: uploadPart };
      case 'POST':
        return { verb: 'CompleteMultipartUpload', run: completeUpload };
      case 'DELETE':
        return { verb: 'AbortMultipartUpload', run: abortUpload };
      case 'GET':
        return { verb: 'ListParts', run: listParts };
      default:
        return undefined;
    }
  }
  const other = unsupported(method, query, 'Object');
  if (other !== undefined) return other;
  switch (method) {
    case 'GET':
      return query.has('attributes')
        ? { verb: 'GetObjectAttributes', run: getObjectAttributes }
        : { verb: 'GetObject', run: getObject };
    case 'HEAD':
      return { verb: 'HeadObject', run: headObject };
    case 'PUT':
      return isCopy ? { verb: 'CopyObject', run: copyObject } : { verb: 'PutObject', run: putObject };
    case 'DELETE':
      return { verb: 'DeleteObject', run: deleteObject };
    case 'POST':
      return query.has('uploads') ? { verb: 'CreateMultipartUpload', run: createUpload } : undefined;
    default:
      return undefined;
  }
}

function methodNotAllowed(): AwsError {
  return new AwsError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.');
}
