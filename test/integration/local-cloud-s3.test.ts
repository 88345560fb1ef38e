// The local cloud's S3, seen through the AWS SDK: objects, listings, multipart, checksums, conditions, versions, restarts.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm, CompletedPart, PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

let folder: TempFolder;
let cloud: LocalCloud;
let s3: S3Client;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  folder = await makeTempFolder('local-cloud');
  cloud = await startLocalCloud({ directory: folder.path });
  s3 = s3Client(cloud.description, cloud.description.admin);
  bucket = cloud.description.bucket;
});

afterAll(async () => {
  s3.destroy();
  await cloud.stop();
  await folder.remove();
});

async function newBucket(): Promise<string> {
  buckets += 1;
  const name = `bucket-${String(buckets)}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

async function outcome(work: Promise<unknown>): Promise<string> {
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

function put(
  key: string,
  body: string,
  extra: object = {},
  Bucket = bucket,
): Promise<PutObjectCommandOutput> {
  return s3.send(new PutObjectCommand({ Bucket, Key: key, Body: Buffer.from(body), ...extra }));
}

async function read(key: string, extra: object = {}, Bucket = bucket): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, ...extra }));
  return (await Body?.transformToString()) ?? '';
}

/** Bytes that differ at every place, so that a shifted or repeated block shows. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let offset = 0; offset + 4 <= size; offset += 4)
    bytes.writeUInt32LE((offset * 2654435761) >>> 0, offset);
  return bytes;
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('objects', () => {
  test('keep bytes, headers and metadata', async () => {
    await put('plain/a.txt', 'hello', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache',
      ContentEncoding: 'identity',
      Metadata: { mtime: '1700000000.25' },
    });
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'plain/a.txt' }));

    expect(head).toMatchObject({
      ContentLength: 5,
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache',
      ContentEncoding: 'identity',
      Metadata: { mtime: '1700000000.25' },
    });
    expect(await read('plain/a.txt')).toBe('hello');
  });

  test('may have any key', async () => {
    const keys = [
      'odd/ä ö+%25%/x',
      'odd/..',
      'odd/../up',
      'odd/a//b',
      'odd/quote\'"<>&',
      'odd/𝒳-astral',
      'odd/\u{e000}',
      'odd/folder/',
      'odd/tab\tand\nnewline',
      `odd/${'k'.repeat(1000)}`,
    ];
    for (const key of keys) await put(key, key);
    const listed = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'odd/', EncodingType: 'url' }),
    );
    const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    expect(
      (listed.Contents ?? []).map((item) => decodeURIComponent((item.Key ?? '').replaceAll('+', ' '))),
    ).toEqual(byBytes);
    for (const key of keys) expect(await read(key)).toBe(key);
    expect(await outcome(put('k'.repeat(1025), ''))).toBe('400 KeyTooLongError');
  });

  test('of many sizes come back whole, streamed or not', async () => {
    for (const size of [0, 1, 65_535, 131_072, 131_073, 5_000_000]) {
      const bytes = pattern(size);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'sizes/memory', Body: bytes }));
      // Small pieces, so that chunk borders fall everywhere.
      const pieces = Array.from({ length: Math.ceil(size / 7001) }, (_, index) =>
        bytes.subarray(index * 7001, (index + 1) * 7001),
      );
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: 'sizes/stream',
          Body: Readable.from(pieces),
          ContentLength: size,
        }),
      );
      for (const key of ['sizes/memory', 'sizes/stream']) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        expect(sha((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha(bytes));
      }
    }
  });

  test('are read in ranges', async () => {
    const bytes = pattern(300_000);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'range', Body: bytes }));
    const get = async (Range: string): Promise<readonly [string | undefined, string]> => {
      const { Body, ContentRange } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: 'range', Range }),
      );
      return [ContentRange, sha((await Body?.transformToByteArray()) ?? Buffer.alloc(0))];
    };

    expect(await get('bytes=0-0')).toEqual(['bytes 0-0/300000', sha(bytes.subarray(0, 1))]);
    expect(await get('bytes=131000-262143')).toEqual([
      'bytes 131000-262143/300000',
      sha(bytes.subarray(131_000, 262_144)),
    ]);
    expect(await get('bytes=299990-')).toEqual(['bytes 299990-299999/300000', sha(bytes.subarray(299_990))]);
    expect(await get('bytes=-7')).toEqual(['bytes 299993-299999/300000', sha(bytes.subarray(-7))]);
    expect(await get('bytes=299999-400000')).toEqual(['bytes 299999-299999/300000', sha(bytes.subarray(-1))]);
    expect(await outcome(get('bytes=300000-'))).toBe('416 InvalidRange');
  });

  test('answer conditional reads', async () => {
    await put('cond', 'v1');
    const { ETag, LastModified } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'cond' }));

    expect({
      same: await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'cond', IfNoneMatch: ETag }))),
      other: await outcome(
        s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'cond', IfNoneMatch: '"x"' })),
      ),
      match: await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'cond', IfMatch: ETag }))),
      noMatch: await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'cond', IfMatch: '"x"' }))),
      unmodified: await outcome(
        s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'cond', IfModifiedSince: LastModified })),
      ),
    }).toEqual({
      same: '304 Unknown',
      other: 'done',
      match: 'done',
      noMatch: '412 PreconditionFailed',
      unmodified: '304 Unknown',
    });
  });

  test('are copied with their metadata or with new, under conditions', async () => {
    await put('copy/a b+ü', 'content', { Metadata: { one: '1' }, ContentType: 'text/css' });
    const source = `${bucket}/${encodeURIComponent('copy/a b+ü')}`;
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy/b', CopySource: source }));
    await s3.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: 'copy/c',
        CopySource: source,
        MetadataDirective: 'REPLACE',
        Metadata: { two: '2' },
        ContentType: 'text/html',
      }),
    );
    const [b, c] = await Promise.all(
      ['copy/b', 'copy/c'].map((Key) => s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))),
    );

    expect(b).toMatchObject({ Metadata: { one: '1' }, ContentType: 'text/css' });
    expect(c).toMatchObject({ Metadata: { two: '2' }, ContentType: 'text/html' });
    expect(
      await outcome(
        s3.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: 'copy/d',
            CopySource: source,
            CopySourceIfMatch: '"x"',
          }),
        ),
      ),
    ).toBe('412 PreconditionFailed');
    expect(
      await outcome(
        s3.send(
          new CopyObjectCommand({ Bucket: bucket, Key: 'copy/b', CopySource: source, IfNoneMatch: '*' }),
        ),
      ),
    ).toBe('412 PreconditionFailed');
    expect(
      await outcome(
        s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy/b', CopySource: `${bucket}/copy/b` })),
      ),
    ).toBe('400 InvalidRequest');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'copy/a b+ü' }));
    expect(await read('copy/b')).toBe('content');
  });
});

describe('conditional writes', () => {
  test.each([
    ['small', 100],
    ['large', 200_000],
  ])('have one winner among ten that create the same %s object', async (name, size) => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        outcome(put(`race/${name}`, String(index).repeat(size), { IfNoneMatch: '*' })),
      ),
    );

    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === '412 PreconditionFailed')).toHaveLength(9);
    expect(await read(`race/${name}`)).toBe(String(results.indexOf('done')).repeat(size));
  });

  test('have one winner among ten that replace the same version, and among ten that delete it', async () => {
    await put('race/replace', 'v0');
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'race/replace' }));
    const writes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        outcome(put('race/replace', `v${String(index + 1)}`, { IfMatch: ETag })),
      ),
    );
    await put('race/delete', 'v0');
    const mixed = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0
          ? outcome(put('race/delete', `v${String(index + 1)}`, { IfMatch: ETag }))
          : outcome(s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'race/delete', IfMatch: ETag }))),
      ),
    );

    expect(writes.filter((result) => result === 'done')).toHaveLength(1);
    expect(mixed.filter((result) => result === 'done')).toHaveLength(1);
    expect(await outcome(put('race/nothing-there', 'x', { IfMatch: ETag }))).toBe('404 NoSuchKey');
  });

  test('are ignored where the store profile says so', async () => {
    await put('weak', 'v0');
    cloud.control.patch({ store: { profile: 'weak' } });
    const ignored = await outcome(put('weak', 'v1', { IfNoneMatch: '*' }));
    const { ChecksumCRC32 } = await s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'weak', ChecksumMode: 'ENABLED' }),
    );
    cloud.control.reset();

    expect(ignored).toBe('done');
    expect(ChecksumCRC32).toBeUndefined();
    expect(await outcome(put('weak', 'v2', { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
  });
});

describe('listings', () => {
  test('fold, page and start in byte order', async () => {
    const Bucket = await newBucket();
    const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/', 'e/4', 'f+ g', 'z\u{ffff}', 'z😀'];
    for (const key of keys) await put(key, '', {}, Bucket);
    const pages: string[][] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken }),
      );
      pages.push(
        [
          ...(page.Contents ?? []).map((item) => item.Key ?? ''),
          ...(page.CommonPrefixes ?? []).map((item) => item.Prefix ?? ''),
        ].sort(),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    const all = await s3.send(new ListObjectsV2Command({ Bucket }));
    const after = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/2', MaxKeys: 3 }));
    const inside = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', Delimiter: '/' }));

    expect(pages).toEqual([['a', 'b/'], ['d', 'e/'], ['f+ g', 'z\u{ffff}'], ['z😀']]);
    expect((all.Contents ?? []).map((item) => item.Key)).toEqual(keys);
    expect(after).toMatchObject({ KeyCount: 3, IsTruncated: true });
    expect((after.Contents ?? []).map((item) => item.Key)).toEqual(['b/c/3', 'd', 'e/']);
    expect(inside.CommonPrefixes).toEqual([{ Prefix: 'b/c/' }]);
    expect(inside.Contents?.map((item) => item.Key)).toEqual(['b/1', 'b/2']);
  });

  test('of version one page by marker', async () => {
    const Bucket = await newBucket();
    for (const key of ['1', '2', '3']) await put(key, '', {}, Bucket);
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }));
    const second = await s3.send(new ListObjectsCommand({ Bucket, Marker: first.Contents?.at(-1)?.Key }));

    expect(first.IsTruncated).toBe(true);
    expect(second.Contents?.map((item) => item.Key)).toEqual(['3']);
  });

  test('can lag behind', async () => {
    const Bucket = await newBucket();
    cloud.control.patch({ listingLagMs: 60_000 });
    await put('old', '', {}, Bucket);
    cloud.control.reset();
    const now = await s3.send(new ListObjectsV2Command({ Bucket }));
    cloud.control.patch({ listingLagMs: 60_000 });
    await put('new', '', {}, Bucket);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'old' }));
    const lagging = await s3.send(new ListObjectsV2Command({ Bucket }));
    const direct = await outcome(s3.send(new HeadObjectCommand({ Bucket, Key: 'new' })));
    cloud.control.reset();

    expect(now.Contents?.map((item) => item.Key)).toEqual(['old']);
    expect(lagging.Contents ?? []).toEqual([]);
    expect(direct).toBe('done');
  });
});

describe('deletes', () => {
  test('of many report each', async () => {
    const keys = ['gone/1', 'gone/2 ü&<', 'gone/3'];
    for (const key of keys) await put(key, '');
    const result = await s3.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: [...keys, 'gone/never'].map((Key) => ({ Key })) },
      }),
    );
    const left = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'gone/' }));

    expect(result.Deleted?.map((item) => item.Key)).toEqual([...keys, 'gone/never']);
    expect(left.KeyCount).toBe(0);
  });
});

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

  test('joins parts; the object reads whole, by range and by part', async () => {
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
    expect(sha((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha(whole));
    expect({ ETag, ContentType }).toEqual({ ETag: `"${md5.digest('hex')}-3"`, ContentType: 'video/x' });
    expect(sha((await across.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha(whole.subarray(5 * MiB - 3, 11 * MiB + 3)),
    );
    expect(second).toMatchObject({ PartsCount: 3, ContentLength: 6 * MiB });
    expect(sha((await second.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha(pieces[1] ?? Buffer.alloc(0)),
    );
    expect(await outcome(finish())).toBe('404 NoSuchUpload');
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    'joins %s of the parts into that of the whole object',
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

  test('makes a composite SHA-256 and lists the parts by their attributes', async () => {
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

  test('refuses wrong parts, small parts, and a lost condition', async () => {
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
    await put(Key, 'somebody was faster');

    expect({ order, etag, small }).toEqual({
      order: '400 InvalidPartOrder',
      etag: '400 InvalidPart',
      small: '400 EntityTooSmall',
    });
    expect(await outcome(finish())).toBe('412 PreconditionFailed');
    expect(await read(Key)).toBe('somebody was faster');
    await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    expect(await outcome(finish())).toBe('404 NoSuchUpload');
  });

  test('copies parts from objects', async () => {
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

    expect(sha((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(
      sha(Buffer.concat([whole.subarray(100, 6 * MiB + 100), whole.subarray(0, 100)])),
    );
  });
});

describe('checksums', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'of kind %s are verified, stored and returned',
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
  test('live through enabled, delete markers and suspended', async () => {
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

  test('are listed in pages', async () => {
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

test('everything is still there after a restart', async () => {
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
  expect(sha((await large.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha(pattern(1_000_000)));
  expect(await finished.Body?.transformToString()).toBe('part');
  await second.stop();
  await own.remove();
});
