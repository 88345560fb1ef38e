// Serves the status page on 127.0.0.1: the built page, one JSON endpoint per request of the contract, and a stream of events.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { SyncError } from '../core/model/errors.ts';
import type { Backend } from '../../preload/contract.ts';
import { dispatch, eventSchema } from '../../preload/contract.ts';
import { failed } from '../../preload/lean/limits.ts';
import { createPageAccess, defaultAccessLimits } from './access.ts';
import type { AccessLimits, Asker, PageAccess } from './access.ts';
import { readAssets, safeHeaders } from './assets.ts';
import type { Assets } from './assets.ts';
import { limitConnections } from './connections.ts';
import type { Connections } from './connections.ts';

const HOST = '127.0.0.1';
const BODY_MAX_BYTES = 16_384;
/** Of connections that no tab uses. */
const MAX_CONNECTIONS = 512;
const HEARTBEAT_MS = 10_000;
/** A tab that stopped reading is cut off instead of filling our memory; it reconnects and takes a new snapshot. */
const UNREAD_MAX_BYTES = 4_194_304;

export type PageServerOptions = {
  readonly backend: Backend;
  /** `dist/renderer`; the list of its files lies beside it. */
  readonly assetsDir: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly limits?: Partial<AccessLimits>;
  /** Connections that no tab uses; for tests. */
  readonly maxConnections?: number;
  /** Monotonic; for tests. */
  readonly nowMs?: () => number;
};

export type PageServer = {
  /** Opens the page once; the code in its fragment never reaches a server log. */
  readonly url: string;
  readonly port: number;
  /** Another link that works once, for another tab or after a reload. */
  newUrl(): string;
  /** Ends the open streams of events: each page connects again and takes a new snapshot. */
  dropStreams(): void;
  /** Resolves when nothing is served any more. */
  close(): Promise<void>;
};

type Site = {
  readonly backend: Backend;
  readonly assets: Assets;
  readonly access: PageAccess;
  readonly origin: string;
  readonly host: string;
  readonly stopped: AbortSignal;
  readonly streams: Set<ServerResponse>;
  readonly connections: Connections;
};

/** Throws SyncError: port-in-use, page-not-built. Stops when `signal` aborts or `close` is called. */
export async function startPageServer(options: PageServerOptions, signal: AbortSignal): Promise<PageServer> {
  signal.throwIfAborted();
  const assets = await readAssets(options.assetsDir);
  const stop = new AbortController();
  const access = createPageAccess(
    { ...defaultAccessLimits, ...options.limits },
    options.nowMs ?? (() => performance.now()),
  );
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 });
  const connections = limitConnections(options.maxConnections ?? MAX_CONNECTIONS);
  server.on('connection', (socket) => {
    connections.admit(socket);
  });
  const port = await listen(server, options.port);
  const host = `${HOST}:${String(port)}`;
  const site: Site = {
    backend: options.backend,
    assets,
    access,
    origin: `http://${host}`,
    host,
    stopped: stop.signal,
    streams: new Set(),
    connections,
  };
  server.on('request', (request, response) => {
    answer(site, request, response).catch((cause: unknown) => {
      options.backend.reportFailure?.('page', cause);
      response.destroy();
    });
  });

  const newUrl = () => `${site.origin}/#${access.issueCode()}`;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  function close(): Promise<void> {
    stop.abort();
    server.close();
    server.closeAllConnections();
    signal.removeEventListener('abort', onAbort);
    return closed;
  }
  const onAbort = () => void close(); // not awaited: the owner of the signal can still await close()
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) await close();
  const dropStreams = () => {
    for (const stream of site.streams) stream.destroy();
  };
  return { url: newUrl(), port, newUrl, dropStreams, close };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'EADDRINUSE' || cause.code === 'EACCES' ? 'port-in-use' : 'page-failed';
      const message = `the page cannot listen on ${HOST}:${String(port)} (${cause.code ?? cause.message})`;
      reject(new SyncError({ code, retry: 'slow', scope: 'account', message, cause, fields: { port } }));
    });
    server.listen({ host: HOST, port, exclusive: true }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP address was expected');
  return address.port;
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
  const asker = askerOf(site, request);
  if (asker === null) {
    sendJson(response, 403, failed('forbidden'));
    return;
  }
  const path = request.url ?? '/';
  if (path.startsWith('/api/'))
    return answerApi(site, path.slice('/api/'.length), { request, response, asker });
  // The page's files lie in memory and are the same for everybody: a budget here would only let strangers use it up.
  const asset = site.assets.get(path);
  if (asset === undefined) {
    sendJson(response, 404, failed('not-found'));
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendJson(response, 405, failed('bad-request'));
    return;
  }
  response.writeHead(200, { 'content-type': asset.contentType, 'content-length': asset.body.length });
  response.end(request.method === 'HEAD' ? undefined : asset.body);
}

