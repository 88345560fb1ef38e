// Checksums of parts: sent as headers, because a bucket with a default retention refuses parts without one.
import { expect, test } from 'vitest';
import { makeS3Multipart } from '../../main/adapters/s3/multipart.ts';
import type { S3Bucket } from '../../main/adapters/s3/request/calls.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';

const { signal } = new AbortController();

test.each([
  ['crc64nvme', 'ChecksumCRC64NVME', 'rosUhgp5mIg='],
  ['crc32', 'ChecksumCRC32', 'y/Q5Jg=='],
] as const)(
  'each part carries the checksum %s, which the store was found to take',
  async (partChecksum, field, value) => {
    const inputs: object[] = [];
    const sdk = {
      send: (_name: string, input: object) => {
        inputs.push(input);
        return Promise.resolve({ ETag: '"e"' });
      },
    };
    const bucket: S3Bucket = {
      sdk: sdk as unknown as S3Bucket['sdk'],
      bucket: 'b',
      abilities: () => ({ partChecksum }) as ReturnType<S3Bucket['abilities']>,
      nowMs: () => 0,
    };
    const part = { number: 1, bytes: new TextEncoder().encode('123456789') };
    await makeS3Multipart(bucket).uploadPart('k' as ObjectKey, 'upload', part, signal);
    expect(inputs).toHaveLength(1);
    expect(inputs[0]).toHaveProperty(field, value);
  },
);
