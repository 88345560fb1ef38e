// An https agent that connects through the company's proxy.
//
// By CONNECT (RFC 9110 section 9.3.6), where a proxy is to be used for the service.
import { request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ProxyResolver, ProxyRoute } from '../../core/net/proxy.ts';
import { provenTls, trustSystemCertificates } from './certificates.ts';
import { proxyLoginCode } from './network-errors.ts';

type Through = Extract<ProxyRoute, { readonly kind: 'proxy' }>;
type Callback = (error: Error | null, stream: Duplex) => void;

const connectTimeoutMs = 15_000;
/** Where the list has another one: services give up after five seconds, and the next proxy must be asked before. */
const nextTimeoutMs = 3000;

/** The proxy sees host and port, never what is sent: TLS ends at the service, by the same certificates as without a proxy. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxyFor: ProxyResolver;

  constructor(options: AgentOptions, proxyFor: ProxyResolver) {
    super(options);
    this.#proxyFor = proxyFor;
  }

  override createConnection(options: RequestOptions, callback?: Callback): undefined {
    trustSystemCertificates();
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
    const tunnel = await openFirst(route, authority, options.ca);
    const stream = super.createConnection(
      tunnel === null ? options : ({ ...options, socket: tunnel } as RequestOptions),
    );
    if (stream === null || stream === undefined) throw new TypeError('a stream was expected');
    return stream;
  }
}

class TunnelError extends Error {
  readonly code: string;
  /** Nothing answers there; a proxy that refuses is no reason to go round it. */
  readonly isDown: boolean;

  constructor(message: string, how: { readonly code?: string; readonly isDown: boolean }) {
    super(message);
    this.code = how.code ?? 'ERR_PROXY_TUNNEL';
    this.isDown = how.isDown;
  }
}

/** Goes down the list: a proxy that is down must not keep the next one from being asked. Null is the direct way. */
async function openFirst(
  route: ProxyRoute,
  authority: string,
  ca: AgentOptions['ca'],
): Promise<Duplex | null> {
  if (route.kind === 'direct') return null;
  try {
    return await openTunnel(route, authority, ca);
  } catch (error) {
    if (route.otherwise === undefined || !(error instanceof TunnelError && error.isDown)) throw error;
    return openFirst(route.otherwise, authority, ca);
  }
}

/** 407 (RFC 9110 section 15.5.8): the proxy is there and wants a login. */
function refusal(name: string, status: number | undefined): TunnelError {
  return new TunnelError(`${name} answered ${String(status)}`, {
    ...(status === 407 ? { code: proxyLoginCode } : {}),
    isDown: false,
  });
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
      timeout: route.otherwise === undefined ? connectTimeoutMs : nextTimeoutMs,
      ...(isTls ? provenTls : {}),
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
      reject(refusal(name, answer.statusCode));
    });
    asked.once('timeout', () => asked.destroy(new TunnelError(`${name} does not answer`, { isDown: true })));
    asked.once('error', (cause) => {
      reject(
        cause instanceof TunnelError
          ? cause
          : new TunnelError(`${name} cannot be reached (${cause.message})`, { isDown: true }),
      );
    });
    // A proxy that answers without switching to a tunnel.
    asked.once('response', (answer) => {
      asked.destroy(refusal(name, answer.statusCode));
    });
    asked.end();
  });
}
