// The HTTP side of every AWS client: our own sockets, timeouts and certificate authorities, never the environment's.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

export type AwsHttpOptions = {
  /** PEM text of extra certificate authorities, or null. They add to the built-in ones. */
  readonly extraCaPem: string | null;
  readonly maxSockets: number;
  readonly connectTimeoutMs: number;
  /** A socket that moves no byte for this long is given up; a slow but living transfer is not. */
  readonly idleTimeoutMs: number;
};

export const defaultAwsHttp: AwsHttpOptions = {
  extraCaPem: null,
  maxSockets: 64,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
};

/** Options for a `NodeHttpHandler`; its `destroy` closes the sockets. */
export function awsHttpHandlerOptions(
  options: AwsHttpOptions,
): NonNullable<ConstructorParameters<typeof NodeHttpHandler>[0]> {
  const agent = { keepAlive: true, maxSockets: options.maxSockets, maxFreeSockets: options.maxSockets };
  const tls = options.extraCaPem === null ? {} : { ca: [...rootCertificates, options.extraCaPem] };
  return {
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent({ ...agent, ...tls, minVersion: 'TLSv1.2' }),
    connectionTimeout: options.connectTimeoutMs,
    socketTimeout: options.idleTimeoutMs,
    // A wait for a free socket is normal here: many small files share few sockets.
    socketAcquisitionWarningTimeout: 2_147_483_647,
  };
}
