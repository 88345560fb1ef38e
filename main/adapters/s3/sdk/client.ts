// The SDK's client of one bucket: explicit endpoint, region, credentials and CA, nothing from the environment.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { WriteHeaders } from '../../../core/config/config.ts';
import { isSyncError } from '../../../core/model/errors.ts';
import type { AwsCredentials, Credentials } from '../../../ports/credentials.port.ts';
import { currentCall, Withdrawn } from '../request/call.ts';
import { mayBeExpired, saysDenied, saysExpired } from '../errors.ts';
import { partsOf } from '../request/parts.ts';
import type { S3Options, S3Parts } from '../request/parts.ts';
import { addSumTolerance } from '../checksums.ts';
import type { S3Session } from '../session.ts';
import type { S3Operations, S3Sdk } from './requests.ts';
import { uploadStream } from './upload.ts';
import { setWriteHeaders } from '../request/write-headers.ts';

type Serializable = { request?: unknown };
type Request = { headers: Record<string, string>; path: string };

function credentialProvider(session: S3Session): S3ClientConfig['credentials'] {
  const provide = async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await session.keys();
    // Long-lived keys of a test endpoint come without one.
    return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
  };
  // `memoized` keeps the SDK from caching by its own rules: the Credentials port is the one cache.
  return Object.assign(provide, { memoized: true });
}

/** Every setting that the SDK would otherwise look up in environment, profile files or instance metadata. */
function explicitConfig(options: S3Options, { endpoint, handler }: S3Parts): S3ClientConfig {
  const config: S3ClientConfig = {
    region: options.region,
    endpoint: endpoint.href,
    forcePathStyle: options.forcePathStyle,
    requestHandler: handler,
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

export function makeS3Client(options: S3Options, parts = partsOf(options)): S3Client {
  const { session, owner } = parts;
  const credentials = credentialProvider(session);
  const config = explicitConfig(options, parts);
  const client: S3Client = new S3Client(credentials === undefined ? config : { ...config, credentials });
  // One offset for both ways of a request.
  Object.defineProperty(client.config, 'systemClockOffset', {
    enumerable: true,
    get: () => session.offsetMs,
    set: (offsetMs: number) => {
      session.offsetMs = offsetMs;
    },
  });
  addHeaders(client, owner);
  addWriteHeaders(client, options.headers ?? {});
  addSumTolerance(client);
  addCredentialRenewal(client, options);
  addBeforeSend(client);
  return client;
}

type Senders = {
  readonly [Name in keyof S3Operations]: (
    client: S3Client,
    input: S3Operations[Name][0],
  ) => Promise<S3Operations[Name][1]>;
};

const senders: Senders = {
  AbortMultipartUpload: (client, input) => client.send(new AbortMultipartUploadCommand(input)),
  CompleteMultipartUpload: (client, input) => client.send(new CompleteMultipartUploadCommand(input)),
  CopyObject: (client, input) => client.send(new CopyObjectCommand(input)),
  CreateMultipartUpload: (client, input) => client.send(new CreateMultipartUploadCommand(input)),
  DeleteObject: (client, input) => client.send(new DeleteObjectCommand(input)),
  GetBucketVersioning: (client, input) => client.send(new GetBucketVersioningCommand(input)),
  GetObject: (client, input) => client.send(new GetObjectCommand(input)),
  GetObjectTagging: (client, input) => client.send(new GetObjectTaggingCommand(input)),
  HeadObject: (client, input) => client.send(new HeadObjectCommand(input)),
  ListObjectsV2: (client, input) => client.send(new ListObjectsV2Command(input)),
  ListObjectVersions: (client, input) => client.send(new ListObjectVersionsCommand(input)),
  ListParts: (client, input) => client.send(new ListPartsCommand(input)),
  PutObject: (client, input) => client.send(new PutObjectCommand(input)),
  UploadPart: (client, input) => client.send(new UploadPartCommand(input)),
  UploadPartCopy: (client, input) => client.send(new UploadPartCopyCommand(input)),
};

export function sdkOf(client: S3Client): S3Sdk {
  return {
    send: (name, input) => senders[name](client, input),
    upload: (upload) => uploadStream(client, upload),
  };
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
function addCredentialRenewal(client: S3Client, options: S3Options): void {
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
