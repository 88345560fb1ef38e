// S3 client of one bucket: explicit endpoint, region, credentials and CA, nothing from the environment.
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { WriteHeaders } from '../../../core/config/config.ts';
import { SyncError, isSyncError } from '../../../core/model/errors.ts';
import { awsEndpointUrl } from '../../../core/net/aws-endpoint.ts';
import { isAwsHost } from '../../../core/access/endpoints.ts';
import { isLiteralLoopback } from '../../../core/net/url.ts';
import type { AwsCredentials, Credentials } from '../../../ports/credentials.port.ts';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../../http/aws-handler.ts';
import type { AwsHttpOptions } from '../../http/aws-handler.ts';
import type { Paces } from '../../limits/pace.ts';
import { currentCall, Withdrawn } from '../request/call.ts';
import { CallHandler } from '../request/call-handler.ts';
import { mayBeExpired, saysDenied, saysExpired } from '../errors.ts';
import { makeDirect } from '../direct/direct.ts';
import type { DirectS3 } from '../direct/direct.ts';
import { addSumTolerance } from '../checksums.ts';
import { setWriteHeaders } from '../request/write-headers.ts';

export type S3ClientOptions = {
  /** A cached middleware stack belongs to one bucket: endpoints are resolved per bucket. */
  readonly bucket: string;
  readonly region: string;
  /** null: the regional AWS endpoint. */
  readonly endpoint: string | null;
  readonly forcePathStyle: boolean;
  /** Sent as `x-amz-expected-bucket-owner` to AWS endpoints (S2). */
  readonly expectedBucketOwner: string | null;
  /** Allows plain http, to literal loopback addresses only (S13). */
  readonly development: boolean;
  readonly credentials: Credentials;
  /** Sent with every write, and `requestPayer` with every request. */
  readonly headers?: WriteHeaders;
  readonly http?: Partial<AwsHttpOptions>;
  /** Limits that hold for contents, both ways; all of them at once. */
  readonly paces?: readonly Paces[];
  /** Gets the latency of each response. */
  readonly onAnswer?: (ms: number) => void;
  /** Wall clock, for expiry only. */
  readonly nowMs: () => number;
};

type Serializable = { request?: unknown };
type Request = { headers: Record<string, string>; path: string };

function checkedEndpoint(options: S3ClientOptions): URL {
  const url = new URL(options.endpoint ?? awsEndpointUrl('s3', options.region));
  const isAllowed =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLiteralLoopback(url) && options.development);
  if (!isAllowed || url.username !== '' || url.password !== '')
    throw new SyncError({
      code: 'url-refused',
      retry: 'slow',
      scope: 'account',
      message: `S3 endpoint refused: ${url.protocol}//${url.host} (https is needed)`,
      fields: { field: 's3Endpoint' },
    });
  return url;
}

function credentialProvider(
  credentials: Credentials,
  onOffset: (offsetMs: number) => void,
): S3ClientConfig['credentials'] {
  let newest = '';
  const provide = async () => {
    const call = currentCall();
    const given = await credentials.get(call?.signal ?? AbortSignal.timeout(60_000));
    // Each exchange measures the offset again; in between, what the SDK learns from a refusal stays valid.
    if (given.accessKeyId !== newest) onOffset(given.clockOffsetMs);
    newest = given.accessKeyId;
    if (call !== undefined) call.used = { accessKeyId: given.accessKeyId, expiresAtMs: given.expiresAtMs };
    return {
      accessKeyId: given.accessKeyId,
      secretAccessKey: given.secretAccessKey,
      // Long-lived keys of a test endpoint come without one.
      ...(given.sessionToken === '' ? {} : { sessionToken: given.sessionToken }),
    };
  };
  // `memoized` keeps the SDK from caching by its own rules: the Credentials port is the one cache.
  return Object.assign(provide, { memoized: true });
}

/** Every setting that the SDK would otherwise look up in environment, profile files or instance metadata. */
function explicitConfig(options: S3ClientOptions): S3ClientConfig {
  const http = { ...defaultAwsHttp, ...options.http };
  const config: S3ClientConfig = {
    region: options.region,
    endpoint: checkedEndpoint(options).href,
    forcePathStyle: options.forcePathStyle,
    requestHandler: new CallHandler(awsHttpHandlerOptions(http), options.paces ?? [], options.onAnswer),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    useArnRegion: false,
    useAccelerateEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    followRegionRedirects: false,
    expectContinueHeader: false,
    authSchemePreference: ['aws.auth#sigv4'],
    sigv4aSigningRegionSet: [options.region],
    userAgentAppId: 'driftless',
    cacheMiddleware: true,
  };
  return config;
}

function requestOf(args: Serializable): Request | null {
  const { request } = args;
  return typeof request === 'object' && request !== null && 'headers' in request
    ? (request as Request)
    : null;
}

export function makeS3Client(options: S3ClientOptions): S3Client {
  // The exchange learned how far our clock is off; signing starts with that instead of with a refusal.
  const onOffset = (offsetMs: number) => {
    client.config.systemClockOffset = offsetMs;
  };
  const credentials = credentialProvider(options.credentials, onOffset);
  const config = explicitConfig(options);
  const client: S3Client = new S3Client(credentials === undefined ? config : { ...config, credentials });
  addHeaders(client, ownerHeader(options));
  addWriteHeaders(client, options.headers ?? {});
  addSumTolerance(client);
  addCredentialRenewal(client, options);
  addBeforeSend(client);
  return client;
}

