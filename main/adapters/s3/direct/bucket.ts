// What every pass asks of a bucket, without the SDK: pages of its listing, and whether it keeps versions.
//
// Sources: "ListObjectsV2" and "GetBucketVersioning" (docs.aws.amazon.com/AmazonS3/latest/API). An answer that is not plain is read by the
// SDK, from what came.
import type {
  GetBucketVersioningCommandInput,
  GetBucketVersioningCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { WriteHeaders } from '../../../core/config/config.ts';
import { readPlainXml, textIn } from '../../../core/net/plain-xml.ts';
import { emptySha256 } from '../../http/sigv4.ts';
import { checkedBytes } from '../../http/xml-answer.ts';
import { currentCall } from '../request/call.ts';
import { setWriteHeaders } from '../request/write-headers.ts';
import type { S3Sdk } from '../sdk/requests.ts';
import type { CallHandler } from '../request/call-handler.ts';
import { isUnusual } from './object-request.ts';
import type { ObjectAsked } from './object-request.ts';

export type BucketKind = 'list' | 'versioning';

type Asked = ObjectAsked & { readonly kind: BucketKind; readonly body: null };
type Answered = Awaited<ReturnType<CallHandler['handle']>>['response'];

type Sending = {
  readonly headers: WriteHeaders;
  readonly mayTry: (kind: BucketKind, bucket: string | undefined) => boolean;
  /** Null where the client is to ask instead. */
  readonly send: (asked: Asked) => Promise<Answered | null>;
};

/** Answers like the SDK, and throws what it would throw. Null: not a request for this way. */
export class BucketS3 {
  readonly #sdk: S3Sdk;
  readonly #sending: Sending;

  constructor(sdk: S3Sdk, sending: Sending) {
    this.#sdk = sdk;
    this.#sending = sending;
  }

  /** For a call that takes the page as it comes (`takeXml`), which leaves nothing to be read. */
  list(input: ListObjectsV2CommandInput): Promise<ListObjectsV2CommandOutput> | null {
    const { Bucket, Prefix, EncodingType, ContinuationToken, StartAfter, ...others } = input;
    if (isUnusual(others) || !this.#sending.mayTry('list', Bucket)) return null;
    const query = {
      'list-type': '2',
      ...(EncodingType === undefined ? {} : { 'encoding-type': EncodingType }),
      ...(Prefix === undefined ? {} : { prefix: Prefix }),
      ...(ContinuationToken === undefined ? {} : { 'continuation-token': ContinuationToken }),
      ...(StartAfter === undefined ? {} : { 'start-after': StartAfter }),
    };
    const listed = async (): Promise<ListObjectsV2CommandOutput> => {
      const answer = await this.#ask('list', query);
      if (answer?.bytes.length === 0) {
        leaveForSdk(null);
        return { $metadata: { httpStatusCode: answer.statusCode } };
      }
      return this.#sdk.send('ListObjectsV2', input);
    };
    return listed();
  }

  versioning(input: GetBucketVersioningCommandInput): Promise<GetBucketVersioningCommandOutput> | null {
    const { Bucket, ...others } = input;
    if (isUnusual(others) || !this.#sending.mayTry('versioning', Bucket)) return null;
    const asked = async (): Promise<GetBucketVersioningCommandOutput> => {
      const answer = await this.#ask('versioning', { versioning: '' });
      const state = answer === null ? null : readVersioning(answer.bytes.toString('utf8'));
      if (answer === null || state === null) return this.#sdk.send('GetBucketVersioning', input);
      leaveForSdk(null);
      return { $metadata: { httpStatusCode: answer.statusCode }, ...state };
    };
    return asked();
  }

  /** Its answer waits for the SDK as well. */
  async #ask(kind: BucketKind, query: Asked['query']): Promise<Read | null> {
    const headers: Record<string, string> = {};
    setWriteHeaders(headers, this.#sending.headers, false);
    const plain = { method: 'GET', key: null, body: null, sha256: emptySha256 } as const;
    const answer = await this.#sending.send({ kind, query, headers, ...plain });
    if (answer === null) return null;
    const bytes = await checkedBytes(answer);
    leaveForSdk(answer);
    return { statusCode: answer.statusCode, bytes };
  }
}

type Read = { readonly statusCode: number; readonly bytes: Buffer };

/** Null: the next request of this call is sent. */
function leaveForSdk(response: Answered | null): void {
  const call = currentCall();
  if (call !== undefined) call.readyAnswer = response === null ? null : { response };
}

/** Null: for the SDK to read. A bucket that never kept versions says nothing. */
export function readVersioning(text: string): { readonly Status?: 'Enabled' | 'Suspended' } | null {
  const answer = readPlainXml(text, 'VersioningConfiguration');
  if (answer === null) return null;
  const Status = textIn(answer, 'Status');
  if (Status === undefined) return answer.has('Status') ? null : {};
  return Status === 'Enabled' || Status === 'Suspended' ? { Status } : null;
}
