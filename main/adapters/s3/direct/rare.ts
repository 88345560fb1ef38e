// Removals and steps of multipart uploads without the SDK's stack.
import type {
  AbortMultipartUploadCommandInput,
  AbortMultipartUploadCommandOutput,
  CompleteMultipartUploadCommandInput,
  CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommandInput,
  CreateMultipartUploadCommandOutput,
  DeleteObjectCommandInput,
  DeleteObjectCommandOutput,
  UploadPartCommandInput,
  UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import type { WriteHeaders } from '../../../core/config/config.ts';
import { currentCall } from '../request/call.ts';
import { textOf } from '../request/refusal.ts';
import type { S3Sdk } from '../sdk/requests.ts';
import { setWriteHeaders } from '../request/write-headers.ts';
import { beginning, completion, ending, partOf, removal } from './rare-requests.ts';
import type { RareRequest } from './rare-requests.ts';
import { elementText, throwLateError } from './xml-text.ts';

export type RareKind = 'remove' | 'begin' | 'part' | 'complete' | 'abort';

type Answered = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type Place = { readonly Bucket?: string | undefined; readonly Key?: string | undefined };

type Sending = {
  /** Of each write. */
  readonly headers: WriteHeaders;
  readonly mayTry: (kind: RareKind, place: Place) => boolean;
  /** Null where the client is to ask instead. */
  readonly send: (
    asked: Omit<RareRequest, 'makesObject'> & { readonly kind: RareKind; readonly key: string },
  ) => Promise<Answered | null>;
};

/** What is sent, how its answer reads, and how the client would send it. */
type Rare<Output> = {
  readonly kind: RareKind;
  readonly request: RareRequest | null;
  readonly read: (answer: Answered & { readonly text: string }) => Output;
  readonly send: () => Promise<Output>;
};

/** Answers like `client.send` of the command, and throws what it would throw. Null: not a request for this way. */
export class RareS3 {
  readonly #sdk: S3Sdk;
  readonly #sending: Sending;

  constructor(sdk: S3Sdk, sending: Sending) {
    this.#sdk = sdk;
    this.#sending = sending;
  }

  remove(input: DeleteObjectCommandInput): Promise<DeleteObjectCommandOutput> | null {
    return this.#ask(input, {
      kind: 'remove',
      request: removal(input),
      read: ({ statusCode, headers }) => ({
        ...madeOutput(statusCode, headers),
        DeleteMarker: headers['x-amz-delete-marker'] === 'true',
      }),
      send: () => this.#sdk.send('DeleteObject', input),
    });
  }

  begin(input: CreateMultipartUploadCommandInput): Promise<CreateMultipartUploadCommandOutput> | null {
    return this.#ask(input, {
      kind: 'begin',
      request: beginning(input),
      read: ({ statusCode, text }) => ({
        $metadata: { httpStatusCode: statusCode },
        UploadId: elementText(text, 'InitiateMultipartUploadResult', 'UploadId'),
      }),
      send: () => this.#sdk.send('CreateMultipartUpload', input),
    });
  }

  part(input: UploadPartCommandInput): Promise<UploadPartCommandOutput> | null {
    return this.#ask(input, {
      kind: 'part',
      request: partOf(input, currentCall()?.bodySha256 ?? null),
      read: ({ statusCode, headers }) => madeOutput(statusCode, headers),
      send: () => this.#sdk.send('UploadPart', input),
    });
  }

  complete(input: CompleteMultipartUploadCommandInput): Promise<CompleteMultipartUploadCommandOutput> | null {
    return this.#ask(input, {
      kind: 'complete',
      request: completion(input),
      read: ({ statusCode, headers, text }) => {
        throwLateError(text, headers);
        const etag = elementText(text, 'CompleteMultipartUploadResult', 'ETag');
        return { ...madeOutput(statusCode, headers), ETag: etag };
      },
      send: () => this.#sdk.send('CompleteMultipartUpload', input),
    });
  }

  abort(input: AbortMultipartUploadCommandInput): Promise<AbortMultipartUploadCommandOutput> | null {
    return this.#ask(input, {
      kind: 'abort',
      request: ending(input),
      read: ({ statusCode }) => ({ $metadata: { httpStatusCode: statusCode } }),
      send: () => this.#sdk.send('AbortMultipartUpload', input),
    });
  }

  #ask<Output>(place: Place, { kind, request, read, send }: Rare<Output>): Promise<Output> | null {
    if (request === null || !this.#sending.mayTry(kind, place)) return null;
    const { makesObject, ...rest } = request;
    const headers = { ...rest.headers };
    setWriteHeaders(headers, this.#sending.headers, makesObject);
    const made = async (): Promise<Output> => {
      const answer = await this.#sending.send({ kind, key: place.Key ?? '', ...rest, headers });
      return answer === null ? send() : read({ ...answer, text: await textOf(answer) });
    };
    return made();
  }
}

/** Output of a command that made something. */
export function madeOutput(httpStatusCode: number, headers: Answered['headers']) {
  const { etag: ETag, 'x-amz-version-id': VersionId } = headers;
  return {
    $metadata: { httpStatusCode },
    ...(ETag === undefined ? {} : { ETag }),
    ...(VersionId === undefined ? {} : { VersionId }),
  };
}
