// Direct requests for a bucket, compared with the SDK's for the same command.
import { GetBucketVersioningCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { readVersioning } from '../../main/adapters/s3/direct/bucket.ts';
import { failureOf } from '../../main/adapters/s3/errors.ts';
import { runCall } from '../../main/adapters/s3/request/call.ts';
import { Signer } from '../../main/adapters/http/sigv4.ts';
import { essential, keys, nowMs, pairOf, signal, stopClock, unsignedOf } from '../support/direct-pair.ts';
import type { Answer, Pair } from '../support/direct-pair.ts';

beforeEach(stopClock);

const Bucket = 'the-bucket';
const EncodingType = 'url' as const;
const ways = [
  {},
  { aws: true },
  { virtual: 'https://s3.eu-central-1.amazonaws.com' },
  { virtual: 'https://objects.example.com:9443' },
  { headers: { requestPayer: 'requester' as const, serverSideEncryption: 'AES256' as const } },
];

/** The first of both is the SDK's. */
async function bothSent(pair: Pair, asked: () => Promise<unknown>, direct: () => Promise<unknown> | null) {
  await runCall({ signal }, asked);
  await runCall({ signal }, () => direct() ?? Promise.reject(new Error('not sent')));
  const [theirs, ours] = pair.sent;
  if (theirs === undefined || ours === undefined) throw new Error('nothing was sent');
  return { theirs, ours };
}

const listings: readonly (readonly [string, ListObjectsV2CommandInput])[] = [
  ['the first page', { Bucket, Prefix: "users/a b/ä+!'()*~/", EncodingType }],
  ['of a whole bucket', { Bucket, Prefix: '', EncodingType }],
  ['after a key', { Bucket, Prefix: 'p/', EncodingType, StartAfter: 'p/日本 &?.txt' }],
  ['the next page', { Bucket, Prefix: 'p/', EncodingType, ContinuationToken: '1/+=token %41' }],
];

test.for(listings)('asks for a listing as the SDK does, with its signature: %s', async ([, input]) => {
  for (const how of ways) {
    const pair = pairOf({ ...how, session: keys.sessionToken });
    // As a call leaves it that has taken the page.
    pair.answers = [{ status: 200 }, { status: 200 }];
    const { theirs, ours } = await bothSent(
      pair,
      () => pair.client.send(new ListObjectsV2Command(input)),
      () => pair.direct.list(input),
    );
    expect(essential(ours)).toEqual(essential(theirs));
    expect(pair.hosts[1]).toBe(pair.hosts[0]);
    const signed = new Signer('eu-central-1').sign(unsignedOf(theirs), keys, new Date(nowMs));
    expect(signed).toEqual(theirs.headers);
  }
});

test('asks for the state of versions as the SDK does, with its signature', async () => {
  for (const how of ways) {
    const pair = pairOf({ ...how, session: keys.sessionToken });
    const answer = { status: 200, body: versioning('<Status>Enabled</Status>') };
    pair.answers = [answer, answer];
    const { theirs, ours } = await bothSent(
      pair,
      () => pair.client.send(new GetBucketVersioningCommand({ Bucket })),
      () => pair.direct.versioning({ Bucket }),
    );
    expect(essential(ours)).toEqual(essential(theirs));
    const signed = new Signer('eu-central-1').sign(unsignedOf(theirs), keys, new Date(nowMs));
    expect(signed).toEqual(theirs.headers);
  }
});

function versioning(inside: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `${inside}</VersioningConfiguration>`
  );
}

const states: readonly (readonly [string, string, isPlain: boolean])[] = [
  ['kept', versioning('<Status>Enabled</Status>'), true],
  ['no longer kept', versioning('\n  <Status>Suspended</Status>\n  <MfaDelete>Disabled</MfaDelete>\n'), true],
  ['never kept', versioning(''), true],
  [
    'never kept, in short',
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
    true,
  ],
  ['an empty state', versioning('<Status></Status>'), false],
  ['another state', versioning('<Status>Paused</Status>'), false],
  ['a state with an entity', versioning('<Status>&#69;nabled</Status>'), false],
  ['a comment', versioning('<!-- none --><Status>Enabled</Status>'), false],
  ['a page', '<html><body>Sign in</body></html>', false],
  ['nothing', '', false],
];

