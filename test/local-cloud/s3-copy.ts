// CopyObject: conditions on source and target, metadata directive; the bytes are shared, not copied.
import { AwsError } from './aws-error.ts';
import { createHasher, isChecksumAlgorithm } from './checksums.ts';
import type { Checksum } from './checksums.ts';
import { element } from './http-kit.ts';
import { currentVersion } from './object-types.ts';
import type { StoredVersion } from './object-types.ts';
import { checkCopySource, writePrecondition } from './preconditions.ts';
import { S3_NAMESPACE } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';
import { findVersion } from './s3-read.ts';
import { encryptionHeader, storedHeaders, versionHeader } from './s3-write.ts';

export type CopySource = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
};

export function copySource(s3: S3Request): CopySource {
  const raw = s3.header('x-amz-copy-source') ?? '';
  const mark = raw.indexOf('?versionId=');
  const path = (mark < 0 ? raw : raw.slice(0, mark)).replace(/^\//, '');
  const versionId = mark < 0 ? undefined : raw.slice(mark + '?versionId='.length);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw new AwsError(
      'InvalidArgument',
      400,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1)
    throw new AwsError(
      'InvalidArgument',
      400,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId };
}

export async function copyObject(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  const source = copySource(s3);
  const version = findVersion(s3, source);
  checkCopySource(s3, version);
  const bucket = s3.store.bucket(s3.bucket);
  const replaces = s3.header('x-amz-metadata-directive') === 'REPLACE';
  if (version.sizeBytes > 5 * 2 ** 30)
    throw new AwsError(
      'InvalidRequest',
      400,
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    );
  if (!replaces && source.bucket === s3.bucket && source.key === s3.key && source.versionId === undefined) {
    throw new AwsError(
      'InvalidRequest',
      400,
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const precondition = writePrecondition(s3, 'CopyObject');
  precondition?.(currentVersion(bucket.keys.get(s3.key)));
  s3.store.blobs.hold(version.segments);
  try {
    const checksum = await copiedChecksum(s3, version);
    const headers = replaces ? storedHeaders(s3) : version.headers;
    const object = {
      etag: version.etag,
      sizeBytes: version.sizeBytes,
      modifiedMs: s3.parts.now(),
      headers,
      checksum,
      parts: null,
    };
    // Bytes still on their way into the journal cannot be read there yet: they are written again.
    const bytes = version.pending;
    const from =
      bytes === null
        ? ({ kind: 'segments', segments: version.segments } as const)
        : ({ kind: 'memory', bytes } as const);
    const made = await s3.store.put(
      s3.target,
      object,
      from,
      precondition === undefined ? {} : { precondition },
    );
    for (const [name, value] of Object.entries({
      ...versionHeader(made, bucket.versioning !== 'off'),
      ...encryptionHeader(s3),
    }))
      s3.response.setHeader(name, value);
    if (s3.store.bucket(source.bucket).versioning !== 'off')
      s3.response.setHeader('x-amz-copy-source-version-id', version.versionId);
    const sum =
      checksum === null
        ? ''
        : `${element(`Checksum${checksum.algorithm}`, checksum.value)}${element('ChecksumType', checksum.type)}`;
    s3.sendXml(
      200,
      `<CopyObjectResult xmlns="${S3_NAMESPACE}">${element('LastModified', new Date(made.modifiedMs).toISOString())}${element('ETag', `"${made.etag}"`)}${sum}</CopyObjectResult>`,
    );
  } finally {
    s3.store.blobs.release(version.segments);
  }
}

/** A copy is one object: a composite checksum, or another algorithm asked for, is computed again over the bytes. */
async function copiedChecksum(s3: S3Request, version: StoredVersion): Promise<Checksum | null> {
  if (s3.parts.settings.store.checksums !== 'full') return null;
  const asked = (s3.header('x-amz-checksum-algorithm') ?? '').toUpperCase();
  const algorithm = isChecksumAlgorithm(asked) ? asked : version.checksum?.algorithm;
  if (algorithm === undefined) return null;
  if (version.checksum?.algorithm === algorithm && version.checksum.type === 'FULL_OBJECT')
    return version.checksum;
  const hasher = createHasher(algorithm);
  if (version.pending !== null) hasher.update(version.pending);
  else
    for await (const chunk of s3.store.blobs.read(s3.store.journal, version.segments, 0, version.sizeBytes))
      hasher.update(chunk);
  return { algorithm, type: 'FULL_OBJECT', value: hasher.digest().toString('base64') };
}
