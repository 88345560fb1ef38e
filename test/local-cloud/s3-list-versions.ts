// ListObjectVersions: every version and delete marker, newest first under each key, in pages.
import { element } from './http-kit.ts';
import type { KeyEntry, StoredVersion } from './object-types.ts';
import { S3_NAMESPACE } from './s3-bucket.ts';
import type { S3Request } from './s3-context.ts';
import { demandList, isoMillis, items, listQuery } from './s3-list.ts';
import type { ListQuery } from './s3-list.ts';

type VersionRow = { readonly key: string; readonly version: StoredVersion; readonly isLatest: boolean };

export function listObjectVersions(s3: S3Request): void {
  demandList(s3, 's3:ListBucketVersions');
  const bucket = s3.store.bucket(s3.bucket);
  const query = listQuery(s3);
  const keyMarker = s3.query('key-marker') ?? '';
  const idMarker = s3.query('version-id-marker') ?? '';
  const found: string[] = [];
  let prefixes = '';
  let count = 0;
  let next = '';
  let last: VersionRow | null = null;
  const source = items(s3, bucket, query, {
    after: { key: keyMarker, inclusive: idMarker !== '', isPageEnd: idMarker === '' },
    accept: () => true,
  });
  outer: for (const item of source) {
    if (item.kind === 'prefix') {
      if (count === query.maxKeys) {
        next = markers(query, last);
        break;
      }
      prefixes += `<CommonPrefixes>${element('Prefix', query.encode(item.key))}</CommonPrefixes>`;
      count += 1;
      last = { key: item.key, version: { ...EMPTY_VERSION }, isLatest: false };
      continue;
    }
    for (const row of versionRows(item.key, item.entry, item.key === keyMarker ? idMarker : '')) {
      if (count === query.maxKeys) {
        next = markers(query, last);
        break outer;
      }
      found.push(versionXml(s3, query, row));
      count += 1;
      last = row;
    }
  }
  const head = [
    element('Name', bucket.name),
    `<Prefix>${element('x', query.encode(query.prefix)).slice(3, -4)}</Prefix>`,
    `<KeyMarker>${element('x', query.encode(keyMarker)).slice(3, -4)}</KeyMarker>`,
    `<VersionIdMarker>${element('x', idMarker).slice(3, -4)}</VersionIdMarker>`,
    query.delimiter === '' ? '' : element('Delimiter', query.encode(query.delimiter)),
    element('MaxKeys', query.maxKeys),
    query.isEncoded ? element('EncodingType', 'url') : '',
    element('IsTruncated', next !== ''),
    next,
  ];
  s3.sendXml(
    200,
    `<ListVersionsResult xmlns="${S3_NAMESPACE}">${head.join('')}${found.join('')}${prefixes}</ListVersionsResult>`,
  );
}

const EMPTY_VERSION: StoredVersion = {
  versionId: '',
  etag: '',
  sizeBytes: 0,
  modifiedMs: 0,
  isDeleteMarker: false,
  headers: {},
  checksum: null,
  parts: null,
  segments: [],
  pending: null,
};

function markers(query: ListQuery, last: VersionRow | null): string {
  if (last === null) return '';
  return (
    element('NextKeyMarker', query.encode(last.key)) +
    (last.version.versionId === '' ? '' : element('NextVersionIdMarker', last.version.versionId))
  );
}

function versionRows(key: string, entry: KeyEntry, afterVersionId: string): readonly VersionRow[] {
  const all = entry.versions.map((version, index) => ({ key, version, isLatest: index === 0 }));
  if (afterVersionId === '') return all;
  return all.slice(all.findIndex((row) => row.version.versionId === afterVersionId) + 1);
}

function versionXml(s3: S3Request, query: ListQuery, row: VersionRow): string {
  const { version } = row;
  const common = `${element('Key', query.encode(row.key))}${element('VersionId', version.versionId)}${element('IsLatest', row.isLatest)}${element('LastModified', isoMillis(version.modifiedMs))}`;
  const owner = `<Owner>${element('ID', s3.parts.iam.accountId)}</Owner>`;
  if (version.isDeleteMarker) return `<DeleteMarker>${common}${owner}</DeleteMarker>`;
  return `<Version>${common}${element('ETag', `"${version.etag}"`)}${element('Size', version.sizeBytes)}${owner}<StorageClass>STANDARD</StorageClass></Version>`;
}
