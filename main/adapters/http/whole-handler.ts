// HTTP handler of an AWS client, by `exchange`.
//
// The SDK's own handler takes twice the CPU, and waits for ever on an answer that switches protocols (101), which `exchange` takes
// for a lost connection. Nothing of the SDK is loaded for this one: most requests are made without it.
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsHandlerOptions } from './aws-handler.ts';
import { exchangeHandled } from './exchange.ts';

type Handle = NodeHttpHandler['handle'];

export class WholeHandler implements Pick<NodeHttpHandler, keyof NodeHttpHandler> {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: AwsHandlerOptions;

  constructor(options: AwsHandlerOptions) {
    this.#options = options;
  }

  handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    // The type allows for signals of other makers; every caller of ours has the platform's.
    return exchangeHandled(this.#options, request, options?.abortSignal as AbortSignal | undefined);
  }

  destroy(): void {
    this.#options.httpAgent.destroy();
    this.#options.httpsAgent.destroy();
  }

  /** An SDK client names its logger and time-outs here; ours are given to the constructor. */
  updateHttpClientConfig(): void {
    // Nothing of it is used.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}
