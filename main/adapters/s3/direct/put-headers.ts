// Headers of a PutObject that makes a whole object, as the SDK sends them.
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';

export type PutFacts = Pick<
  PutObjectCommandInput,
  | 'ContentType'
  | 'IfMatch'
  | 'IfNoneMatch'
  | 'ChecksumSHA256'
  | 'ChecksumCRC64NVME'
  | 'ChecksumCRC32'
  | 'ContentMD5'
  | 'Metadata'
>;

const fields = [
  ['ContentType', 'content-type'],
  ['IfMatch', 'if-match'],
  ['IfNoneMatch', 'if-none-match'],
  ['ChecksumSHA256', 'x-amz-checksum-sha256'],
  ['ChecksumCRC64NVME', 'x-amz-checksum-crc64nvme'],
  ['ChecksumCRC32', 'x-amz-checksum-crc32'],
  ['ContentMD5', 'content-md5'],
] as const;

/** Without those that the bucket's owner requires (`setWriteHeaders`). */
export function putHeaders(facts: PutFacts, lengthBytes: number): Record<string, string> {
  return { 'content-length': String(lengthBytes), ...writtenHeaders(facts) };
}

/** Those of a copy with metadata of its own as well. */
export function writtenHeaders(facts: PutFacts): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [field, name] of fields) {
    const value = facts[field];
    if (value !== undefined) headers[name] = value;
  }
  const { Metadata: metadata = {} } = facts;
  for (const name of Object.keys(metadata))
    headers[`x-amz-meta-${name.toLowerCase()}`] = metadata[name] ?? '';
  return headers;
}
