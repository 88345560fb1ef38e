// GET /metrics and GET /healthz, for monitoring: on the control socket, and on 127.0.0.1 where `serve --metrics-port` asks for it.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SyncError } from '../core/model/errors.ts';
import type { Meter } from './metrics.ts';

export type PlainAnswer = { readonly status: number; readonly contentType: string; readonly body: string };

/** Null for any other path. 503 if a pair needs user action or has stopped. */
export function monitorAnswer(meter: Meter, path: string): PlainAnswer | null {
  if (path === '/metrics')
    return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: meter.metrics() };
  if (path !== '/healthz') return null;
  const health = meter.health();
  return {
    status: health.ok ? 200 : 503,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify(health)}\n`,
  };
}

export type MonitorServer = { readonly port: number; close(): Promise<void> };

const host = '127.0.0.1';

/**
 * Every user of this machine can ask: the answers name pairs, states and numbers, no paths and no secrets. A page in a
 * browser cannot, whatever name it had pointed at 127.0.0.1. Throws SyncError port-in-use.
 */
export async function startMonitorServer(meter: Meter, port: number): Promise<MonitorServer> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000, maxHeaderSize: 8192 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `metrics cannot be served on ${host}:${String(port)} (${cause.code ?? cause.message})`;
      reject(new SyncError({ code: 'port-in-use', retry: 'slow', scope: 'account', message, cause }));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP address was expected');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const isAsked = request.headers.host === `${host}:${String(address.port)}`;
    const isBrowser = request.headers.origin !== undefined || 'sec-fetch-site' in request.headers;
    sendPlain(response, !isAsked || isBrowser ? null : monitorAnswer(meter, request.url ?? '/'));
  });
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function sendPlain(response: ServerResponse, answer: PlainAnswer | null): void {
  if (answer === null) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(answer.body);
}
