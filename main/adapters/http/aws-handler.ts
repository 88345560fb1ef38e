// The HTTP side of every client: our own sockets, timeouts, certificates and proxy, nothing that a library finds in the environment.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { plainHttp } from '../../core/net/proxy.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { trustSystemCertificates } from './certificates.ts';
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
  { extraCa, proxyFor }: HttpSettings,
  pool: { readonly keepAlive: boolean; readonly maxSockets?: number; readonly maxFreeSockets?: number },
): Agents {
  // What is listed below must hold the system's authorities.
  if (extraCa.length > 0) trustSystemCertificates();
  // `ca` replaces what Node trusts; the account's own authorities are to add to it.
  const tls = extraCa.length === 0 ? {} : { ca: [...getCACertificates('default'), ...extraCa] };
  const secure = { ...pool, ...tls, minVersion: 'TLSv1.2' } as const;
  return {
    http: new HttpAgent(pool),
    https: proxyFor === null ? new DirectAgent(secure) : new TunnelAgent(secure, proxyFor),
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
