// Signs a GET of one object for somebody without credentials (SigV4 query signing, Amazon S3 API reference).
import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from '../../ports/credentials.port.ts';

export type ShareRequest = {
  readonly endpoint: string;
  readonly forcePathStyle: boolean;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly fileName: string;
  readonly credentials: AwsCredentials;
  readonly nowMs: number;
  readonly expiresInSeconds: number;
  /** In a bucket whose readers pay, the one who signs pays for what the link fetches. */
  readonly requestPayer?: boolean;
};

/** The address is a bearer secret until it expires: shown once, never logged. It always downloads, never displays. */
export function signedDownload(request: ShareRequest): string {
  const url = objectUrl(request);
  const signedAt = new Date(request.nowMs + request.credentials.clockOffsetMs);
  const stamp = signedAt.toISOString().replace(/[-:]|\.\d{3}/gu, '');
  const scope = `${stamp.slice(0, 8)}/${request.region}/s3/aws4_request`;
  const query = canonicalQuery([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${request.credentials.accessKeyId}/${scope}`],
    ['X-Amz-Date', stamp],
    ['X-Amz-Expires', String(request.expiresInSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
    ...(request.credentials.sessionToken === ''
      ? []
      : [['X-Amz-Security-Token', request.credentials.sessionToken] as const]),
    ...(request.requestPayer === true ? [['x-amz-request-payer', 'requester'] as const] : []),
    ['response-content-disposition', `attachment; filename*=UTF-8''${encode(request.fileName)}`],
  ]);
  const canonical = ['GET', url.path, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const signature = hmac(signingKey(request, scope), toSign).toString('hex');
  return `${url.origin}${url.path}?${query}&X-Amz-Signature=${signature}`;
}

function objectUrl({ endpoint, forcePathStyle, bucket, key }: ShareRequest) {
  const base = new URL(endpoint);
  const path = key.split('/').map(encode).join('/');
  // A dot in the bucket's name would not match the certificate of the virtual host.
  const isPathStyle = forcePathStyle || bucket.includes('.');
  const host = isPathStyle ? base.host : `${bucket}.${base.host}`;
  return {
    host,
    origin: `${base.protocol}//${host}`,
    path: isPathStyle ? `/${encode(bucket)}/${path}` : `/${path}`,
  };
}

function signingKey({ credentials }: ShareRequest, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${credentials.secretAccessKey}`);
  for (const part of scope.split('/')) key = hmac(key, part);
  return key;
}

function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** RFC 3986: also what encodeURIComponent leaves alone. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
