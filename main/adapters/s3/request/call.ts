// What one call to S3 carries besides its input: it reaches middleware and socket through the async context.
//
// The SDK caches the middleware of a command only when `send` gets no options (about a third of the CPU of a small
// upload), and lib-storage passes none of its own; so signal and `beforeSend` travel here instead.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { WholeHandler } from '../../http/whole-handler.ts';

/** An answer as the SDK gets it from its handler. */
type HandlerAnswer = Awaited<ReturnType<WholeHandler['handle']>>;

export type S3Call = {
  readonly signal: AbortSignal;
  /** Asked before PutObject and CompleteMultipartUpload leave; null for calls that have no such question. */
  readonly beforeSend: (() => Promise<boolean>) | null;
  /** Lower-case hex SHA-256 of the body of this call's PutObject or UploadPart, so that signing does not hash it again. */
  readonly bodySha256: string | null;
  /** Where the bytes of this call's GetObject may be put; null for calls that have no such place. */
  readonly into: Uint8Array | null;
  /** Given an answer in XML with status 200. True: it is read, and the SDK gets none of it; null for calls that leave it to the SDK. */
  readonly takeXml: ((bytes: Uint8Array) => boolean) | null;
  /** The answer to the SDK's next request, which is not sent, since we sent it; null for a request that is. */
  readyAnswer: HandlerAnswer | null;
  /** The credentials that signed last, filled in by the credential provider. */
  used: { readonly accessKeyId: string; readonly expiresAtMs: number } | null;
};

const calls = new AsyncLocalStorage<S3Call>();

export function currentCall(): S3Call | undefined {
  return calls.getStore();
}

export function runCall<T>(
  call: {
    readonly signal: AbortSignal;
    readonly beforeSend?: () => Promise<boolean>;
    readonly bodySha256?: string;
    readonly into?: Uint8Array;
    readonly takeXml?: (bytes: Uint8Array) => boolean;
  },
  work: () => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  const store: S3Call = {
    signal: call.signal,
    beforeSend: call.beforeSend ?? null,
    bodySha256: call.bodySha256 ?? null,
    into: call.into ?? null,
    takeXml: call.takeXml ?? null,
    readyAnswer: null,
    used: null,
  };
  return calls.run(store, work);
}

/** `beforeSend` said no. Never leaves the adapter: it becomes the outcome `withdrawn`. */
export class Withdrawn extends Error {
  constructor() {
    super('withdrawn before sending');
    this.name = 'Withdrawn';
  }
}
