/** Vite development server for the page: hot reload, under the product's content policy, against a running engine. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { createServer } from 'vite';
import type { InlineConfig, Plugin, ViteDevServer } from 'vite';
import { contentSecurityPolicy } from '../../main/app/page-files.ts';

const host = '127.0.0.1';
const linkPath = '/dev/link';
const entryPath = '/@driftless/dev-entry.ts';

export type PageDevServerOptions = {
  /** The checkout: `renderer/` and `preload/` below it are served from source. */
  readonly root: string;
  /** The first port to try; 0 for any free one. */
  readonly port: number;
  readonly cacheDir?: string;
  /** A new one-use link to the page of the running engine. Rejects while no engine runs. */
  readonly newLink: () => Promise<string>;
};

export type PageDevServer = {
  readonly url: string;
  /** Reloads every open page, which then connects to the engine that runs now. */
  reload(): void;
  /** Calls `listener` with the path of each file that was saved below the folders. */
  watch(folders: readonly string[], listener: (path: string) => void): void;
  close(): Promise<void>;
};

/**
 * The product's policy and two nonces. Vite needs them for the inline script that starts hot reload and for the style
 * elements that it swaps. Nothing else is relaxed, so whatever the product's policy would refuse fails here as well.
 */
export function devPolicy(nonce: string): string {
  return contentSecurityPolicy
    .split('; ')
    .map((directive) =>
      /^(script|style)-src /.test(directive) ? `${directive} 'nonce-${nonce}'` : directive,
    )
    .join('; ');
}

/** Vite ends the process at SIGTERM and at the end of stdin, before anything else is stopped: here the caller ends it in order. */
async function withoutSignals<Server>(create: () => Promise<Server>): Promise<Server> {
  const before = { term: process.listeners('SIGTERM'), end: process.stdin.listeners('end') };
  const server = await create();
  for (const listener of process.listeners('SIGTERM'))
    if (!before.term.includes(listener)) process.off('SIGTERM', listener);
  for (const listener of process.stdin.listeners('end'))
    if (!before.end.includes(listener)) process.stdin.off('end', listener as () => void);
  return server;
}

export async function startPageDevServer(options: PageDevServerOptions): Promise<PageDevServer> {
  const nonce = randomBytes(16).toString('base64url');
  const engine = connection(options.newLink);
  const config: InlineConfig = {
    configFile: false,
    root: join(options.root, 'renderer'),
    publicDir: false,
    logLevel: 'warn',
    ...(options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }),
    plugins: [driftlessPage(nonce, engine), react()],
    html: { cspNonce: nonce },
    optimizeDeps: { include: ['react', 'react-dom/client', 'zod'] },
    server: {
      host,
      port: options.port,
      // Only our own page may read from this server: no other origin, no rebound host name.
      cors: false,
      allowedHosts: [],
      fs: { allow: [options.root] },
    },
  };
  const server = await withoutSignals(() => createServer(config));
  await server.listen();
  return {
    url: `${originOf(server)}/`,
    reload: () => {
      server.ws.send({ type: 'full-reload' });
    },
    watch(folders, listener) {
      server.watcher.add([...folders]);
      server.watcher.on('all', (_event, path) => {
        listener(path);
      });
    },
    close: () => server.close(),
  };
}

type EngineConnection = {
  /** Takes a new one-use link; its address is where requests go from then on. */
  newCode(): Promise<string>;
  target(): URL | null;
};

function connection(newLink: () => Promise<string>): EngineConnection {
  let target: URL | null = null;
  return {
    async newCode() {
      target = new URL(await newLink());
      return target.hash.slice(1);
    },
    target: () => target,
  };
}

/** The product's entry with a one-use code in front of it, and its requests handed on to the engine. */
function driftlessPage(nonce: string, engine: EngineConnection): Plugin {
  return {
    name: 'driftless-dev-page',
    resolveId: (id) => (id === entryPath ? id : null),
    load: (id) => (id === entryPath ? entrySource : null),
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replace('./main.tsx', entryPath),
    },
    configureServer(server) {
      server.middlewares.use((incoming, outgoing, next) => {
        outgoing.setHeader('content-security-policy', devPolicy(nonce));
        const path = incoming.url ?? '/';
        if (path !== linkPath && !path.startsWith('/api/')) {
          next();
          return;
        }
        if (!isFromOurPage(incoming, originOf(server))) outgoing.writeHead(403).end();
        else if (path === linkPath) sendCode(engine, outgoing);
        else forward(incoming, outgoing, engine.target());
      });
    },
  };
}

/** Every load takes a code of its own, because a reload (hot or by hand) ends the access of the page before it. */
const entrySource = `
const answer = await fetch('${linkPath}', { method: 'POST' });
if (answer.ok) history.replaceState(null, '', '#' + (await answer.text()));
await import('/main.tsx');
`;

function originOf(server: ViteDevServer): string {
  const address = server.httpServer?.address();
  if (address === null || address === undefined || typeof address === 'string')
    throw new TypeError('the development server does not listen on a TCP port');
  return `http://${host}:${String(address.port)}`;
}

/** The engine's own checks of Host and Origin see what `forward` puts there, so they are made here first. */
function isFromOurPage({ method, headers }: IncomingMessage, origin: string): boolean {
  return method === 'POST' && headers.origin === origin && `http://${headers.host ?? ''}` === origin;
}

function sendCode(engine: EngineConnection, outgoing: ServerResponse): void {
  engine.newCode().then(
    (code) => {
      outgoing.writeHead(200, { 'content-type': 'text/plain' }).end(code);
    },
    () => {
      outgoing.writeHead(503).end();
    },
  );
}

/** Passes a request on as it comes and the answer as it comes: the event stream must not be gathered. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: URL | null): void {
  if (target === null) {
    outgoing.writeHead(503).end();
    return;
  }
  const asked = request(
    {
      hostname: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, host: target.host, origin: target.origin },
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  asked.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.on('close', () => asked.destroy());
  incoming.pipe(asked);
}
