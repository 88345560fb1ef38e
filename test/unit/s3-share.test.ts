// Links that are signed for somebody without credentials: what they carry beside the signature.
import { expect, test } from 'vitest';
import { signedDownload } from '../../main/adapters/s3/presign.ts';
import type { AwsCredentials } from '../../main/ports/credentials.port.ts';

const credentials: AwsCredentials = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiresAtMs: 3_600_000,
  clockOffsetMs: 0,
};

function link(requestPayer?: boolean): URLSearchParams {
  const url = signedDownload({
    endpoint: 'https://s3.example.com',
    forcePathStyle: true,
    region: 'eu-central-1',
    bucket: 'bucket',
    key: 'users/ann/a b.txt',
    fileName: 'a b.txt',
    credentials,
    nowMs: 0,
    expiresInSeconds: 60,
    ...(requestPayer === undefined ? {} : { requestPayer }),
  });
  return new URL(url).searchParams;
}

test('in a bucket whose readers pay, the link says that the signer does', () => {
  expect(link(true).get('x-amz-request-payer')).toBe('requester');
  expect(link(true).get('X-Amz-Signature')).not.toBe(link(false).get('X-Amz-Signature'));
});

test('elsewhere nothing is said of it', () => {
  expect(link().has('x-amz-request-payer')).toBe(false);
});
