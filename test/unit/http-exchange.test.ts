// One HTTP request over an agent: time-outs, resets and aborts, as the mapping of errors reads them.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, expect, test } from 'vitest';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../../main/adapters/http/aws-handler.ts';
import { exchange } from '../../main/adapters/http/exchange.ts';
import type { WholeAnswer } from '../../main/adapters/http/exchange.ts';
import { makeFetch } from '../../main/adapters/http/fetch.ts';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { readWhole } from '../../main/adapters/s3/request/body.ts';
import { CallHandler } from '../../main/adapters/s3/request/call-handler.ts';
import { callAws, makeStsClient } from '../../main/adapters/sts/client.ts';
import { systemClock } from '../../main/adapters/system/clock.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import { rawServer } from '../support/raw-server.ts';

const longMs = 60_000;
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanUps.splice(0)) clean();
});

function asker(port: number, options: { agent?: Agent; connectMs?: number; idleMs?: number } = {}) {
  const { agent = new Agent({ keepAlive: true }), connectMs = longMs, idleMs = longMs } = options;
  cleanUps.push(() => {
    agent.destroy();
  });
  return (body: Uint8Array | Readable | null, signal?: AbortSignal): Promise<WholeAnswer> => {
    const head = { method: body === null ? 'GET' : 'PUT', protocol: 'http:', hostname: '127.0.0.1', port };
    const headers = body instanceof Uint8Array ? { 'content-length': String(body.length) } : {};
    const limits = { agent, connectTimeoutMs: connectMs, idleTimeoutMs: idleMs };
    return exchange({ ...head, path: '/a?x-id=b', headers, body }, limits, signal);
  };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}

const put = { writes: true, deniedScope: 'item', nowMs: 0 } as const;

function verdict(error: unknown): readonly unknown[] {
  const { code, fields } = mapS3Error(error, put);
  return [code, fields['mayHaveHappened']];
}

const bytes = Buffer.from('the bytes');

test('a request goes out whole, and its socket is used again', async () => {
  const seen: string[] = [];
  const listeners: number[] = [];
  const { port, sockets } = await rawServer((socket, request) => {
    seen.push(request);
    socket.write(
      'HTTP/1.1 200 Fine\r\nETag: "e"\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 2\r\n\r\nok',
    );
  });
  const ask = asker(port);
  for (const _round of [1, 2, 3]) {
    const { statusCode, reason, headers, body } = await ask(bytes);
    expect([statusCode, reason, headers['etag'], headers['set-cookie']]).toEqual([
      200,
      'Fine',
      '"e"',
      'a, b',
    ]);
    listeners.push(body.socket.listenerCount('timeout'));
    expect((await readWhole(body, 1000)).toString()).toBe('ok');
  }
  expect(sockets).toHaveLength(1);
  expect(new Set(listeners).size).toBe(1);
  expect(seen[0]).toMatch(/^PUT \/a\?x-id=b HTTP\/1\.1\r\n[^]*\r\n\r\nthe bytes$/u);
});

test('a server that says nothing is a time-out after which a write may have happened', async () => {
  const { port, sockets } = await rawServer(() => undefined);
  expect(verdict(await failureOf(asker(port, { idleMs: 30 })(bytes)))).toEqual(['timeout', true]);
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
});

test('a body that stops half-way fails its reader', async () => {
  const { port } = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  });
  const { body } = await asker(port, { idleMs: 30 })(null);
  expect(verdict(await failureOf(readWhole(body, 1000)))[0]).toBe('timeout');
});

test('a connection that is never made is an endpoint out of reach, and nothing has happened', async () => {
  class Nowhere extends Agent {
    override createConnection(): undefined {
      // As a proxy that never answers.
    }
  }
  const ask = asker(1, { agent: new Nowhere(), connectMs: 30 });
  expect(verdict(await failureOf(ask(bytes)))).toEqual(['endpoint-unreachable', false]);
});

test('a refused connection and a broken one are different failures', async () => {
  const { port } = await rawServer((socket) => {
    socket.destroy();
  });
  expect(verdict(await failureOf(asker(port)(bytes)))).toEqual(['connection-lost', true]);
  const gone = createServer();
  gone.listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const freePort = (gone.address() as AddressInfo).port;
  gone.close();
  await once(gone, 'close');
  expect(verdict(await failureOf(asker(freePort)(bytes)))).toEqual(['endpoint-unreachable', false]);
});

