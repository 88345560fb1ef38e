// Checksums of parts: sent as headers, because a bucket with a default retention refuses parts without one.
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { makeS3Multipart } from '../../main/adapters/s3/multipart.ts';
import type { S3Bucket } from '../../main/adapters/s3/request/calls.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';

const { signal } = new AbortController();

test.each([
  ['crc64nvme', 'ChecksumCRC64NVME'],
  ['crc32', 'ChecksumCRC32'],
] as const)(
  'each part carries the checksum %s that the store was found to take',
  async (partChecksum, field) => {
    const inputs: object[] = [];
    const client = {
      send: ({ input }: { input: object }) => {
        inputs.push(input);
        return Promise.resolve({ ETag: '"e"' });
      },
    };
    const bucket: S3Bucket = {
      client: client as unknown as S3Client,
      bucket: 'b',
      abilities: () => ({ partChecksum }) as ReturnType<S3Bucket['abilities']>,
      nowMs: () => 0,
    };
    const part = { number: 1, bytes: new TextEncoder().encode('123456789') };
    await makeS3Multipart(bucket).uploadPart('k' as ObjectKey, 'upload', part as never, signal);
    expect(inputs).toEqual([
      expect.objectContaining({ [field]: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) }),
    ]);
  },
);
