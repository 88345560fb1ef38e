// One HTTP request over an agent's sockets, without streams or timers it can do without.
//
// Stands for the `handle` of `@smithy/node-http-handler`: same sockets, time-outs and errors at half of the CPU,
// which sets four timers and a dozen listeners for each request (docs/decisions/0014).
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { requestTarget } from '../../core/net/percent-encoded.ts';
import type { AwsHandlerOptions } from './aws-handler.ts';

export type WholeRequest = {
  readonly method: string;
  readonly protocol: string;
  /** An IPv6 address may stand in brackets. */
  readonly hostname: string;
  readonly port?: number | undefined;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The failure of a stream is that of the request. */
  readonly body: Uint8Array | string | Readable | null;
};

export type ExchangeOptions = {
  readonly agent: NonNullable<RequestOptions['agent']>;
  /** Until a socket is connected, its tunnel included. */
  readonly connectTimeoutMs: number;
  /** Without a byte in either direction. */
  readonly idleTimeoutMs: number;
};

export type WholeAnswer = {
  readonly statusCode: number;
  readonly reason: string | undefined;
  /** Lower-case names; what came more than once is joined. */
  readonly headers: Record<string, string>;
  readonly body: IncomingMessage;
};

/** What the SDK's handler calls a time-out, and `adapters/s3/errors.ts` reads. */
const timeoutCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError' });
}

export function resetError(): Error {
  return Object.assign(new Error('socket closed without an answer'), {
    code: 'ECONNRESET',
    name: 'TimeoutError',
  });
}

/** A broken connection of Node's, under the name by which it is mapped. */
export function withTimeoutName(error: NodeJS.ErrnoException): Error {
  return timeoutCodes.has(error.code ?? '') ? Object.assign(error, { name: 'TimeoutError' }) : error;
}

function joined(raw: IncomingHttpHeaders): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const name in raw) {
    const value = raw[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}

/** Interim responses (1xx): a server sends one or two. */
const mostInterim = 100;

/** Fails the request where no socket connects in time; one that is used again is connected. */
function limitConnecting(asked: ClientRequest, limitMs: number, fail: (error: Error) => void): void {
  if (asked.reusedSocket) return;
  const timer = setTimeout(() => {
    fail(timeoutError(`no connection with the server within ${String(limitMs)} ms`));
  }, limitMs);
  const connected = (): void => {
    clearTimeout(timer);
  };
  asked.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
  asked.once('close', connected);
}

/**
 * Resolves with the head of the answer; its body is a stream that must be read or destroyed. An abort destroys the socket, also
 * while the body is read. Rejects with Node's own errors and with a `TimeoutError`.
 */
export function exchange(
  request: WholeRequest,
  { agent, connectTimeoutMs, idleTimeoutMs }: ExchangeOptions,
  signal: AbortSignal | undefined,
): Promise<WholeAnswer> {
  const { method, protocol, hostname, port, path, headers, body } = request;
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const make = protocol === 'https:' ? httpsRequest : httpRequest;
    const asked = make({ agent, method, host, port, path, headers, timeout: idleTimeoutMs });
    let answer: IncomingMessage | null = null;
    asked.once('response', (got) => {
      answer = got;
      const { statusCode = -1, statusMessage: reason } = got;
      resolve({ statusCode, reason, headers: joined(got.headers), body: got });
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      reject(withTimeoutName(error));
    });
    // An answer that switches protocols (101) closes the socket with neither 'response' nor 'error'.
    asked.once('close', () => {
      if (answer === null) reject(resetError());
    });
    // A request that has no socket yet ends without an 'error'.
    const fail = (error: Error): void => {
      answer?.destroy(error);
      asked.destroy(error);
      reject(error);
    };
    let interim = 0;
    asked.on('information', () => {
      interim += 1;
      if (interim > mostInterim) fail(new Error('the server sends interim responses without end'));
    });
    asked.on('timeout', () => {
      fail(timeoutError(`the request socket timed out after ${String(idleTimeoutMs)} ms`));
    });
    limitConnecting(asked, connectTimeoutMs, fail);
    if (signal !== undefined) {
      const abort = (): void => {
        asked.destroy();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      asked.once('close', () => {
        signal.removeEventListener('abort', abort);
      });
    }
    if (body instanceof Readable) body.once('error', fail).pipe(asked);
    else if (body === null) asked.end();
    else asked.end(body);
  });
}

type Handle = NodeHttpHandler['handle'];

/** As the SDK's handler is asked and answers. */
export async function exchangeHandled(
  { httpAgent, httpsAgent, connectionTimeout, socketTimeout }: AwsHandlerOptions,
  request: Parameters<Handle>[0],
  signal: AbortSignal | undefined,
): ReturnType<Handle> {
  const { method, protocol, hostname, port, headers } = request;
  const response = await exchange(
    { method, protocol, hostname, port, path: requestTarget(request), headers, body: bodyOf(request) },
    {
      agent: protocol === 'https:' ? httpsAgent : httpAgent,
      connectTimeoutMs: connectionTimeout,
      idleTimeoutMs: socketTimeout,
    },
    signal,
  );
  // The class that the type names belongs to a package that is none of ours; its fields are what is read.
  return { response } as unknown as Awaited<ReturnType<Handle>>;
}

function bodyOf({ body }: { readonly body?: unknown }): WholeRequest['body'] {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable) return body;
  throw new TypeError('a body is text, bytes or a stream');
}
