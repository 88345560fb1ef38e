// The local cloud's S3 through the AWS SDK: objects, conditional writes, listings, deletes.
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { s3Client } from '../local-cloud/client-kit.ts';
import { cloudForFile, objectVerbs, outcome, pattern, sha256Of } from '../support/cloud-kit.ts';

const cloud = await cloudForFile();
const { bucket } = cloud.description;
const s3 = s3Client(cloud.description, cloud.description.admin);
afterAll(() => {
  s3.destroy();
});
const { newBucket, put, read } = objectVerbs(s3, bucket);

describe('objects', () => {
  test('objects keep bytes, headers and metadata', async () => {
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

  test('objects may have any key', async () => {
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

  test('objects of many sizes are read back whole, streamed or not', async () => {
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
        expect(sha256Of((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha256Of(bytes));
      }
    }
  });

  test('objects are read in ranges', async () => {
    const bytes = pattern(300_000);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'range', Body: bytes }));
    const get = async (Range: string): Promise<readonly [string | undefined, string]> => {
      const { Body, ContentRange } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: 'range', Range }),
      );
      return [ContentRange, sha256Of((await Body?.transformToByteArray()) ?? Buffer.alloc(0))];
    };

    expect(await get('bytes=0-0')).toEqual(['bytes 0-0/300000', sha256Of(bytes.subarray(0, 1))]);
    expect(await get('bytes=131000-262143')).toEqual([
      'bytes 131000-262143/300000',
      sha256Of(bytes.subarray(131_000, 262_144)),
    ]);
    expect(await get('bytes=299990-')).toEqual([
      'bytes 299990-299999/300000',
      sha256Of(bytes.subarray(299_990)),
    ]);
    expect(await get('bytes=-7')).toEqual(['bytes 299993-299999/300000', sha256Of(bytes.subarray(-7))]);
    expect(await get('bytes=299999-400000')).toEqual([
      'bytes 299999-299999/300000',
      sha256Of(bytes.subarray(-1)),
    ]);
    expect(await outcome(get('bytes=300000-'))).toBe('416 InvalidRange');
  });

  test('objects support conditional reads', async () => {
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

  test('objects are copied with their metadata or with new, under conditions', async () => {
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
  ])('conditional writes have one winner among ten that create the same %s object', async (name, size) => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        outcome(put(`race/${name}`, String(index).repeat(size), { IfNoneMatch: '*' })),
      ),
    );

    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === '412 PreconditionFailed')).toHaveLength(9);
    expect(await read(`race/${name}`)).toBe(String(results.indexOf('done')).repeat(size));
  });

  test('conditional writes have one winner among ten that replace the same version, and among ten that delete it', async () => {
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

  test('conditional writes are ignored where the store profile says so', async () => {
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
  test('listings fold, page and start in byte order', async () => {
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

  test('listings of version one page by marker', async () => {
    const Bucket = await newBucket();
    for (const key of ['1', '2', '3']) await put(key, '', {}, Bucket);
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }));
    const second = await s3.send(new ListObjectsCommand({ Bucket, Marker: first.Contents?.at(-1)?.Key }));

    expect(first.IsTruncated).toBe(true);
    expect(second.Contents?.map((item) => item.Key)).toEqual(['3']);
  });

  test('listings can lag behind', async () => {
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
  test('deletes of many objects report each one', async () => {
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
