// The local cloud's S3 through the AWS SDK: multipart, checksums, versions, restarts.
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm, CompletedPart } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { cloudForFile, objectVerbs, outcome, pattern, sha256Of } from '../support/cloud-kit.ts';
import { makeTempFolder } from '../support/temp.ts';

const cloud = await cloudForFile();
const { bucket } = cloud.description;
const s3 = s3Client(cloud.description, cloud.description.admin);
afterAll(() => {
  s3.destroy();
});
const { newBucket, put, read } = objectVerbs(s3, bucket);

describe('multipart', () => {
  const MiB = 2 ** 20;
  const pieces = [pattern(5 * MiB), pattern(6 * MiB).reverse(), pattern(123_457)];
  const whole = Buffer.concat(pieces);

  async function upload(
    Key: string,
    create: object,
    complete: object = {},
  ): Promise<{
    readonly uploadId: string;
    readonly parts: CompletedPart[];
    readonly finish: () => Promise<unknown>;
  }> {
    const { UploadId = '' } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key, ContentType: 'video/x', ...create }),
    );
    const parts: CompletedPart[] = [];
    for (const [index, Body] of pieces.entries()) {
      const algorithm =
        'ChecksumAlgorithm' in create
          ? { ChecksumAlgorithm: create.ChecksumAlgorithm as ChecksumAlgorithm }
          : {};
      const part = await s3.send(
        new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: index + 1, Body, ...algorithm }),
      );
      const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = part;
      parts.push({
        PartNumber: index + 1,
        ETag,
        ChecksumCRC32,
        ChecksumCRC32C,
        ChecksumCRC64NVME,
        ChecksumSHA1,
        ChecksumSHA256,
      });
    }
    const finish = (): Promise<unknown> =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket: bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: parts },
          ...complete,
        }),
      );
    return { uploadId: UploadId, parts, finish };
  }

  test('a multipart upload joins its parts, and the object reads whole, by range and by part', async () => {
    const { uploadId, parts, finish } = await upload('mp/whole', {});
    const listed = await s3.send(
      new ListPartsCommand({ Bucket: bucket, Key: 'mp/whole', UploadId: uploadId, MaxParts: 2 }),
    );
    const uploads = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'mp/' }));
    await finish();
    const { Body, ETag, ContentType } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'mp/whole' }),
    );
    const across = await s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: 'mp/whole',
        Range: `bytes=${String(5 * MiB - 3)}-${String(11 * MiB + 2)}`,
      }),
    );
    const second = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'mp/whole', PartNumber: 2 }));
    const md5 = createHash('md5');
    for (const piece of pieces) md5.update(createHash('md5').update(piece).digest());

    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
    expect(listed.Parts?.map((part) => part.ETag)).toEqual(parts.slice(0, 2).map((part) => part.ETag));
    expect(uploads.Uploads?.map((item) => item.UploadId)).toEqual([uploadId]);
    expect(sha256Of((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha256Of(whole));
    expect({ ETag, ContentType }).toEqual({ ETag: `"${md5.digest('hex')}-3"`, ContentType: 'video/x' });
    expect(sha256Of((await across.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha256Of(whole.subarray(5 * MiB - 3, 11 * MiB + 3)),
    );
    expect(second).toMatchObject({ PartsCount: 3, ContentLength: 6 * MiB });
    expect(sha256Of((await second.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha256Of(pieces[1] ?? Buffer.alloc(0)),
    );
    expect(await outcome(finish())).toBe('404 NoSuchUpload');
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    'a multipart upload joins %s of the parts into that of the whole object',
    async (ChecksumAlgorithm) => {
      const { finish } = await upload(
        `mp/${ChecksumAlgorithm}`,
        { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' },
        { ChecksumType: 'FULL_OBJECT' },
      );
      await finish();
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: 'mp/single', Body: whole, ChecksumAlgorithm }),
      );
      const [joined, single] = await Promise.all(
        [`mp/${ChecksumAlgorithm}`, 'mp/single'].map((Key) =>
          s3.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' })),
        ),
      );

      expect(joined?.ChecksumType).toBe('FULL_OBJECT');
      expect(joined?.[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
      expect(joined?.[`Checksum${ChecksumAlgorithm}`]).toBe(single?.[`Checksum${ChecksumAlgorithm}`]);
    },
  );

  test('a multipart upload has a composite SHA-256 and lists its parts by their attributes', async () => {
    const { finish } = await upload('mp/sha', { ChecksumAlgorithm: 'SHA256' });
    await finish();
    const composite = createHash('sha256');
    for (const piece of pieces) composite.update(createHash('sha256').update(piece).digest());
    const head = await s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'mp/sha', ChecksumMode: 'ENABLED' }),
    );
    const attributes = await s3.send(
      new GetObjectAttributesCommand({
        Bucket: bucket,
        Key: 'mp/sha',
        ObjectAttributes: ['ObjectParts', 'ObjectSize', 'Checksum'],
      }),
    );

    expect(head).toMatchObject({
      ChecksumType: 'COMPOSITE',
      ChecksumSHA256: `${composite.digest('base64')}-3`,
    });
    expect(attributes).toMatchObject({ ObjectSize: whole.length, ObjectParts: { TotalPartsCount: 3 } });
    expect(attributes.ObjectParts?.Parts?.map((part) => part.Size)).toEqual(
      pieces.map((piece) => piece.length),
    );
  });

  test('a multipart upload refuses wrong parts, small parts and a lost condition', async () => {
    const Key = 'mp/refused';
    const { uploadId: UploadId, parts, finish } = await upload(Key, {}, { IfNoneMatch: '*' });
    const complete = (Parts: readonly CompletedPart[]): Promise<string> =>
      outcome(
        s3.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key,
            UploadId,
            MultipartUpload: { Parts: [...Parts] },
          }),
        ),
      );
    const order = await complete([...parts].reverse());
    const etag = await complete(
      parts.map((part) => ({ ...part, ETag: '"00000000000000000000000000000000"' })),
    );
    await s3.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 4, Body: 'tail' }));
    const small = await complete([
      ...parts,
      { PartNumber: 4, ETag: `"${createHash('md5').update('tail').digest('hex')}"` },
    ]);
    await put(Key, 'another client was faster');

    expect({ order, etag, small }).toEqual({
      order: '400 InvalidPartOrder',
      etag: '400 InvalidPart',
      small: '400 EntityTooSmall',
    });
    expect(await outcome(finish())).toBe('412 PreconditionFailed');
    expect(await read(Key)).toBe('another client was faster');
    await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    expect(await outcome(finish())).toBe('404 NoSuchUpload');
  });

  test('a multipart upload copies parts from objects', async () => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'mp/source', Body: whole }));
    const Key = 'mp/from-copies';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    const part = (PartNumber: number, CopySourceRange: string): Promise<CompletedPart> =>
      s3
        .send(
          new UploadPartCopyCommand({
            Bucket: bucket,
            Key,
            UploadId,
            PartNumber,
            CopySource: `${bucket}/mp/source`,
            CopySourceRange,
          }),
        )
        .then((answer) => ({ PartNumber, ETag: answer.CopyPartResult?.ETag }));
    const Parts = [await part(1, `bytes=100-${String(6 * MiB + 99)}`), await part(2, 'bytes=0-99')];
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'mp/source' }));
    await s3.send(
      new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));

    expect(sha256Of((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha256Of(Buffer.concat([whole.subarray(100, 6 * MiB + 100), whole.subarray(0, 100)])),
    );
  });
});

