// HTTP handler of an AWS client, by `exchange`.
//
// The SDK's own handler takes twice the CPU, and waits for ever on an answer that switches protocols (101), which `exchange` takes
// for a lost connection.
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Readable } from 'node:stream';
import { requestTarget } from '../../core/net/percent-encoded.ts';
import type { AwsHandlerOptions } from './aws-handler.ts';
import { exchange } from './exchange.ts';
import type { WholeRequest } from './exchange.ts';

type Arguments = Parameters<NodeHttpHandler['handle']>;
type Answer = Awaited<ReturnType<NodeHttpHandler['handle']>>;

export class WholeHandler extends NodeHttpHandler {
  readonly #options: AwsHandlerOptions;

  constructor(options: AwsHandlerOptions) {
    super(options);
    this.#options = options;
  }

  override async handle(...[request, options]: Arguments): ReturnType<NodeHttpHandler['handle']> {
    const { method, protocol, hostname, port, headers } = request;
    const body = bodyOf(request);
    const { httpAgent, httpsAgent, connectionTimeout, socketTimeout } = this.#options;
    const response = await exchange(
      { method, protocol, hostname, port, path: requestTarget(request), headers, body },
      {
        agent: protocol === 'https:' ? httpsAgent : httpAgent,
        connectTimeoutMs: connectionTimeout,
        idleTimeoutMs: socketTimeout,
      },
      // The type allows for signals of other makers; every caller of ours has the platform's.
      options?.abortSignal as AbortSignal | undefined,
    );
    // The class that the type names belongs to a package that is none of ours; its fields are what is read.
    return { response } as unknown as Answer;
  }

  /** The SDK's own would close the agents only after a request that it sent itself. */
  override destroy(): void {
    this.#options.httpAgent.destroy();
    this.#options.httpsAgent.destroy();
  }
}

function bodyOf({ body }: { readonly body?: unknown }): WholeRequest['body'] {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable) return body;
  throw new TypeError('a body is text, bytes or a stream');
}
