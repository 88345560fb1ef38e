// Share links: what a presigned URL carries, and that a store's own arithmetic accepts its signature.
import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { signedDownload } from '../../main/adapters/s3/presign.ts';
import type { ShareRequest } from '../../main/adapters/s3/presign.ts';
import type { AwsCredentials } from '../../main/ports/credentials.port.ts';

const credentials: AwsCredentials = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiresAtMs: 3_600_000,
  clockOffsetMs: 0,
};

async function link(more: Partial<ShareRequest> = {}): Promise<URL> {
  const url = await signedDownload({
    endpoint: 'https://s3.example.com',
    forcePathStyle: true,
    region: 'eu-central-1',
    bucket: 'bucket',
    key: "users/ann/it's (1) ü&+.txt",
    fileName: "it's (1) ü&+.txt",
    credentials,
    nowMs: 0,
    expiresInSeconds: 60,
    ...more,
  });
  return new URL(url);
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature as the S3 API reference computes it from the request that arrives. */
function expectedSignature(url: URL): string {
  const pairs = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const scope = `${date.slice(0, 8)}/eu-central-1/s3/aws4_request`;
  const canonical = [
    'GET',
    url.pathname,
    pairs.sort().join('&'),
    `host:${url.host}`,
    '',
    'host',
    'UNSIGNED-PAYLOAD',
  ];
  const hash = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const key = scope.split('/').reduce<Buffer | string>(hmac, 'AWS4secret');
  return hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex');
}

test('a link is signed as the S3 API reference says, for every character of a name', async () => {
  const url = await link();
  expect(url.searchParams.get('X-Amz-Signature')).toBe(expectedSignature(url));
  expect(decodeURIComponent(url.pathname)).toBe("/bucket/users/ann/it's (1) ü&+.txt");
  expect(url.searchParams.get('response-content-disposition')).toBe(
    "attachment; filename*=UTF-8''it%27s%20%281%29%20%C3%BC%26%2B.txt",
  );
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe('token');
});

test('a link counts its time from the clock of the service', async () => {
  const url = await link({ credentials: { ...credentials, clockOffsetMs: 7_200_000 } });
  expect(url.searchParams.get('X-Amz-Date')).toBe('19700101T020000Z');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
});

test('a bucket is a host of its own on AWS, unless its name has a dot', async () => {
  const onAws = { endpoint: 'https://s3.eu-central-1.amazonaws.com', forcePathStyle: false };
  expect((await link(onAws)).host).toBe('bucket.s3.eu-central-1.amazonaws.com');
  const dotted = await link({ ...onAws, bucket: 'a.bucket' });
  expect(dotted.host).toBe('s3.eu-central-1.amazonaws.com');
  expect(dotted.pathname.startsWith('/a.bucket/')).toBe(true);
});

test('a link without a session token carries none', async () => {
  const url = await link({ credentials: { ...credentials, sessionToken: '' } });
  expect(url.searchParams.has('X-Amz-Security-Token')).toBe(false);
});

test('in a bucket whose readers pay, the link says that the signer does', async () => {
  expect((await link({ requestPayer: true })).searchParams.get('x-amz-request-payer')).toBe('requester');
  expect((await link()).searchParams.has('x-amz-request-payer')).toBe(false);
});
