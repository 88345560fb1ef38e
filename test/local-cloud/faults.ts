// Faults on demand: 503, other errors, delays, requests held back, cut connections, lost replies and truncated bodies, per operation.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { element } from './http-kit.ts';

export const faultSchema = z.object({
  /** Operation name, or `*` for all. */
  verb: z.string(),
  /** `hold` keeps requests back until the faults are cleared, however slow the machine is. */
  kind: z.enum(['error', 'delay', 'hold', 'cut-before', 'cut-after', 'truncate']),
  /** For `error`. */
  status: z.number().int().default(503),
  code: z.string().default('SlowDown'),
  /** For `error`: takes the place of the XML error, a page of a gateway for instance. */
  body: z.string().nullable().default(null),
  /** For `error`: a Location for instance. */
  headers: z.record(z.string(), z.string()).default({}),
  /** How many more requests it hits; null is for ever. */
  times: z.number().int().nullable().default(null),
  /** Lets this many matching requests pass first. */
  after: z.number().int().default(0),
  probability: z.number().min(0).max(1).default(1),
  delayMs: z.number().default(0),
  /** For `truncate`: bytes of the body that still arrive. */
  keepBytes: z.number().int().default(0),
  /** Only requests whose key contains this. */
  keyContains: z.string().default(''),
});
export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

export type FaultEffect =
  | { readonly kind: 'answered' }
  | { readonly kind: 'go-on'; readonly loseReply: boolean; readonly truncateTo: number | null };

const GO_ON: FaultEffect = { kind: 'go-on', loseReply: false, truncateTo: null };

type Active = { readonly fault: Fault; left: number | null; skip: number };

export class Faults {
  #active: Active[] = [];
  readonly #random: () => number;
  readonly #ending = new AbortController();
  #held = new AbortController();

  constructor(random: () => number) {
    this.#random = random;
  }

  get isIdle(): boolean {
    return this.#active.length === 0;
  }

  add(input: FaultInput): void {
    const fault = faultSchema.parse(input);
    this.#active.push({ fault, left: fault.times, skip: fault.after });
  }

  list(): readonly (Fault & { readonly left: number | null })[] {
    return this.#active.map(({ fault, left }) => ({ ...fault, left }));
  }

  /** Requests that are held go on. */
  clear(): void {
    this.#active = [];
    this.#held.abort();
    this.#held = new AbortController();
  }

  /** Ends every delay, under way or to come: the cloud stops, and waits for its requests. */
  endDelays(): void {
    this.#ending.abort();
  }

  /** Acts before the operation; says what is to happen to the reply. */
  async beforeRequest(verb: string, key: string, response: ServerResponse): Promise<FaultEffect> {
    if (this.#active.length === 0) return GO_ON;
    let loseReply = false;
    let truncateTo: number | null = null;
    for (const fault of this.#take(verb, key)) {
      switch (fault.kind) {
        case 'delay':
          if (await this.#isEndedDuring(fault.delayMs)) {
            response.destroy();
            return { kind: 'answered' };
          }
          break;
        case 'hold':
          if (await this.#isEndedWhileHeld()) {
            response.destroy();
            return { kind: 'answered' };
          }
          break;
        case 'cut-before':
          response.socket?.destroy();
          return { kind: 'answered' };
        case 'error':
          sendError(response, fault);
          return { kind: 'answered' };
        case 'cut-after':
          loseReply = true;
          break;
        case 'truncate':
          truncateTo = fault.keepBytes;
          break;
      }
    }
    return { kind: 'go-on', loseReply, truncateTo };
  }

  async #isEndedDuring(delayMs: number): Promise<boolean> {
    const { signal } = this.#ending;
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
    return signal.aborted;
  }

  async #isEndedWhileHeld(): Promise<boolean> {
    const held = AbortSignal.any([this.#held.signal, this.#ending.signal]);
    if (!held.aborted) await once(held, 'abort');
    return this.#ending.signal.aborted;
  }

  #take(verb: string, key: string): readonly Fault[] {
    const hits: Fault[] = [];
    for (const active of this.#active) {
      const { fault } = active;
      if ((fault.verb !== '*' && fault.verb !== verb) || !key.includes(fault.keyContains)) continue;
      if (fault.probability < 1 && this.#random() >= fault.probability) continue;
      if (active.skip > 0) {
        active.skip -= 1;
        continue;
      }
      if (active.left !== null) {
        if (active.left <= 0) continue;
        active.left -= 1;
      }
      hits.push(fault);
    }
    this.#active = this.#active.filter((active) => active.left === null || active.left > 0);
    return hits;
  }
}

/** S3 and STS both find their code in this shape. */
function sendError(response: ServerResponse, fault: Fault): void {
  const fields = `${element('Code', fault.code)}${element('Message', 'injected fault')}`;
  const error = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${fields}<RequestId>fault</RequestId></Error>`;
  const body = fault.body ?? error;
  // What the client is still sending is drained, so that it gets to read this answer.
  response.writeHead(fault.status, {
    'content-type': fault.body === null ? 'application/xml' : 'text/html',
    'content-length': Buffer.byteLength(body),
    ...fault.headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
  response.req.resume();
}

/** Makes the reply get lost, or end early, once the operation has had its effect. */
export function spoilReply(response: ServerResponse, effect: FaultEffect & { kind: 'go-on' }): void {
  const { loseReply, truncateTo } = effect;
  if (!loseReply && truncateTo === null) return;
  const end = response.end.bind(response);
  const write = response.write.bind(response);
  let left = loseReply ? 0 : (truncateTo ?? 0);
  const cut = (chunk: unknown): boolean => {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(typeof chunk === 'string' ? chunk : '');
    if (!loseReply && bytes.length <= left) {
      left -= bytes.length;
      return write(bytes);
    }
    if (!loseReply && left > 0) write(bytes.subarray(0, left));
    left = 0;
    // Destroying at once could drop the bytes that are meant to arrive.
    setImmediate(() => response.socket?.destroy());
    return true;
  };
  if (loseReply) response.writeHead = () => response;
  response.write = (chunk: unknown) => cut(chunk);
  response.end = (chunk?: unknown) => {
    if (chunk !== undefined && typeof chunk !== 'function') cut(chunk);
    else if (loseReply) response.socket?.destroy();
    else end();
    return response;
  };
}
