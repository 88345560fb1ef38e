// Multipart uploads: create, parts (sent or copied), listings and abort.
import { createHash, randomBytes } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Segment } from './blobs.ts';
import { checksumHeader, isChecksumAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { element } from './http-kit.ts';
import { compareUtf8 } from './key-index.ts';
import { noSuchUpload } from './object-store.ts';
import type { StoredVersion, Upload } from './object-types.ts';
import { checkCopySource } from './preconditions.ts';
import { demandSum, receiveBody } from './receive-body.ts';
import { S3_NAMESPACE } from './s3-bucket.ts';
import { copySource } from './s3-copy.ts';
import type { S3Request } from './s3-context.ts';
import { demandList, listQuery } from './s3-list.ts';
import { findVersion } from './s3-read.ts';
import { encryptionHeader, storedHeaders } from './s3-write.ts';

export async function createUpload(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  s3.store.bucket(s3.bucket);
  const named = (s3.header('x-amz-checksum-algorithm') ?? '').toUpperCase();
  const algorithm = isChecksumAlgorithm(named) ? named : null;
  const type = s3.header('x-amz-checksum-type')?.toUpperCase();
  if (type === 'FULL_OBJECT' && (algorithm === 'SHA1' || algorithm === 'SHA256'))
    throw new AwsError(
      'InvalidRequest',
      400,
      `The FULL_OBJECT checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  if (type === 'COMPOSITE' && algorithm === 'CRC64NVME')
    throw new AwsError(
      'InvalidRequest',
      400,
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    );
  const checksumType = type === 'FULL_OBJECT' || algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const uploadId = randomBytes(48).toString('base64url');
  const upload: Upload = {
    uploadId,
    bucket: s3.bucket,
    key: s3.key,
    initiatedMs: s3.parts.now(),
    headers: storedHeaders(s3),
    algorithm,
    checksumType,
    parts: new Map(),
  };
  await s3.store.createUpload(upload);
  if (algorithm !== null) {
    s3.response.setHeader('x-amz-checksum-algorithm', algorithm);
    s3.response.setHeader('x-amz-checksum-type', checksumType);
  }
  for (const [name, value] of Object.entries(encryptionHeader(s3))) s3.response.setHeader(name, value);
  s3.sendXml(
    200,
    `<InitiateMultipartUploadResult xmlns="${S3_NAMESPACE}">${element('Bucket', s3.bucket)}${element('Key', s3.key)}${element('UploadId', uploadId)}</InitiateMultipartUploadResult>`,
  );
}

/** The upload that the request names; one of another key is as unknown as none. */
export function findUpload(s3: S3Request): Upload {
  s3.store.bucket(s3.bucket);
  const upload = s3.store.uploads.get(s3.query('uploadId') ?? '');
  if (upload === undefined || upload.bucket !== s3.bucket || upload.key !== s3.key) throw noSuchUpload();
  return upload;
}

function partNumber(s3: S3Request): number {
  const number = Number(s3.query('partNumber') ?? '');
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new AwsError(
      'InvalidArgument',
      400,
      'Part number must be an integer between 1 and 10000, inclusive',
    );
  return number;
}

export async function uploadPart(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  const upload = findUpload(s3);
  const number = partNumber(s3);
  if (s3.parts.settings.store.objectLock) demandSum(s3.request.headers, 'Put Part');
  const verifyChecksums = s3.parts.settings.store.checksums === 'full';
  // A full-object checksum is combined from those of the parts, so every part needs one.
  const extra = upload.algorithm !== null && verifyChecksums ? [upload.algorithm] : [];
  const received = await receiveBody(s3.request, s3.verified, s3.store.blobs, {
    extra,
    verifyChecksums,
    maxBytes: 5 * 2 ** 30,
  });
  const { incoming, etag, sizeBytes, checksums } = received;
  try {
    await s3.store.putPart(
      upload.uploadId,
      number,
      { etag, sizeBytes, checksums: verifyChecksums ? checksums : {}, modifiedMs: s3.parts.now() },
      incoming,
    );
  } catch (error) {
    if (incoming.kind === 'file') s3.store.blobs.release([incoming.segment]);
    throw error;
  }
  const sums = verifyChecksums
    ? Object.entries(checksums).map(
        ([algorithm, value]) => [checksumHeader(algorithm as ChecksumAlgorithm), value] as const,
      )
    : [];
  s3.sendEmpty(200, { etag: `"${etag}"`, ...Object.fromEntries(sums) });
}

export async function uploadPartCopy(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  const upload = findUpload(s3);
  const number = partNumber(s3);
  const source = copySource(s3);
  const version = findVersion(s3, source);
  checkCopySource(s3, version);
  const range = copyRange(s3.header('x-amz-copy-source-range'), version);
  const segments = sliceSegments(version.segments, range.start, range.end);
  s3.store.blobs.hold(segments);
  try {
    const md5 = createHash('md5');
    if (version.pending !== null) md5.update(version.pending.subarray(range.start, range.end));
    else
      for await (const chunk of s3.store.blobs.read(
        s3.store.journal,
        version.segments,
        range.start,
        range.end,
      ))
        md5.update(chunk);
    const etag = md5.digest('hex');
    const modifiedMs = s3.parts.now();
    await s3.store.putPart(
      upload.uploadId,
      number,
      { etag, sizeBytes: range.end - range.start, checksums: {}, modifiedMs },
      { kind: 'segments', segments },
    );
    s3.sendXml(
      200,
      `<CopyPartResult xmlns="${S3_NAMESPACE}">${element('LastModified', new Date(modifiedMs).toISOString())}${element('ETag', `"${etag}"`)}</CopyPartResult>`,
    );
  } finally {
    s3.store.blobs.release(segments);
  }
}

function copyRange(
  text: string | undefined,
  version: StoredVersion,
): { readonly start: number; readonly end: number } {
  if (text === undefined) return { start: 0, end: version.sizeBytes };
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  const start = Number(match?.[1] ?? Number.NaN);
  const end = Number(match?.[2] ?? Number.NaN) + 1;
  if (!(start < end) || end > version.sizeBytes)
    throw new AwsError('InvalidArgument', 400, 'Range specified is not valid for source object');
  return { start, end };
}

function sliceSegments(segments: readonly Segment[], start: number, end: number): readonly Segment[] {
  const slices: Segment[] = [];
  let position = 0;
  for (const segment of segments) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + segment.length);
    if (from < to)
      slices.push({ file: segment.file, start: segment.start + from - position, length: to - from });
    position += segment.length;
  }
  return slices;
}

export async function abortUpload(s3: S3Request): Promise<void> {
  s3.demand('s3:AbortMultipartUpload');
  await s3.store.abortUpload(findUpload(s3).uploadId);
  s3.sendEmpty(204);
}

export function listParts(s3: S3Request): void {
  s3.demand('s3:ListMultipartUploadParts');
  const upload = findUpload(s3);
  const max = Math.min(1000, Number(s3.query('max-parts') ?? '1000'));
  const marker = Number(s3.query('part-number-marker') ?? '0');
  const all = [...upload.parts].filter(([number]) => number > marker).sort((a, b) => a[0] - b[0]);
  const shown = all.slice(0, max);
  const rows = shown.map(([number, part]) => {
    const sums = Object.entries(part.checksums).map(([algorithm, value]) =>
      element(`Checksum${algorithm}`, value),
    );
    return `<Part>${element('PartNumber', number)}${element('LastModified', new Date(part.modifiedMs).toISOString())}${element('ETag', `"${part.etag}"`)}${element('Size', part.sizeBytes)}${sums.join('')}</Part>`;
  });
  const isTruncated = all.length > shown.length;
  const head = [
    element('Bucket', s3.bucket),
    element('Key', s3.key),
    element('UploadId', upload.uploadId),
    element('PartNumberMarker', marker),
    isTruncated ? element('NextPartNumberMarker', shown.at(-1)?.[0] ?? marker) : '',
    element('MaxParts', max),
    element('IsTruncated', isTruncated),
    element('StorageClass', 'STANDARD'),
    upload.algorithm === null
      ? ''
      : element('ChecksumAlgorithm', upload.algorithm) + element('ChecksumType', upload.checksumType),
  ];
  s3.sendXml(
    200,
    `<ListPartsResult xmlns="${S3_NAMESPACE}">${head.join('')}${rows.join('')}</ListPartsResult>`,
  );
}

export function listUploads(s3: S3Request): void {
  demandList(s3, 's3:ListBucketMultipartUploads');
  s3.store.bucket(s3.bucket);
  const query = listQuery(s3);
  const keyMarker = s3.query('key-marker') ?? '';
  const idMarker = s3.query('upload-id-marker') ?? '';
  const all = [...s3.store.uploads.values()]
    .filter((upload) => upload.bucket === s3.bucket && upload.key.startsWith(query.prefix))
    .sort(
      (a, b) =>
        compareUtf8(a.key, b.key) || a.initiatedMs - b.initiatedMs || compareUtf8(a.uploadId, b.uploadId),
    );
  const begin =
    idMarker === ''
      ? all.findIndex((upload) => compareUtf8(upload.key, keyMarker) > 0)
      : all.findIndex((upload) => upload.uploadId === idMarker) + 1;
  const rest = begin < 0 ? [] : all.slice(begin);
  const shown = rest.slice(0, query.maxKeys);
  const rows = shown.map(
    (upload) =>
      `<Upload>${element('Key', query.encode(upload.key))}${element('UploadId', upload.uploadId)}${element('StorageClass', 'STANDARD')}${element('Initiated', new Date(upload.initiatedMs).toISOString())}</Upload>`,
  );
  const isTruncated = rest.length > shown.length;
  const next = isTruncated
    ? element('NextKeyMarker', query.encode(shown.at(-1)?.key ?? '')) +
      element('NextUploadIdMarker', shown.at(-1)?.uploadId)
    : '';
  const head = `${element('Bucket', s3.bucket)}${query.isEncoded ? element('EncodingType', 'url') : ''}${element('MaxUploads', query.maxKeys)}${element('IsTruncated', isTruncated)}${next}`;
  s3.sendXml(
    200,
    `<ListMultipartUploadsResult xmlns="${S3_NAMESPACE}">${head}${rows.join('')}</ListMultipartUploadsResult>`,
  );
}
