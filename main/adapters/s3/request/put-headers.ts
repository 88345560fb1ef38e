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

/** Without those that the bucket's owner requires (`setWriteHeaders`). */
export function putHeaders(facts: PutFacts, lengthBytes: number): Record<string, string> {
  const headers: Record<string, string> = { 'content-length': String(lengthBytes) };
  const given: readonly (readonly [string, string | undefined])[] = [
    ['content-type', facts.ContentType],
    ['if-match', facts.IfMatch],
    ['if-none-match', facts.IfNoneMatch],
    ['x-amz-checksum-sha256', facts.ChecksumSHA256],
    ['x-amz-checksum-crc64nvme', facts.ChecksumCRC64NVME],
    ['x-amz-checksum-crc32', facts.ChecksumCRC32],
    ['content-md5', facts.ContentMD5],
  ];
  for (const [name, value] of given) if (value !== undefined) headers[name] = value;
  for (const [name, value] of Object.entries(facts.Metadata ?? {}))
    headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  return headers;
}