test.for(states)('reads the state of versions as the SDK does: %s', async ([, body, isPlain]) => {
  const pair = pairOf();
  pair.answers = [
    { status: 200, body },
    { status: 200, body },
  ];
  const theirs = await statusOf(() => pair.client.send(new GetBucketVersioningCommand({ Bucket })));
  expect(await statusOf(() => pair.direct.versioning({ Bucket }))).toEqual(theirs);
  expect(readVersioning(body) !== null).toBe(isPlain);
  // What is not plain is read by the SDK.
  expect(pair.sent).toHaveLength(2);
});

async function statusOf(ask: () => Promise<{ Status?: string | undefined }> | null): Promise<unknown> {
  try {
    const answer = await runCall({ signal }, () => ask() ?? Promise.reject(new Error('not sent')));
    return answer.Status;
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

const refusals: readonly (readonly [string, Answer])[] = [
  ['no such bucket', { status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' }],
  ['access denied', { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }],
  ['a store in trouble', { status: 503, body: '<Error><Code>SlowDown</Code></Error>' }],
  ['another region', { status: 301, body: '<Error><Code>PermanentRedirect</Code></Error>' }],
  ['not implemented', { status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }],
];

test.for(refusals)('throws for a refusal what the SDK throws: %s', async ([, answer]) => {
  const asked = (
    pair: Pair,
  ): readonly (readonly [() => Promise<unknown>, () => Promise<unknown> | null])[] => [
    [() => pair.client.send(new ListObjectsV2Command({ Bucket })), () => pair.direct.list({ Bucket })],
    [
      () => pair.client.send(new GetBucketVersioningCommand({ Bucket })),
      () => pair.direct.versioning({ Bucket }),
    ],
  ];
  for (const which of [0, 1]) {
    const pair = pairOf();
    pair.answers = Array.from({ length: 6 }, () => answer);
    const [theirs, ours] = asked(pair)[which] ?? [];
    const failed = (ask: (() => Promise<unknown> | null) | undefined) =>
      runCall({ signal }, () => ask?.() ?? Promise.resolve(null)).then(
        () => null,
        (error: unknown) => {
          const { status, code } = failureOf(error);
          return { status, code };
        },
      );
    expect(await failed(ours)).toEqual(await failed(theirs));
  }
});

const denied = '<Error><Code>AccessDenied</Code></Error>';

/** Of the answer's time, by our clock. */
function refused(aheadMs: number, body: string): Answer {
  return { status: 403, headers: { date: new Date(nowMs + aheadMs).toUTCString() }, body };
}

async function askedFor(pair: Pair, answer: Answer): Promise<number> {
  pair.answers = [answer, answer, answer];
  pair.sent.length = 0;
  const asking = runCall({ signal }, () => pair.direct.versioning({ Bucket }) ?? Promise.resolve(null));
  expect(await asking.catch((error: unknown) => failureOf(error).status)).toBe(403);
  return pair.sent.length;
}

test('the state of versions that a role may not ask for is asked for once at each pass, without the SDK', async () => {
  const pair = pairOf();
  for (let pass = 0; pass < 5; pass += 1) expect(await askedFor(pair, refused(60_000, denied))).toBe(1);
});

test.each([
  ['where the clock is off', refused(3_600_000, denied)],
  ['for another refusal', refused(0, '')],
])('the SDK asks for the state of versions once more %s', async (_where, answer) => {
  expect(await askedFor(pairOf(), answer)).toBeGreaterThan(1);
});

test('a listing that nothing took is read by the SDK, and asked for once', async () => {
  const page =
    '<ListBucketResult><Name>the-bucket</Name><KeyCount>0</KeyCount><!-- odd --></ListBucketResult>';
  const pair = pairOf();
  const listed = () => runCall({ signal }, () => pair.direct.list({ Bucket }) ?? Promise.resolve(null));
  for (let asked = 1; asked <= 4; asked += 1) {
    pair.answers = [{ status: 200, body: page }];
    expect((await listed())?.Name).toBe('the-bucket');
    expect(pair.sent).toHaveLength(asked);
  }
});

test('what is unusual is left to the SDK', () => {
  const { direct, sent } = pairOf();
  expect(direct.list({ Bucket, Delimiter: '/' })).toBeNull();
  expect(direct.list({ Bucket: 'another-bucket' })).toBeNull();
  expect(direct.versioning({ Bucket, ExpectedBucketOwner: '1' })).toBeNull();
  expect(sent).toEqual([]);
});
