// Listings that never end, loop or lie: reported as incomplete, so nothing is removed.
import { expect, test } from 'vitest';
import { joinMetadata } from '../../main/adapters/s3/object-info.ts';
import { listPages } from '../../main/adapters/s3/listing.ts';
import { readTagging } from '../../main/adapters/s3/tagging.ts';
import { makeS3Multipart } from '../../main/adapters/s3/multipart.ts';
import { makeS3Versions } from '../../main/adapters/s3/versions.ts';
import type { S3Bucket } from '../../main/adapters/s3/request/calls.ts';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import { rootPath } from '../../main/core/model/path.ts';
import { browse, browseFolders } from '../../main/sync/bucket/browse.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { ObjectHeaders, RemotePage } from '../../main/ports/remote-objects.port.ts';

const { signal } = new AbortController();

/** Answers each request by its number; a correct client never asks for the last pages of a test. */
function bucketOf(answer: (page: number) => object): S3Bucket & { readonly asked: () => number } {
  let asked = 0;
  const sdk = {
    send: () => {
      asked += 1;
      return Promise.resolve(answer(asked));
    },
  };
  return {
    sdk: sdk as unknown as S3Bucket['sdk'],
    bucket: 'b',
    abilities: () => null,
    nowMs: () => 0,
    asked: () => asked,
  };
}

const key = (name: string) => ({ Key: name, ETag: '"e"', Size: 1, LastModified: new Date(0) });

function numbered(count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => key(`k${String(index)}`));
}

async function readAll(bucket: S3Bucket, prefix = '') {
  const keys: string[] = [];
  const unusable: string[] = [];
  for await (const page of listPages(bucket, prefix, null, signal)) {
    keys.push(...page.objects.map((object) => object.key));
    unusable.push(...page.unusable.map(({ label, why }) => `${label} ${why}`));
  }
  return { keys, unusable };
}

test.each<readonly [string, (page: number) => object, number]>([
  [
    'the same token twice',
    (page) => ({ IsTruncated: true, NextContinuationToken: 't', Contents: [key(`k${String(page)}`)] }),
    2,
  ],
  ['no token for the rest', () => ({ IsTruncated: true, Contents: [key('k')] }), 1],
  [
    'two pages in a circle',
    (page) => ({
      IsTruncated: true,
      NextContinuationToken: `t${String(page % 2)}`,
      Contents: [key(`k${String(page % 2)}`)],
    }),
    1100,
  ],
  [
    'pages without keys, without end',
    (page) => ({ IsTruncated: true, NextContinuationToken: `t${String(page)}` }),
    1100,
  ],
])('a listing with %s ends as incomplete', async (_name, answer, mostRequests) => {
  const bucket = bucketOf(answer);
  await expect(readAll(bucket)).rejects.toMatchObject({ code: 'remote-invalid-answer', scope: 'pair' });
  expect(bucket.asked()).toBeLessThanOrEqual(mostRequests);
});

test('keys in any order are read, and an unusable entry costs only itself and is named', async () => {
  const odd = [
    key('p/b/x'),
    key('p/b-c'),
    { ...key('p/c'), Size: -1 },
    { ...key('p/d'), Size: 2 ** 60 },
    { ...key('p/e'), ETag: undefined },
    key('p/%FF'),
    key('other'),
    { ...key('p/f'), Key: undefined },
  ];
  const bucket = bucketOf(() => ({ IsTruncated: false, EncodingType: 'url', Contents: odd }));
  expect(await readAll(bucket, 'p/')).toEqual({
    keys: ['p/b/x', 'p/b-c'],
    unusable: ['p/c no-size', 'p/d no-size', 'p/e no-etag', 'p/%FF no-key', 'other other-prefix', ' no-key'],
  });
});

test('a list of versions that loops ends as incomplete', async () => {
  const bucket = bucketOf(() => ({
    IsTruncated: true,
    NextKeyMarker: 'k',
    NextVersionIdMarker: 'v',
    Versions: [{ ...key('k'), VersionId: 'v', IsLatest: true }],
  }));
  const read = async (): Promise<void> => {
    for await (const _version of makeS3Versions(bucket).versions('k', signal));
  };
  await expect(read()).rejects.toMatchObject({ code: 'remote-invalid-answer' });
  expect(bucket.asked()).toBe(2);
});

test('a page is read up to 20,000 entries and refused beyond', async () => {
  const pageOf = (count: number) => bucketOf(() => ({ IsTruncated: false, Contents: numbered(count) }));
  expect((await readAll(pageOf(20_000))).keys).toHaveLength(20_000);
  await expect(readAll(pageOf(20_001))).rejects.toMatchObject({
    code: 'remote-invalid-answer',
    scope: 'pair',
  });

  const versions = bucketOf(() => ({
    IsTruncated: false,
    Versions: numbered(10_000),
    DeleteMarkers: numbered(10_001),
  }));
  const read = async (): Promise<void> => {
    for await (const _version of makeS3Versions(versions).versions('k', signal));
  };
  await expect(read()).rejects.toMatchObject({ code: 'remote-invalid-answer' });
});

