// What all requests to STS and Cognito share: their address, the look at each answer, and the mapping of errors.
import { isSyncError } from '../../core/model/errors.ts';
import type { AccountConfig } from '../../core/config/config.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { checkXml } from '../http/xml-answer.ts';
import { capAnswer } from '../http/response-limit.ts';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../http/aws-handler.ts';
import { WholeHandler } from '../http/whole-handler.ts';
import { invalidAnswer, mapServiceError } from './errors.ts';
import { clockOffsetFromDate } from '../http/bounded-fetch.ts';
import { awsEndpointUrl } from '../../core/net/aws-endpoint.ts';
import type { EndpointForm } from '../../core/net/aws-endpoint.ts';
import { checkUrl } from '../../core/net/url.ts';
import { networkError } from '../http/network-errors.ts';

export type AwsEndpoint = {
  readonly service: 'sts' | 'cognito-identity';
  readonly region: string;
  /** `null`: the regional AWS endpoint. */
  readonly endpoint: string | null;
  readonly development: boolean;
  readonly form: EndpointForm;
};

/** STS as an account reaches it; `endpoint` as in the exchange's settings. */
export function stsOf(account: AccountConfig, endpoint: string | null): AwsEndpoint {
  const { region, development } = account;
  return { service: 'sts', region, endpoint, development, form: account };
}

export function endpointUrl(target: AwsEndpoint): string {
  if (target.endpoint !== null)
    return checkUrl(target.endpoint, `the ${target.service} endpoint`, target).href;
  return awsEndpointUrl(target.service, target.region, target.form);
}

export type AskingContext = { readonly service: string; readonly clock: Clock; readonly http: HttpSettings };

export type Timed<T> = { readonly value: T; readonly offsetMs: number | null };

/** What is thrown for a call that failed with `error`; throws the abort where there was one. */
export function failureOf(
  error: unknown,
  handler: ObservingHandler,
  { service }: AskingContext,
  signal: AbortSignal,
): Error {
  signal.throwIfAborted();
  if (isSyncError(error)) return error;
  const onTheWay = networkError(error);
  if (onTheWay !== null) return onTheWay;
  return mapServiceError(
    {
      name: error instanceof Error ? error.name : 'Unknown',
      message: error instanceof Error ? error.message : '',
      status: handler.status,
    },
    { service, offsetMs: handler.offsetMs },
  );
}

const longestAnswerBytes = 1024 * 1024;
/** With the body of the answer. */
const longestCallMs = 15_000;

type Answered = ReturnType<WholeHandler['handle']>;

/** Sees each answer before its body is read, so that the status of an error that the SDK cannot read is still known (Ceph's). */
export class ObservingHandler extends WholeHandler {
  status: number | null = null;
  offsetMs: number | null = null;
  readonly #clock: Clock;
  readonly #service: string;
  #readyAnswer: Awaited<Answered> | null = null;

  constructor(context: AskingContext) {
    super({
      ...awsHttpHandlerOptions({ ...defaultAwsHttp, ...context.http }),
      connectionTimeout: 5_000,
    });
    this.#clock = context.clock;
    this.#service = context.service;
  }

  /** The next request is not sent: this is its answer. */
  answerWith(answer: Awaited<Answered>): void {
    this.#readyAnswer = answer;
  }

  override async handle(...[request, options]: Parameters<WholeHandler['handle']>): Answered {
    const ready = this.#readyAnswer;
    this.#readyAnswer = null;
    if (ready !== null) return ready;
    const sentMs = this.#clock.nowMs();
    const limit = AbortSignal.timeout(longestCallMs);
    const given = options?.abortSignal as AbortSignal | undefined;
    const abortSignal = given === undefined ? limit : AbortSignal.any([given, limit]);
    const answer = await super.handle(request, { ...options, abortSignal });
    this.status = answer.response.statusCode;
    capAnswer(answer.response, longestAnswerBytes, () =>
      invalidAnswer(this.#service, 'sends an answer that does not end'),
    );
    await checkXml(answer.response, () =>
      invalidAnswer(this.#service, 'sends an answer with a document type, which AWS does not'),
    );
    this.offsetMs = clockOffsetFromDate(answer.response.headers['date'] ?? null, sentMs, this.#clock.nowMs());
    return answer;
  }
}

/** Each request carries them in its headers, and services take no more than this there. */
const longestCredentialChars = 16 * 1024;

export type RawCredentials = {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SecretKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
};

/** Moves the expiry onto this machine's clock, so that a clock that is hours off neither ends a session early nor lets it end unseen. */
export function toAwsCredentials(
  raw: RawCredentials | undefined,
  offsetMs: number | null,
  service: string,
): AwsCredentials {
  const secretAccessKey = raw?.SecretAccessKey ?? raw?.SecretKey;
  if (
    raw?.AccessKeyId === undefined ||
    secretAccessKey === undefined ||
    raw.SessionToken === undefined ||
    raw.Expiration === undefined
  ) {
    throw invalidAnswer(service, 'returned incomplete credentials');
  }
  const longest = Math.max(raw.AccessKeyId.length, secretAccessKey.length, raw.SessionToken.length);
  if (longest > longestCredentialChars)
    throw invalidAnswer(service, 'returned credentials that are too long');
  const endsMs = raw.Expiration.getTime();
  if (!Number.isFinite(endsMs))
    throw invalidAnswer(service, 'returned credentials with an unreadable expiry');
  return {
    accessKeyId: raw.AccessKeyId,
    secretAccessKey,
    sessionToken: raw.SessionToken,
    expiresAtMs: endsMs - (offsetMs ?? 0),
    clockOffsetMs: offsetMs ?? 0,
  };
}
