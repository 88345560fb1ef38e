// CompleteMultipartUpload: checks the list of parts, joins checksums, and makes the object under its condition.
import { createHash } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { checksumHeader, compositeChecksum } from './checksums.ts';
import type { Checksum } from './checksums.ts';
import { combineCrcs } from './crc-combine.ts';
import { element } from './http-kit.ts';
import { noSuchUpload } from './object-store.ts';
import { currentVersion } from './object-types.ts';
import type { Upload, UploadedPart } from './object-types.ts';
import { writePrecondition } from './preconditions.ts';
import { S3_NAMESPACE, readXml } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';
import { findUpload } from './s3-multipart.ts';
import { versionHeader } from './s3-write.ts';

const MIN_PART_BYTES = 5 * 2 ** 20;

export async function completeUpload(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  const upload = findUpload(s3);
  const body = await readXml(s3, 'CompleteMultipartUpload', 'Part');
  const parts = namedParts(upload, body['Part']);
  const bucket = s3.store.bucket(s3.bucket);
  const precondition = writePrecondition(s3, 'CompleteMultipartUpload');
  precondition?.(currentVersion(bucket.keys.get(s3.key)));
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const claimedSize = s3.header('x-amz-mp-object-size');
  if (claimedSize !== undefined && Number(claimedSize) !== sizeBytes)
    throw new AwsError(
      'InvalidRequest',
      400,
      'The provided x-amz-mp-object-size header value does not match what was computed.',
    );
  const checksum = joinChecksums(s3, upload, parts);
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  const etag = `${md5.digest('hex')}-${String(parts.length)}`;
  const partInfos = parts.map((part) => ({
    sizeBytes: part.sizeBytes,
    etag: part.etag,
    checksum: upload.algorithm === null ? null : (part.checksums[upload.algorithm] ?? null),
  }));
  const object = {
    etag,
    sizeBytes,
    modifiedMs: s3.parts.now(),
    headers: upload.headers,
    checksum,
    parts: partInfos,
  };
  const segments = parts.flatMap((part) => part.segments);
  const version = await s3.store.put(
    s3.target,
    object,
    { kind: 'segments', segments },
    {
      uploadId: upload.uploadId,
      precondition: (current) => {
        // Another Complete of the same upload may have won while this one read its body.
        if (!s3.store.uploads.has(upload.uploadId)) throw noSuchUpload();
        precondition?.(current);
      },
    },
  );
  for (const [name, value] of Object.entries(versionHeader(version, bucket.versioning !== 'off')))
    s3.response.setHeader(name, value);
  const sum =
    checksum === null
      ? ''
      : `${element(`Checksum${checksum.algorithm}`, checksum.value)}${element('ChecksumType', checksum.type)}`;
  const location = `http://${s3.header('host') ?? ''}/${s3.bucket}/${s3.key}`;
  s3.sendXml(
    200,
    `<CompleteMultipartUploadResult xmlns="${S3_NAMESPACE}">${element('Location', location)}${element('Bucket', s3.bucket)}${element('Key', s3.key)}${element('ETag', `"${etag}"`)}${sum}</CompleteMultipartUploadResult>`,
  );
}

function namedParts(upload: Upload, list: unknown): readonly UploadedPart[] {
  if (!Array.isArray(list) || list.length === 0)
    throw new AwsError('MalformedXML', 400, 'You must specify at least one part');
  const parts: UploadedPart[] = [];
  let previous = 0;
  for (const item of list as readonly Readonly<Record<string, unknown>>[]) {
    const number = Number(item['PartNumber']);
    if (!(number > previous))
      throw new AwsError(
        'InvalidPartOrder',
        400,
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    previous = number;
    const part = upload.parts.get(number);
    const etag = typeof item['ETag'] === 'string' ? item['ETag'].replace(/^"|"$|^&quot;|&quot;$/g, '') : '';
    if (part === undefined || part.etag !== etag) throw invalidPart(number);
    const claimed = upload.algorithm === null ? undefined : item[`Checksum${upload.algorithm}`];
    const known = upload.algorithm === null ? undefined : part.checksums[upload.algorithm];
    if (typeof claimed === 'string' && known !== undefined && claimed !== known) throw invalidPart(number);
    parts.push(part);
  }
  for (const part of parts.slice(0, -1)) {
    if (part.sizeBytes < MIN_PART_BYTES)
      throw new AwsError(
        'EntityTooSmall',
        400,
        'Your proposed upload is smaller than the minimum allowed size',
        { ProposedSize: String(part.sizeBytes), MinSizeAllowed: String(MIN_PART_BYTES) },
      );
  }
  return parts;
}

function invalidPart(number: number): AwsError {
  return new AwsError(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { PartNumber: String(number) },
  );
}

function joinChecksums(s3: S3Request, upload: Upload, parts: readonly UploadedPart[]): Checksum | null {
  const { algorithm, checksumType } = upload;
  if (algorithm === null || s3.parts.settings.store.checksums !== 'full') return null;
  const values: string[] = [];
  for (const part of parts) {
    const value = part.checksums[algorithm];
    // A copied part has none: the whole goes without rather than with a wrong one.
    if (value === undefined) return null;
    values.push(value);
  }
  const full = combineCrcs(
    algorithm,
    parts.map((part, index) => ({ value: values[index] ?? '', sizeBytes: part.sizeBytes })),
  );
  const value = checksumType === 'FULL_OBJECT' ? full : compositeChecksum(algorithm, values);
  if (value === undefined) return null;
  const claimed = s3.header(checksumHeader(algorithm));
  if (claimed !== undefined && claimed !== value && claimed !== value.split('-')[0])
    throw new AwsError(
      'BadDigest',
      400,
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
  return { algorithm, type: checksumType, value };
}
