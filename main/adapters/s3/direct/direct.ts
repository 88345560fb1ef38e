// Requests for objects and the bucket without the SDK's stack.
//
// A sync makes them by the thousand, and the stack takes a third of the CPU of a small transfer, and most of that of an edit, of a poll and of a
// probe. They leave through the client's own HTTP handler; whatever is unusual is the client's to do.
import type {
  CopyObjectCommandInput,
  CopyObjectCommandOutput,
  GetObjectCommandInput,
  GetObjectCommandOutput,
  GetBucketVersioningCommandInput,
  GetBucketVersioningCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { hash } from 'node:crypto';
import type { WriteHeaders } from '../../../core/config/config.ts';
import { currentCall, runCall, Withdrawn } from '../request/call.ts';
import { FilledBody, heldIfSmall } from '../request/body.ts';
import type { CallHandler } from '../request/call-handler.ts';
import { mendHeaders } from '../request/odd-answers.ts';
import { BucketS3 } from './bucket.ts';
import type { BucketKind } from './bucket.ts';
import { clockOffsetMs, failureOf, saysExpired, skewLimitMs } from '../errors.ts';
import { foundOutput } from './found-output.ts';
import { madeOutput, RareS3 } from './rare.ts';
import type { RareKind } from './rare.ts';
import { elementText, throwLateError } from './xml-text.ts';
import { putHeaders, writtenHeaders } from './put-headers.ts';
import { forTheClient, isWrongSum, refusal, textOf } from '../request/refusal.ts';
import { isUnusual, signedObject } from './object-request.ts';
import type { ObjectAsked, ObjectPlace } from './object-request.ts';
import type { S3Sdk } from '../sdk/requests.ts';
import type { S3Session } from '../session.ts';
import { setWriteHeaders } from '../request/write-headers.ts';
import { emptySha256, Signer } from '../../http/sigv4.ts';
import type { SigningKeys } from '../../http/sigv4.ts';
import { ShortWay } from '../../../core/net/short-way.ts';

export type DirectOptions = {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: URL;
  readonly isPathStyle: boolean;
  readonly expectedBucketOwner: string | null;
  readonly headers: WriteHeaders;
  readonly nowMs: () => number;
  /** Told what the client is asked to cure, before it is: what it signs with may be over. */
  readonly onRefused?: (error: Error) => void;
  readonly monotonicMs?: () => number;
};

/** What the requests leave through, and what makes those that are not for this way. */
export type DirectParts = {
  readonly sdk: S3Sdk;
  readonly handler: CallHandler;
  readonly session: S3Session;
};

/** Answers like `client.send` of the command, and throws what it would throw. Null: not a request for this way. */
export type DirectS3 = {
  get(input: GetObjectCommandInput): Promise<GetObjectCommandOutput> | null;
  head(input: HeadObjectCommandInput): Promise<HeadObjectCommandOutput> | null;
  put(input: PutObjectCommandInput): Promise<PutObjectCommandOutput> | null;
  copy(input: CopyObjectCommandInput): Promise<CopyObjectCommandOutput> | null;
  list(input: ListObjectsV2CommandInput): Promise<ListObjectsV2CommandOutput> | null;
  versioning(input: GetBucketVersioningCommandInput): Promise<GetBucketVersioningCommandOutput> | null;
  /** Others for one object. */
  readonly rare: Pick<RareS3, RareKind>;
  /** What another thread needs to sign such requests now. Rejects where there are no credentials. */
  signing(signal: AbortSignal): Promise<DirectSigning>;
};

export type DirectSigning = {
  readonly place: ObjectPlace;
  readonly region: string;
  /** Of each GET. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of each PUT, beside those of the object itself. */
  readonly writeHeaders: Readonly<Record<string, string>>;
  readonly keys: SigningKeys;
  /** When, by the store's clock. */
  readonly atMs: number;
};

type Handled = Parameters<CallHandler['handle']>[0];
type Answered = Awaited<ReturnType<CallHandler['handle']>>['response'];
type Headers = Record<string, string>;

/** Null where the address of an object is not plainly put together from endpoint, bucket and key. */
export function makeDirect(parts: DirectParts, options: DirectOptions): DirectS3 | null {
  const { endpoint, bucket } = options;
  const isPlain = endpoint.pathname === '/' && endpoint.search === '' && /^[a-z0-9-]{3,63}$/u.test(bucket);
  // An address has no names below it: the SDK then puts the bucket into the path, and such endpoints are its own to call.
  const hasNames = /[a-z]/u.test(endpoint.hostname.replace(/^\[.*\]$/u, ''));
  if (!isPlain || !(options.isPathStyle || hasNames)) return null;
  return new Direct(parts, options);
}

class Direct implements DirectS3 {
  readonly #sdk: S3Sdk;
  readonly #session: S3Session;
  readonly #options: DirectOptions;
  readonly #handler: CallHandler;
  readonly #signer: Signer;
  readonly #place: ObjectPlace;
  /** Polls apart: a head that may not be read must not take the short way from objects. */
  readonly #ways = {
    get: new ShortWay(),
    head: new ShortWay(),
    poll: new ShortWay(),
    put: new ShortWay(),
    copy: new ShortWay(),
    remove: new ShortWay(),
    begin: new ShortWay(),
    part: new ShortWay(),
    complete: new ShortWay(),
    abort: new ShortWay(),
    list: new ShortWay(),
    versioning: new ShortWay(),
  };
  readonly #monotonicMs: () => number;
  readonly #bucket: BucketS3;
  readonly rare: RareS3;

  constructor({ sdk, handler, session }: DirectParts, options: DirectOptions) {
    this.#sdk = sdk;
    this.#handler = handler;
    this.#session = session;
    this.#options = options;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#signer = new Signer(options.region);
    const { endpoint, bucket, isPathStyle, expectedBucketOwner } = options;
    const { protocol, hostname, host, port } = endpoint;
    this.#place = { bucket, protocol, hostname, host, port, isPathStyle, expectedBucketOwner };
    this.rare = new RareS3(sdk, {
      headers: options.headers,
      mayTry: (kind, input) => this.#isMine(kind, input.Bucket, input.Key, {}),
      send: (asked) => this.#send(asked),
    });
    this.#bucket = new BucketS3(sdk, {
      headers: options.headers,
      mayTry: (kind, of) => of === bucket && this.#ways[kind].mayTry(this.#monotonicMs()),
      send: (asked) => this.#send(asked),
    });
  }

  list(input: ListObjectsV2CommandInput): Promise<ListObjectsV2CommandOutput> | null {
    return this.#bucket.list(input);
  }

  versioning(input: GetBucketVersioningCommandInput): Promise<GetBucketVersioningCommandOutput> | null {
    return this.#bucket.versioning(input);
  }

  get(input: GetObjectCommandInput): Promise<GetObjectCommandOutput> | null {
    const { Bucket, Key, IfMatch, IfNoneMatch, Range, ...others } = input;
    const kind = IfNoneMatch === undefined ? 'get' : 'poll';
    if (!this.#isMine(kind, Bucket, Key, others)) return null;
    const headers = this.#getHeaders();
    if (IfMatch !== undefined) headers['if-match'] = IfMatch;
    if (IfNoneMatch !== undefined) headers['if-none-match'] = IfNoneMatch;
    if (Range !== undefined) headers['range'] = Range;
    const asked: Asked = {
      kind,
      method: 'GET',
      key: Key ?? '',
      query: { 'x-id': 'GetObject' },
      headers,
      body: null,
      sha256: emptySha256,
    };
    return this.#read(asked, input);
  }

  head(input: HeadObjectCommandInput): Promise<HeadObjectCommandOutput> | null {
    const { Bucket, Key, ChecksumMode, ...others } = input;
    if (!this.#isMine('head', Bucket, Key, others)) return null;
    const headers: Headers = {};
    if (ChecksumMode !== undefined) headers['x-amz-checksum-mode'] = ChecksumMode;
    setWriteHeaders(headers, this.#options.headers, false);
    return this.#look(
      { kind: 'head', method: 'HEAD', key: Key ?? '', query: {}, headers, body: null, sha256: emptySha256 },
      input,
    );
  }

  put(input: PutObjectCommandInput): Promise<PutObjectCommandOutput> | null {
    const { Bucket, Key, Body, ContentLength, ContentType, Metadata, IfMatch, IfNoneMatch, ...sums } = input;
    const { ChecksumSHA256, ChecksumCRC64NVME, ChecksumCRC32, ContentMD5, ...others } = sums;
    if (!this.#isMine('put', Bucket, Key, others) || !(Body instanceof Uint8Array)) return null;
    if (ContentType === undefined) return null;
    const checked = { ChecksumSHA256, ChecksumCRC64NVME, ChecksumCRC32, ContentMD5 };
    const facts = { ContentType, Metadata, IfMatch, IfNoneMatch, ...checked };
    const headers = putHeaders(facts, ContentLength ?? Body.length);
    setWriteHeaders(headers, this.#options.headers, true);
    const sha256 = currentCall()?.bodySha256 ?? hash('sha256', Body);
    return this.#write(
      {
        kind: 'put',
        method: 'PUT',
        key: Key ?? '',
        query: { 'x-id': 'PutObject' },
        headers,
        body: Body,
        sha256,
      },
      input,
    );
  }

  copy(input: CopyObjectCommandInput): Promise<CopyObjectCommandOutput> | null {
    const { Bucket, Key, CopySource, CopySourceIfMatch, MetadataDirective, ...written } = input;
    const { ContentType, Metadata, IfMatch, IfNoneMatch, ...others } = written;
    if (!this.#isMine('copy', Bucket, Key, others)) return null;
    if (CopySource === undefined || ContentType === undefined || MetadataDirective !== 'REPLACE') return null;
    const headers: Headers = {
      'x-amz-copy-source': CopySource,
      'x-amz-metadata-directive': MetadataDirective,
      ...(CopySourceIfMatch === undefined ? {} : { 'x-amz-copy-source-if-match': CopySourceIfMatch }),
      ...writtenHeaders({ ContentType, Metadata, IfMatch, IfNoneMatch }),
    };
    const { expectedBucketOwner } = this.#options;
    if (expectedBucketOwner !== null) headers['x-amz-source-expected-bucket-owner'] = expectedBucketOwner;
    setWriteHeaders(headers, this.#options.headers, true);
    const query = { 'x-id': 'CopyObject' };
    const whole = { method: 'PUT', key: Key ?? '', query, headers, body: null, sha256: emptySha256 } as const;
    return this.#copied({ kind: 'copy', ...whole }, input);
  }

  /** Anything that is asked for beyond the usual goes the client's way. */
  #isMine(
    kind: Asked['kind'],
    bucket: string | undefined,
    key: string | undefined,
    others: Readonly<Record<string, unknown>>,
  ): boolean {
    return (
      !isUnusual(others) &&
      bucket === this.#options.bucket &&
      key !== undefined &&
      key !== '' &&
      this.#ways[kind].mayTry(this.#monotonicMs())
    );
  }

  async #read(asked: Asked, input: GetObjectCommandInput): Promise<GetObjectCommandOutput> {
    const answer = await this.#send(asked);
    if (answer === null) return this.#sdk.send('GetObject', input);
    const statedBytes = Number(answer.headers['content-length'] ?? Number.NaN);
    return foundOutput(answer, await heldIfSmall(answer.body, statedBytes));
  }

  async #look(asked: Asked, input: HeadObjectCommandInput): Promise<HeadObjectCommandOutput> {
    const answer = await this.#send(asked);
    if (answer === null) return this.#sdk.send('HeadObject', input);
    // Empty, and read nevertheless, or the socket would stay taken.
    await textOf(answer);
    return foundOutput(answer);
  }

  async #write(asked: Asked, input: PutObjectCommandInput): Promise<PutObjectCommandOutput> {
    const answer = await this.#send(asked);
    if (answer === null) return this.#sdk.send('PutObject', input);
    await textOf(answer);
    return madeOutput(answer.statusCode, answer.headers);
  }

  async #copied(asked: Asked, input: CopyObjectCommandInput): Promise<CopyObjectCommandOutput> {
    const answer = await this.#send(asked);
    if (answer === null) return this.#sdk.send('CopyObject', input);
    const { headers } = answer;
    const text = await textOf(answer);
    throwLateError(text, headers);
    const etag = elementText(text, 'CopyObjectResult', 'ETag');
    return {
      $metadata: { httpStatusCode: answer.statusCode },
      CopyObjectResult: etag === undefined ? {} : { ETag: etag },
      ...(headers['x-amz-version-id'] === undefined ? {} : { VersionId: headers['x-amz-version-id'] }),
    };
  }

  /** Null where the client is to ask instead. */
  async #send(asked: Asked): Promise<Answered | null> {
    const request = await this.#signed(asked);
    const ask = isRead(asked) ? null : (currentCall()?.beforeSend ?? null);
    // C13: after the last byte was read and just before the object is made.
    if (ask !== null && !(await ask())) throw new Withdrawn();
    const response = (await this.#filled(request)) ?? (await this.#handler.handle(request)).response;
    if (response.statusCode >= 200 && response.statusCode < 300) {
      this.#ways[asked.kind].noteUsed();
      return response;
    }
    const text = await textOf(response);
    const isFinal =
      !forTheClient.has(response.statusCode) ||
      (asked.kind === 'part' && isWrongSum(text)) ||
      (asked.kind === 'versioning' && this.#isDenied(refusal(response, text)));
    if (isFinal) {
      // The answer of most polls: as good as a body.
      if (response.statusCode === 304) this.#ways[asked.kind].noteUsed();
      throw refusal(response, text);
    }
    this.#ways[asked.kind].noteVain(this.#monotonicMs());
    this.#options.onRefused?.(refusal(response, text));
    return null;
  }

  /** The role lacks the right, by all that can be told: the client would load, and ask for another session, at each pass. */
  #isDenied(error: Error): boolean {
    const failure = failureOf(error);
    const nowMs = this.#options.nowMs();
    const offMs = clockOffsetMs(failure, nowMs + this.#session.offsetMs) ?? 0;
    const isOver = saysExpired(error, currentCall()?.used ?? null, nowMs);
    return failure.code === 'AccessDenied' && !isOver && Math.abs(offMs) < skewLimitMs;
  }

  /** The answer whose body goes into the memory of the call; null where there is none, or the ordinary way has to ask. */
  async #filled(request: Handled): Promise<Answered | null> {
    const into = currentCall()?.into ?? null;
    if (into === null) return null;
    const answer = await this.#handler.fill(request);
    if (answer === null || !('filling' in answer)) return answer;
    const { statusCode, reason, headers, filling } = answer;
    const response = { statusCode, reason, headers, body: new FilledBody(into, filling) } as Answered;
    mendHeaders(response);
    return response;
  }

  #getHeaders(): Headers {
    const headers: Headers = { 'x-amz-checksum-mode': 'ENABLED' };
    setWriteHeaders(headers, this.#options.headers, false);
    return headers;
  }

  async signing(signal: AbortSignal): Promise<DirectSigning> {
    const { keys, atMs } = await runCall({ signal }, () => this.#keys());
    const { region, headers } = this.#options;
    const writeHeaders: Headers = {};
    setWriteHeaders(writeHeaders, headers, true);
    return { place: this.#place, region, headers: this.#getHeaders(), writeHeaders, keys, atMs };
  }

  async #keys(): Promise<Pick<DirectSigning, 'keys' | 'atMs'>> {
    const keys = await this.#session.keys();
    return { keys, atMs: this.#options.nowMs() + this.#session.offsetMs };
  }

  async #signed({ body, ...asked }: Asked): Promise<Handled> {
    const { keys, atMs } = await this.#keys();
    const request = signedObject(asked, this.#place, { signer: this.#signer, keys, at: new Date(atMs) });
    // The handler reads these fields; the class that its type names belongs to a package that is none of ours.
    return { ...request, body: body ?? undefined } as unknown as Handled;
  }
}

type ReadKind = 'get' | 'head' | 'poll';

type Asked = ObjectAsked & {
  readonly kind: ReadKind | 'put' | 'copy' | RareKind | BucketKind;
  readonly body: Uint8Array | null;
};

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD';
}
