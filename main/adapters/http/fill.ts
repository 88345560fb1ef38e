// GET, HEAD and PUT without `node:http`: bytes go from the socket into the caller's memory.
//
// `node:http` copies each 64 KiB into a buffer of its own, which only a collection frees: half of the CPU of a large download
// (docs/decisions/0032). Here the kernel writes where the bytes are wanted (`onread` of `node:net`). Only the plain answer is read, 206 or 200 with
// its length. For everything else of a range the ordinary way asks once more (`exchange.ts`); that of a whole object is handed to `node:http` as it
// comes. So this file knows no other form of HTTP.
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { OnReadOpts, Socket } from 'node:net';
import { resetError, timeoutError, withTimeoutName } from './exchange.ts';
import type { ExchangeOptions, WholeAnswer, WholeRequest } from './exchange.ts';
import { HandedOver, readHandedOver } from './handed-over.ts';
import { freshMs, headEnd, idleMsAfter, joined, readHead, requestText } from './plain-head.ts';
import { TunnelAgent } from './tunnel-agent.ts';
import { ShortWay } from '../../core/net/short-way.ts';

export type FillAgents = { readonly http: HttpAgent; readonly https: HttpsAgent };

export type FillRequest = Omit<WholeRequest, 'method' | 'body'>;

/** A whole object; bytes go with a PUT alone. */
export type ObjectRequest = FillRequest &
  (
    | { readonly method: 'GET' | 'HEAD'; readonly body: null }
    | { readonly method: 'PUT'; readonly body: Uint8Array }
  );

export type FillLimits = Omit<ExchangeOptions, 'agent'>;

export type FilledAnswer = {
  /** 200 or 206; 304 where the request names the version that is known; any of a HEAD. */
  readonly statusCode: number;
  readonly reason: string | undefined;
  /** Lower-case names, without a prototype; what came more than once is joined. */
  readonly headers: Record<string, string>;
  readonly filling: Filling;
};

/** The body on its way into memory. */
export type Filling = {
  /** As the answer states it, at most the memory's. */
  readonly lengthBytes: number;
  /** How much has come, from the memory's beginning. */
  filledBytes(): number;
  /** Resolves with the last byte. Rejects with what broke it; from then on nothing writes into the memory. */
  readonly done: Promise<void>;
  /** Closes the socket of a body that is not wanted. */
  cancel(): void;
};

const longestHeadBytes = 64 * 1024;
/** Most heads, and what comes in one read behind them. Of each connection: V8 collects the sooner, the more such memory a thread holds. */
const scratchBytes = 16 * 1024;
/** Bytes of one read: the kernel seldom has more, and the event loop must not wait for long. */
const longestReadBytes = 1024 * 1024;
type Job = {
  readonly into: Uint8Array;
  readonly start: string | null;
  readonly bare: 'head' | 'unmodified' | null;
  /** Made a second time it could meet its own effect. */
  readonly isOnce: boolean;
  readonly resolve: (answer: FilledAnswer | null, isOdd?: boolean) => void;
  /** Takes an answer that is not read here; null where the connection is closed instead. */
  readonly handOver: ((connection: HandedOver, isOdd: boolean) => void) | null;
  readonly reject: (error: Error) => void;
  head: string;
  /** Null until the head has come. */
  body: {
    readonly lengthBytes: number;
    /** How long the connection may wait after it. */
    readonly idleMs: number;
    filledBytes: number;
    readonly done: PromiseWithResolvers<void>;
  } | null;
  /** It was answered, in a form that is not read here: `odd` for a success, which the next request would meet again. */
  other: 'refusal' | 'odd' | null;
};

/** One connection, which serves one request after the other. */
class FillSocket {
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  readonly #socket: Socket;
  readonly #onIdle: (socket: FillSocket) => void;
  readonly #limits: FillLimits;
  #job: Job | null = null;
  #handed: HandedOver | null = null;
  /** Why we closed it. */
  #failure: Error | null = null;
  /** What the connection itself broke by. */
  #broken: Error | null = null;
  #connecting: NodeJS.Timeout | null;
  #isUsed = false;