test('a key, an ETag or a version id of 1,024 characters is kept, and a longer one is not', async () => {
  const listed = [1024, 1025].map((length) => ({ ...key(`k${String(length)}`), ETag: 'e'.repeat(length) }));
  const page = bucketOf(() => ({ IsTruncated: false, Contents: listed }));
  expect(await readAll(page)).toEqual({ keys: ['k1024'], unusable: ['k1025 no-etag'] });

  const named = [1024, 1025].map((length) => key('k'.repeat(length)));
  const { keys, unusable } = await readAll(bucketOf(() => ({ IsTruncated: false, Contents: named })));
  expect([keys, unusable]).toEqual([['k'.repeat(1024)], [`${'k'.repeat(1024)} no-key`]]);

  const Versions = [1024, 1025].map((length) => ({ ...key('k'), VersionId: 'v'.repeat(length) }));
  const lengths: number[] = [];
  const bucket = bucketOf(() => ({ IsTruncated: false, Versions }));
  for await (const version of makeS3Versions(bucket).versions('k', signal))
    lengths.push(version.versionId.length);
  expect(lengths).toEqual([1024]);
});

test.each([-1, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY, 0.5])(
  'a version of the size %d falls out of the list, and the others stay',
  async (Size) => {
    const Versions = [
      { ...key('k'), VersionId: 'odd', Size },
      { ...key('k'), VersionId: 'sound' },
    ];
    const DeleteMarkers = [{ Key: 'k', VersionId: 'marker' }];
    const bucket = bucketOf(() => ({ IsTruncated: false, Versions, DeleteMarkers }));
    const ids: string[] = [];
    for await (const version of makeS3Versions(bucket).versions('k', signal)) ids.push(version.versionId);
    expect(ids).toEqual(['sound', 'marker']);
  },
);

test('a time that is none reads as 0, in a listing and in a list of versions', async () => {
  const odd = { ...key('k'), LastModified: new Date(Number.NaN) };
  const page = bucketOf(() => ({ IsTruncated: false, Contents: [odd], Versions: [odd] }));
  const times: number[] = [];
  for await (const { objects } of listPages(page, '', null, signal))
    times.push(...objects.map(({ modifiedMs }) => modifiedMs));
  for await (const version of makeS3Versions(page).versions('k', signal)) times.push(version.modifiedMs);
  expect(times).toEqual([0, 0]);
});

test('a folder without end is shown up to 10,000 entries, and no page after that is asked for', async () => {
  let pages = 0;
  const list = async function* (): AsyncIterable<RemotePage> {
    pages += 1;
    const names = Array.from(
      { length: 1000 },
      (_, index) => `p/${String(pages * 1000 + index)}` as ObjectKey,
    );
    const objects = names.map((one) => ({ key: one, etag: 'e' as Etag, sizeBytes: 1, modifiedMs: 0 }));
    yield await Promise.resolve({ objects, unusable: [], isLast: false });
  };
  const context = { remote: { list }, settings: { binding: { prefix: 'p/' } } } as unknown as PairContext;
  expect(await browse(context, rootPath, signal)).toHaveLength(10_000);
  expect(pages).toBe(10);
});

test('a key with an empty segment gives no entry without a name, which would stand for the whole folder', async () => {
  const list = async function* (): AsyncIterable<RemotePage> {
    const objects = ['p//x', 'p/a/x', 'p/b'].map((one) => ({
      key: one as ObjectKey,
      etag: 'e' as Etag,
      sizeBytes: 1,
      modifiedMs: 0,
    }));
    yield await Promise.resolve({ objects, unusable: [], isLast: true });
  };
  const context = { remote: { list }, settings: { binding: { prefix: 'p/' } } } as unknown as PairContext;
  expect((await browse(context, rootPath, signal)).map(({ name }) => name)).toEqual(['a', 'b']);
  expect((await browseFolders(context, rootPath, signal)).map(({ name }) => name)).toEqual(['a']);
});

test('tags are copied as long as they go into a header', async () => {
  const tagged = (length: number) => bucketOf(() => ({ TagSet: [{ Key: 'k', Value: 'v'.repeat(length) }] }));
  const object = 'k' as ObjectKey;
  expect(await readTagging(tagged(8190), object, signal)).toHaveLength(8192);
  expect(await readTagging(tagged(8191), object, signal)).toBeNull();
  const half = bucketOf(() => ({ TagSet: [{ Key: 'k', Value: 'v\ud800' }] }));
  expect(await readTagging(half, object, signal)).toBeNull();
});

test('metadata of an object is sent again as far as S3 takes it', () => {
  const headersOf = (length: number) =>
    ({ userMetadata: { b: 'y'.repeat(length) } }) as unknown as ObjectHeaders;
  expect(Object.keys(joinMetadata({ a: 'x' }, headersOf(2045)))).toEqual(['a', 'b']);
  expect(Object.keys(joinMetadata({ a: 'x' }, headersOf(2046)))).toEqual(['a']);
  // What every object inherits is a name like any other.
  const odd = { userMetadata: { constructor: 'z' } } as unknown as ObjectHeaders;
  expect(joinMetadata({ a: 'x' }, odd)).toEqual({ a: 'x', constructor: 'z' });
});

test.each([10_001, 200_000])('a list of %s parts of one upload is a broken answer', async (count) => {
  const part = { PartNumber: 1, ETag: '"e"', Size: 1 };
  const bucket = bucketOf(() => ({ UploadId: 'u', IsTruncated: false, Parts: new Array(count).fill(part) }));
  await expect(makeS3Multipart(bucket).listParts('k' as ObjectKey, 'u', signal)).rejects.toMatchObject({
    code: 'remote-invalid-answer',
  });
});
