// Removals and the steps of a multipart upload, as the SDK makes them. An endpoint is probed by dozens of them.
import type {
  AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  DeleteObjectCommandInput,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { hash } from 'node:crypto';
import { emptySha256 } from '../../http/sigv4.ts';
import { isUnusual } from './object-request.ts';
import type { ObjectAsked } from './object-request.ts';
import { writtenHeaders } from './put-headers.ts';
import { escapedText } from './xml-text.ts';

/** Without those headers that the bucket's owner requires (`setWriteHeaders`). */
export type RareRequest = Omit<ObjectAsked, 'key'> & {
  readonly body: Uint8Array | null;
  readonly makesObject: boolean;
};

const plain = { headers: {}, body: null, sha256: emptySha256, makesObject: false } as const;

/** Null for what is unusual, like those below. */
export function removal({
  Bucket: _bucket,
  Key: _key,
  IfMatch,
  ...others
}: DeleteObjectCommandInput): RareRequest | null {
  if (isUnusual(others)) return null;
  const headers = IfMatch === undefined ? {} : { 'if-match': IfMatch };
  return { ...plain, method: 'DELETE', query: { 'x-id': 'DeleteObject' }, headers };
}

export function beginning({
  Bucket: _bucket,
  Key: _key,
  ContentType,
  Metadata,
  ChecksumAlgorithm,
  ...others
}: CreateMultipartUploadCommandInput): RareRequest | null {
  if (isUnusual(others) || ContentType === undefined) return null;
  const headers = writtenHeaders({ ContentType, Metadata });
  if (ChecksumAlgorithm !== undefined) headers['x-amz-checksum-algorithm'] = ChecksumAlgorithm;
  return { ...plain, method: 'POST', query: { uploads: '' }, headers, makesObject: true };
}

/** @param bodySha256 lower-case hex, where it is known already */
export function partOf(
  { Bucket: _bucket, Key: _key, UploadId, PartNumber, Body, ContentLength, ...sums }: UploadPartCommandInput,
  bodySha256: string | null,
): RareRequest | null {
  const { ChecksumCRC64NVME, ChecksumCRC32, ContentMD5, ...others } = sums;
  if (isUnusual(others) || !(Body instanceof Uint8Array)) return null;
  if (UploadId === undefined || PartNumber === undefined) return null;
  return {
    method: 'PUT',
    query: { 'x-id': 'UploadPart', partNumber: String(PartNumber), uploadId: UploadId },
    headers: {
      'content-length': String(ContentLength ?? Body.length),
      'content-type': 'application/octet-stream',
      ...writtenHeaders({ ChecksumCRC64NVME, ChecksumCRC32, ContentMD5 }),
    },
    body: Body,
    sha256: bodySha256 ?? hash('sha256', Body),
    makesObject: false,
  };
}

export function completion({
  Bucket: _bucket,
  Key: _key,
  UploadId,
  MultipartUpload,
  IfMatch,
  IfNoneMatch,
  ...others
}: CompleteMultipartUploadCommandInput): RareRequest | null {
  if (isUnusual(others) || UploadId === undefined) return null;
  const parts = (MultipartUpload?.Parts ?? []).map(partElement);
  if (parts.includes(null)) return null;
  const body = Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>' +
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
  );
  return {
    method: 'POST',
    query: { uploadId: UploadId },
    headers: {
      'content-type': 'application/xml',
      'content-length': String(body.length),
      ...writtenHeaders({ IfMatch, IfNoneMatch }),
    },
    body,
    sha256: hash('sha256', body),
    makesObject: false,
  };
}

type Part = NonNullable<NonNullable<CompleteMultipartUploadCommandInput['MultipartUpload']>['Parts']>[number];

function partElement({ PartNumber, ETag, ChecksumCRC64NVME, ChecksumCRC32, ...others }: Part): string | null {
  if (isUnusual(others) || PartNumber === undefined) return null;
  const fields = Object.entries({ ETag, ChecksumCRC32, ChecksumCRC64NVME, PartNumber: String(PartNumber) });
  const told = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`<${name}>${escapedText(value)}</${name}>`],
  );
  return `<Part>${told.join('')}</Part>`;
}

export function ending({
  Bucket: _bucket,
  Key: _key,
  UploadId,
  ...others
}: AbortMultipartUploadCommandInput): RareRequest | null {
  if (isUnusual(others) || UploadId === undefined) return null;
  const query = { 'x-id': 'AbortMultipartUpload', uploadId: UploadId };
  return { ...plain, method: 'DELETE', query };
}
