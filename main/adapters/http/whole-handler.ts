// HTTP handler of an AWS client, by `exchange` wherever the body is in memory.
//
// The SDK's own handler is left with bodies that are streams. It takes twice the CPU, and waits for ever on an answer that
// switches protocols (101), which `exchange` takes for a lost connection.
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { percentEncoded } from '../../core/net/percent-encoded.ts';
import type { AwsHandlerOptions } from './aws-handler.ts';
import { exchange } from './exchange.ts';

type Arguments = Parameters<NodeHttpHandler['handle']>;
type Handled = Arguments[0];
type Answer = Awaited<ReturnType<NodeHttpHandler['handle']>>;

export class WholeHandler extends NodeHttpHandler {
  readonly #options: AwsHandlerOptions;

  constructor(options: AwsHandlerOptions) {
    super(options);
    this.#options = options;
  }

  override handle(...[request, options]: Arguments): ReturnType<NodeHttpHandler['handle']> {
    const body = bodyInMemory(request.body);
    if (body === undefined) return super.handle(request, options);
    const { method, protocol, hostname, port, headers } = request;
    const { httpAgent, httpsAgent, connectionTimeout, socketTimeout } = this.#options;
    const sent = exchange(
      { method, protocol, hostname, port, path: pathOf(request), headers, body },
      {
        agent: protocol === 'https:' ? httpsAgent : httpAgent,
        connectTimeoutMs: connectionTimeout,
        idleTimeoutMs: socketTimeout,
      },
      // The type allows for signals of other makers; every caller of ours has the platform's.
      options?.abortSignal as AbortSignal | undefined,
    );
    // The class that the type names belongs to a package that is none of ours; its fields are what is read.
    return sent.then((response) => ({ response }) as unknown as Answer);
  }
}

/** Undefined for a stream. */
function bodyInMemory(body: unknown): Uint8Array | string | null | undefined {
  if (body === undefined || body === null) return null;
  return body instanceof Uint8Array || typeof body === 'string' ? body : undefined;
}

/** With the query: a list repeats its name, and a name without a value stands alone, as in the SDK. */
export function pathOf({ path, query }: Handled): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) =>
      typeof one === 'string' ? `${percentEncoded(name)}=${percentEncoded(one)}` : percentEncoded(name),
    );
  });
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}
