// GetObject, HeadObject and GetObjectAttributes: versions, conditions, ranges, part numbers, response overrides.
import { pipeline } from 'node:stream/promises';
import { AwsError, accessDenied } from './aws-error.ts';
import { element } from './http-kit.ts';
import { currentVersion } from './object-types.ts';
import type { StoredVersion } from './object-types.ts';
import { noSuchKey, readVerdict } from './preconditions.ts';
import { S3_NAMESPACE } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';
import { checksumHeaders } from './s3-write.ts';

/** Finds the version that a read names and checks that the caller may read it. */
export function findVersion(
  s3: S3Request,
  source: { readonly bucket: string; readonly key: string; readonly versionId: string | undefined },
): StoredVersion {
  const { bucket: bucketName, key, versionId } = source;
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  s3.demand(action, { bucket: bucketName, key });
  const entry = s3.store.bucket(bucketName).keys.get(key);
  if (versionId !== undefined) {
    const found = entry?.versions.find((version) => version.versionId === versionId);
    if (found === undefined)
      throw new AwsError('NoSuchVersion', 404, 'The specified version does not exist.', {
        Key: key,
        VersionId: versionId,
      });
    if (found.isDeleteMarker)
      throw new AwsError(
        'MethodNotAllowed',
        405,
        'The specified method is not allowed against this resource.',
      );
    return found;
  }
  const current = currentVersion(entry);
  if (current !== undefined) return current;
  // Who may not list must not learn whether a key exists.
  const mayKnow =
    s3.parts.settings.store.missingKey === 'by-policy' &&
    s3.may('s3:ListBucket', { bucket: bucketName, key: null, context: { 's3:prefix': key } });
  if (!mayKnow) throw accessDenied();
  if (entry !== undefined) s3.response.setHeader('x-amz-delete-marker', 'true');
  throw noSuchKey(key);
}

function requested(s3: S3Request): StoredVersion {
  return findVersion(s3, { bucket: s3.bucket, key: s3.key, versionId: s3.query('versionId') });
}

type Slice = {
  readonly start: number;
  readonly end: number;
  readonly isPartial: boolean;
  readonly partsCount: number | null;
};

function sliceOf(s3: S3Request, version: StoredVersion): Slice {
  const whole: Slice = { start: 0, end: version.sizeBytes, isPartial: false, partsCount: null };
  const partNumber = s3.query('partNumber');
  const range = s3.header('range');
  if (partNumber !== undefined) {
    if (range !== undefined)
      throw new AwsError(
        'InvalidRequest',
        400,
        'Cannot specify both Range header and partNumber query parameter.',
      );
    return partSlice(version, Number(partNumber));
  }
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  // A range that S3 does not understand is ignored, several ranges too.
  if (match === null || (match[1] === '' && match[2] === '')) return whole;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, version.sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? version.sizeBytes : Math.min(version.sizeBytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return whole;
  if (start >= version.sizeBytes || start >= end) {
    throw new AwsError('InvalidRange', 416, 'The requested range is not satisfiable', {
      RangeRequested: range ?? '',
      ActualObjectSize: String(version.sizeBytes),
    });
  }
  return { start, end, isPartial: true, partsCount: null };
}

function partSlice(version: StoredVersion, number: number): Slice {
  const parts = version.parts ?? [{ sizeBytes: version.sizeBytes, etag: version.etag, checksum: null }];
  const part = parts[number - 1];
  if (!Number.isInteger(number) || part === undefined)
    throw new AwsError('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable');
  const start = parts.slice(0, number - 1).reduce((sum, previous) => sum + previous.sizeBytes, 0);
  return {
    start,
    end: start + part.sizeBytes,
    isPartial: true,
    partsCount: version.parts === null ? null : parts.length,
  };
}

const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
];

