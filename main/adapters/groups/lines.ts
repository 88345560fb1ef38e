// Connections and signer of one store, for the worker; made again where other certificates are trusted.
import { makeAgents } from '../http/aws-handler.ts';
import { FillSockets } from '../http/fill.ts';
import { Signer } from '../http/sigv4.ts';
import type { Way } from './protocol.ts';

export type Line = { readonly key: string; readonly sockets: FillSockets; readonly signer: Signer };

export class Lines {
  #line: Line | null = null;

  of({ signing, extraCa, connectTimeoutMs, idleTimeoutMs }: Way): Line {
    const { place, region } = signing;
    const key = JSON.stringify([place, region, connectTimeoutMs, idleTimeoutMs, extraCa]);
    if (this.#line?.key === key) return this.#line;
    this.#line?.sockets.destroy();
    const agents = makeAgents({ extraCa: () => extraCa, proxyFor: null }, { keepAlive: true });
    this.#line = {
      key,
      sockets: new FillSockets(agents, { connectTimeoutMs, idleTimeoutMs }),
      signer: new Signer(region),
    };
    return this.#line;
  }
}
