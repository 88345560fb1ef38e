// PutObject, DeleteObject and DeleteObjects.
import { AwsError } from './aws-error.ts';
import { checksumHeader } from './checksums.ts';
import type { Checksum } from './checksums.ts';
import { element } from './http-kit.ts';
import type { StoredVersion } from './object-types.ts';
import { currentVersion } from './object-types.ts';
import { etagListed, preconditionFailed, writePrecondition } from './preconditions.ts';
import { demandSum, receiveBody } from './receive-body.ts';
import type { Received } from './receive-body.ts';
import { S3_NAMESPACE, readXml } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';

const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
  'x-amz-website-redirect-location',
];
const MAX_PUT_BYTES = 5 * 2 ** 30;

/** The headers that are stored with an object and given back by GET. */
export function storedHeaders(s3: S3Request): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  let metaBytes = 0;
  for (const name in s3.request.headers) {
    if (!name.startsWith('x-amz-meta-') && !KEPT_HEADERS.includes(name)) continue;
    const value = s3.header(name) ?? '';
    kept[name] = value;
    if (name.startsWith('x-amz-meta-')) metaBytes += name.length - 'x-amz-meta-'.length + value.length;
  }
  if (metaBytes > 2048)
    throw new AwsError(
      'MetadataTooLarge',
      400,
      'Your metadata headers exceed the maximum allowed metadata size',
    );
  // `aws-chunked` describes the transfer, not the object.
  const encoding = (s3.header('content-encoding') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked');
  if (encoding.length > 0) kept['content-encoding'] = encoding.join(',');
  kept['content-type'] ??= 'binary/octet-stream';
  return kept;
}

export async function putObject(s3: S3Request): Promise<void> {
  s3.demand('s3:PutObject');
  const bucket = s3.store.bucket(s3.bucket);
  const precondition = writePrecondition(s3, 'PutObject');
  // Early, to spare the transfer; the binding check is in the turn of the change.
  precondition?.(currentVersion(bucket.keys.get(s3.key)));
  const { store } = s3.parts.settings;
  if (store.objectLock) demandSum(s3.request.headers, 'Put Object');
  const headers = storedHeaders(s3);
  const extra = store.defaultChecksum ? (['CRC64NVME'] as const) : [];
  const received = await receiveBody(s3.request, s3.verified, s3.store.blobs, {
    extra,
    verifyChecksums: store.checksums === 'full',
    maxBytes: MAX_PUT_BYTES,
  });
  const checksum = store.checksums === 'full' ? checksumOf(received) : null;
  const { etag, sizeBytes, incoming } = received;
  const object = { etag, sizeBytes, modifiedMs: s3.parts.now(), headers, checksum, parts: null };
  let version: StoredVersion;
  try {
    version = await s3.store.put(
      s3.target,
      object,
      incoming,
      precondition === undefined ? {} : { precondition },
    );
  } catch (error) {
    if (incoming.kind === 'file') s3.store.blobs.release([incoming.segment]);
    throw error;
  }
  s3.sendEmpty(200, {
    etag: `"${version.etag}"`,
    ...versionHeader(version, bucket.versioning !== 'off'),
    ...checksumHeaders(checksum),
    ...encryptionHeader(s3),
  });
}

/** One checksum per object: the one that the client chose, before one added by default. */
export function checksumOf(received: Received): Checksum | null {
  const entries = Object.entries(received.checksums);
  const chosen = entries.find(([algorithm]) => algorithm !== 'CRC64NVME') ?? entries[0];
  return chosen === undefined
    ? null
    : { algorithm: chosen[0] as Checksum['algorithm'], type: 'FULL_OBJECT', value: chosen[1] };
}

export function checksumHeaders(checksum: Checksum | null): Readonly<Record<string, string>> {
  return checksum === null
    ? {}
    : { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

export function versionHeader(
  version: StoredVersion,
  isVersioned: boolean,
): Readonly<Record<string, string>> {
  return isVersioned ? { 'x-amz-version-id': version.versionId } : {};
}

export function encryptionHeader(s3: S3Request): Readonly<Record<string, string>> {
  const value = s3.header('x-amz-server-side-encryption');
  return value === 'AES256' ? { 'x-amz-server-side-encryption': value } : {};
}

export async function deleteObject(s3: S3Request): Promise<void> {
  const versionId = s3.query('versionId');
  s3.demand(versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion');
  s3.store.bucket(s3.bucket);
  if (versionId !== undefined) {
    const removed = await s3.store.removeVersion(s3.bucket, s3.key, versionId);
    s3.sendEmpty(204, {
      'x-amz-version-id': versionId,
      ...(removed?.isDeleteMarker === true ? { 'x-amz-delete-marker': 'true' } : {}),
    });
    return;
  }
  const marker = await s3.store.remove(
    s3.bucket,
    s3.key,
    s3.parts.now(),
    writePrecondition(s3, 'DeleteObject'),
  );
  s3.sendEmpty(
    204,
    marker === undefined ? {} : { 'x-amz-version-id': marker.versionId, 'x-amz-delete-marker': 'true' },
  );
}

type DeleteItem = {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
};

export async function deleteObjects(s3: S3Request): Promise<void> {
  s3.store.bucket(s3.bucket);
  const body = await readXml(s3, 'Delete', 'Object');
  const items = (
    Array.isArray(body['Object']) ? (body['Object'] as readonly Readonly<Record<string, unknown>>[]) : []
  ).map((item): DeleteItem => {
    const text = (name: string): string | undefined =>
      typeof item[name] === 'string' ? item[name] : undefined;
    return { key: text('Key') ?? '', versionId: text('VersionId'), etag: text('ETag') };
  });
  if (items.length === 0 || items.length > 1000)
    throw new AwsError(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  const isQuiet = body['Quiet'] === 'true';
  const results: string[] = [];
  for (const item of items) {
    const result = await deleteOne(s3, item);
    if (result.startsWith('<Error>') || !isQuiet) results.push(result);
  }
  s3.sendXml(200, `<DeleteResult xmlns="${S3_NAMESPACE}">${results.join('')}</DeleteResult>`);
}

async function deleteOne(s3: S3Request, item: DeleteItem): Promise<string> {
  const { key, versionId, etag } = item;
  const name = element('Key', key) + element('VersionId', versionId);
  try {
    s3.demand(versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', { key });
    if (versionId !== undefined) {
      const removed = await s3.store.removeVersion(s3.bucket, key, versionId);
      const wasMarker =
        removed?.isDeleteMarker === true
          ? `<DeleteMarker>true</DeleteMarker>${element('DeleteMarkerVersionId', versionId)}`
          : '';
      return `<Deleted>${name}${wasMarker}</Deleted>`;
    }
    const ignores = s3.parts.settings.store.ignoredConditions.includes('DeleteObject:if-match');
    const marker = await s3.store.remove(s3.bucket, key, s3.parts.now(), (current) => {
      if (etag !== undefined && !ignores && (current === undefined || !etagListed(etag, current.etag)))
        throw preconditionFailed('If-Match');
    });
    return `<Deleted>${name}${marker === undefined ? '' : `<DeleteMarker>true</DeleteMarker>${element('DeleteMarkerVersionId', marker.versionId)}`}</Deleted>`;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `<Error>${name}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  }
}
