// Mapping of S3 client errors to engine errors.
import { describe, expect, test } from 'vitest';
import { mapS3Error, mayBeExpired, saysExpired } from '../../main/adapters/s3/errors.ts';

const nowMs = Date.UTC(2026, 10, 23, 1, 0, 0);
const read = { writes: false, deniedScope: 'item', nowMs } as const;
const write = { writes: true, deniedScope: 'item', nowMs } as const;

function answer(status: number, name: string, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error(`${name} happened`), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  });
}

function network(code: string): Error {
  return Object.assign(new Error(`socket: ${code}`), { code });
}

describe('mapS3Error', () => {
  test.each([
    [403, 'AccessDenied', 'remote-denied', 'slow', 'item'],
    [403, 'Forbidden', 'remote-denied', 'slow', 'item'],
    [404, 'NoSuchBucket', 'bucket-missing', 'slow', 'pair'],
    [301, 'PermanentRedirect', 'bucket-wrong-region', 'slow', 'pair'],
    [400, 'ExpiredToken', 'credentials-expired', 'now', 'account'],
    [403, 'InvalidAccessKeyId', 'credentials-refused', 'slow', 'account'],
    [403, 'SignatureDoesNotMatch', 'signature-refused', 'slow', 'item'],
    [403, 'RequestTimeTooSkewed', 'clock-skew', 'slow', 'account'],
    [503, 'SlowDown', 'slow-down', 'backoff', 'account'],
    [429, 'TooManyRequests', 'slow-down', 'backoff', 'account'],
    [500, 'InternalError', 'remote-unavailable', 'backoff', 'item'],
    [502, 'Unknown', 'remote-unavailable', 'backoff', 'item'],
    [409, 'OperationAborted', 'remote-busy', 'backoff', 'item'],
    [507, 'Unknown', 'remote-full', 'slow', 'pair'],
    [403, 'QuotaExceeded', 'remote-full', 'slow', 'pair'],
    [400, 'EntityTooLarge', 'object-too-large', 'slow', 'item'],
    [400, 'KeyTooLongError', 'remote-name-too-long', 'slow', 'item'],
    [400, 'XAmzContentSHA256Mismatch', 'content-mismatch', 'slow', 'item'],
    [403, 'InvalidObjectState', 'remote-archived', 'slow', 'item'],
    [501, 'NotImplemented', 'remote-refused', 'slow', 'item'],
    [400, 'InvalidRequest', 'remote-refused', 'slow', 'item'],
    [404, 'Unknown', 'remote-invalid-answer', 'backoff', 'pair'],
    [200, 'SyntaxError', 'remote-invalid-answer', 'backoff', 'item'],
  ])('the S3 error %i %s maps to %s (%s, %s)', (status, name, code, retry, scope) => {
    expect(mapS3Error(answer(status, name), read)).toMatchObject({ code, retry, scope });
  });

  test('a signature that does not fit for the bucket fits for nothing of the account', () => {
    const list = { ...read, deniedScope: 'pair' } as const;
    expect(mapS3Error(answer(403, 'SignatureDoesNotMatch'), list)).toMatchObject({
      code: 'credentials-refused',
      scope: 'account',
    });
  });

  test.each(['constructor', '__proto__', 'toString', 'x'.repeat(100_000)])(
    'the made-up error code %#, a name that objects inherit or a long one, is unknown and kept short',
    (name) => {
      const error = mapS3Error(answer(400, name, { 'x-amz-bucket-region': 'r'.repeat(8000) }), read);
      expect(error).toMatchObject({ code: 'remote-refused', retry: 'slow', scope: 'item' });
      expect(JSON.stringify(error.fields).length).toBeLessThan(400);
      expect(error.message.length).toBeLessThan(400);
    },
  );

  test.each([
    ['ECONNREFUSED', 'endpoint-unreachable', 'account', false],
    ['ENOTFOUND', 'endpoint-unreachable', 'account', false],
    ['EAI_AGAIN', 'endpoint-unreachable', 'account', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted', 'account', false],
    ['CERT_HAS_EXPIRED', 'tls-untrusted', 'account', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed', 'account', false],
    ['ECONNRESET', 'connection-lost', 'item', true],
    ['EPIPE', 'connection-lost', 'item', true],
    ['ETIMEDOUT', 'timeout', 'item', true],
  ])('the S3 error %s maps to %s', (errno, code, scope, mayHaveHappened) => {
    expect(mapS3Error(network(errno), write)).toMatchObject({ code, scope, fields: { mayHaveHappened } });
    expect(mapS3Error(network(errno), read).fields['mayHaveHappened']).toBe(false);
  });

  test('a write that met a server error may have happened, and one that was refused or throttled has not', () => {
    expect(mapS3Error(answer(500, 'InternalError'), write).fields['mayHaveHappened']).toBe(true);
    expect(mapS3Error(answer(503, 'SlowDown'), write).fields['mayHaveHappened']).toBe(false);
    expect(mapS3Error(answer(403, 'AccessDenied'), write).fields['mayHaveHappened']).toBe(false);
  });

  test('Retry-After is carried as seconds or as a date', () => {
    const seconds = mapS3Error(answer(503, 'SlowDown', { 'Retry-After': '7' }), read);
    expect(seconds.fields['retryAfterMs']).toBe(7000);
    const date = new Date(nowMs + 3000).toUTCString();
    expect(mapS3Error(answer(503, 'SlowDown', { 'retry-after': date }), read).fields['retryAfterMs']).toBe(
      3000,
    );
  });

  test('a wrong clock is distinguished from a refusal, with the offset, even where HEAD gives no reason', () => {
    const headers = { date: new Date(nowMs + 3_600_000).toUTCString() };
    expect(mapS3Error(answer(403, 'Forbidden', headers), read)).toMatchObject({
      code: 'clock-skew',
      fields: { offsetMs: 3_600_000 },
    });
  });
});

describe('saysExpired', () => {
  const used = { expiresAtMs: nowMs };
  test.each([
    [answer(400, 'ExpiredToken'), nowMs - 60_000, true],
    // HEAD has no body to say so; before the end it may as well be about the object.
    [answer(400, '400'), nowMs + 1, true],
    [answer(400, '400'), nowMs - 60_000, false],
    // Ceph refuses expired credentials like anything else.
    [answer(403, 'AccessDenied'), nowMs + 1, true],
    [answer(403, 'AccessDenied'), nowMs - 60_000, false],
    [answer(404, 'NoSuchKey'), nowMs + 1, false],
  ])('expired credentials are recognised: %s', (error, atMs, expected) => {
    expect(saysExpired(error, used, atMs)).toBe(expected);
  });

  test.each([
    [answer(400, '400'), true],
    [answer(400, 'BadRequest'), true],
    [answer(400, 'InvalidRequest'), false],
    [answer(403, '403'), false],
  ])('an answer without a word may say so: %s', (error, expected) => {
    expect(mayBeExpired(error)).toBe(expected);
  });
});