describe('checksums', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'checksums of kind %s are verified, stored and returned',
    async (ChecksumAlgorithm) => {
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const sent = await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: 'sum', Body: 'checked', ChecksumAlgorithm }),
      );
      const got = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: 'sum', ChecksumMode: 'ENABLED' }),
      );
      const wrong = Buffer.from(sent[name] ?? '', 'base64');
      wrong[0] = (wrong[0] ?? 0) ^ 1;

      expect(sent[name]).toBeDefined();
      expect(got[name]).toBe(sent[name]);
      expect(await got.Body?.transformToString()).toBe('checked');
      expect(await outcome(put('sum', 'checked', { [name]: wrong.toString('base64') }))).toBe(
        '400 BadDigest',
      );
    },
  );

  test('Content-MD5 is verified', async () => {
    const right = createHash('md5').update('x').digest('base64');

    expect(await outcome(put('md5', 'x', { ContentMD5: right }))).toBe('done');
    expect(await outcome(put('md5', 'y', { ContentMD5: right }))).toBe('400 BadDigest');
    expect(await read('md5')).toBe('x');
  });
});

describe('versions', () => {
  test('versions live through enabled, delete markers and suspended', async () => {
    const Bucket = await newBucket();
    const Key = 'doc';
    await put(Key, 'before', {}, Bucket);
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId: one } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
    const { VersionId: two } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const hidden = await s3.send(new ListObjectsV2Command({ Bucket }));
    const versions = await s3.send(new ListObjectVersionsCommand({ Bucket }));

    expect(await outcome(read(Key, {}, Bucket))).toBe('404 NoSuchKey');
    expect(hidden.KeyCount).toBe(0);
    expect(marker.DeleteMarker).toBe(true);
    expect(versions.DeleteMarkers?.map((item) => [item.VersionId, item.IsLatest])).toEqual([
      [marker.VersionId, true],
    ]);
    expect(versions.Versions?.map((item) => item.VersionId)).toEqual([two, one, 'null']);
    expect(await read(Key, { VersionId: one }, Bucket)).toBe('one');
    expect(await read(Key, { VersionId: 'null' }, Bucket)).toBe('before');
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
    expect(await read(Key, {}, Bucket)).toBe('two');
    await s3.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
    );
    await put(Key, 'null again', {}, Bucket);
    const after = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(after.Versions?.map((item) => item.VersionId)).toEqual(['null', two, one]);
    expect(await outcome(read(Key, { VersionId: 'unknown' }, Bucket))).toBe('404 NoSuchVersion');
  });

  test('versions are listed in pages', async () => {
    const Bucket = await newBucket();
    await cloud.control.setVersioning(Bucket, 'enabled');
    for (const key of ['a', 'a', 'a', 'b', 'c/1', 'c/2']) await put(key, key, {}, Bucket);
    const seen: string[] = [];
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await s3.send(
        new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, Delimiter: '/', ...markers }),
      );
      seen.push(
        ...(page.Versions ?? []).map((item) => `${item.Key ?? ''}${item.IsLatest === true ? '*' : ''}`),
        ...(page.CommonPrefixes ?? []).map((item) => item.Prefix ?? ''),
      );
      if (page.IsTruncated !== true) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }

    expect(seen).toEqual(['a*', 'a', 'a', 'b*', 'c/']);
  });
});

