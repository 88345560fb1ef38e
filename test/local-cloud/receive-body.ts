// Receives an upload: decodes it, hashes it while it streams to its place, and verifies every digest that the client gave.
import { createHash, hash as hashOnce } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import { INLINE_BYTES } from './blobs.ts';
import type { BlobSink, Blobs, Incoming } from './blobs.ts';
import { checksumAlgorithms, checksumHeader, createHasher, isChecksumAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm, Hasher } from './checksums.ts';
import { ChunkedDecoder } from './chunked-body.ts';
import type { Verified } from './sigv4.ts';

export type Received = {
  readonly incoming: Incoming;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
};

export type ReceiveOptions = {
  /** Algorithms wanted besides those that the request names. */
  readonly extra: readonly ChecksumAlgorithm[];
  readonly verifyChecksums: boolean;
  readonly maxBytes: number;
};

/** The one checksum header of a request, if any; several are refused as in S3. */
export function namedChecksum(
  headers: IncomingMessage['headers'],
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  const given = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  const algorithm = given[0];
  if (algorithm === undefined) return undefined;
  if (given.length > 1)
    throw new AwsError(
      'InvalidRequest',
      400,
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  return { algorithm, value: String(headers[checksumHeader(algorithm)]) };
}

/** Refuses a body without `Content-MD5` and without a checksum, as S3 does where Object Lock has a default retention. */
export function demandSum(headers: IncomingMessage['headers'], what: string): void {
  if (headers['content-md5'] !== undefined || namedChecksum(headers) !== undefined) return;
  if (String(headers['x-amz-trailer'] ?? '').startsWith('x-amz-checksum-')) return;
  throw new AwsError(
    'InvalidRequest',
    400,
    `Content-MD5 OR x-amz-checksum- HTTP header is required for ${what} requests with Object Lock parameters`,
  );
}

export async function receiveBody(
  request: IncomingMessage,
  verified: Verified,
  blobs: Blobs,
  options: ReceiveOptions,
): Promise<Received> {
  const { headers } = request;
  const isChunked = verified.payload.startsWith('STREAMING-');
  const declared = declaredLength(headers, isChunked);
  if (declared > options.maxBytes)
    throw new AwsError('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size');
  const given = namedChecksum(headers);
  const trailerName = headers['x-amz-trailer'];
  const trailer = trailerAlgorithm(typeof trailerName === 'string' ? trailerName : '');
  const wanted = new Set([
    ...options.extra,
    ...(given === undefined ? [] : [given.algorithm]),
    ...(trailer === undefined ? [] : [trailer]),
  ]);
  const sink = blobs.createSink();
  // A body of up to the inline size is hashed in one go at the end, which costs a fraction of streaming hash objects.
  const digests =
    declared <= INLINE_BYTES ? null : createDigests(wanted, isChunked ? null : verified.payload);
  try {
    const decoder = await pour(request, isChunked ? verified : null, sink, (chunk) => {
      digests?.update(chunk);
    });
    const incoming = await sink.finish();
    const sizeBytes = incoming.kind === 'memory' ? incoming.bytes.length : incoming.segment.length;
    if (sizeBytes !== declared)
      throw new AwsError(
        'IncompleteBody',
        400,
        'You did not provide the number of bytes specified by the Content-Length HTTP header',
      );
    const result =
      digests?.finish() ??
      digestOnce(
        incoming.kind === 'memory' ? incoming.bytes : Buffer.alloc(0),
        wanted,
        isChunked ? null : verified.payload,
      );
    const trailerValue = trailer === undefined ? undefined : decoder?.trailers.get(checksumHeader(trailer));
    if (trailer !== undefined && trailerValue === undefined)
      throw new AwsError(
        'MalformedTrailerError',
        400,
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    check(result, verified.payload, isChunked, headers['content-md5']);
    if (options.verifyChecksums) {
      if (given !== undefined) compare(given.algorithm, given.value, result.checksums);
      if (trailer !== undefined) compare(trailer, trailerValue ?? '', result.checksums);
    }
    return { incoming, sizeBytes, etag: result.md5.toString('hex'), checksums: result.checksums };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

function declaredLength(headers: IncomingMessage['headers'], isChunked: boolean): number {
  const text = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  const value = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value))
    throw new AwsError('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
  return value;
}

function trailerAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const algorithm = name.toLowerCase().replace('x-amz-checksum-', '').toUpperCase();
  return isChecksumAlgorithm(algorithm) ? algorithm : undefined;
}

/** Moves the request's bytes into the sink, pausing the socket while the disk is behind. */
function pour(
  request: IncomingMessage,
  chunkedBy: Verified | null,
  sink: BlobSink,
  see: (chunk: Buffer) => void,
): Promise<ChunkedDecoder | undefined> {
  // A closed request emits nothing to a listener that comes late, even where all of its body had arrived.
  if (request.destroyed) return Promise.reject(clientGone());
  const { promise, resolve, reject } = Promise.withResolvers<ChunkedDecoder | undefined>();
  let mustWait = false;
  const take = (chunk: Buffer): void => {
    see(chunk);
    if (!sink.write(chunk)) mustWait = true;
  };
  const decoder = chunkedBy === null ? undefined : new ChunkedDecoder(chunkedBy, take);
  const fail = (error: unknown): void => {
    request.off('data', onData);
    reject(error instanceof Error ? error : new Error(String(error)));
  };
  const onData = (chunk: Buffer): void => {
    try {
      if (decoder === undefined) take(chunk);
      else decoder.write(chunk);
    } catch (error) {
      fail(error);
      return;
    }
    if (!mustWait) return;
    mustWait = false;
    request.pause();
    sink.drained().then(() => request.resume(), fail);
  };
  request.on('data', onData);
  request.once('end', () => {
    try {
      decoder?.end();
      resolve(decoder);
    } catch (error) {
      fail(error);
    }
  });
  request.once('error', fail);
  request.once('close', () => {
    if (!request.readableEnded) fail(clientGone());
  });
  return promise;
}

function clientGone(): AwsError {
  return new AwsError('IncompleteBody', 400, 'The connection closed before the body was complete');
}

type Digested = {
  readonly md5: Buffer;
  readonly sha256: string | null;
  readonly checksums: Partial<Record<ChecksumAlgorithm, string>>;
};

function createDigests(
  wanted: ReadonlySet<ChecksumAlgorithm>,
  payload: string | null,
): { update: (chunk: Buffer) => void; finish: () => Digested } {
  const md5 = createHash('md5');
  const needsSha = payload !== null && /^[0-9a-f]{64}$/.test(payload);
  const sha = needsSha && !wanted.has('SHA256') ? createHash('sha256') : null;
  const hashers = new Map<ChecksumAlgorithm, Hasher>(
    [...wanted].map((algorithm) => [algorithm, createHasher(algorithm)]),
  );
  return {
    update: (chunk) => {
      md5.update(chunk);
      sha?.update(chunk);
      for (const hasher of hashers.values()) hasher.update(chunk);
    },
    finish: () => {
      const raw = new Map([...hashers].map(([algorithm, hasher]) => [algorithm, hasher.digest()]));
      const checksums = Object.fromEntries(
        [...raw].map(([algorithm, bytes]) => [algorithm, bytes.toString('base64')]),
      );
      return {
        md5: md5.digest(),
        sha256: sha?.digest('hex') ?? raw.get('SHA256')?.toString('hex') ?? null,
        checksums,
      };
    },
  };
}

function digestOnce(bytes: Buffer, wanted: ReadonlySet<ChecksumAlgorithm>, payload: string | null): Digested {
  const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const algorithm of wanted) {
    const hasher = createHasher(algorithm);
    hasher.update(bytes);
    checksums[algorithm] = hasher.digest().toString('base64');
  }
  const needsSha = payload !== null && payload.length === 64;
  return {
    md5: hashOnce('md5', bytes, 'buffer'),
    sha256: needsSha ? hashOnce('sha256', bytes, 'hex') : null,
    checksums,
  };
}

function check(
  result: Digested,
  payload: string,
  isChunked: boolean,
  contentMd5: string | string[] | undefined,
): void {
  if (!isChunked && payload !== 'UNSIGNED-PAYLOAD' && payload !== result.sha256) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  if (contentMd5 === undefined) return;
  const given = Buffer.from(String(contentMd5), 'base64');
  if (given.length !== 16)
    throw new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.');
  if (!given.equals(result.md5))
    throw new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.');
}

function compare(
  algorithm: ChecksumAlgorithm,
  given: string,
  computed: Readonly<Partial<Record<ChecksumAlgorithm, string>>>,
): void {
  const sizes: Readonly<Record<ChecksumAlgorithm, number>> = {
    CRC32: 4,
    CRC32C: 4,
    CRC64NVME: 8,
    SHA1: 20,
    SHA256: 32,
  };
  if (Buffer.from(given, 'base64').length !== sizes[algorithm])
    throw new AwsError('InvalidRequest', 400, `Value for ${checksumHeader(algorithm)} header is invalid.`);
  if (computed[algorithm] !== given)
    throw new AwsError(
      'BadDigest',
      400,
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
}
