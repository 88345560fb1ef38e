// Direct GET and PUT requests, compared with the SDK's for the same command.
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type {
  CopyObjectCommandInput,
  CopyObjectCommandOutput,
  GetObjectCommandInput,
  HeadObjectCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { runCall } from '../../main/adapters/s3/request/call.ts';
import { WholeBody } from '../../main/adapters/s3/request/body.ts';
import { failureOf } from '../../main/adapters/s3/errors.ts';
import type { Failure } from '../../main/adapters/s3/errors.ts';
import type { WriteHeaders } from '../../main/core/config/config.ts';
import { Signer } from '../../main/adapters/http/sigv4.ts';
import { essential, keys, nowMs, pairOf, signal, stopClock, unsignedOf } from '../support/direct-pair.ts';

beforeEach(stopClock);

const bytes = Buffer.from('the bytes of a file');
const sha256 = hash('sha256', bytes);
const put: PutObjectCommandInput = {
  Bucket: 'the-bucket',
  Key: 'users/ann/notes.txt',
  Body: bytes,
  ContentLength: bytes.length,
  ContentType: 'text/plain',
  Metadata: { 'driftless-op': 'abc', 'driftless-mtime': '1700000000.123456789' },
  ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
};

const puts: readonly (readonly [string, PutObjectCommandInput])[] = [
  ['a new file', { ...put, IfNoneMatch: '*' }],
  ['an edit', { ...put, IfMatch: 'etag-of-before' }],
  ['a name that has to be encoded', { ...put, Key: "a b/ä+!'()*~/100%/#?=&/日本 \u{1f600}.txt" }],
  ['slashes in a row and dots', { ...put, Key: 'a//b/../c/./d' }],
  ['values with runs of blanks', { ...put, Metadata: { note: 'one  two   three ' } }],
];

test.for(puts)('a direct PUT sends what the SDK sends: %s', async ([, input]) => {
  for (const how of [
    {},
    { session: 'a-session/token+==' },
    { aws: true },
    { virtual: 'https://s3.eu-central-1.amazonaws.com' },
    { virtual: 'https://objects.example.com:9443' },
  ]) {
    const pair = pairOf(how);
    await runCall({ signal, bodySha256: sha256 }, () => pair.client.send(new PutObjectCommand(input)));
    const answer = await runCall(
      { signal, bodySha256: sha256 },
      () => pair.direct.put(input) ?? Promise.reject(new Error('not sent')),
    );
    expect(answer.ETag).toBe('"e"');
    const [theirs, ours] = pair.sent.map(essential);
    expect(ours).toEqual(theirs);
  }
});

const gets: readonly (readonly [string, GetObjectCommandInput])[] = [
  ['a version', { Bucket: 'the-bucket', Key: 'a/b.txt', IfMatch: '"etag"' }],
  ['a range', { Bucket: 'the-bucket', Key: 'a/b.txt', IfMatch: '"etag"', Range: 'bytes=0-99' }],
  ['whatever is there', { Bucket: 'the-bucket', Key: 'a b/(c).txt' }],
  ['a newer version', { Bucket: 'the-bucket', Key: 'a/b.txt', IfNoneMatch: '"etag"' }],
];

const head: HeadObjectCommandInput = { Bucket: 'the-bucket', Key: 'a b/(c).txt', ChecksumMode: 'ENABLED' };

test.for(gets)('a direct GET sends what the SDK sends: %s', async ([, input]) => {
  for (const headers of [{}, { requestPayer: 'requester' } as const]) {
    const pair = pairOf({ headers, session: 'token' });
    await runCall({ signal }, () => pair.client.send(new GetObjectCommand(input)));
    await runCall({ signal }, () => pair.direct.get(input) ?? Promise.reject(new Error('not sent')));
    const [theirs, ours] = pair.sent.map(essential);
    expect(ours).toEqual(theirs);
  }
});

test('a direct HEAD sends what the SDK sends, with its signature', async () => {
  for (const how of [
    {},
    { headers: { requestPayer: 'requester' } as const },
    { virtual: 'https://objects.example.com' },
  ]) {
    const pair = pairOf({ ...how, session: 'token' });
    await runCall({ signal }, () => pair.client.send(new HeadObjectCommand(head)));
    await runCall({ signal }, () => pair.direct.head(head) ?? Promise.reject(new Error('not sent')));
    const [theirs, ours] = pair.sent;
    if (theirs === undefined || ours === undefined) throw new Error('nothing was sent');
    expect(essential(ours)).toEqual(essential(theirs));
    const signed = new Signer('eu-central-1').sign(
      unsignedOf(theirs),
      { ...keys, sessionToken: 'token' },
      new Date(nowMs),
    );
    expect(signed).toEqual(theirs.headers);
  }
});

test.for(gets)('a direct GET goes to the host of the bucket as the SDK’s does: %s', async ([, input]) => {
  const pair = pairOf({ virtual: 'https://objects.example.com', session: 'token' });
  await runCall({ signal }, () => pair.client.send(new GetObjectCommand(input)));
  await runCall({ signal }, () => pair.direct.get(input) ?? Promise.reject(new Error('not sent')));
  const [theirs, ours] = pair.sent.map(essential);
  expect(ours).toEqual(theirs);
  expect(ours?.headers['host']).toBe('the-bucket.objects.example.com');
  expect(pair.hosts).toEqual(['the-bucket.objects.example.com', 'the-bucket.objects.example.com']);
});

test('an endpoint by IP address is left to the client where the bucket belongs into the host', () => {
  expect(pairOf({ virtual: 'http://127.0.0.1:9000' }).direct).toBeNull();
  expect(pairOf({ virtual: 'http://[::1]:9000' }).direct).toBeNull();
});

test.for([...puts, ...gets])("the direct signature equals the SDK's byte by byte: %s", async ([, input]) => {
  const pair = pairOf({ session: keys.sessionToken });
  await runCall({ signal, bodySha256: sha256 }, async () => {
    if ('Body' in input) await pair.client.send(new PutObjectCommand(input));
    else await pair.client.send(new GetObjectCommand(input));
  });
  const [theirs] = pair.sent;
  if (theirs === undefined) throw new Error('nothing was sent');
  const signer = new Signer('eu-central-1');
  const unsigned = unsignedOf(theirs);
  // Twice: with the key just derived, and with the cached one.
  for (let round = 0; round < 2; round += 1) {
    const signed = signer.sign(unsigned, keys, new Date(nowMs));
    expect(signed).toEqual(theirs.headers);
  }
  const nextDay = signer.sign(unsigned, keys, new Date(nowMs + 86_400_000));
  expect(nextDay['authorization']).not.toBe(theirs.headers['authorization']);
});

const copy: CopyObjectCommandInput = {
  Bucket: 'the-bucket',
  Key: 'users/ann/.driftless/trash/2026-11-28/op',
  CopySource: 'the-bucket/users/ann/a%20b%2F%C3%A4.txt',
  CopySourceIfMatch: 'etag-of-before',
  MetadataDirective: 'REPLACE',
  ContentType: 'text/plain',
  Metadata: { 'driftless-op': 'abc', 'driftless-path': 'a%20b%2F%C3%A4.txt' },
};
const copies: readonly (readonly [string, CopyObjectCommandInput])[] = [
  ['into the trash', copy],
  ['without a condition', { ...copy, CopySourceIfMatch: undefined }],
  ['to a name that has to be free and encoded', { ...copy, Key: "a b/ä+!'()*~/日本.txt", IfNoneMatch: '*' }],
  ['over a version', { ...copy, IfMatch: 'etag' }],
];
const copiedBody =
  '<?xml version="1.0" encoding="UTF-8"?><CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  '<LastModified>2026-11-28T08:00:00.000Z</LastModified><ETag>&quot;of-the-copy&quot;</ETag></CopyObjectResult>';

test.for(copies)('a direct copy sends what the SDK sends, with its signature: %s', async ([, input]) => {
  const wanted: WriteHeaders = {
    serverSideEncryption: 'aws:kms',
    sseKmsKeyId: 'key',
    storageClass: 'STANDARD_IA',
    requestPayer: 'requester',
  };
  for (const how of [
    {},
    { aws: true },
    { virtual: 'https://s3.eu-central-1.amazonaws.com' },
    { virtual: 'https://objects.example.com:9443' },
    { headers: wanted },
  ]) {
    const pair = pairOf({ ...how, session: keys.sessionToken });
    const answer = { status: 200, headers: { 'x-amz-version-id': 'v1' }, body: copiedBody };
    pair.answers = [answer, answer];
    const [known, read] = [
      await runCall({ signal }, () => pair.client.send(new CopyObjectCommand(input))),
      await runCall({ signal }, () => pair.direct.copy(input) ?? Promise.reject(new Error('not sent'))),
    ];
    expect(read.CopyObjectResult?.ETag).toBe('"of-the-copy"');
    expect([read.CopyObjectResult?.ETag, read.VersionId]).toEqual([
      known.CopyObjectResult?.ETag,
      known.VersionId,
    ]);
    const [theirs, ours] = pair.sent;
    if (theirs === undefined || ours === undefined) throw new Error('nothing was sent');
    expect(essential(ours)).toEqual(essential(theirs));
    const signed = new Signer('eu-central-1').sign(unsignedOf(theirs), keys, new Date(nowMs));
    expect(signed).toEqual(theirs.headers);
  }
});

test("answers to a direct copy read like the SDK's", async () => {
  const late = '<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>m</Message></Error>';
  for (const [status, body] of [
    [200, copiedBody.replaceAll('&quot;', '"')],
    [200, '<CopyObjectResult><ETag>bare</ETag></CopyObjectResult>'],
    [200, late],
    [200, late.replace('SlowDown', 'PreconditionFailed')],
    [200, ''],
    [404, '<Error><Code>NoSuchKey</Code></Error>'],
    [412, '<Error><Code>PreconditionFailed</Code></Error>'],
    [503, '<Error><Code>SlowDown</Code></Error>'],
  ] as const) {
    const pair = pairOf();
    // Once more for a try that the SDK makes by itself.
    pair.answers = Array.from({ length: 8 }, () => ({ status, headers: {}, body }));
    const theirs = await runCall({ signal }, () => pair.client.send(new CopyObjectCommand(copy))).catch(
      failureOf,
    );
    const ours = await runCall({ signal }, async () => pair.direct.copy(copy)).catch(failureOf);
    if (ours === null) throw new Error('not sent');
    const essence = (one: CopyObjectCommandOutput | Failure) =>
      'status' in one ? [one.status, one.code] : one.CopyObjectResult?.ETag;
    expect(essence(ours), body).toEqual(essence(theirs));
  }
});

test('a page of a gateway is no ETag of a copy', async () => {
  for (const body of ['<html><ETag>"e"</ETag></html>', '<CopyObjectResult/>', 'ok']) {
    const pair = pairOf();
    pair.answers = [{ status: 200, body }];
    const answer = await runCall({ signal }, async () => pair.direct.copy(copy));
    expect(answer?.CopyObjectResult).toEqual({});
  }
});

test("the bucket's required headers are sent with direct writes", async () => {
  const headers: WriteHeaders = {
    serverSideEncryption: 'aws:kms',
    sseKmsKeyId: 'key',
    storageClass: 'STANDARD_IA',
    requestPayer: 'requester',
  };
  const pair = pairOf({ headers });
  await runCall({ signal, bodySha256: sha256 }, () => pair.client.send(new PutObjectCommand(put)));
  await runCall(
    { signal, bodySha256: sha256 },
    () => pair.direct.put(put) ?? Promise.reject(new Error('not sent')),
  );
  const [theirs, ours] = pair.sent.map(essential);
  expect(ours).toEqual(theirs);
});

test("direct responses and refusals read like the SDK's", async () => {
  const headers = {
    etag: '"the-etag"',
    'content-length': '5',
    'content-type': 'text/plain',
    'content-range': 'bytes 0-4/50',
    'last-modified': 'Sat, 28 Nov 2026 07:00:00 GMT',
    expires: 'Sat, 28 Nov 2026 09:00:00 GMT',
    'cache-control': 'no-cache',
    'content-disposition': 'inline',
    'content-encoding': 'gzip',
    'content-language': 'de',
    'x-amz-meta-driftless-op': 'abc',
    'x-amz-version-id': 'v1',
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'key',
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-website-redirect-location': '/elsewhere',
    'x-amz-tagging-count': '2',
    'x-amz-checksum-sha256': 'c3Vt',
    'x-amz-checksum-crc64nvme': 'c3Vt',
    'x-amz-checksum-type': 'FULL_OBJECT',
  };
  const input: GetObjectCommandInput = { Bucket: 'the-bucket', Key: 'a' };
  const pair = pairOf();
  pair.answers = [
    { status: 200, headers, body: 'hello' },
    { status: 200, headers, body: 'hello' },
  ];
  const theirs = await runCall({ signal }, () => pair.client.send(new GetObjectCommand(input)));
  const ours = await runCall(
    { signal },
    () => pair.direct.get(input) ?? Promise.reject(new Error('not sent')),
  );
  const { Body: theirBody, ...known } = theirs;
  const { Body: ourBody, $metadata: _ours, ...read } = ours;
  const notRead = ['$metadata', 'Expires', 'AcceptRanges'];
  const wanted = Object.entries(known).filter(
    ([name, value]) => value !== undefined && !notRead.includes(name),
  );
  expect(read).toEqual(Object.fromEntries(wanted));
  expect(theirBody).toBeInstanceOf(Readable);
  // Its length was stated and is small: it has come whole.
  expect(ourBody).toEqual(new WholeBody(Buffer.from('hello')));

  for (const [status, body] of [
    [412, '<Error><Code>PreconditionFailed</Code><Message>m</Message></Error>'],
    [404, '<Error><Code>NoSuchKey</Code></Error>'],
    [404, '<Error><Code>NoSuchBucket</Code></Error>'],
    [409, '<Error><Code>ConditionalRequestConflict</Code></Error>'],
    [503, '<Error><Code>SlowDown</Code></Error>'],
    [500, ''],
    [304, ''],
  ] as const) {
    const answer = { status, headers: { 'retry-after': '7', date: 'Sat, 28 Nov 2026 07:00:00 GMT' }, body };
    pair.answers = [answer, answer];
    const failures = [];
    for (const ask of [() => pair.client.send(new GetObjectCommand(input)), () => pair.direct.get(input)])
      failures.push(failureOf(await runCall({ signal }, async () => ask()).catch((error: unknown) => error)));
    expect(failures[1]).toEqual({
      ...failures[0],
      code: body === '' ? failures[1]?.code : failures[0]?.code,
    });
  }
});

test("answers to a direct HEAD read like the SDK's", async () => {
  const headers = {
    etag: '"the-etag"',
    'content-length': '5',
    'last-modified': 'Sat, 28 Nov 2026 07:00:00 GMT',
    'x-amz-meta-driftless-op': 'abc',
    'x-amz-version-id': 'v1',
    'x-amz-tagging-count': '2',
    date: 'Sat, 28 Nov 2026 07:00:00 GMT',
    'retry-after': '7',
  };
  const pair = pairOf();
  for (const status of [200, 404, 409, 412, 500, 503]) {
    pair.answers = [
      { status, headers },
      { status, headers },
    ];
    const [theirs, ours] = [
      await runCall({ signal }, () => pair.client.send(new HeadObjectCommand(head))).catch(failureOf),
      await runCall({ signal }, async () => pair.direct.head(head)).catch(failureOf),
    ];
    if (ours === null || 'status' in theirs || 'status' in ours) {
      // Nothing names a code; both make one up.
      expect(ours).toEqual({ ...theirs, code: expect.any(String) as string });
      continue;
    }
    const { $metadata: _theirs, AcceptRanges: _ranges, ...known } = theirs;
    const { $metadata: _ours, ...read } = ours;
    expect(read).toEqual(
      Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    );
  }
});

test('polls that are refused leave the direct way to objects', async () => {
  const pair = pairOf();
  const poll = { Bucket: 'the-bucket', Key: 'head', IfNoneMatch: '"e"' };
  const refused = { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
  for (let round = 0; round < 3; round += 1) {
    pair.answers = Array.from({ length: 9 }, () => refused);
    await expect(runCall({ signal }, async () => pair.direct.get(poll))).rejects.toThrow();
  }
  pair.answers = [];
  expect(pair.direct.get(poll)).toBeNull();
  await runCall({ signal }, async () => pair.direct.head(head));
  await runCall({ signal }, async () => pair.direct.get({ Bucket: 'the-bucket', Key: 'a' }));
  expect(pair.sent.slice(-2).map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test('a retryable error is retried by the client and, after three tries, the whole request', async () => {
  const pair = pairOf();
  const refused = { status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' };
  for (let round = 0; round < 3; round += 1) {
    pair.answers = [refused];
    const answer = await runCall(
      { signal, bodySha256: sha256 },
      () => pair.direct.put(put) ?? Promise.reject(new Error('not sent')),
    );
    expect(answer.ETag).toBe('"e"');
  }
  expect(pair.sent).toHaveLength(6);
  expect(pair.direct.put(put)).toBeNull();
});

test('a file that changed since it was read is not sent', async () => {
  const pair = pairOf();
  const beforeSend = () => Promise.resolve(false);
  const call = () => runCall({ signal, beforeSend, bodySha256: sha256 }, async () => pair.direct.put(put));
  await expect(call()).rejects.toThrow('withdrawn');
  expect(pair.sent).toEqual([]);
});

test('unusual requests are left to the SDK client', () => {
  const pair = pairOf();
  expect(pair.direct.put({ ...put, CacheControl: 'no-cache' })).toBeNull();
  expect(pair.direct.put({ ...put, Tagging: 'a=1' })).toBeNull();
  expect(pair.direct.get({ Bucket: 'the-bucket', Key: 'a', VersionId: 'v' })).toBeNull();
  expect(pair.direct.head({ ...head, VersionId: 'v' })).toBeNull();
  expect(pair.direct.head({ ...head, IfMatch: 'e' })).toBeNull();
  expect(pair.direct.copy({ ...copy, TaggingDirective: 'REPLACE' })).toBeNull();
  expect(pair.direct.copy({ ...copy, MetadataDirective: 'COPY' })).toBeNull();
  expect(pair.direct.copy({ ...copy, CacheControl: 'no-cache' })).toBeNull();
  expect(pair.direct.get({ Bucket: 'another', Key: 'a' })).toBeNull();
});
