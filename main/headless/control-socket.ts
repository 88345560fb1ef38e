// A socket that only this user can open, through which the other verbs ask the running engine (rule 21).
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, Input, Output, RequestName, Result } from '../../preload/contract.ts';
import { dispatch, failed, parseResult } from '../../preload/contract.ts';

const maxBodyBytes = 64 * 1024;
const maxAnswerBytes = 16 * 1024 * 1024;

/** A path for sockets has about 100 bytes on some systems, so a deep home gets a short name elsewhere. */
export function socketPath(home: string): string {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\driftless-${digest}`;
  const inHome = join(home, 'engine.sock');
  return Buffer.byteLength(inHome) <= 100 ? inHome : join(tmpdir(), `driftless-${digest}.sock`);
}

export type ExtraRequest = (input: unknown, signal: AbortSignal) => Promise<Result<unknown>>;

export type ControlServer = { close(): Promise<void> };

/** Call it only while holding the engine lock: a socket file that is there belongs to a dead engine. */
export async function startControlSocket(
  home: string,
  backend: Backend,
  extras: Readonly<Record<string, ExtraRequest>>,
): Promise<ControlServer> {
  const path = socketPath(home);
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      gone.abort(new Error('the caller left'));
    });
    answer(incoming, backend, extras, gone.signal).then(
      (result) => {
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(JSON.stringify(result));
      },
      (error: unknown) => {
        outgoing.statusCode = 500;
        outgoing.end(
          JSON.stringify(failed('internal', { name: error instanceof Error ? error.name : 'unknown' })),
        );
      },
    );
  });
  // The file must never be open to others, not even between bind and chmod.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  incoming: IncomingMessage,
  backend: Backend,
  extras: Readonly<Record<string, ExtraRequest>>,
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
  return extra === undefined ? dispatch(backend, name, input, signal) : extra(input, signal);
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

/** The shared folder for temporary files is everybody's: a socket of somebody else there would answer in our engine's name. */
function isOurSocket(path: string): boolean {
  if (process.platform === 'win32') return true;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.uid === process.getuid?.();
}

/** Null when no engine of this user answers there. */
export async function askEngine(
  home: string,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const path = socketPath(home);
  if (!isOurSocket(path)) return null;
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: path, path: `/${name}`, method: 'POST', signal, headers: { host: 'engine' } },
      (response) => {
        readText(response, maxAnswerBytes)
          .then((text) => {
            resolve(JSON.parse(text));
          })
          .catch(reject);
      },
    );
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
      else reject(error);
    });
    asked.end(JSON.stringify(input));
  });
}

/** A request of the contract to the running engine; null when there is none. */
export async function askContract<N extends RequestName>(
  home: string,
  name: N,
  input: Input<N>,
  signal: AbortSignal,
): Promise<Result<Output<N>> | null> {
  const raw = await askEngine(home, name, input, signal);
  return raw === null ? null : parseResult(name, raw);
}
