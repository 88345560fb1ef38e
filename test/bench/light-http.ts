// HTTP/1.1 on bare sockets for the bench's store: a fraction of the CPU of node:http, so that the client is what is measured.
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export type LightRequest = {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: readonly Buffer[];
};

export type LightAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Buffer[];
};

const headEnd = Buffer.from('\r\n\r\n');
const words: Readonly<Record<number, string>> = { 200: 'OK', 204: 'No Content', 206: 'Partial Content' };

type Head = Omit<LightRequest, 'body'>;

function readHead(text: string): Head {
  const lines = text.split('\r\n');
  const [method = '', target = ''] = (lines[0] ?? '').split(' ');
  const headers = new Map<string, string>();
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, target, headers };
}

/** Bytes received and not yet used, without joining them until a stretch is read. */
class Inflow {
  #chunks: Buffer[] = [];
  length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The text before the mark, with the mark taken too; null when it has not come yet. */
  takeUntil(mark: Buffer): string | null {
    const [only] = this.#chunks;
    if (only === undefined) return null;
    const first = this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    if (this.#chunks.length > 1) this.#chunks = [first];
    const at = first.indexOf(mark);
    if (at < 0) return null;
    const text = first.toString('latin1', 0, at);
    this.#drop(at + mark.length);
    return text;
  }

  /** At most `bytes`, as they lie. */
  take(bytes: number): readonly Buffer[] {
    const taken: Buffer[] = [];
    let left = bytes;
    while (left > 0) {
      const [first] = this.#chunks;
      if (first === undefined) break;
      const part = first.length <= left ? first : first.subarray(0, left);
      taken.push(part);
      left -= part.length;
      this.#drop(part.length);
    }
    return taken;
  }

  #drop(bytes: number): void {
    const first = this.#chunks[0];
    if (first === undefined) return;
    this.length -= bytes;
    if (bytes === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(bytes);
  }
}

const lineEnd = Buffer.from('\r\n');

/** One connection: a request is read whole, answered, and then the next one is begun. */
class Conversation {
  readonly #socket: Socket;
  readonly #inflow = new Inflow();
  readonly #answer: (request: LightRequest) => LightAnswer;
  readonly #delayMs: () => number;
  #head: Head | null = null;
  #body: Buffer[] = [];
  /** Bytes of the body still to come; -1: chunked, and the size of the next chunk is to be read. */
  #missing = 0;
  #isChunked = false;
  #isBusy = false;

  constructor(socket: Socket, answer: (request: LightRequest) => LightAnswer, delayMs: () => number) {
    this.#socket = socket;
    this.#answer = answer;
    this.#delayMs = delayMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#inflow.push(chunk);
      this.#advance();
    });
    socket.on('error', () => undefined); // a client that leaves is no news
  }

  #advance(): void {
    while (!this.#isBusy) {
      if (this.#head === null && !this.#begin()) return;
      if (!this.#readBody()) return;
      this.#finish();
    }
  }

  #begin(): boolean {
    const text = this.#inflow.takeUntil(headEnd);
    if (text === null) return false;
    const head = readHead(text);
    this.#head = head;
    this.#body = [];
    this.#isChunked = head.headers.get('transfer-encoding')?.includes('chunked') === true;
    this.#missing = this.#isChunked ? -1 : Number(head.headers.get('content-length') ?? 0);
    // RFC 9110, 10.1.1: without regard to case; rclone's `100-Continue` waits a second where no answer comes.
    if (head.headers.get('expect')?.toLowerCase() === '100-continue')
      this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    return true;
  }

  #readBody(): boolean {
    for (;;) {
      if (this.#missing < 0) {
        const line = this.#inflow.takeUntil(lineEnd);
        if (line === null) return false;
        if (line === '') continue;
        const size = Number.parseInt(line, 16);
        if (size === 0) return true;
        this.#missing = size;
      }
      for (const part of this.#inflow.take(this.#missing)) {
        this.#body.push(part);
        this.#missing -= part.length;
      }
      if (this.#missing > 0) return false;
      if (!this.#isChunked) return true;
      this.#missing = -1;
    }
  }

  #finish(): void {
    const head = this.#head;
    if (head === null) return;
    this.#head = null;
    const answer = this.#answer({ ...head, body: this.#body });
    this.#body = [];
    const delayMs = this.#delayMs();
    if (delayMs === 0) {
      this.#send(answer, head.method === 'HEAD');
      return;
    }
    this.#isBusy = true;
    setTimeout(() => {
      this.#isBusy = false;
      this.#send(answer, head.method === 'HEAD');
      this.#advance();
    }, delayMs);
  }

  #send({ status, headers = {}, body = [] }: LightAnswer, isHead: boolean): void {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const lines = [`HTTP/1.1 ${String(status)} ${words[status] ?? 'Answer'}`];
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    if (!('content-length' in headers) && status !== 204) lines.push(`content-length: ${String(length)}`);
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (isHead || length === 0) {
      this.#socket.write(head);
      return;
    }
    const [first] = body;
    if (body.length === 1 && first !== undefined && first.length < 65_536) {
      this.#socket.write(Buffer.concat([head, first]));
      return;
    }
    this.#socket.cork();
    this.#socket.write(head);
    for (const part of body) this.#socket.write(part);
    this.#socket.uncork();
  }
}

/** @param delayMs how late each answer goes out, as a network would have it */
export function serveLightly(
  answer: (request: LightRequest) => LightAnswer,
  delayMs: () => number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => new Conversation(socket, answer, delayMs));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}
