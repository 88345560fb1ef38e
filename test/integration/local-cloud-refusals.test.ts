// Requests that the local cloud's S3 refuses: unsigned, forged, foreign, late and altered.
import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { assumeRole, errorCode, presign, signRaw } from '../local-cloud/client-kit.ts';
import type { ChunkSeed, RawRequest, TestCredentials } from '../local-cloud/client-kit.ts';
import { aliceAndBob, cloudForFile } from '../support/cloud-kit.ts';

const cloud = await cloudForFile();
const { description: described } = cloud;
const { bucket } = described;
const { alice, bob } = await aliceAndBob(described);

afterEach(() => {
  cloud.control.reset();
});

function mine(): RawRequest {
  return { method: 'GET', bucket, key: `${alice.prefix}mine.txt` };
}

async function send(raw: RawRequest, credentials: TestCredentials = alice.credentials): Promise<string> {
  const { url, init } = signRaw(described, credentials, raw);
  const response = await fetch(url, init);
  return response.ok ? String(response.status) : errorCode(response);
}

describe('signatures', () => {
  test('a genuine signature passes', async () => {
    expect(await send(mine())).toBe('200');
  });

  test('an unsigned request is refused', async () => {
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

  test('a signature of a wrong secret, a foreign token, no token or an unknown key is refused', async () => {
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

  test('a signature covers method, path, query, headers and body', async () => {
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

  test('a signature must be of the present time', async () => {
    expect(await send({ ...mine(), atMs: Date.now() - 16 * 60_000 })).toBe('403 RequestTimeTooSkewed');
    expect(await send({ ...mine(), atMs: Date.now() + 16 * 60_000 })).toBe('403 RequestTimeTooSkewed');
    expect(await send({ ...mine(), atMs: Date.now() - 14 * 60_000 })).toBe('200');
    cloud.control.patch({ clockSkewMs: 2 * 3_600_000 });
    const { url, init } = signRaw(described, alice.credentials, mine());
    const skewed = await fetch(url, init);
    expect(Date.parse(skewed.headers.get('date') ?? '') - Date.now()).toBeGreaterThan(7_100_000);
    expect(await errorCode(skewed)).toBe('403 RequestTimeTooSkewed');
  });

  test('a signature must be for this region and service', async () => {
    const { url, init } = signRaw({ ...described, region: 'us-west-2' }, alice.credentials, mine());

    expect(await fetch(url, init).then(errorCode)).toBe('400 AuthorizationHeaderMalformed');
  });
});

describe('presigned links', () => {
  const link = (extra: object = {}): string =>
    presign(described, alice.credentials, { ...mine(), expiresSeconds: 60, ...extra });

  test('a presigned link works until it expires and only as signed', async () => {
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

  test('a presigned link ends with the session that signed it', async () => {
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

  test('a streamed body is decoded in every form', async () => {
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

  test('an altered, cut or mislabelled streamed body is refused and leaves no trace', async () => {
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