function ownerHeader(options: S3ClientOptions): string | null {
  return isAwsHost(checkedEndpoint(options).hostname) ? options.expectedBucketOwner : null;
}

/** The short way of the same client; null where its endpoint does not allow one. */
export function directOf(client: S3Client, options: S3ClientOptions): DirectS3 | null {
  return makeDirect(client, {
    bucket: options.bucket,
    region: options.region,
    endpoint: checkedEndpoint(options),
    isPathStyle: options.forcePathStyle,
    expectedBucketOwner: ownerHeader(options),
    headers: options.headers ?? {},
    nowMs: options.nowMs,
    onRefused: (error) => {
      const used = currentCall()?.used ?? null;
      // Or the client would send it with the same session first, a part of many megabytes as well.
      if (used !== null && saysExpired(error, used, options.nowMs()))
        options.credentials.invalidate(used.accessKeyId);
    },
  });
}

function addHeaders(client: S3Client, owner: string | null): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = requestOf(args);
      if (request !== null) {
        if (owner !== null) {
          request.headers['x-amz-expected-bucket-owner'] = owner;
          if (context.commandName === 'CopyObjectCommand')
            request.headers['x-amz-source-expected-bucket-owner'] = owner;
        }
        const sha256 = sendsBytes.has(context.commandName ?? '') ? currentCall()?.bodySha256 : null;
        if (typeof sha256 === 'string') request.headers['x-amz-content-sha256'] = sha256;
        // Asks for stored checksums without the SDK's own pass over the body: the engine hashes what it writes.
        if (context.commandName === 'GetObjectCommand') request.headers['x-amz-checksum-mode'] = 'ENABLED';
      }
      return next(args);
    },
    { step: 'build', name: 'driftlessHeaders', override: true },
  );
}

const sendsBytes = new Set(['PutObjectCommand', 'UploadPartCommand']);
const makesObject = new Set(['PutObjectCommand', 'CreateMultipartUploadCommand', 'CopyObjectCommand']);

function addWriteHeaders(client: S3Client, wanted: WriteHeaders): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const headers = requestOf(args)?.headers;
      if (headers !== undefined) setWriteHeaders(headers, wanted, makesObject.has(context.commandName ?? ''));
      return next(args);
    },
    { step: 'build', name: 'driftlessWriteHeaders', override: true },
  );
}

/** A refusal is doubted at most so often: a policy that really denies, or an object that none of ours can read, must not cost an exchange for every request. */
const doubtEveryMs = 5 * 60_000;

/** True at most so often. */
function makeDoubt(): (nowMs: number) => boolean {
  let doubtedAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    // A clock that was set back must not end all doubts.
    if (nowMs >= doubtedAtMs && nowMs - doubtedAtMs < doubtEveryMs) return false;
    doubtedAtMs = nowMs;
    return true;
  };
}

/** One second try with other credentials when these ones may be what the service refuses; not a retry of the operation. */
function addCredentialRenewal(client: S3Client, options: S3ClientOptions): void {
  const [mayDoubt, mayDoubtBare] = [makeDoubt(), makeDoubt()];
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const call = currentCall();
        const used = call?.used ?? null;
        if (call === undefined || used === null) throw error;
        const nowMs = options.nowMs();
        const isOver = saysExpired(error, used, nowMs) || (mayBeExpired(error) && mayDoubtBare(nowMs));
        const renewed = isOver
          ? await renewExpired(options.credentials, used.accessKeyId, call.signal)
          : saysDenied(error) && mayDoubt(nowMs)
            ? await renewDenied(options.credentials, used.accessKeyId, call.signal)
            : null;
        if (renewed === null || renewed.accessKeyId === used.accessKeyId) throw error;
        return await next(args);
      }
    },
    // Runs last before signing, so a retried `next` signs again.
    { step: 'build', priority: 'low', name: 'driftlessCredentialRenewal', override: true },
  );
}

async function renewExpired(
  credentials: Credentials,
  accessKeyId: string,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  credentials.invalidate(accessKeyId);
  return credentials.get(signal);
}

/** Sessions are revoked, and roles changed, while their holder may still get a new one (`driftless admin revoke`). */
async function renewDenied(
  credentials: Credentials,
  accessKeyId: string,
  signal: AbortSignal,
): Promise<AwsCredentials | null> {
  try {
    return await credentials.renew(accessKeyId, signal);
  } catch (error) {
    signal.throwIfAborted();
    // The session is over and no other is to be had: that says more than the refusal.
    if (isSyncError(error) && error.code === 'needs-sign-in') throw error;
    return null;
  }
}

/** C13: the second stat comes after the last byte was read and just before the object is made. */
function addBeforeSend(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const isLast =
        context.commandName === 'PutObjectCommand' ||
        context.commandName === 'CompleteMultipartUploadCommand';
      const ask = currentCall()?.beforeSend ?? null;
      if (isLast && ask !== null && !(await ask())) throw new Withdrawn();
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'driftlessBeforeSend', override: true },
  );
}