  constructor(
    open: (onread: OnReadOpts) => Socket,
    limits: FillLimits,
    pool: { readonly onIdle: (socket: FillSocket) => void; readonly onClose: (socket: FillSocket) => void },
  ) {
    this.#limits = limits;
    this.#onIdle = pool.onIdle;
    // Throws where TLS cannot be set up: a timer that was begun before would find no socket, and end the process.
    this.#socket = open({
      buffer: () => this.#target(),
      callback: (bytesRead) => this.#take(bytesRead),
    });
    this.#connecting = setTimeout(() => {
      this.#fail(timeoutError(`no connection with the server within ${String(limits.connectTimeoutMs)} ms`));
    }, limits.connectTimeoutMs);
    this.#socket.setNoDelay(true);
    this.#socket.once('encrypted' in this.#socket ? 'secureConnect' : 'connect', () => {
      this.#stopConnecting();
    });
    this.#socket.on('timeout', () => {
      this.#fail(timeoutError(`the request socket timed out after ${String(limits.idleTimeoutMs)} ms`));
    });
    this.#socket.on('error', (error) => {
      this.#broken ??= withTimeoutName(error);
    });
    this.#socket.once('end', () => {
      this.#handed?.push(null);
      this.#socket.destroy();
    });
    // Only now does nothing write into the memory any more, on Windows too.
    this.#socket.once('close', () => {
      this.#stopConnecting();
      pool.onClose(this);
      this.#end();
    });
  }

  send(request: string | Uint8Array, job: Job): void {
    this.#job = job;
    this.#socket.ref();
    this.#socket.setTimeout(this.#limits.idleTimeoutMs);
    if (typeof request === 'string') this.#socket.write(request, 'latin1');
    else this.#socket.write(request);
  }

  /** False once it is being closed, which ends only later: what was sent then would fail by that. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  destroy(error: Error): void {
    this.#fail(error);
  }

  #stopConnecting(): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting);
    this.#connecting = null;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
  }

  #end(): void {
    const job = this.#job;
    this.#job = null;
    const why = this.#failure ?? this.#broken;
    if (why !== null) this.#handed?.destroy(why);
    if (job === null) return;
    const error = why ?? resetError();
    if (job.body !== null) job.body.done.reject(error);
    else if (job.other !== null) job.resolve(null, job.other === 'odd');
    // One that was closed between two requests says nothing about this one.
    else if (this.#isUsed && this.#failure === null && job.head === '' && !job.isOnce) job.resolve(null);
    else job.reject(error);
  }

  /** Where the next bytes go; asked again after each read. */
  #target(): Uint8Array {
    const { into, body } = this.#job ?? { into: this.#scratch, body: null };
    if (body === null) return this.#scratch;
    return into.subarray(body.filledBytes, Math.min(body.lengthBytes, body.filledBytes + longestReadBytes));
  }

  /** False where the reader of what was handed over asks for more later. */
  #take(bytesRead: number): boolean {
    // Copied: the next read is written to the same place.
    if (this.#handed !== null) return this.#handed.push(Buffer.from(this.#scratch.subarray(0, bytesRead)));
    const job = this.#job;
    if (job === null)
      this.#socket.destroy(); // nothing was asked
    else if (job.body === null) this.#readHead(job, bytesRead);
    else this.#filled(job.body, bytesRead);
    return true;
  }

  #readHead(job: Job, bytesRead: number): void {
    const before = job.head.length;
    // Most heads come in one read, with the body behind them, which is no text.
    const atOnce = before === 0 ? this.#scratch.subarray(0, bytesRead).indexOf(headEnd) : -1;
    if (atOnce < 0) job.head += this.#scratch.toString('latin1', 0, bytesRead);
    const at = atOnce < 0 ? job.head.indexOf(headEnd, Math.max(0, before - headEnd.length)) : atOnce;
    if (at < 0 && job.head.length < longestHeadBytes) return;
    const text = atOnce < 0 ? job.head.slice(0, Math.max(0, at)) : this.#scratch.toString('latin1', 0, at);
    const head = at < 0 ? null : readHead(text, job);
    // In the last read; what came before it had no end of a head.
    const bodyAt = at + headEnd.length - before;
    if (head === null || bytesRead - bodyAt > head.lengthBytes) {
      if (atOnce >= 0) job.head = this.#scratch.toString('latin1', 0, bytesRead);
      this.#leave(job, /^HTTP\/1\.\d [345]/u.test(job.head) ? 'refusal' : 'odd');
      return;
    }
    const { statusCode, reason, headers, lengthBytes } = head;
    const done = Promise.withResolvers<void>();
    // The reader may come later, or never.
    done.promise.catch(() => undefined);
    const body = { lengthBytes, idleMs: idleMsAfter(headers), filledBytes: 0, done };
    job.body = body;
    job.into.set(this.#scratch.subarray(bodyAt, bytesRead));
    job.resolve({
      statusCode,
      reason,
      headers,
      filling: {
        lengthBytes,
        filledBytes: () => body.filledBytes,
        done: done.promise,
        cancel: () => {
          if (this.#job === job) this.#socket.destroy();
        },
      },
    });
    this.#filled(body, bytesRead - bodyAt);
  }

  /** An answer in another form than is read here. */
  #leave(job: Job, other: NonNullable<Job['other']>): void {
    if (job.handOver === null) {
      job.other = other;
      this.#socket.destroy();
      return;
    }
    this.#job = null;
    this.#handed = new HandedOver(this.#socket, Buffer.from(job.head, 'latin1'));
    job.handOver(this.#handed, other === 'odd');
  }

  #filled(body: NonNullable<Job['body']>, bytes: number): void {
    body.filledBytes += bytes;
    if (body.filledBytes < body.lengthBytes) return;
    this.#job = null;
    this.#isUsed = true;
    // An answer to a request that has not gone out whole leaves the rest of it in the way.
    const isReusable = body.idleMs > 0 && this.#socket.writableLength === 0;
    if (!isReusable) this.#socket.destroy();
    // What has come behind the body is read first, and closes the connection: it must not answer the next request.
    setImmediate(() => {
      if (isReusable && this.isOpen) {
        this.#socket.setTimeout(body.idleMs);
        this.#socket.unref();
        // Before its answer is read: the reader may ask again at once.
        this.#onIdle(this);
      }
      body.done.resolve();
    });
  }
}

