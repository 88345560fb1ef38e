// Opens connections to https services through the company's proxy where one is to be used (CONNECT, RFC 9110 section 9.3.6).
import { request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ProxyResolver, ProxyRoute } from '../core/proxy.ts';

type Through = Extract<ProxyRoute, { readonly kind: 'proxy' }>;
type Callback = (error: Error | null, stream: Duplex) => void;

const connectTimeoutMs = 15_000;

/** The proxy sees host and port, never what is sent: TLS ends at the service, by the same certificates as without a proxy. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxyFor: ProxyResolver;
  readonly #ca: AgentOptions['ca'];

  constructor(options: AgentOptions, proxyFor: ProxyResolver) {
    super(options);
    this.#proxyFor = proxyFor;
    this.#ca = options.ca;
  }

  override createConnection(options: RequestOptions, callback?: Callback): undefined {
    this.#open(options).then(
      (stream) => callback?.(null, stream),
      (error: unknown) => {
        // Node's types want a stream beside the error; there is none.
        callback?.(error instanceof Error ? error : new Error(String(error)), undefined as unknown as Duplex);
      },
    );
  }

  async #open(options: RequestOptions): Promise<Duplex> {
    const host = options.host ?? 'localhost';
    const authority = `${host.includes(':') ? `[${host}]` : host}:${String(options.port ?? 443)}`;
    const route = await this.#proxyFor(new URL(`https://${authority}/`));
    const tunnel = route.kind === 'direct' ? null : await openTunnel(route, authority, this.#ca);
    const stream = super.createConnection(
      tunnel === null ? options : ({ ...options, socket: tunnel } as RequestOptions),
    );
    if (stream === null || stream === undefined) throw new TypeError('a stream was expected');
    return stream;
  }
}

class TunnelError extends Error {
  readonly code = 'ERR_PROXY_TUNNEL';
}

function openTunnel(route: Through, authority: string, ca: AgentOptions['ca']): Promise<Duplex> {
  const { host, port, isTls, login } = route;
  const name = `the proxy ${host}:${String(port)}`;
  return new Promise((resolve, reject) => {
    const asked = (isTls ? httpsRequest : httpRequest)({
      host,
      port,
      method: 'CONNECT',
      path: authority,
      agent: false,
      timeout: connectTimeoutMs,
      ...(isTls && ca !== undefined ? { ca } : {}),
      headers: {
        host: authority,
        ...(login === null
          ? {}
          : {
              'proxy-authorization': `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
            }),
      },
    });
    asked.once('connect', (answer, socket, head) => {
      if (answer.statusCode === 200 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new TunnelError(`${name} answered ${String(answer.statusCode)}`));
    });
    asked.once('timeout', () => asked.destroy(new TunnelError(`${name} does not answer`)));
    asked.once('error', (cause) => {
      reject(
        cause instanceof TunnelError
          ? cause
          : new TunnelError(`${name} cannot be reached (${cause.message})`),
      );
    });
    // A proxy that answers without switching to a tunnel.
    asked.once('response', (answer) => {
      asked.destroy(new TunnelError(`${name} answered ${String(answer.statusCode)}`));
    });
    asked.end();
  });
}
