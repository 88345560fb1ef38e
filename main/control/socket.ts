// Control socket, owner-only: other commands send requests to the running engine (C21).
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findEngine } from '../adapters/system/engine-lock.ts';
import { sendPlain } from './monitor-server.ts';
import type { PlainAnswer } from './monitor-server.ts';
import type { Backend, Input, Output, RequestName, Result } from '../../preload/contract.ts';
import { dispatch, parseResult } from '../../preload/contract.ts';
import { failed } from '../../preload/lean/limits.ts';

const maxBodyBytes = 64 * 1024;
/** A plan of fifty thousand operations under long paths. */
const maxAnswerBytes = 128 * 1024 * 1024;

/**
 * Null if a socket path in the data directory would exceed the ~100-byte limit, and on Windows, where pipe
 * names are global. The engine then generates a random name and stores it in the data directory.
 */
export function socketInHome(home: string, platform: NodeJS.Platform = process.platform): string | null {
  const path = join(home, 'engine.sock');
  return platform === 'win32' || Buffer.byteLength(path) > 100 ? null : path;
}

/** In a folder that only this user can enter, so that no other user can create it first. */
function inventSocket(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\driftless-${randomBytes(16).toString('hex')}`;
  return join(mkdtempSync(join(tmpdir(), 'driftless-')), 'engine.sock');
}

/** `say` tells the caller something before the answer is there: an address to open, a code to type. */
export type ExtraRequest = (
  input: unknown,
  say: (fact: unknown) => void,
  signal: AbortSignal,
) => Promise<Result<unknown>>;

export type ControlServer = {
  /** For `EngineLock.announce`: the name where it had to be invented, null where everybody knows it. */
  readonly invented: string | null;
  close(): Promise<void>;
};

/** Call it only while holding the engine lock: a socket file that is there belongs to a dead engine. */
export async function startControlSocket(
  home: string,
  backend: Backend,
  extras: Readonly<Record<string, ExtraRequest>>,
  /** Answers a GET, for programs that know no more than HTTP; null: there is nothing of that name. */
  plain: (path: string) => PlainAnswer | null = () => null,
): Promise<ControlServer> {
  const known = socketInHome(home);
  const path = known ?? inventSocket();
  if (known !== null) rmSync(known, { force: true });
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') {
      sendPlain(outgoing, plain(incoming.url ?? '/'));
      return;
    }
    const gone = new AbortController();
    outgoing.once('close', () => {
      gone.abort(new Error('the caller left'));
    });
    const say = (fact: unknown): void => {
      // What was begun for an answered request may go on for a moment; written then, it would end the process.
      if (!outgoing.writableEnded) outgoing.write(`${JSON.stringify(fact)}\n`);
    };
    answer(incoming, { backend, extras, say }, gone.signal).then(
      (result) => {
        outgoing.end(JSON.stringify(result));
      },
      (error: unknown) => {
        outgoing.end(
          JSON.stringify(failed('internal', { name: error instanceof Error ? error.name : 'unknown' })),
        );
      },
    );
  });
  // Bound in a folder that only this user may enter, and linked into the home with its final mode: a umask would be everybody's.
  await listenPrivately(server, path);
  return {
    invented: known === null ? path : null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          if (process.platform !== 'win32') rmSync(known ?? dirname(path), { recursive: true, force: true });
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** At no instant can another user open it, not even between bind and chmod. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const isPipe = process.platform === 'win32';
  const folder = isPipe ? null : mkdtempSync(join(dirname(path), '.s'));
  const bound = folder === null ? path : join(folder, 's');
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(bound, resolve);
    });
    if (folder === null) return;
    chmodSync(bound, 0o600);
    renameSync(bound, path);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

type Engine = {
  readonly backend: Backend;
  readonly extras: Readonly<Record<string, ExtraRequest>>;
  readonly say: (fact: unknown) => void;
};

async function answer(
  incoming: IncomingMessage,
  { backend, extras, say }: Engine,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const name = (incoming.url ?? '').replace(/^\/+/u, '');
  const text = await readText(incoming, maxBodyBytes);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return failed('bad-request');
  }
  const extra = Object.hasOwn(extras, name) ? extras[name] : undefined;
  return extra === undefined ? dispatch(backend, name, input, signal) : extra(input, say, signal);
}

async function readText(stream: AsyncIterable<unknown>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    total += chunk.length;
    if (total > maxBytes) throw new Error('message too large');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Another user's socket would answer in our engine's name. */
function isOurSocket(path: string): boolean {
  if (process.platform === 'win32') return true;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.uid === process.getuid?.();
}

export type Question = {
  readonly name: string;
  readonly input: unknown;
  /** What the engine says before it answers. A failure ends the question. */
  readonly onSaid?: (fact: unknown) => Promise<void>;
};

/** Null when no engine of this user answers there. */
export async function askEngine(
  home: string,
  { name, input, onSaid }: Question,
  signal: AbortSignal,
): Promise<unknown> {
  // A generated name is trusted only while its engine holds the data directory: afterwards any user could
  // take it.
  const path = socketInHome(home) ?? findEngine(home)?.socket ?? null;
  if (path === null || !isOurSocket(path)) return null;
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: path, path: `/${name}`, method: 'POST', signal, headers: { host: 'engine' } },
      (response) => {
        readAnswer(response, onSaid)
          .then(resolve, reject)
          .finally(() => {
            asked.destroy();
          });
      },
    );
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
      else reject(error);
    });
    asked.end(JSON.stringify(input));
  });
}

/** Lines but the last are what was said on the way. Each chunk is looked through once, however long its line has become. */
export async function readAnswer(
  stream: AsyncIterable<unknown>,
  onSaid: Question['onSaid'],
): Promise<unknown> {
  let line: string[] = [];
  let length = 0;
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    const [first = '', ...begun] = decoder.decode(chunk, { stream: true }).split('\n');
    line.push(first);
    length += first.length;
    for (const next of begun) {
      await onSaid?.(JSON.parse(line.join('')));
      line = [next];
      length = next.length;
    }
    if (length > maxAnswerBytes) throw new Error('answer too large');
  }
  return JSON.parse(line.join(''));
}

/** A request of the contract to the running engine; null when there is none. */
export async function askContract<N extends RequestName>(
  home: string,
  name: N,
  input: Input<N>,
  signal: AbortSignal,
): Promise<Result<Output<N>> | null> {
  const raw = await askEngine(home, { name, input }, signal);
  return raw === null ? null : parseResult(name, raw);
}
