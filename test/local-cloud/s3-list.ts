// ListObjects (both versions) and ListObjectVersions: UTF-8 order, prefix, delimiter, paging, url encoding, listing lag.
import { AwsError } from './aws-error.ts';
import { element } from './http-kit.ts';
import { compareUtf8 } from './key-index.ts';
import { currentVersion } from './object-types.ts';
import type { Bucket, KeyEntry } from './object-types.ts';
import { S3_NAMESPACE } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';
import { encodeStrict } from './sigv4.ts';

type Row = readonly [key: string, entry: KeyEntry];

export type ListQuery = {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encode: (text: string) => string;
  readonly isEncoded: boolean;
};

export function listQuery(s3: S3Request): ListQuery {
  const maxText = s3.query('max-keys') ?? s3.query('max-uploads') ?? '1000';
  if (!/^\d{1,10}$/.test(maxText))
    throw new AwsError('InvalidArgument', 400, 'Provided max-keys not an integer or within integer range');
  const encoding = s3.query('encoding-type');
  if (encoding !== undefined && encoding !== 'url')
    throw new AwsError('InvalidArgument', 400, 'Invalid Encoding Method specified in Request');
  const encode =
    encoding === 'url'
      ? (text: string): string => text.split('/').map(encodeStrict).join('/').replaceAll('%20', '+')
      : (text: string): string => text;
  return {
    prefix: s3.query('prefix') ?? '',
    delimiter: s3.query('delimiter') ?? '',
    maxKeys: Math.min(1000, Number(maxText)),
    encode,
    isEncoded: encoding === 'url',
  };
}

export function demandList(s3: S3Request, action: string): void {
  const context = {
    's3:prefix': s3.query('prefix'),
    's3:delimiter': s3.query('delimiter'),
    's3:max-keys': s3.query('max-keys'),
  };
  s3.demand(action, { key: null, context });
}

/** Keys from `start` on; with listing lag, as they were that long ago. */
function rows(s3: S3Request, bucket: Bucket, start: string): Iterable<Row> {
  const { listingLagMs } = s3.parts.settings;
  if (listingLagMs === 0) return bucket.keys.from(start);
  const before = s3.store.before(bucket.name, Date.now() - listingLagMs);
  const keys = new Map<string, KeyEntry>();
  for (const [key, entry] of bucket.keys.from(start)) if (!before.has(key)) keys.set(key, entry);
  for (const [key, versions] of before)
    if (versions.length > 0 && compareUtf8(key, start) >= 0) keys.set(key, { versions });
  return [...keys].sort((a, b) => compareUtf8(a[0], b[0]));
}

export type Item =
  | { readonly kind: 'key'; readonly key: string; readonly entry: KeyEntry }
  | { readonly kind: 'prefix'; readonly key: string };

export type ListStart = {
  /** Keys up to this one are passed over; with `inclusive` it is the first itself. */
  readonly after: { readonly key: string; readonly inclusive: boolean; readonly isPageEnd: boolean };
  readonly accept: (entry: KeyEntry) => boolean;
};

/** Walks keys in order, folding what shares a delimiter. */
export function* items(s3: S3Request, bucket: Bucket, query: ListQuery, from: ListStart): Generator<Item> {
  const { prefix, delimiter } = query;
  const { after, accept } = from;
  let start = compareUtf8(after.key, prefix) > 0 ? after.key : prefix;
  // A page that ended in a folded prefix has dealt with all below it; start-after says no such thing.
  const skipsFolder =
    delimiter !== '' &&
    after.isPageEnd &&
    after.key.startsWith(prefix) &&
    after.key.slice(prefix.length).endsWith(delimiter);
  let skipPrefix = skipsFolder ? after.key : null;
  if (skipPrefix !== null) start = afterPrefix(skipPrefix) ?? start;
  for (;;) {
    let jump: string | null = null;
    for (const [key, entry] of rows(s3, bucket, start)) {
      if (!key.startsWith(prefix)) return;
      if (!after.inclusive && compareUtf8(key, after.key) <= 0) continue;
      if (skipPrefix !== null && key.startsWith(skipPrefix)) continue;
      if (!accept(entry)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) {
        yield { kind: 'key', key, entry };
        continue;
      }
      skipPrefix = key.slice(0, cut + delimiter.length);
      yield { kind: 'prefix', key: skipPrefix };
      jump = afterPrefix(skipPrefix);
      if (jump !== null) break;
    }
    if (jump === null) return;
    start = jump;
  }
}

/** The smallest key above everything that begins with the prefix, where that is simple: its last character plus one. */
function afterPrefix(prefix: string): string | null {
  const last = prefix.charCodeAt(prefix.length - 1);
  return last < 0x7f ? prefix.slice(0, -1) + String.fromCharCode(last + 1) : null;
}

type Page = { readonly items: readonly Item[]; readonly isTruncated: boolean; readonly last: string };

