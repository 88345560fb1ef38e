// Posts a token to an exchange endpoint that the organisation runs: in the body only, without following redirects, with a bounded answer.
import type { z } from 'zod';
import { isSyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { invalidAnswer, mapServiceError } from './errors.ts';
import { clockOffsetFromDate, readCapped } from '../http/bounded-fetch.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { checkUrl } from '../../core/net/url.ts';
import { networkError } from '../http/network-errors.ts';

export type TokenPost<T> = {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly answer: z.ZodType<T>;
  /** For messages: "the delegation endpoint". */
  readonly service: string;
  readonly development: boolean;
  readonly fetch: FetchLike;
  readonly clock: Clock;
};

const timeoutMs = 20_000;
const longestAnswerBytes = 512 * 1024;

export async function postToken<T>(
  post: TokenPost<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T; readonly offsetMs: number | null }> {
  const url = checkUrl(post.url, `the address of ${post.service}`, post);
  const sentMs = post.clock.nowMs();
  let response: Response;
  let body: Uint8Array<ArrayBuffer>;
  try {
    response = await post.fetch(url.href, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(post.fields).toString(),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    body = await readCapped(response, longestAnswerBytes, () =>
      invalidAnswer(post.service, `sends an answer larger than ${String(longestAnswerBytes)} bytes`),
    );
  } catch (cause) {
    signal.throwIfAborted();
    if (isSyncError(cause)) throw cause;
    const onTheWay = networkError(cause);
    if (onTheWay !== null) throw onTheWay;
    throw mapServiceError(
      { name: 'Unreachable', message: '', status: null },
      { service: post.service, offsetMs: null, cause },
    );
  }
  const offsetMs = clockOffsetFromDate(response.headers.get('date'), sentMs, post.clock.nowMs());
  const json = parseJson(body);
  if (response.status !== 200)
    throw mapServiceError(
      { ...readError(json), status: response.status },
      { service: post.service, offsetMs },
    );
  const parsed = post.answer.safeParse(json);
  if (!parsed.success)
    throw invalidAnswer(
      post.service,
      `returned an answer without ${parsed.error.issues[0]?.path.join('.') ?? 'what was asked for'}`,
    );
  return { value: parsed.data, offsetMs };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // An HTML error page; the status says what there is to say.
    return null;
  }
}

/** `{"error": "...", "error_description": "..."}` (RFC 6749) where there is one. */
function readError(json: unknown): { readonly name: string; readonly message: string } {
  const record = typeof json === 'object' && json !== null ? json : {};
  const name = 'error' in record && typeof record.error === 'string' ? record.error : 'Unknown';
  const message =
    'error_description' in record && typeof record.error_description === 'string'
      ? record.error_description
      : '';
  return { name, message };
}
