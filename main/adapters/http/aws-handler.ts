// The HTTP side of every client: our own sockets, timeouts, certificates and proxy, nothing that a library finds in the environment.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { plainHttp } from '../../core/net/proxy.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { provenTls, trustSystemCertificates } from './certificates.ts';
import { TunnelAgent } from './tunnel-agent.ts';

export type AwsHttpOptions = HttpSettings & {
  readonly maxSockets: number;
  readonly connectTimeoutMs: number;
  /** A socket that moves no byte for this long is given up; a slow but living transfer is not. */
  readonly idleTimeoutMs: number;
};

export const defaultAwsHttp: AwsHttpOptions = {
  ...plainHttp,
  maxSockets: 160,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
};

type Agents = { readonly http: HttpAgent; readonly https: HttpsAgent };

class DirectAgent extends HttpsAgent {
  override createConnection(
    ...given: Parameters<HttpsAgent['createConnection']>
  ): ReturnType<HttpsAgent['createConnection']> {
    trustSystemCertificates();
    return super.createConnection(...given);
  }
}

/** Plain http is for this very machine only, so no proxy is ever in its way. */
export function makeAgents(
  settings: HttpSettings,
  pool: { readonly keepAlive: boolean; readonly maxSockets?: number; readonly maxFreeSockets?: number },
): Agents {
  const { proxyFor } = settings;
  const secure = { ...pool, ...provenTls, minVersion: 'TLSv1.2' } as const;
  const https = proxyFor === null ? new DirectAgent(secure) : new TunnelAgent(secure, proxyFor);
  // Node copies an agent's options into each request. They name its connections, too, so that none which was made
  // under other authorities is used again.
  Object.defineProperty(https.options, 'ca', { enumerable: true, get: authoritiesOf(settings) });
  return { http: new HttpAgent(pool), https };
}

/** `ca` replaces what Node trusts; the account's own authorities are to add to it. */
function authoritiesOf(settings: HttpSettings): () => readonly string[] | undefined {
  let known: { readonly extraCa: readonly string[]; readonly all: readonly string[] } | null = null;
  return () => {
    const extraCa = settings.extraCa();
    if (extraCa.length === 0) return undefined;
    if (known?.extraCa !== extraCa) {
      // What is listed must hold the system's authorities.
      trustSystemCertificates();
      known = { extraCa, all: [...getCACertificates('default'), ...extraCa] };
    }
    return known.all;
  };
}

export type AwsHandlerOptions = {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  readonly connectionTimeout: number;
  readonly socketTimeout: number;
  readonly socketAcquisitionWarningTimeout: number;
};

/** Options for a `NodeHttpHandler`; its `destroy` closes the sockets. */
export function awsHttpHandlerOptions(options: AwsHttpOptions): AwsHandlerOptions {
  const { maxSockets } = options;
  const agents = makeAgents(options, { keepAlive: true, maxSockets, maxFreeSockets: maxSockets });
  return {
    httpAgent: agents.http,
    httpsAgent: agents.https,
    connectionTimeout: options.connectTimeoutMs,
    socketTimeout: options.idleTimeoutMs,
    // A wait for a free socket is normal here: many small files share few sockets.
    socketAcquisitionWarningTimeout: 2_147_483_647,
  };
}
