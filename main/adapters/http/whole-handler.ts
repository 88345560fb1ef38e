// HTTP handler of an AWS client, by `exchange`.
//
// The SDK's own handler takes twice the CPU, and waits for ever on an answer that switches protocols (101), which `exchange` takes
// for a lost connection.
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsHandlerOptions } from './aws-handler.ts';
import { exchangeHandled } from './exchange.ts';

type Handle = NodeHttpHandler['handle'];

export class WholeHandler extends NodeHttpHandler {
  readonly #options: AwsHandlerOptions;

  constructor(options: AwsHandlerOptions) {
    super(options);
    this.#options = options;
  }

  override handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    // The type allows for signals of other makers; every caller of ours has the platform's.
    return exchangeHandled(this.#options, request, options?.abortSignal as AbortSignal | undefined);
  }

  /** The SDK's own would close the agents only after a request that it sent itself. */
  override destroy(): void {
    this.#options.httpAgent.destroy();
    this.#options.httpsAgent.destroy();
  }
}