test('all objects and uploads are still there after a restart', async () => {
  const own = await makeTempFolder('local-cloud');
  const first = await startLocalCloud({ directory: own.path });
  const client = s3Client(first.description, first.description.admin);
  const Bucket = first.description.bucket;
  await first.control.setVersioning(Bucket, 'enabled');
  await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'v1', Metadata: { a: 'b' } }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'v2' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: pattern(1_000_000) }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'deleted', Body: 'x' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unfinished' }));
  const part = await client.send(
    new UploadPartCommand({ Bucket, Key: 'unfinished', UploadId, PartNumber: 1, Body: 'part' }),
  );
  await first.stop();
  const second = await startLocalCloud({ directory: own.path });
  const again = s3Client(second.description, second.description.admin);
  await again.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'unfinished',
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
    }),
  );
  const listed = await again.send(new ListObjectVersionsCommand({ Bucket }));
  const large = await again.send(new GetObjectCommand({ Bucket, Key: 'large' }));
  const finished = await again.send(new GetObjectCommand({ Bucket, Key: 'unfinished' }));

  expect(listed.Versions?.map((item) => item.Key)).toEqual([
    'deleted',
    'large',
    'small',
    'small',
    'unfinished',
  ]);
  expect(listed.DeleteMarkers?.map((item) => item.Key)).toEqual(['deleted']);
  expect(sha256Of((await large.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
    sha256Of(pattern(1_000_000)),
  );
  expect(await finished.Body?.transformToString()).toBe('part');
  await second.stop();
  await own.remove();
});
