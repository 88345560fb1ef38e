// HTTP handler of an S3 client: aborts with its call, applies the rate limit, bounds responses.
import { Readable } from 'node:stream';
import { SyncError } from '../../../core/model/errors.ts';
import { requestTarget } from '../../../core/net/percent-encoded.ts';
import type { AwsHandlerOptions } from '../../http/aws-handler.ts';
import { exchangeHandled } from '../../http/exchange.ts';
import { FillSockets } from '../../http/fill.ts';
import type { FilledAnswer, Filling } from '../../http/fill.ts';
import { capAnswer } from '../../http/response-limit.ts';
import { WholeHandler } from '../../http/whole-handler.ts';
import { checkXml } from '../../http/xml-answer.ts';
import { pacedStream } from '../../limits/pace.ts';
import type { Paces } from '../../limits/pace.ts';
import { currentCall } from './call.ts';
import { mendedXml, mendHeaders } from './odd-answers.ts';

type Handle = WholeHandler['handle'];
type Handled = Parameters<Handle>[0];
type Answer = Awaited<ReturnType<Handle>>;
type Response = Answer['response'];
/** What is asked without `node:http`, beside the place; headers are those of the request if absent. */
type Plain =
  | { readonly method: 'HEAD'; readonly body: null }
  | { readonly method: 'PUT'; readonly body: Uint8Array; readonly headers?: Handled['headers'] };

/** Larger ones gain nothing. */
const plainPutBytes = 1024 * 1024;
const noBytes = new Uint8Array(0);
/** Of a copy: an ETag, a time, perhaps checksums. A longer answer is read by `node:http`. */
const longestCopyAnswerBytes = 4096;

/** Takes the signal of the call from the async context, so that an abort destroys the socket at once, and keeps the pace. */
export class CallHandler extends WholeHandler {
  readonly #options: AwsHandlerOptions;
  readonly #paces: readonly Paces[];
  readonly #filler: FillSockets;
  readonly #onAnswer: (ms: number) => void;

