// Connection whose answer `node:http` reads, although its request was sent without it.
//
// What is not the plain answer (refusals, other framing, a switch of protocols) so keeps the one parser that knows all of HTTP,
// and the request is not made twice: a PUT could meet its own effect.
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { exchange } from './exchange.ts';
import type { ExchangeOptions, WholeAnswer } from './exchange.ts';

export class HandedOver extends Duplex {
  readonly #source: Socket;

  /** @param come what has been read of the answer already */
  constructor(source: Socket, come: Uint8Array) {
    super();
    this.#source = source;
    // An error before `node:http` listens comes only after the request was given up.
    this.on('error', () => undefined);
    this.push(come);
  }

  override _read(): void {
    this.#source.resume();
  }

  /** The request that `node:http` makes to read the answer; the real one has been sent. */
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#source.destroy();
    done(error);
  }

  /** As a socket has it: `node:http` calls it after the answer. */
  destroySoon(): void {
    this.destroy();
  }

  /** The connection has its own time-outs. */
  setTimeout(): this {
    return this;
  }
}

class OneConnection extends Agent {
  readonly #connection: HandedOver;

  constructor(connection: HandedOver) {
    super({ keepAlive: false });
    this.#connection = connection;
  }

  override createConnection(): Duplex {
    return this.#connection;
  }
}

/** As `exchange`, of an answer that is on its way. */
export function readHandedOver(
  connection: HandedOver,
  { method, path }: { readonly method: string; readonly path: string },
  limits: Omit<ExchangeOptions, 'agent'>,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  return exchange(
    { method, protocol: 'http:', hostname: 'localhost', path, headers: {}, body: null },
    { ...limits, agent: new OneConnection(connection) },
    signal,
  );
}