function replyHeaders(s3: S3Request, version: StoredVersion, slice: Slice): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    ...version.headers,
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': slice.end - slice.start,
  };
  if (s3.store.bucket(s3.bucket).versioning !== 'off') headers['x-amz-version-id'] = version.versionId;
  if (slice.isPartial)
    headers['content-range'] =
      `bytes ${String(slice.start)}-${String(slice.end - 1)}/${String(version.sizeBytes)}`;
  if (slice.partsCount !== null) headers['x-amz-mp-parts-count'] = slice.partsCount;
  const isWhole = slice.end - slice.start === version.sizeBytes;
  if (
    s3.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' &&
    isWhole &&
    s3.parts.settings.store.checksums === 'full'
  ) {
    Object.assign(headers, checksumHeaders(version.checksum));
  }
  if (s3.target.query.size > 0) {
    for (const name of OVERRIDES) {
      const value = s3.query(`response-${name}`);
      if (value !== undefined) headers[name] = value;
    }
  }
  return headers;
}

export function headObject(s3: S3Request): void {
  const version = requested(s3);
  if (readVerdict(s3, version) === 'not-modified') {
    notModified(s3, version);
    return;
  }
  const slice = sliceOf(s3, version);
  s3.response.writeHead(slice.isPartial ? 206 : 200, replyHeaders(s3, version, slice));
  s3.response.end();
}

function notModified(s3: S3Request, version: StoredVersion): void {
  s3.response.writeHead(304, {
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.modifiedMs).toUTCString(),
  });
  s3.response.end();
}

export async function getObject(s3: S3Request): Promise<void> {
  const version = requested(s3);
  if (readVerdict(s3, version) === 'not-modified') {
    notModified(s3, version);
    return;
  }
  const slice = sliceOf(s3, version);
  s3.response.writeHead(slice.isPartial ? 206 : 200, replyHeaders(s3, version, slice));
  if (slice.end === slice.start) {
    s3.response.end();
    return;
  }
  if (version.pending !== null) {
    s3.response.end(version.pending.subarray(slice.start, slice.end));
    return;
  }
  const [only] = version.segments;
  if (version.segments.length === 1 && only !== undefined && only.file === null) {
    s3.response.end(s3.store.journal.read(only.start + slice.start, slice.end - slice.start));
    return;
  }
  const { segments } = version;
  // Held while it streams: an overwrite must not take the file away from under a reader.
  s3.store.blobs.hold(segments);
  try {
    await pipeline(s3.store.blobs.read(s3.store.journal, segments, slice.start, slice.end), s3.response);
  } catch (error) {
    // The reader went away or was cut by a fault; its half of the answer is already out.
    if (!s3.response.destroyed) throw error;
  } finally {
    s3.store.blobs.release(segments);
  }
}

export function getObjectAttributes(s3: S3Request): void {
  const version = requested(s3);
  s3.demand(s3.query('versionId') === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes');
  const wanted = new Set((s3.header('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim()));
  if (wanted.has('')) throw new AwsError('InvalidArgument', 400, 'x-amz-object-attributes is required');
  const { checksum, parts } = version;
  const fields: string[] = [];
  if (wanted.has('ETag')) fields.push(element('ETag', version.etag));
  if (wanted.has('Checksum') && checksum !== null)
    fields.push(
      `<Checksum>${element(`Checksum${checksum.algorithm}`, checksum.value.split('-')[0])}${element('ChecksumType', checksum.type)}</Checksum>`,
    );
  if (wanted.has('ObjectParts') && parts !== null) {
    const rows = parts.map((part, index) => {
      const value =
        part.checksum === null || checksum === null
          ? ''
          : element(`Checksum${checksum.algorithm}`, part.checksum);
      return `<Part>${element('PartNumber', index + 1)}${element('Size', part.sizeBytes)}${value}</Part>`;
    });
    fields.push(
      `<ObjectParts>${element('PartsCount', parts.length)}${element('IsTruncated', false)}${rows.join('')}</ObjectParts>`,
    );
  }
  if (wanted.has('StorageClass')) fields.push(element('StorageClass', 'STANDARD'));
  if (wanted.has('ObjectSize')) fields.push(element('ObjectSize', version.sizeBytes));
  s3.response.setHeader('last-modified', new Date(version.modifiedMs).toUTCString());
  if (s3.store.bucket(s3.bucket).versioning !== 'off')
    s3.response.setHeader('x-amz-version-id', version.versionId);
  s3.sendXml(
    200,
    `<GetObjectAttributesResponse xmlns="${S3_NAMESPACE}">${fields.join('')}</GetObjectAttributesResponse>`,
  );
}
