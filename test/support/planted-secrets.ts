// Secrets of a test run, and a search for pieces of them in output.
import { createServer, request as send, ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

type Known = Map<string, string>;

export type Planted = {
  /** By what they are; each value once. */
  readonly known: ReadonlyMap<string, string>;
  /** The latest of this kind: `refresh_token`, `id_token`, `access_token`, `SecretAccessKey`, `SessionToken`. */
  latest(kind: string): string;
  /** Which secrets show in this text, whole or in pieces, as they are or encoded; and around where. */
  tracesIn(text: string): readonly string[];
};

const oidcKinds = ['refresh_token', 'id_token', 'access_token'];
const awsKinds = ['SecretAccessKey', 'SessionToken'];

/** Listens, until the test ends, to everything that a local cloud in this process hands out. */
export function plantedSecrets(): Planted {
  const known: Known = new Map();
  const prototype = ServerResponse.prototype;
  const end = prototype.end;
  prototype.end = function (this: ServerResponse, ...args: unknown[]): ServerResponse {
    const [body] = args;
    const path = (this.req.url ?? '').split('?')[0];
    if (path === '/token') noteTokens(known, textOf(body));
    if (path === '/sts' || path === '/sts/') noteCredentials(known, textOf(body));
    return Reflect.apply(end, this, args) as ServerResponse;
  } as typeof end;
  onTestFinished(() => {
    prototype.end = end;
  });
  return {
    known,
    latest: (kind) => {
      const value = [...known].findLast(([, name]) => name === kind)?.[0];
      if (value === undefined) throw new Error(`no ${kind} was handed out`);
      return value;
    },
    tracesIn: (text) => tracesOf(known, text),
  };
}

function textOf(body: unknown): string {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : '';
}

function noteTokens(known: Known, text: string): void {
  for (const kind of oidcKinds) {
    const value = new RegExp(`"${kind}":"([^"]+)"`).exec(text)?.[1];
    if (value !== undefined) known.set(value, kind);
  }
}

function noteCredentials(known: Known, text: string): void {
  for (const kind of awsKinds) {
    const value = new RegExp(`<${kind}>([^<]+)<`).exec(text)?.[1];
    if (value !== undefined) known.set(value, kind);
  }
}

/** Shorter ones occur by chance, or in every token; a piece of this length has told something. */
const pieceChars = 20;

/** The value as it may be written down; in base64 at each of the three places where it may begin. */
function encodings(value: string): readonly string[] {
  const inBase64 = ['', '.', '..'].map((before) =>
    // The characters that also hold bits of a neighbour say nothing.
    Buffer.from(before + value)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(before === '' ? 0 : 4, -1),
  );
  const inBase64Url = inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const plain = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  return [...plain, ...inBase64, ...inBase64Url, Buffer.from(value).toString('hex')];
}

function tracesOf(known: ReadonlyMap<string, string>, text: string): readonly string[] {
  const pieces = new Map<string, string>();
  for (const [value, kind] of known) {
    for (const form of encodings(value))
      for (let at = 0; at + pieceChars <= form.length; at += 1)
        pieces.set(form.slice(at, at + pieceChars), kind);
  }
  const found = new Set<string>();
  for (let at = 0; at + pieceChars <= text.length; at += 1) {
    const kind = pieces.get(text.slice(at, at + pieceChars));
    if (kind === undefined) continue;
    found.add(`${kind} behind ${JSON.stringify(text.slice(Math.max(0, at - 80), at))}`);
    at += 400;
  }
  return [...found];
}

export type EchoingFront = {
  readonly url: string;
  /** From now on such requests are refused, and the refusal repeats what was sent; null: none. */
  echo(which: ((request: IncomingMessage) => boolean) | null): void;
  /** How many were refused so. */
  echoed(): number;
};

/** Proxy in front of a service that can be switched to echo requests. */
export async function echoingFront(target: string): Promise<EchoingFront> {
  const to = new URL(target);
  let isEchoed: (request: IncomingMessage) => boolean = () => false;
  let echoed = 0;
  const server = createServer((request, response) => {
    if (isEchoed(request)) {
      void buffer(request).then((body) => {
        echoed += 1;
        const session = request.headers['x-amz-security-token'];
        const token = new URLSearchParams(body.toString('latin1')).get('WebIdentityToken');
        const answer = refusalWith(String(session ?? token), token !== null);
        response.writeHead(400, { 'content-type': 'application/xml' }).end(answer);
      });
      return;
    }
    const { method, headers, url } = request;
    // Host is passed unchanged: it is signed.
    const onwards = send({ host: to.hostname, port: to.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}${to.pathname === '/' ? '' : to.pathname}`,
    echo: (which) => {
      isEchoed = which ?? (() => false);
    },
    echoed: () => echoed,
  };
}

/** In every field that a client reads, and in more than one way of writing. */
function refusalWith(secret: string, isSts: boolean): string {
  const ways = `${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64url')}`;
  const error = `<Error><Type>Sender</Type><Code>${secret}</Code><Message>refused: ${ways}</Message></Error>`;
  return isSts ? `<ErrorResponse>${error}</ErrorResponse>` : error;
}