/**
 * Null for who is turned away: a name that was rebound to 127.0.0.1 shows in Host, another site's page in Origin and Sec-Fetch-Site. Of
 * other sites only a followed link gets the empty page, which has no access by itself.
 */
function askerOf(site: Site, request: IncomingMessage): Asker | null {
  const { host, origin } = request.headers;
  const isApi = request.url?.startsWith('/api/') === true;
  if (host !== site.host) return null;
  if (isApi ? origin !== site.origin : origin !== undefined && origin !== site.origin) return null;
  const fetchSite = request.headers['sec-fetch-site'] ?? 'none';
  if (fetchSite !== 'same-origin' && fetchSite !== 'none') {
    const isLink =
      request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document';
    return isApi || !isLink ? null : { kind: 'newcomer' };
  }
  const bearer = bearerOf(request);
  return bearer === null ? { kind: 'newcomer' } : { kind: 'tab', bearer };
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asker: Asker;
};

async function answerApi(site: Site, name: string, exchange: Exchange): Promise<void> {
  const { request, response, asker } = exchange;
  // A code is compared before anything is counted: 256 bits need no rate limit, and its holder must not be
  // delayed.
  if (name !== 'session' && !isWithinBudget(site, asker, response)) return;
  if (request.method !== 'POST') {
    sendJson(response, 405, failed('bad-request'));
    return;
  }
  if (request.headers['content-type'] !== 'application/json') {
    sendJson(response, 415, failed('bad-request'));
    return;
  }
  const bearer = bearerOf(request);
  if (name !== 'session' && (bearer === null || !site.access.accepts(bearer))) {
    sendJson(response, 401, failed('access-ended'));
    return;
  }
  if (name !== 'session') site.connections.keep(request.socket);
  const body = await readJson(request);
  if (body.kind === 'too-large') {
    sendJson(response, 413, failed('bad-request'));
    return;
  }
  if (body.kind === 'malformed') {
    sendJson(response, 400, failed('bad-request'));
    return;
  }
  if (name === 'session') {
    openSession(site, body.value, exchange);
    return;
  }
  if (name === 'events' && bearer !== null) {
    streamEvents(site, bearer, response);
    return;
  }
  const result = await dispatch(site.backend, name, body.value, site.stopped);
  sendJson(response, 200, result);
}

function bearerOf(request: IncomingMessage): string | null {
  return /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function openSession(site: Site, body: unknown, { response, asker }: Exchange): void {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  const bearer = typeof code === 'string' ? site.access.redeem(code) : null;
  if (bearer !== null) sendJson(response, 200, { ok: true, value: { bearer } });
  else if (isWithinBudget(site, asker, response)) sendJson(response, 401, failed('access-ended'));
}

/** Answers 429 by itself where not. */
function isWithinBudget(site: Site, asker: Asker, response: ServerResponse): boolean {
  if (site.access.allowsRequest(asker)) return true;
  sendJson(response, 429, failed('rate-limited'));
  return false;
}

/** One JSON value per line; an empty line is a heartbeat. The first line says that we are subscribed, so that a snapshot taken after it misses nothing. */
function streamEvents(site: Site, bearer: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  const release = site.access.hold(bearer);
  site.streams.add(response);
  const write = (line: string) => {
    if (response.writableLength > UNREAD_MAX_BYTES) response.destroy();
    else response.write(`${line}\n`);
  };
  const unsubscribe = site.backend.subscribe((event) => {
    // Parsing drops whatever the contract does not declare.
    const parsed = eventSchema.safeParse(event);
    if (parsed.success) write(JSON.stringify(parsed.data));
    else site.backend.reportFailure?.('events', parsed.error);
  });
  const heartbeat = setInterval(write, HEARTBEAT_MS, '');
  heartbeat.unref();
  response.once('close', () => {
    clearInterval(heartbeat);
    site.streams.delete(response);
    unsubscribe();
    release();
  });
  write(JSON.stringify({ subscribed: true }));
}

type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed' };

async function readJson(request: IncomingMessage): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_MAX_BYTES) return { kind: 'too-large' };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) return { kind: 'too-large' };
    chunks.push(chunk);
  }
  try {
    return { kind: 'json', value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return { kind: 'malformed' };
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}