type Sending = {
  readonly bytes: string | Uint8Array;
  readonly into: Uint8Array;
  readonly start: string | null;
  readonly bare: Job['bare'];
  readonly method: ObjectRequest['method'];
  readonly isHanded: boolean;
};

export class FillSockets {
  readonly #agents: FillAgents;
  readonly #limits: FillLimits;
  readonly #idle = new Map<string, { readonly socket: FillSocket; readonly fromMs: number }[]>();
  readonly #all = new Set<FillSocket>();
  /** `told`: a PUT that is answered with contents. */
  readonly #ways = {
    range: new ShortWay(),
    GET: new ShortWay(),
    HEAD: new ShortWay(),
    PUT: new ShortWay(),
    told: new ShortWay(),
  };
  readonly #nowMs: () => number;

  constructor(agents: FillAgents, limits: FillLimits, nowMs = (): number => performance.now()) {
    this.#agents = agents;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /**
   * Resolves with the head of the answer; null where the ordinary way has to ask: behind a proxy, and after any answer but the plain one. An
   * abort closes the socket, also while the body comes. Rejects as `exchange` does, once nothing writes into `into` any more.
   */
  async ask(request: FillRequest, into: Uint8Array, signal: AbortSignal): Promise<FilledAnswer | null> {
    signal.throwIfAborted();
    const [, start] = /^bytes=(\d+)-\d+$/u.exec(request.headers['range'] ?? '') ?? [];
    const text = requestText({ ...request, method: 'GET' });
    if (start === undefined || text === null) return null;
    const answer = await this.#send(
      request,
      { bytes: text, into, start, bare: null, method: 'GET', isHanded: false },
      signal,
    );
    // Only what is handed over has another form.
    return answer as FilledAnswer | null;
  }

  /**
   * As `ask`, of an object as a whole: any other answer than the plain one is read by `node:http` from the same connection. Null only where nothing was
   * sent, or no more than a GET over a connection that had been closed. A PUT is answered plainly without a body,
   * or with one that fits into the memory.
   */
  async askObject(
    request: ObjectRequest,
    into: Uint8Array,
    signal: AbortSignal,
  ): Promise<FilledAnswer | WholeAnswer | null> {
    signal.throwIfAborted();
    const { method, headers, body } = request;
    const text = requestText(request);
    const lengthBytes = headers['content-length'] ?? '0';
    const isFramed = lengthBytes === String(body?.length ?? 0) && headers['transfer-encoding'] === undefined;
    const isPlain = isFramed && headers['expect'] === undefined && headers['range'] === undefined;
    if (text === null || !isPlain) return null;
    const bytes = body === null ? text : joined(text, body);
    const knows = method === 'GET' && headers['if-none-match'] !== undefined;
    const bare = method === 'HEAD' ? 'head' : knows ? 'unmodified' : null;
    return await this.#send(request, { bytes, into, start: null, bare, method, isHanded: true }, signal);
  }

  #send(
    request: FillRequest,
    asked: Sending,
    signal: AbortSignal,
  ): Promise<FilledAnswer | WholeAnswer | null> {
    const { bytes, into, start, bare, method, isHanded } = asked;
    const agent = request.protocol === 'https:' ? this.#agents.https : this.#agents.http;
    const kind = method === 'PUT' && into.length > 0 ? 'told' : method;
    const way = this.#ways[start === null ? kind : 'range'];
    if (agent instanceof TunnelAgent || !way.mayTry(this.#nowMs())) return Promise.resolve(null);
    const socket = this.#take(agent, request, method);
    const abort = (): void => {
      socket.destroy(signal.reason as Error);
    };
    const forget = (): void => {
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    return new Promise<FilledAnswer | WholeAnswer | null>((resolve, reject) => {
      const settle = (answer: FilledAnswer | null, isOdd = false): void => {
        if (answer !== null) way.noteUsed();
        else if (isOdd) way.noteVain(this.#nowMs());
        if (answer === null) forget();
        else answer.filling.done.then(forget, forget);
        resolve(answer);
      };
      const fail = (error: Error): void => {
        forget();
        reject(error);
      };
      const handOver = (connection: HandedOver, isOdd: boolean): void => {
        if (isOdd) way.noteVain(this.#nowMs());
        forget();
        resolve(readHandedOver(connection, { method, path: request.path }, this.#limits, signal));
      };
      socket.send(bytes, {
        into,
        start,
        bare,
        isOnce: method === 'PUT',
        resolve: settle,
        reject: fail,
        handOver: isHanded ? handOver : null,
        head: '',
        body: null,
        other: null,
      });
    });
  }

  #take(
    agent: HttpAgent | HttpsAgent,
    { protocol, hostname, port }: FillRequest,
    method: Sending['method'],
  ): FillSocket {
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const place = `${protocol}//${host}:${String(port)}`;
    const idle = this.#idle.get(place) ?? [];
    this.#idle.set(place, idle);
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (!known.socket.isOpen) continue;
      if (method !== 'PUT' || this.#nowMs() - known.fromMs < freshMs) return known.socket;
      // Those before it have waited longer.
      idle.push(known);
      break;
    }
    const isTls = protocol === 'https:';
    const target = { host, port: port ?? (isTls ? 443 : 80), servername: isIP(host) === 0 ? host : '' };
    // The agent's own certificates and settings; its type does not name them.
    const { options: settings } = agent as unknown as { readonly options: object };
    const made = new FillSocket(
      // `onread` reaches `net.connect` and `tls.connect` through the options; both answer with a socket at once.
      (onread) => agent.createConnection(Object.assign({}, settings, target, { onread })) as Socket,
      this.#limits,
      {
        onIdle: (socket) => idle.push({ socket, fromMs: this.#nowMs() }),
        onClose: (socket) => {
          this.#all.delete(socket);
          const at = idle.findIndex((one) => one.socket === socket);
          if (at >= 0) idle.splice(at, 1);
        },
      },
    );
    this.#all.add(made);
    return made;
  }

  destroy(): void {
    for (const socket of this.#all) socket.destroy(resetError());
  }
}
