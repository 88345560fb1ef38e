/** A real Ceph gateway: starts, stores objects and has the expected properties. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import type { Ceph } from '../support/ceph.ts';
import { skipUnless } from '../support/skip.ts';

const missing = cephIsMissing();

describe('a real Ceph gateway', skipUnless(missing === null, missing ?? ''), () => {
  let ceph: Ceph;
  let s3: S3Client;
  const Bucket = 'smoke';

  beforeAll(async () => {
    ceph = await startCeph();
    s3 = new S3Client({
      endpoint: ceph.s3Endpoint,
      region: ceph.region,
      credentials: ceph.adminCredentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(async () => {
    s3.destroy();
    await ceph.stop();
  });

  test('Ceph returns and lists stored objects', async () => {
    const Key = 'a folder/für alle/näme 1.txt';
    const Body = `content ${randomUUID()}`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain' }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a folder/' }));
    expect(await got.Body?.transformToString()).toBe(Body);
    expect(got.ContentType).toBe('text/plain');
    expect(listed.Contents?.map((object) => object.Key)).toEqual([Key]);
  });

  test('Ceph refuses a second object of a name that must be new', async () => {
    const put = { Bucket, Key: 'once', IfNoneMatch: '*' };
    await s3.send(new PutObjectCommand({ ...put, Body: 'first' }));
    const second = await s3
      .send(new PutObjectCommand({ ...put, Body: 'second' }))
      .catch((error: unknown) => error);
    const kept = await s3.send(new GetObjectCommand({ Bucket, Key: 'once' }));
    expect(second).toMatchObject({ $metadata: { httpStatusCode: 412 } });
    expect(await kept.Body?.transformToString()).toBe('first');
  });

  test('Ceph gives no object to a user who does not own the bucket', async () => {
    const stranger = new S3Client({
      endpoint: ceph.s3Endpoint,
      region: ceph.region,
      credentials: await ceph.createUser('stranger'),
      forcePathStyle: true,
    });
    const answer = await stranger.send(new ListObjectsV2Command({ Bucket })).catch((error: unknown) => error);
    stranger.destroy();
    expect(answer).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  test('Ceph stores roles, their providers and their policies', async () => {
    const provider = await ceph.createOidcProvider('http://127.0.0.1:1/issuer', ['00'.repeat(20)], ['app']);
    const role = await ceph.createRole('reader', {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: [provider] },
          Action: ['sts:AssumeRoleWithWebIdentity'],
          Condition: { StringEquals: { '127.0.0.1:1/issuer:aud': 'app' } },
        },
      ],
    });
    await ceph.putRolePolicy('reader', 'read', {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${Bucket}/*`] }],
    });
    expect(provider).toBe('arn:aws:iam:::oidc-provider/127.0.0.1:1/issuer');
    expect(role).toBe('arn:aws:iam:::role/reader');
  });
});
