// Direct removals and steps of multipart uploads, compared with the SDK's for the same command.
import { hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { runCall } from '../../main/adapters/s3/request/call.ts';
import type { DirectS3 } from '../../main/adapters/s3/direct/direct.ts';
import { failureOf } from '../../main/adapters/s3/errors.ts';
import { Signer } from '../../main/adapters/http/sigv4.ts';
import type { WriteHeaders } from '../../main/core/config/config.ts';
import { essential, keys, nowMs, pairOf, signal, stopClock, unsignedOf } from '../support/direct-pair.ts';
import type { Answer } from '../support/direct-pair.ts';

beforeEach(stopClock);

const place = { Bucket: 'the-bucket', Key: "a b/ä+!'()*~/日本.txt" };
const bytes = Buffer.from('the bytes of a part');
const UploadId = 'an/upload+id==';

/** One command both ways, and the answer that it is given. */
type Case = {
  readonly title: string;
  readonly answer: Answer;
  readonly client: (client: S3Client) => Promise<unknown>;
  readonly direct: (rare: DirectS3['rare']) => Promise<unknown> | null;
};

function removalCase(title: string, more: { IfMatch?: string }, headers: Record<string, string>): Case {
  const input = { ...place, ...more };
  return {
    title,
    answer: { status: 204, headers },
    client: (client) => client.send(new DeleteObjectCommand(input)),
    direct: (rare) => rare.remove(input),
  };
}

function beginningCase(title: string, more: { ChecksumAlgorithm?: 'CRC64NVME' | 'CRC32' }): Case {
  const Metadata = { 'driftless-op': 'abc', Note: 'one  two ' };
  const input = { ...place, ContentType: 'text/plain', Metadata, ...more };
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    '<Bucket>the-bucket</Bucket><Key>a</Key><UploadId>up&amp;1</UploadId></InitiateMultipartUploadResult>';
  return {
    title,
    answer: { status: 200, body },
    client: (client) => client.send(new CreateMultipartUploadCommand(input)),
    direct: (rare) => rare.begin(input),
  };
}

function partCase(
  title: string,
  more: { ChecksumCRC64NVME?: string; ChecksumCRC32?: string; ContentMD5?: string },
): Case {
  const input = { ...place, UploadId, PartNumber: 7, Body: bytes, ContentLength: bytes.length, ...more };
  return {
    title,
    answer: { status: 200, headers: { etag: '"of-the-part"' } },
    client: (client) => client.send(new UploadPartCommand(input)),
    direct: (rare) => rare.part(input),
  };
}

const completed =
  '<?xml version="1.0" encoding="UTF-8"?>\n\n<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  '<Location>http://x/</Location><Key>a</Key><ETag>&quot;of-the-whole-2&quot;</ETag></CompleteMultipartUploadResult>';
const parts = [
  { PartNumber: 1, ETag: '"e&<>\'1"', ChecksumCRC32: '/Jf17w==' },
  { PartNumber: 2, ETag: '"e2"', ChecksumCRC64NVME: 'CGcemvOYNts=' },
  { PartNumber: 3, ETag: '"e3"' },
];

function completionCase(title: string, more: { IfMatch?: string; IfNoneMatch?: string }): Case {
  const input = { ...place, UploadId, MultipartUpload: { Parts: parts }, ...more };
  return {
    title,
    answer: { status: 200, headers: { 'x-amz-version-id': 'v1' }, body: completed },
    client: (client) => client.send(new CompleteMultipartUploadCommand(input)),
    direct: (rare) => rare.complete(input),
  };
}

const abortCase: Case = {
  title: 'an upload given up',
  answer: { status: 204 },
  client: (client) => client.send(new AbortMultipartUploadCommand({ ...place, UploadId })),
  direct: (rare) => rare.abort({ ...place, UploadId }),
};

const cases: readonly Case[] = [
  removalCase('a removal', {}, {}),
  removalCase(
    'a removal of one version of a bucket with versions',
    { IfMatch: 'e' },
    {
      'x-amz-version-id': 'v1',
      'x-amz-delete-marker': 'true',
    },
  ),
  beginningCase('an upload begun', {}),
  beginningCase('an upload begun with a checksum', { ChecksumAlgorithm: 'CRC64NVME' }),
  partCase('a part', {}),
  partCase('a part with a CRC-64', { ChecksumCRC64NVME: 'CGcemvOYNts=' }),
  partCase('a part with a CRC-32', { ChecksumCRC32: '/Jf17w==' }),
  partCase('a part with an MD5', { ContentMD5: 's8IKZmaMmvBaZgbM/VJTng==' }),
  completionCase('an upload completed', {}),
  completionCase('an upload completed over a version', { IfMatch: 'e' }),
  completionCase('an upload completed where nothing is', { IfNoneMatch: '*' }),
  abortCase,
];

const wanted: WriteHeaders = {
  serverSideEncryption: 'aws:kms',
  sseKmsKeyId: 'key',
  storageClass: 'STANDARD_IA',
  requestPayer: 'requester',
};

test.for(cases)(
  'sends what the SDK sends, with its signature: $title',
  async ({ answer, client, direct }) => {
    for (const how of [
      {},
      { aws: true },
      { virtual: 'https://s3.eu-central-1.amazonaws.com' },
      { virtual: 'https://objects.example.com:9443' },
      { headers: wanted },
    ]) {
      const pair = pairOf({ ...how, session: keys.sessionToken });
      pair.answers = [answer, answer];
      const call = { signal, bodySha256: hash('sha256', bytes) };
      await runCall(call, () => client(pair.client));
      await runCall(call, () => direct(pair.direct.rare) ?? Promise.reject(new Error('not sent')));
      const [theirs, ours] = pair.sent;
      if (theirs === undefined || ours === undefined) throw new Error('nothing was sent');
      expect(essential(ours)).toEqual(essential(theirs));
      expect(Buffer.from((ours.body ?? '') as Buffer).toString()).toBe(
        Buffer.from((theirs.body ?? '') as Buffer).toString(),
      );
      const signed = new Signer('eu-central-1').sign(unsignedOf(theirs), keys, new Date(nowMs));
      expect(signed).toEqual(theirs.headers);
    }
  },
);

/** What is read of an answer by the adapter. */
function essence(answer: unknown): unknown {
  const { ETag, VersionId, UploadId: id, DeleteMarker, $metadata } = answer as Record<string, unknown>;
  const { httpStatusCode } = $metadata as { readonly httpStatusCode: number };
  return { ETag, VersionId, id, isMarker: DeleteMarker === true, httpStatusCode };
}

test.for(cases)('reads an answer as the SDK does: $title', async ({ answer, client, direct }) => {
  const error = (code: string) =>
    `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>m</Message></Error>`;
  for (const one of [
    answer,
    { status: 404, body: error('NoSuchUpload') },
    { status: 404, body: error('NoSuchBucket') },
    { status: 409, body: error('ConditionalRequestConflict') },
    { status: 412, body: error('PreconditionFailed') },
    { status: 500, body: error('InternalError') },
    { status: 503, headers: { 'retry-after': '7' }, body: error('SlowDown') },
    { status: 403, body: error('AccessDenied') },
    { status: 400, body: error('BadDigest') },
    { status: 400, body: error('XAmzContentChecksumMismatch') },
    { status: 501, body: error('NotImplemented') },
  ]) {
    const pair = pairOf();
    pair.answers = Array.from({ length: 9 }, () => one);
    const theirs = await runCall({ signal }, () => client(pair.client)).then(essence, failureOf);
    const ours = await runCall({ signal }, async () => direct(pair.direct.rare)).then(essence, failureOf);
    expect(ours, String(one.status)).toEqual(theirs);
  }
});

test('an error after a begun answer to a completion is one', async () => {
  for (const body of [
    '',
    '<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code><Message>m</Message></Error>',
    '<Error><Code>PreconditionFailed</Code></Error>',
  ]) {
    const pair = pairOf();
    const { client, direct } = completionCase('', {});
    pair.answers = Array.from({ length: 4 }, () => ({ status: 200, body }));
    const theirs = await runCall({ signal }, () => client(pair.client)).catch(failureOf);
    const ours = await runCall({ signal }, async () => direct(pair.direct.rare)).catch(failureOf);
    if (body !== '') expect(ours).toEqual(theirs);
    else expect(ours).toMatchObject({ status: 503 });
  }
});

test('a page of a gateway names neither upload nor ETag', async () => {
  for (const body of ['<html><ETag>"e"</ETag><UploadId>u</UploadId></html>', 'ok']) {
    const pair = pairOf();
    pair.answers = [
      { status: 200, body },
      { status: 200, body },
    ];
    const begun = await runCall({ signal }, async () => beginningCase('', {}).direct(pair.direct.rare));
    const made = await runCall({ signal }, async () => completionCase('', {}).direct(pair.direct.rare));
    expect([essence(begun), essence(made)]).toMatchObject([{ id: undefined }, { ETag: undefined }]);
  }
});

test('a part whose checksum is wrong is sent once, and leaves the way to other parts', async () => {
  const pair = pairOf();
  const { direct } = partCase('', { ChecksumCRC32: '/Jf17w==' });
  for (let round = 0; round < 4; round += 1) {
    pair.answers = [{ status: 400, body: '<Error><Code>BadDigest</Code></Error>' }];
    await expect(runCall({ signal }, async () => direct(pair.direct.rare))).rejects.toThrow('BadDigest');
  }
  expect(pair.sent).toHaveLength(4);
});

test('a part that is refused for its headers is sent once more by the client, which leaves them out', async () => {
  const pair = pairOf();
  pair.answers = Array.from({ length: 2 }, () => ({
    status: 400,
    body: '<Error><Code>InvalidArgument</Code></Error>',
  }));
  const { direct } = partCase('', { ChecksumCRC32: '/Jf17w==' });
  await runCall({ signal }, async () => direct(pair.direct.rare));
  expect(pair.sent.map(({ headers }) => 'x-amz-checksum-crc32' in headers)).toEqual([true, true, false]);
});

test('a completion is withdrawn where its file has changed', async () => {
  const pair = pairOf();
  const beforeSend = () => Promise.resolve(false);
  const { direct } = completionCase('', {});
  await expect(runCall({ signal, beforeSend }, async () => direct(pair.direct.rare))).rejects.toThrow(
    'withdrawn',
  );
  expect(pair.sent).toEqual([]);
});

test('what is unusual is left to the client', () => {
  const { rare } = pairOf().direct;
  expect(rare.remove({ ...place, VersionId: 'v' })).toBeNull();
  expect(rare.begin({ ...place, ContentType: 'text/plain', CacheControl: 'no-cache' })).toBeNull();
  expect(rare.begin(place)).toBeNull();
  expect(rare.part({ ...place, UploadId, PartNumber: 1, Body: 'text' })).toBeNull();
  expect(rare.part({ ...place, UploadId, PartNumber: 1, Body: bytes, SSECustomerKey: 'k' })).toBeNull();
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: '"e"', ChecksumSHA256: 's' }] };
  expect(rare.complete({ ...place, UploadId, MultipartUpload })).toBeNull();
  expect(rare.complete({ ...place, UploadId, ChecksumType: 'FULL_OBJECT' })).toBeNull();
  expect(rare.abort({ ...place, UploadId, RequestPayer: 'requester' })).toBeNull();
  expect(rare.abort({ ...place, Bucket: 'another', UploadId })).toBeNull();
});
