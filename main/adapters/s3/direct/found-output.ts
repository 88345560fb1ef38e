// Answer of a GET in the shape that the SDK gives it.
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

type Answered = {
  readonly statusCode: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
};

/** Headers by their fields, as the SDK has them; what the engine never reads is left out. */
const textFields = {
  ETag: 'etag',
  VersionId: 'x-amz-version-id',
  ContentType: 'content-type',
  ContentRange: 'content-range',
  ContentEncoding: 'content-encoding',
  ContentDisposition: 'content-disposition',
  ContentLanguage: 'content-language',
  CacheControl: 'cache-control',
  ExpiresString: 'expires',
  WebsiteRedirectLocation: 'x-amz-website-redirect-location',
  StorageClass: 'x-amz-storage-class',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
  ChecksumSHA256: 'x-amz-checksum-sha256',
  ChecksumCRC64NVME: 'x-amz-checksum-crc64nvme',
  ChecksumType: 'x-amz-checksum-type',
} as const;
const textFieldOf = new Map<string, string>(Object.entries(textFields).map(([field, name]) => [name, field]));

const metadataPrefix = 'x-amz-meta-';

/** In loops: it runs for each of many thousand small files. */
export function foundOutput({ statusCode, headers }: Answered, body?: unknown): GetObjectCommandOutput {
  const texts: Record<string, string> = {};
  const metadata: [string, string][] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    const field = textFieldOf.get(name);
    if (field !== undefined) texts[field] = value;
    else if (name.startsWith(metadataPrefix)) metadata.push([name.slice(metadataPrefix.length), value]);
  }
  const modified = new Date(headers['last-modified'] ?? Number.NaN);
  const length = headers['content-length'];
  const tags = headers['x-amz-tagging-count'];
  return {
    $metadata: { httpStatusCode: statusCode },
    ...texts,
    Metadata: Object.fromEntries(metadata),
    ...(length === undefined ? {} : { ContentLength: Number(length) }),
    ...(tags === undefined ? {} : { TagCount: Number(tags) }),
    ...(Number.isNaN(modified.getTime()) ? {} : { LastModified: modified }),
    // A stream as in the client's response, without what the SDK adds to it, or a small body that has come already.
    ...(body === undefined ? {} : { Body: body as GetObjectCommandOutput['Body'] }),
  } as GetObjectCommandOutput;
}