  /** @param onAnswer gets the time to the head of each response, delays of this thread included */
  constructor(
    options: AwsHandlerOptions,
    paces: readonly Paces[],
    onAnswer: (ms: number) => void = () => undefined,
  ) {
    super(options);
    this.#onAnswer = onAnswer;
    this.#options = options;
    this.#paces = paces;
    this.#filler = new FillSockets(
      { http: options.httpAgent, https: options.httpsAgent },
      { connectTimeoutMs: options.connectionTimeout, idleTimeoutMs: options.socketTimeout },
    );
  }

  override destroy(): void {
    super.destroy();
    this.#filler.destroy();
  }

  /**
   * A range or an object whose bytes go into the memory of the current call, or, of an object, another answer as `handle` has it; null where that has
   * to send the request.
   */
  async fill(request: Handled): Promise<FilledAnswer | Response | null> {
    const call = currentCall();
    const down = this.#paces.map((pace) => pace.down);
    // A limit holds for each piece of a stream.
    if (call?.into === undefined || call.into === null || down.some((pace) => pace.mayLimit())) return null;
    const { protocol, hostname, port, headers } = request;
    const place = { protocol, hostname, port, path: requestTarget(request), headers };
    const answer = await (headers['range'] === undefined
      ? this.#filler.askObject({ ...place, method: 'GET', body: null }, call.into, call.signal)
      : this.#filler.ask(place, call.into, call.signal));
    if (answer === null) return null;
    if (!('filling' in answer)) {
      const other = { response: answer } as unknown as Answer;
      await this.#check(request, other);
      return other.response;
    }
    const { filling } = answer;
    // One that was set meanwhile counts these bytes, so that what follows makes up for them.
    const counted = async (): Promise<void> => {
      await filling.done;
      for (const pace of down) await pace.take(filling.lengthBytes, call.signal);
    };
    const done = counted();
    done.catch(() => undefined);
    const paced: Filling = { ...filling, done };
    return { ...answer, filling: paced };
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const call = currentCall();
    const ready = call?.readyAnswer ?? null;
    if (call !== undefined) call.readyAnswer = null;
    return ready ?? this.send(request, options);
  }

  /** As `handle`, where no answer is ready. */
  async send(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const signal = isCleanUp(request.method, request.query)
      ? AbortSignal.timeout(10_000)
      : currentCall()?.signal;
    // The type allows for signals of other makers; every caller of ours has the platform's.
    const ending = signal ?? (options?.abortSignal as AbortSignal | undefined);
    // Not by `super`: the base class would only hand it on.
    const send = (): ReturnType<Handle> => exchangeHandled(this.#options, request, ending);
    const begunMs = performance.now();
    const answer =
      (await this.#headPlainly(request, signal)) ??
      (await this.#putPlainly(request, signal)) ??
      (await this.#copyPlainly(request, signal)) ??
      (await this.#sendPaced(request, send));
    this.#onAnswer(performance.now() - begunMs);
    await this.#check(request, answer);
    return answer;
  }

  async #check(request: Handled, answer: Answer): Promise<void> {
    mendHeaders(answer.response);
    // The contents of an object are streamed; everything else is read whole.
    const isContents = request.query['x-id'] === 'GetObject' && answer.response.statusCode < 300;
    // A HEAD names the length of an object and sends none of it, and most removals are answered with status 204, which has no body.
    const isEmpty = request.method === 'HEAD' || answer.response.statusCode === 204;
    if (!isContents && !isEmpty) {
      const longestBytes = isListing(request) ? longestListingBytes : longestAnswerBytes;
      // The body of an error is read as far as it says something.
      if (answer.response.statusCode < 300)
        capAnswer(answer.response, longestBytes, () => endlessAnswer(request.method));
      const isMended = answer.response.statusCode === 200 && hasTimes(request);
      const take = answer.response.statusCode === 200 ? currentCall()?.takeXml : null;
      await checkXml(answer.response, () => oddAnswer(request.method), {
        ...(isMended ? { mend: mendedXml } : {}),
        ...(take ? { take } : {}),
      });
    }
    if (isContents && answer.response.body instanceof Readable) {
      const down = this.#paces.map((pace) => pace.down);
      answer.response.body = pacedStream(answer.response.body, down) ?? answer.response.body;
    }
  }

  /** What is said of an object, without `node:http`; null where that has to ask. */
  async #headPlainly(request: Handled, signal: AbortSignal | undefined): Promise<Answer | null> {
    const { method } = request;
    if (method !== 'HEAD' || signal === undefined) return null;
    return this.#askPlainly(request, { method, body: null }, noBytes, signal);
  }

  /** Without `node:http`, for an answer with no more contents than `into` holds; null where that has to ask. */
  async #askPlainly(
    request: Handled,
    what: Plain,
    into: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Answer | null> {
    const { protocol, hostname, port, headers } = request;
    const place = { protocol, hostname, port, path: requestTarget(request), headers };
    const answer = await this.#filler.askObject({ ...place, ...what }, into, signal);
    if (answer === null) return null;
    if (!('filling' in answer)) return { response: answer } as unknown as Answer;
    const { filling, ...said } = answer;
    // From then on the next request may have the connection.
    await filling.done;
    return { response: { ...said, body: into.subarray(0, filling.lengthBytes) } } as unknown as Answer;
  }

  /** A small object, without `node:http`; null where that has to send it. */
  async #putPlainly(request: Handled, signal: AbortSignal | undefined): Promise<Answer | null> {
    const body: unknown = request.body;
    const isSmall = body instanceof Uint8Array && body.length <= plainPutBytes;
    if (!isSmall || signal === undefined || request.query['x-id'] !== 'PutObject') return null;
    const up = this.#paces.map((pace) => pace.up);
    if (up.some((pace) => pace.mayLimit())) return null;
    const answer = await this.#askPlainly(request, { method: 'PUT', body }, noBytes, signal);
    if (answer === null) return null;
    // A limit that was set meanwhile counts these bytes. An abort ends the wait alone: the store has answered.
    for (const pace of up) await pace.take(body.length, signal).catch(() => undefined);
    return answer;
  }

  /** A copy within the store, without `node:http`: what it answers fits here. Null where that has to ask. */
  async #copyPlainly(request: Handled, signal: AbortSignal | undefined): Promise<Answer | null> {
    if (request.query['x-id'] !== 'CopyObject' || request.body !== undefined || signal === undefined)
      return null;
    const into = new Uint8Array(longestCopyAnswerBytes);
    const headers = { ...request.headers, 'content-length': '0' };
    return this.#askPlainly(request, { method: 'PUT', body: noBytes, headers }, into, signal);
  }

  /** The body is signed already: splitting and pacing it changes nothing for the store. */
  async #sendPaced<T>(request: { body?: unknown }, send: () => Promise<T>): Promise<T> {
    const { body } = request;
    const isBytes = body instanceof Uint8Array && body.length > 0;
    if (!isBytes && !(body instanceof Readable)) return await send();
    const up = this.#paces.map((pace) => pace.up);
    const paced = pacedStream(body, up);
    if (paced === null) return await send();
    // The request tells of a broken connection; its body has nothing to add.
    paced.on('error', () => undefined);
    request.body = paced;
    try {
      return await send();
    } finally {
      request.body = body;
      paced.destroy();
    }
  }
}

/** A page of a thousand keys of 1,024 bytes, each byte written as `%XX`, is about 4 MB. */
const longestListingBytes = 16 * 1024 * 1024;
/** Of writes, removals, tags: some hundred bytes, and as many run at once as there are transfers, so that their sum must fit as well. */
const longestAnswerBytes = 256 * 1024;

function endlessAnswer(method: string): SyncError {
  return invalidAnswer('the store sends an answer that does not end', method);
}

function oddAnswer(method: string): SyncError {
  return invalidAnswer('the store sends an answer with a document type, which S3 has not', method);
}

function invalidAnswer(message: string, method: string): SyncError {
  return new SyncError({
    ...{ code: 'remote-invalid-answer', retry: 'backoff', scope: 'pair', message },
    // Its status was that of a success.
    fields: { mayHaveHappened: method !== 'GET' },
  });
}

type Asked = { readonly method: string; readonly query: object; readonly headers: object };

function isListing({ method, query }: Asked): boolean {
  return method === 'GET' && ['list-type', 'versions', 'uploadId', 'uploads'].some((name) => name in query);
}

/** Listings, and what a copy answers. */
function hasTimes(request: Asked): boolean {
  return isListing(request) || (request.method === 'PUT' && 'x-amz-copy-source' in request.headers);
}

/** AbortMultipartUpload is sent because a call was given up; it must not die with it. */
function isCleanUp(method: string, query: unknown): boolean {
  return method === 'DELETE' && typeof query === 'object' && query !== null && 'uploadId' in query;
}