test('an answer that switches protocols is a lost connection', async () => {
  const { port } = await rawServer((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
  });
  expect(verdict(await failureOf(asker(port)(bytes)))).toEqual(['connection-lost', true]);
  const fetch = makeFetch(plainHttp);
  await expect(fetch(`http://127.0.0.1:${String(port)}/`, {})).rejects.toThrow('closed without an answer');
});

test.for([
  ['a listing', (client: S3Client) => client.send(new ListObjectsV2Command({ Bucket: 'files' }))],
  ['a HEAD', (client: S3Client) => client.send(new HeadObjectCommand({ Bucket: 'files', Key: 'a' }))],
  ['a DELETE', (client: S3Client) => client.send(new DeleteObjectCommand({ Bucket: 'files', Key: 'a' }))],
  [
    'the end of an upload in parts',
    (client: S3Client) =>
      client.send(
        new CompleteMultipartUploadCommand({ Bucket: 'files', Key: 'a', UploadId: 'u', MultipartUpload: {} }),
      ),
  ],
] as const)('%s that is answered with a switch of protocols ends', async ([, send]) => {
  const asked: string[] = [];
  const { port } = await rawServer((socket, request) => {
    asked.push(request.split(' ')[0] ?? '');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
  });
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${String(port)}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: new CallHandler(awsHttpHandlerOptions(defaultAwsHttp), []),
  });
  cleanUps.push(() => {
    client.destroy();
  });
  await expect(send(client)).rejects.toThrow('closed without an answer');
  expect(asked).toHaveLength(1);
});

test('an exchange that is answered with a switch of protocols ends', async () => {
  const { port } = await rawServer((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
  });
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const target = { service: 'sts', region: 'eu-central-1', endpoint, development: true, form: {} } as const;
  const asked = callAws(
    (handler) => makeStsClient(target, null, handler),
    (client) => client.send(new GetCallerIdentityCommand({})),
    { service: 'STS', clock: systemClock, http: plainHttp },
    new AbortController().signal,
  );
  await expect(asked).rejects.toMatchObject({ code: 'exchange-unreachable' });
});

test('a client that ends closes its sockets, also in the middle of an answer', async () => {
  const { port, sockets } = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  });
  const handler = new CallHandler(awsHttpHandlerOptions(defaultAwsHttp), []);
  const head = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port };
  const request = { ...head, path: '/a', query: { 'x-id': 'GetObject' }, headers: {} };
  const answer = await handler.handle(request as unknown as Parameters<CallHandler['handle']>[0]);
  handler.destroy();
  expect(verdict(await failureOf(readWhole(answer.response.body as Readable, 1000)))[0]).toBe(
    'connection-lost',
  );
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
});

test('a body that is a stream goes out whole, and its failure is that of the request', async () => {
  const seen = Promise.withResolvers<string>();
  let text = '';
  const { port } = await rawServer((socket, request) => {
    text += request;
    if (!text.endsWith('0\r\n\r\n')) return;
    seen.resolve(text);
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  const { statusCode } = await asker(port)(Readable.from([Buffer.from('one '), Buffer.from('two')]));
  expect([statusCode, await seen.promise]).toEqual([200, expect.stringMatching(/one [^]*two/u)]);
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      await Promise.resolve();
      throw new Error('the file is gone');
    })(),
  );
  await expect(asker(port)(broken)).rejects.toThrow('the file is gone');
});

test('a body cut short is a lost connection', async () => {
  const { port } = await rawServer((socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  });
  const { body } = await asker(port)(null);
  expect(verdict(await failureOf(readWhole(body, 1000)))[0]).toBe('connection-lost');
});

test.for(['before the answer', 'in the body'])('an abort %s closes the socket at once', async (when) => {
  const { port, sockets } = await rawServer((socket) => {
    if (when === 'in the body') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  });
  const stop = new AbortController();
  const asked = asker(port)(bytes, stop.signal);
  const answer = when === 'in the body' ? await asked : null;
  const reading = answer === null ? asked : readWhole(answer.body, 1000);
  const failed = failureOf(reading);
  while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error('enough'));
  await failed;
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
  const after = asker(port)(bytes, stop.signal);
  await expect(after).rejects.toThrow('enough');
});

test('a server that announces its answer without end is given up, and one that does so twice is heard', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
  const { port } = await rawServer((socket, request) => {
    if (request.startsWith('PUT')) socket.write(hint.repeat(1000));
    else socket.write(`${hint.repeat(2)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
  });
  expect((await asker(port)(null)).statusCode).toBe(200);
  expect(verdict(await failureOf(asker(port)(bytes)))).toEqual(['remote-failed', true]);
});
