// Loopback server that receives the sign-in redirect once (RFC 8252 section 7.3). It also tells the user that
// the tab can be closed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SyncError } from '../../core/model/errors.ts';
import { type CallbackPage, callbackPage } from './callback-page.ts';

export type LoopbackListener = {
  /** With the real port filled in; sent to the provider as `redirect_uri`. */
  readonly redirectUri: string;
  /** The callback with the right state. Rejects with sign-in-timeout, or the signal's reason. */
  readonly received: Promise<URL>;
  /** Answers the waiting browser, for at most `patienceMs`, and closes the port. */
  finish(page: CallbackPage): Promise<void>;
};

export type LoopbackOptions = {
  /** `http://127.0.0.1[:port]/path` or `http://localhost:port/path`; without a port any free one is taken. */
  readonly redirectUri: string;
  readonly expectedState: string;
  readonly timeoutMs: number;
};

const longestCallbackChars = 16_384;
/** The page is a courtesy: a browser that is gone, or does not read, must not hold up a sign-in that is done. */
const patienceMs = 1_000;

export async function listenForCallback(
  options: LoopbackOptions,
  signal: AbortSignal,
): Promise<LoopbackListener> {
  signal.throwIfAborted();
  const wanted = new URL(options.redirectUri);
  const servers = await listenOn(wanted);
  const received = Promise.withResolvers<URL>();
  // The caller may fail before it awaits (no browser): that must not count as an unhandled rejection.
  received.promise.catch(() => undefined);
  let waiting: ServerResponse | null = null;

  for (const server of servers) {
    server.on('request', (request, response) => {
      const verdict = judgeCallback(request, {
        redirectUri: wanted,
        expectedState: options.expectedState,
        taken: waiting !== null,
      });
      if (verdict.kind === 'refused') {
        send(response, verdict.status, 'refused');
        return;
      }
      waiting = response;
      received.resolve(verdict.url);
    });
  }

  const timer = setTimeout(() => {
    received.reject(
      new SyncError({
        code: 'sign-in-timeout',
        retry: 'slow',
        scope: 'account',
        message: 'no sign-in within the time allowed',
      }),
    );
  }, options.timeoutMs);
  const onAbort = (): void => {
    received.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });

  return {
    redirectUri: wanted.href,
    received: received.promise,
    finish: async (page) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      await freed(Number(wanted.port), async () => {
        if (waiting !== null && !waiting.writableEnded) await answer(waiting, page);
        await Promise.all(servers.map(close));
      });
    },
  };
}

/** Ports that are being given up, by sign-ins that a new one has replaced. */
const leaving = new Map<number, Promise<void>>();

async function freed(port: number, leave: () => Promise<void>): Promise<void> {
  const left = leave().finally(() => {
    leaving.delete(port);
  });
  leaving.set(port, left);
  await left;
}

type Verdict =
  { readonly kind: 'accepted'; readonly url: URL } | { readonly kind: 'refused'; readonly status: number };

/**
 * Only the exact method, Host and path with one `state` that is ours is taken, and only the first. Anything else is refused without ending the
 * wait: otherwise any page could cancel a sign-in by poking at the port, or push its own code in (login CSRF).
 */
export function judgeCallback(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  expected: { readonly redirectUri: URL; readonly expectedState: string; readonly taken: boolean },
): Verdict {
  const refused = (status: number): Verdict => ({ kind: 'refused', status });
  if (request.method !== 'GET') return refused(405);
  // A rebound DNS name reaches this port with its own name in Host.
  if (request.headers.host !== expected.redirectUri.host) return refused(421);
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//') || target.length > longestCallbackChars)
    return refused(400);
  const url = URL.parse(target, expected.redirectUri.origin);
  if (url === null || target.split('?', 1)[0] !== expected.redirectUri.pathname) return refused(404);
  for (const name of ['state', 'code', 'error', 'iss']) {
    if (url.searchParams.getAll(name).length > 1) return refused(400);
  }
  if (url.searchParams.get('state') !== expected.expectedState) return refused(400);
  if (url.searchParams.has('code') === url.searchParams.has('error')) return refused(400);
  if (expected.taken) return refused(409);
  return { kind: 'accepted', url };
}

function send(response: ServerResponse, status: number, page: CallbackPage): void {
  const { html, contentSecurityPolicy } = callbackPage(page);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(html);
}

async function answer(response: ServerResponse, page: CallbackPage): Promise<void> {
  // Its `close` is over already where the tab was closed early, and would be waited for without end.
  if (response.destroyed || response.closed) return;
  const answered = Promise.withResolvers<undefined>();
  response.once('close', () => {
    answered.resolve(undefined);
  });
  const patience = setTimeout(() => {
    answered.resolve(undefined);
  }, patienceMs);
  send(response, page === 'signed-in' ? 200 : 400, page);
  await answered.promise;
  clearTimeout(patience);
}

/**
 * The addresses that the browser may try for the redirect: for `localhost` both loopback addresses, so that no other user of the machine
 * answers on the one that we left free (RFC 8252 section 8.3). Puts the real port into `wanted`.
 */
async function listenOn(wanted: URL): Promise<readonly Server[]> {
  const port = Number(wanted.port === '' ? 0 : wanted.port);
  await leaving.get(port);
  const first = await listen('127.0.0.1', port);
  wanted.port = String((first.address() as AddressInfo).port);
  if (wanted.hostname !== 'localhost') return [first];
  try {
    return [first, await listen('::1', Number(wanted.port))];
  } catch (error) {
    if (error instanceof SyncError && error.fields['isMissing'] === true) return [first];
    await close(first);
    throw error;
  }
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: 32_768, requestTimeout: 10_000, keepAliveTimeout: 1_000 });
  const ready = Promise.withResolvers<undefined>();
  server.once('error', (cause: NodeJS.ErrnoException) => {
    ready.reject(
      new SyncError({
        code: cause.code === 'EADDRINUSE' ? 'port-in-use' : 'sign-in-failed',
        retry: 'slow',
        scope: 'account',
        // On a machine without IPv6, ::1 has no listener either.
        fields: { port, isMissing: cause.code === 'EADDRNOTAVAIL' || cause.code === 'EAFNOSUPPORT' },
        cause,
        message:
          cause.code === 'EADDRINUSE'
            ? `port ${String(port)} of "redirectUri" is in use by another program`
            : 'no loopback port could be opened',
      }),
    );
  });
  server.listen({ port, host, exclusive: true }, () => {
    ready.resolve(undefined);
  });
  await ready.promise;
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = Promise.withResolvers<undefined>();
  server.close(() => {
    closed.resolve(undefined);
  });
  server.closeAllConnections();
  await closed.promise;
}