function page(source: Iterable<Item>, maxKeys: number): Page {
  const found: Item[] = [];
  if (maxKeys === 0) return { items: [], isTruncated: false, last: '' };
  for (const item of source) {
    if (found.length === maxKeys) return { items: found, isTruncated: true, last: found.at(-1)?.key ?? '' };
    found.push(item);
  }
  return { items: found, isTruncated: false, last: '' };
}

const isVisible = (entry: KeyEntry): boolean => currentVersion(entry) !== undefined;

export function listObjectsV2(s3: S3Request): void {
  demandList(s3, 's3:ListBucket');
  const bucket = s3.store.bucket(s3.bucket);
  const query = listQuery(s3);
  const token = s3.query('continuation-token');
  const startAfter = s3.query('start-after') ?? '';
  const after = token === undefined ? startAfter : readToken(token);
  const result = page(
    items(s3, bucket, query, {
      after: { key: after, inclusive: false, isPageEnd: token !== undefined },
      accept: isVisible,
    }),
    query.maxKeys,
  );
  const head = [
    element('Name', bucket.name),
    `<Prefix>${element('x', query.encode(query.prefix)).slice(3, -4)}</Prefix>`,
    query.delimiter === '' ? '' : element('Delimiter', query.encode(query.delimiter)),
    element('MaxKeys', query.maxKeys),
    query.isEncoded ? element('EncodingType', 'url') : '',
    element('KeyCount', result.items.length),
    element('IsTruncated', result.isTruncated),
    element('ContinuationToken', token),
    startAfter === '' ? '' : element('StartAfter', query.encode(startAfter)),
    result.isTruncated ? element('NextContinuationToken', makeToken(result.last)) : '',
  ];
  const hasOwner = s3.query('fetch-owner') === 'true';
  s3.sendXml(
    200,
    `<ListBucketResult xmlns="${S3_NAMESPACE}">${head.join('')}${contents(s3, result.items, query, hasOwner)}</ListBucketResult>`,
  );
}

export function listObjectsV1(s3: S3Request): void {
  demandList(s3, 's3:ListBucket');
  const bucket = s3.store.bucket(s3.bucket);
  const query = listQuery(s3);
  const marker = s3.query('marker') ?? '';
  const result = page(
    items(s3, bucket, query, {
      after: { key: marker, inclusive: false, isPageEnd: true },
      accept: isVisible,
    }),
    query.maxKeys,
  );
  const head = [
    element('Name', bucket.name),
    `<Prefix>${element('x', query.encode(query.prefix)).slice(3, -4)}</Prefix>`,
    `<Marker>${element('x', query.encode(marker)).slice(3, -4)}</Marker>`,
    query.delimiter === '' ? '' : element('Delimiter', query.encode(query.delimiter)),
    element('MaxKeys', query.maxKeys),
    query.isEncoded ? element('EncodingType', 'url') : '',
    element('IsTruncated', result.isTruncated),
    // S3 gives NextMarker only with a delimiter; without one the last key is the marker.
    result.isTruncated && query.delimiter !== '' ? element('NextMarker', query.encode(result.last)) : '',
  ];
  s3.sendXml(
    200,
    `<ListBucketResult xmlns="${S3_NAMESPACE}">${head.join('')}${contents(s3, result.items, query, true)}</ListBucketResult>`,
  );
}

function contents(s3: S3Request, found: readonly Item[], query: ListQuery, hasOwner: boolean): string {
  let text = '';
  let prefixes = '';
  const owner = hasOwner ? `<Owner>${element('ID', s3.parts.iam.accountId)}</Owner>` : '';
  const showsChecksums = s3.parts.settings.store.checksums === 'full';
  for (const item of found) {
    if (item.kind === 'prefix') {
      prefixes += `<CommonPrefixes>${element('Prefix', query.encode(item.key))}</CommonPrefixes>`;
      continue;
    }
    const version = currentVersion(item.entry);
    if (version === undefined) continue;
    const { checksum } = version;
    const sum =
      checksum === null || !showsChecksums
        ? ''
        : `<ChecksumAlgorithm>${checksum.algorithm}</ChecksumAlgorithm><ChecksumType>${checksum.type}</ChecksumType>`;
    text += `<Contents>${element('Key', query.encode(item.key))}<LastModified>${isoMillis(version.modifiedMs)}</LastModified><ETag>&quot;${version.etag}&quot;</ETag>${sum}<Size>${String(version.sizeBytes)}</Size>${owner}<StorageClass>STANDARD</StorageClass></Contents>`;
  }
  return text + prefixes;
}

/** S3 keeps whole seconds. */
export function isoMillis(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000Z`;
}

function makeToken(key: string): string {
  return Buffer.from(JSON.stringify({ after: key })).toString('base64url');
}

function readToken(token: string): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && 'after' in value && typeof value.after === 'string')
      return value.after;
  } catch {
    // Falls through: every unreadable token gets the same answer.
  }
  throw new AwsError('InvalidArgument', 400, 'The continuation token provided is incorrect');
}
