// What the local cloud must refuse: unsigned, forged, foreign, late and altered requests; and the faults that it makes on demand.
import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assumeRole, errorCode, presign, s3Client, signInUser, signRaw } from '../local-cloud/client-kit.ts';
import type { ChunkSeed, RawRequest, SignedInUser, TestCredentials } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

let folder: TempFolder;
let cloud: LocalCloud;
let described: CloudDescription;
let bucket: string;
let alice: SignedInUser;
let bob: SignedInUser;

beforeAll(async () => {
  folder = await makeTempFolder('local-cloud');
  cloud = await startLocalCloud({ directory: folder.path });
  described = cloud.description;
  bucket = described.bucket;
  alice = await signInUser(described, 'alice');
  bob = await signInUser(described, 'bob');
  await alice.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: `${alice.prefix}mine.txt`, Body: 'private' }),
  );
});

afterEach(() => {
  cloud.control.reset();
});

afterAll(async () => {
  await cloud.stop();
  await folder.remove();
});

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

function mine(): RawRequest {
  return { method: 'GET', bucket, key: `${alice.prefix}mine.txt` };
}

async function send(raw: RawRequest, credentials: TestCredentials = alice.credentials): Promise<string> {
  const { url, init } = signRaw(described, credentials, raw);
  const response = await fetch(url, init);
  return response.ok ? String(response.status) : errorCode(response);
}

describe('signatures', () => {
  test('a genuine one passes', async () => {
    expect(await send(mine())).toBe('200');
  });

  test('nothing is answered without one', async () => {
    const plain = (method: string, path: string): Promise<string> =>
      fetch(described.s3 + path, { method }).then(errorCode);

    expect(await plain('GET', '/')).toBe('403 AccessDenied');
    expect(await plain('GET', `/${bucket}?list-type=2`)).toBe('403 AccessDenied');
    expect(await plain('GET', `/${bucket}/x`)).toBe('403 AccessDenied');
    expect(await plain('PUT', `/${bucket}/x`)).toBe('403 AccessDenied');
    expect(await plain('DELETE', `/${bucket}/x`)).toBe('403 AccessDenied');
    expect(await plain('HEAD', `/${bucket}/x`)).toBe('403');
    expect(await plain('OPTIONS', `/${bucket}/x`)).toBe('403 AccessDenied');
  });

  test('of a wrong secret, a foreign token, no token or an unknown key fail', async () => {
    const { credentials } = alice;

    expect(await send(mine(), { ...credentials, secretAccessKey: bob.credentials.secretAccessKey })).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await send(mine(), { ...credentials, sessionToken: bob.credentials.sessionToken ?? '' })).toBe(
      '400 InvalidToken',
    );
    expect(await send(mine(), { ...credentials, sessionToken: `${credentials.sessionToken ?? ''}x` })).toBe(
      '400 InvalidToken',
    );
    expect(
      await send(mine(), {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
      }),
    ).toBe('403 InvalidAccessKeyId');
    expect(await send(mine(), { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' })).toBe(
      '403 InvalidAccessKeyId',
    );
  });

  test('cover method, path, query, headers and body', async () => {
    const signed = signRaw(described, alice.credentials, mine());
    const put = signRaw(described, alice.credentials, { ...mine(), method: 'PUT', body: 'new bytes' });
    const headers = { ...signed.init.headers, 'x-amz-meta-added': 'later' };

    expect(await fetch(signed.url, { ...signed.init, method: 'DELETE' }).then(errorCode)).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await fetch(`${signed.url}2`, signed.init).then(errorCode)).toBe('403 SignatureDoesNotMatch');
    expect(await fetch(`${signed.url}?versionId=null`, signed.init).then(errorCode)).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await fetch(signed.url, { ...signed.init, headers }).then(errorCode)).toBe('403 AccessDenied');
    expect(await fetch(put.url, { ...put.init, body: 'other one' }).then(errorCode)).toBe(
      '400 XAmzContentSHA256Mismatch',
    );
    expect(await send(mine())).toBe('200');
  });

  test('must be of now', async () => {
    expect(await send({ ...mine(), atMs: Date.now() - 16 * 60_000 })).toBe('403 RequestTimeTooSkewed');
    expect(await send({ ...mine(), atMs: Date.now() + 16 * 60_000 })).toBe('403 RequestTimeTooSkewed');
    expect(await send({ ...mine(), atMs: Date.now() - 14 * 60_000 })).toBe('200');
    cloud.control.patch({ clockSkewMs: 2 * 3_600_000 });
    const { url, init } = signRaw(described, alice.credentials, mine());
    const skewed = await fetch(url, init);
    expect(Date.parse(skewed.headers.get('date') ?? '') - Date.now()).toBeGreaterThan(7_100_000);
    expect(await errorCode(skewed)).toBe('403 RequestTimeTooSkewed');
  });

  test('must be for this region and service', async () => {
    const { url, init } = signRaw({ ...described, region: 'us-west-2' }, alice.credentials, mine());

    expect(await fetch(url, init).then(errorCode)).toBe('400 AuthorizationHeaderMalformed');
  });
});

