// The HTTP client for identity providers: https only, size-capped, measures the provider's clock, and sees a rotated refresh token first.
import { SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { checkUrl } from '../../core/net/url.ts';
import { networkError } from './network-errors.ts';

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

const longestBodyBytes = 1024 * 1024;

export type ProviderRequests = {
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly development: boolean;
  readonly signal: AbortSignal;
  /** The provider's clock minus ours, from each `Date` header. */
  readonly onClockOffset: (offsetMs: number) => void;
  /**
   * Called with a refresh token found in a successful answer before the answer is looked at: a rotated token must be durable even when the
   * rest of the answer turns out to be unusable, because the old one is spent.
   */
  readonly onRefreshToken?: (refreshToken: string) => Promise<void>;
  /** Leaves 429 and 5xx to the caller (device polling knows what to do with them). */
  readonly passFailures?: boolean;
};

/** A fetch for one operation. Throws `issuer-unreachable` (retry `backoff`) for what the network or a failing server does. */
export function providerFetch(requests: ProviderRequests): FetchLike {
  return async (url, init) => {
    checkUrl(url, "the provider's endpoint", { development: requests.development });
    const signal = init.signal ? AbortSignal.any([init.signal, requests.signal]) : requests.signal;
    const sentMs = requests.clock.nowMs();
    let status: number;
    let headers: Headers;
    let body: Uint8Array<ArrayBuffer>;
    try {
      const response = await requests.fetch(url, { ...init, redirect: 'manual', signal });
      ({ status, headers } = response);
      reportOffset(headers, sentMs, requests);
      body = await readCapped(response, longestBodyBytes, () => endlessAnswer(url));
    } catch (cause) {
      requests.signal.throwIfAborted();
      if (cause instanceof SyncError) throw cause;
      throw networkError(cause) ?? unreachable(url, null, cause);
    }
    if ((status === 429 || status >= 500) && requests.passFailures !== true)
      throw unreachable(url, status, undefined);
    if (status === 200 && requests.onRefreshToken !== undefined && init.method === 'POST') {
      const rotated = findRefreshToken(body);
      if (rotated !== null) await requests.onRefreshToken(rotated);
    }
    return new Response(isBodiless(status) ? null : body, { status, headers });
  };
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function unreachable(url: string, status: number | null, cause: unknown): SyncError {
  const host = new URL(url).host;
  const why = status === null ? 'cannot be reached' : `answers ${String(status)}`;
  return new SyncError({
    code: 'issuer-unreachable',
    retry: 'backoff',
    scope: 'account',
    message: `the identity provider at ${host} ${why}`,
    fields: { host, status },
    cause,
  });
}

function reportOffset(headers: Headers, sentMs: number, requests: ProviderRequests): void {
  const offsetMs = clockOffsetFromDate(headers.get('date'), sentMs, requests.clock.nowMs());
  if (offsetMs !== null) requests.onClockOffset(offsetMs);
}

/** Middle of the exchange against the header's second; a slow answer makes it unusable rather than wrong. */
export function clockOffsetFromDate(date: string | null, sentMs: number, receivedMs: number): number | null {
  const serverMs = date === null ? NaN : Date.parse(date);
  if (!Number.isFinite(serverMs) || receivedMs < sentMs || receivedMs - sentMs > 20_000) return null;
  return Math.round(serverMs + 500 - (sentMs + receivedMs) / 2);
}

function endlessAnswer(url: string): SyncError {
  const { host } = new URL(url);
  return new SyncError({
    code: 'issuer-invalid',
    retry: 'slow',
    scope: 'account',
    message: `the identity provider at ${host} sends an answer larger than ${String(longestBodyBytes)} bytes`,
    fields: { host },
  });
}

/** The whole body; throws `tooLarge()` once there is more of it than `longestBytes`, and reads no further. */
export async function readCapped(
  response: Response,
  longestBytes: number,
  tooLarge: () => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  if (response.body !== null) {
    const body: AsyncIterable<Uint8Array> = response.body;
    for await (const chunk of body) {
      total += chunk.byteLength;
      if (total > longestBytes) throw tooLarge();
      chunks.push(chunk);
    }
  }
  const body = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

function findRefreshToken(body: Uint8Array): string | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      'refresh_token' in parsed &&
      typeof parsed.refresh_token === 'string' &&
      parsed.refresh_token !== ''
    )
      return parsed.refresh_token;
  } catch {
    // Not JSON: openid-client refuses the answer with a better message than we could give here.
  }
  return null;
}
