// A client and its direct requests, over one stand-in for the network.
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { makeS3Access } from '../../main/adapters/s3/access.ts';
import { partsOf } from '../../main/adapters/s3/request/parts.ts';
import type { CallHandler } from '../../main/adapters/s3/request/call-handler.ts';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import type { DirectS3 } from '../../main/adapters/s3/direct/direct.ts';
import type { Unsigned } from '../../main/adapters/http/sigv4.ts';
import type { WriteHeaders } from '../../main/core/config/config.ts';
import { fixedCredentials } from './fixed-credentials.ts';

export type Sent = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};
export type Answer = {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
};

export const { signal } = new AbortController();
export const nowMs = Date.UTC(2026, 10, 28, 8, 0, 0);

/** For `beforeEach`: both sign at this moment. */
export function stopClock(): () => void {
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
  return () => {
    vi.useRealTimers();
  };
}

export type Pair = {
  readonly client: S3Client;
  readonly direct: DirectS3;
  readonly sent: Sent[];
  readonly hosts: string[];
  answers: Answer[];
};

export function pairOf(
  how: {
    readonly headers?: WriteHeaders;
    readonly session?: string;
    readonly aws?: boolean;
    /** The bucket in the name of the host. */
    readonly virtual?: string;
  } = {},
): Pair {
  const options = {
    bucket: 'the-bucket',
    region: 'eu-central-1',
    endpoint:
      how.virtual ?? (how.aws === true ? 'https://s3.eu-central-1.amazonaws.com' : 'http://127.0.0.1:9000'),
    forcePathStyle: how.virtual === undefined,
    expectedBucketOwner: '123456789012',
    development: true,
    credentials: fixedCredentials({
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      ...(how.session === undefined ? {} : { sessionToken: how.session }),
    }),
    headers: how.headers ?? {},
    nowMs: () => Date.now(),
  };
  const parts = partsOf(options);
  const client = makeS3Client(options, parts);
  const { direct } = makeS3Access(options, parts);
  const sent: Sent[] = [];
  const pair: Pair = { client, direct: direct as DirectS3, sent, hosts: [], answers: [] };
  const send = (request: Sent & { readonly hostname: string }) => {
    pair.hosts.push(request.hostname);
    const { method, path, query, headers: given, body: bytes } = request;
    sent.push({ method, path, query, headers: given, body: bytes });
    const {
      status,
      headers = {},
      body = '',
    } = pair.answers.shift() ?? { status: 200, headers: { etag: '"e"' } };
    return Promise.resolve({
      response: { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) },
    });
  };
  parts.handler.send = send as unknown as CallHandler['send'];
  return pair;
}

/** Headers that the SDK adds about itself and no store uses. */
const own = /^(amz-sdk-|x-amz-user-agent$|user-agent$)/u;

/** Without the SDK's own headers, and so without what depends on them. */
export function essential({ method, path, query, headers }: Sent) {
  const kept = Object.entries(headers).filter(([name]) => !own.test(name) && name !== 'authorization');
  return { method, path, query, headers: Object.fromEntries(kept.sort()) };
}

export const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'a-session/token+==',
};
const madeBySigning = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
]);

/** What the SDK signed of a request that it sent. */
export function unsignedOf({ method, path, query, headers }: Sent): Unsigned {
  const given = Object.entries(headers).filter(([name]) => !madeBySigning.has(name));
  return {
    method: method as Unsigned['method'],
    path,
    query,
    headers: Object.fromEntries(given),
    bodySha256: headers['x-amz-content-sha256'] ?? '',
  };
}