describe('presigned links', () => {
  const link = (extra: object = {}): string =>
    presign(described, alice.credentials, { ...mine(), expiresSeconds: 60, ...extra });

  test('work until they end, and only as made', async () => {
    const good = await fetch(link({ query: { 'response-content-disposition': 'attachment' } }));

    expect(await good.text()).toBe('private');
    expect(good.headers.get('content-disposition')).toBe('attachment');
    expect(await fetch(link({ atMs: Date.now() - 61_000 })).then(errorCode)).toBe('403 AccessDenied');
    expect(await fetch(link().replace('mine.txt', 'other.txt')).then(errorCode)).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await fetch(`${link()}&response-content-type=text/html`).then(errorCode)).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await fetch(link(), { method: 'DELETE' }).then(errorCode)).toBe('403 SignatureDoesNotMatch');
    expect(await fetch(link({ expiresSeconds: 700_000 })).then(errorCode)).toBe(
      '400 AuthorizationQueryParametersError',
    );
  });

  test('end with the session that signed them', async () => {
    cloud.control.patch({ forceSessionSeconds: 60 });
    const credentials = await assumeRole(described, alice.idToken);
    cloud.control.patch({ clockSkewMs: 61_000 });

    expect(
      await fetch(
        presign(described, credentials, { ...mine(), expiresSeconds: 3600, atMs: Date.now() }),
      ).then(errorCode),
    ).toBe('400 ExpiredToken');
  });
});

describe('streamed bodies', () => {
  const EMPTY = createHash('sha256').digest('hex');
  const hmac = (seed: ChunkSeed, text: string): string =>
    createHmac('sha256', seed.key).update(text).digest('hex');

  /** An aws-chunked body with signed chunks, and optionally a signed trailer. */
  function chunked(seed: ChunkSeed, chunks: readonly string[], trailer: string | null): string {
    let previous = seed.signature;
    let body = '';
    for (const chunk of [...chunks, '']) {
      const hash = createHash('sha256').update(chunk).digest('hex');
      previous = hmac(
        seed,
        `AWS4-HMAC-SHA256-PAYLOAD\n${seed.date}\n${seed.scope}\n${previous}\n${EMPTY}\n${hash}`,
      );
      body += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
    }
    if (trailer === null) return `${body}\r\n`;
    const hash = createHash('sha256').update(`${trailer}\n`).digest('hex');
    const signature = hmac(
      seed,
      `AWS4-HMAC-SHA256-TRAILER\n${seed.date}\n${seed.scope}\n${previous}\n${hash}`,
    );
    return `${body}${trailer}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
  }

  async function sendStream(
    payload: string,
    decodedLength: number,
    makeBody: (seed: ChunkSeed) => string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const raw = {
      ...mine(),
      method: 'PUT',
      key: `${alice.prefix}streamed`,
      payload,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(decodedLength),
        ...headers,
      },
    };
    const { url, init, chunkSeed } = signRaw(described, alice.credentials, raw);
    const response = await fetch(url, { ...init, body: makeBody(chunkSeed) });
    return response.ok ? String(response.status) : errorCode(response);
  }

  const text = 'the quick brown fox'.repeat(5000);
  const chunks = [text.slice(0, 70_000), text.slice(70_000)];
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(text));
  const trailer = `x-amz-checksum-crc32:${sum.toString('base64')}`;
  const withTrailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

  async function stored(): Promise<string> {
    const { Body, ContentEncoding } = await alice.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: `${alice.prefix}streamed` }),
    );
    return `${String(ContentEncoding)} ${(await Body?.transformToString()) ?? ''}`;
  }

  test('are decoded in every form', async () => {
    expect(
      await sendStream('STREAMING-AWS4-HMAC-SHA256-PAYLOAD', text.length, (seed) =>
        chunked(seed, chunks, null),
      ),
    ).toBe('200');
    expect(await stored()).toBe(`undefined ${text}`);
    expect(
      await sendStream(
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        text.length,
        (seed) => chunked(seed, chunks, trailer),
        withTrailer,
      ),
    ).toBe('200');
    expect(await stored()).toBe(`undefined ${text}`);
    const unsigned = `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n\r\n`;
    expect(
      await sendStream('STREAMING-UNSIGNED-PAYLOAD-TRAILER', text.length, () => unsigned, withTrailer),
    ).toBe('200');
    expect(await stored()).toBe(`undefined ${text}`);
  });

  test('that were altered, cut or mislabelled are refused and leave no trace', async () => {
    const before = await stored();
    const signed = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const wrongSum = trailer.replace(/:.*/, ':AAAAAA==');
    const unsigned = (body: string, end: string): string =>
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n${end}\r\n\r\n`;

    expect({
      alteredChunk: await sendStream(signed, text.length, (seed) =>
        chunked(seed, chunks, null).replace('quick', 'QUICK'),
      ),
      swapped: await sendStream(signed, text.length, (seed) =>
        chunked(seed, chunks, null).replace(
          /chunk-signature=[0-9a-f]{64}/,
          `chunk-signature=${'0'.repeat(64)}`,
        ),
      ),
      alteredTrailer: await sendStream(
        `${signed}-TRAILER`,
        text.length,
        (seed) => chunked(seed, chunks, trailer).replace(trailer, wrongSum),
        withTrailer,
      ),
      wrongChecksum: await sendStream(
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        text.length,
        () => unsigned(text, wrongSum),
        withTrailer,
      ),
      noTrailer: await sendStream(
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        text.length,
        () => unsigned(text, '').replace(/\r\n$/, ''),
        withTrailer,
      ),
      cut: await sendStream(signed, text.length, (seed) => chunked(seed, chunks, null).slice(0, 80_000)),
      length: await sendStream(signed, text.length + 1, (seed) => chunked(seed, chunks, null)),
      noFraming: await sendStream(signed, text.length, () => text),
    }).toEqual({
      alteredChunk: '403 SignatureDoesNotMatch',
      swapped: '403 SignatureDoesNotMatch',
      alteredTrailer: '403 SignatureDoesNotMatch',
      wrongChecksum: '400 BadDigest',
      noTrailer: '400 MalformedTrailerError',
      cut: '400 IncompleteBody',
      length: '400 IncompleteBody',
      noFraming: '400 InvalidChunkSizeError',
    });
    expect(await stored()).toBe(before);
  });
});

