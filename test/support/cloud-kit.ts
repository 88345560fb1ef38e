// Local cloud shared by the tests of one file, with common helpers.
import { createHash } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { signInUser } from '../local-cloud/client-kit.ts';
import type { SignedInUser } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { makeTempFolder } from './temp.ts';

/** To be awaited at the top of the file; it ends after the last test of it. */
export async function cloudForFile(label = 'local-cloud'): Promise<LocalCloud> {
  const folder = await makeTempFolder(label);
  const cloud = await startLocalCloud({ directory: folder.path });
  afterAll(async () => {
    await cloud.stop();
    await folder.remove();
  });
  return cloud;
}

/** Alice has one file of her own, `mine.txt`; Bob would like to read it. */
export async function aliceAndBob(
  cloud: CloudDescription,
): Promise<{ readonly alice: SignedInUser; readonly bob: SignedInUser }> {
  const [alice, bob] = await Promise.all([signInUser(cloud, 'alice'), signInUser(cloud, 'bob')]);
  const mine = { Bucket: cloud.bucket, Key: `${alice.prefix}mine.txt`, Body: 'private' };
  await alice.s3.send(new PutObjectCommand(mine));
  return { alice, bob };
}

/** The status and the error's name that the SDK saw, or `done`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const status =
      error instanceof Error && '$metadata' in error
        ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
        : undefined;
    return `${String(status)} ${error instanceof Error ? error.name : 'unknown'}`;
  }
}

export function postForm(url: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
}

export type ObjectVerbs = {
  readonly newBucket: () => Promise<string>;
  readonly put: (
    key: string,
    body: string,
    extra?: object,
    bucket?: string,
  ) => Promise<PutObjectCommandOutput>;
  readonly read: (key: string, extra?: object, bucket?: string) => Promise<string>;
};

export function objectVerbs(s3: S3Client, ownBucket: string): ObjectVerbs {
  let buckets = 0;
  return {
    newBucket: async () => {
      buckets += 1;
      const name = `bucket-${String(buckets)}`;
      await s3.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    put: (key, body, extra = {}, Bucket = ownBucket) =>
      s3.send(new PutObjectCommand({ Bucket, Key: key, Body: Buffer.from(body), ...extra })),
    read: async (key, extra = {}, Bucket = ownBucket) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, ...extra }));
      return (await Body?.transformToString()) ?? '';
    },
  };
}

/** Bytes that differ at every place, so that a shifted or repeated block shows. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let offset = 0; offset + 4 <= size; offset += 4)
    bytes.writeUInt32LE((offset * 2654435761) >>> 0, offset);
  return bytes;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