describe('policies', () => {
  test('keep bob away from what is alice’s, in every way', async () => {
    const key = `${alice.prefix}mine.txt`;
    const as = (raw: Partial<RawRequest>): Promise<string> => send({ ...mine(), ...raw }, bob.credentials);
    const list = (Prefix?: string): Promise<string> =>
      outcome(bob.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix })));

    expect({
      get: await as({}),
      head: await as({ method: 'HEAD' }),
      put: await as({ method: 'PUT', body: 'overwritten' }),
      delete: await as({ method: 'DELETE' }),
      copyFrom: await as({
        method: 'PUT',
        key: `${bob.prefix}stolen`,
        headers: { 'x-amz-copy-source': `${bucket}/${encodeURIComponent(key)}` },
      }),
      missing: await as({ key: `${alice.prefix}no-such-thing` }),
      list: await list(alice.prefix),
      listRoot: await list(),
      listAround: await list('users/'),
      listPart: await list(bob.prefix.slice(0, -1)),
      otherBucket: await as({ bucket: 'nowhere' }),
      climb: await outcome(
        bob.s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${bob.prefix}../${alice.sub}/mine.txt` })),
      ),
    }).toEqual({
      get: '403 AccessDenied',
      head: '403',
      put: '403 AccessDenied',
      delete: '403 AccessDenied',
      copyFrom: '403 AccessDenied',
      missing: '403 AccessDenied',
      list: '403 AccessDenied',
      listRoot: '403 AccessDenied',
      listAround: '403 AccessDenied',
      listPart: '403 AccessDenied',
      otherBucket: '403 AccessDenied',
      // A key is only a name: this is one of bob's own, which does not exist.
      climb: '404 NoSuchKey',
    });
    expect(await list(bob.prefix)).toBe('done');
    expect(await send(mine())).toBe('200');
  });

  test('of the session narrow further, and never widen', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    });
    const narrowed = await assumeRole(described, alice.idToken, { policy });

    expect(await send(mine(), narrowed)).toBe('200');
    expect(await send({ ...mine(), method: 'PUT', body: '' }, narrowed)).toBe('403 AccessDenied');
    expect(await send({ ...mine(), key: `${bob.prefix}x` }, narrowed)).toBe('403 AccessDenied');
  });

  test('of the bucket may deny plain http', async () => {
    const statement = {
      Effect: 'Deny' as const,
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    cloud.control.putBucketPolicy(bucket, { Version: '2012-10-17', Statement: [statement] });
    const secure = await send(mine());
    cloud.control.patch({ secureTransport: false });
    const plain = await send(mine());
    cloud.control.putBucketPolicy(bucket, null);

    expect([secure, plain]).toEqual(['200', '403 AccessDenied']);
  });

  test('can revoke sessions issued before a time', async () => {
    const deny = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny' as const,
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() + 1000).toISOString() } },
        },
      ],
    };
    const allow = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow' as const, Action: 's3:*', Resource: '*' }],
    };
    const provider = described.issuer.replace('http://', '');
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow' as const,
          Principal: { Federated: `arn:aws:iam::${described.accountId}:oidc-provider/${provider}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
        },
      ],
    };
    const roleArn = cloud.control.putRole({ name: 'revocable', trust, policies: [allow] });
    const credentials = await assumeRole(described, alice.idToken, { roleArn });
    const before = await send(mine(), credentials);
    cloud.control.putRole({ name: 'revocable', trust, policies: [allow, deny] });

    expect([before, await send(mine(), credentials)]).toEqual(['200', '403 AccessDenied']);
  });

  test('see session tags of the provider', async () => {
    const own = await makeTempFolder('local-cloud');
    const tagged = await startLocalCloud({
      directory: own.path,
      users: [{ name: 'carol', password: 'c', sub: 'carol/with/slashes', tags: { Home: 'carol-1' } }],
    });
    const provider = tagged.description.issuer.replace('http://', '');
    const principal = { Federated: `arn:aws:iam::${tagged.description.accountId}:oidc-provider/${provider}` };
    const resource = `arn:aws:s3:::${tagged.description.bucket}/home/\${aws:PrincipalTag/Home}/*`;
    const roleArn = tagged.control.putRole({
      name: 'tagged',
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: principal,
            Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
          },
        ],
      },
      policies: [
        {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: resource }],
        },
      ],
    });
    const carol = await signInUser(tagged.description, 'carol');
    const s3 = s3Client(tagged.description, await assumeRole(tagged.description, carol.idToken, { roleArn }));
    const put = (Key: string): Promise<string> =>
      outcome(s3.send(new PutObjectCommand({ Bucket: tagged.description.bucket, Key, Body: 'x' })));

    expect([await put('home/carol-1/x'), await put('home/carol-2/x')]).toEqual(['done', '403 AccessDenied']);
    await tagged.stop();
    await own.remove();
  });
});

describe('faults', () => {
  const key = (): string => `${alice.prefix}fault`;
  const put = (body: string): Promise<string> =>
    outcome(alice.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key(), Body: body })));
  const head = (): Promise<string> =>
    outcome(alice.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key() })));

  test('answer 503 to the next ones of a verb', async () => {
    cloud.control.addFault({ verb: 'PutObject', kind: 'error', times: 2 });

    expect([await put('1'), await head(), await put('1'), await put('1')]).toEqual([
      '503 SlowDown',
      '404 NotFound',
      '503 SlowDown',
      'done',
    ]);
  });

  test('cut the connection before or after the effect', async () => {
    cloud.control.addFault({ verb: 'PutObject', kind: 'cut-before', times: 1, keyContains: 'fault' });
    const before = await put('before');
    const { ContentLength: afterFirst } = await alice.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key() }),
    );
    cloud.control.addFault({ verb: 'PutObject', kind: 'cut-after', times: 1 });
    const after = await put('after it took effect');
    const { ContentLength } = await alice.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key() }));

    expect([
      before.startsWith('undefined'),
      afterFirst,
      after.startsWith('undefined'),
      ContentLength,
    ]).toEqual([true, 1, true, 20]);
  });

  test.each([10, 300_000])('truncate a body of %d bytes', async (size) => {
    await put('x'.repeat(size));
    cloud.control.addFault({ verb: 'GetObject', kind: 'truncate', keepBytes: 5, times: 1 });
    const { url, init } = signRaw(described, alice.credentials, { method: 'GET', bucket, key: key() });
    const response = await fetch(url, init);

    expect(response.headers.get('content-length')).toBe(String(size));
    await expect(response.text()).rejects.toThrow();
  });

  test('come and go through the control URL, which counts requests', async () => {
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown> =>
      (
        await fetch(described.control + path, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
      ).json();
    await ask('POST', '/faults', { verb: '*', kind: 'error', status: 500, code: 'InternalError' });
    const broken = await head();
    await ask('DELETE', '/faults');
    const healed = await head();
    await ask('PATCH', '/settings', { store: { profile: 'ceph-pacific' }, idTokenSeconds: 5 });
    const { settings } = z
      .object({
        settings: z.object({ idTokenSeconds: z.number(), store: z.object({ checksums: z.string() }) }),
      })
      .parse(await ask('GET', ''));
    const { counts } = z.object({ counts: z.record(z.string(), z.number()) }).parse(await ask('GET', '/log'));
    const fromPage = await fetch(`${described.control}/reset`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });

    expect([broken, healed]).toEqual(['500 Unknown', 'done']);
    expect(settings).toEqual({ idTokenSeconds: 5, store: { checksums: 'accepted' } });
    expect(counts).toMatchObject({ HeadObject: 2 });
    expect(fromPage.status).toBe(403);
    expect(await ask('PATCH', '/settings', { unknown: 1 })).toHaveProperty('error');
  });
});
