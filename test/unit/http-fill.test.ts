// Ranges that go from the socket into memory: the plain answer, all others, time-outs, resets and aborts.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { FillSockets } from '../../main/adapters/http/fill.ts';
import type { FilledAnswer, FillLimits, FillRequest } from '../../main/adapters/http/fill.ts';
import { TunnelAgent } from '../../main/adapters/http/tunnel-agent.ts';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { patternBytes } from '../support/byte-source.ts';
import { companyAuthority, companyService } from '../support/company-network.ts';
import { rawServer } from '../support/raw-server.ts';

const longMs = 60_000;
const patient: FillLimits = { connectTimeoutMs: longMs, idleTimeoutMs: longMs };
const { signal } = new AbortController();
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanUps.splice(0)) clean();
});

function filler(limits: Partial<FillLimits> = {}, https = new HttpsAgent(), http = new Agent()): FillSockets {
  const made = new FillSockets({ http, https }, { ...patient, ...limits });
  cleanUps.push(() => {
    made.destroy();
  });
  return made;
}

function wanted(port: number, range: string, headers: Readonly<Record<string, string>> = {}): FillRequest {
  const place = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/b/k?x-id=GetObject' };
  return { ...place, headers: { host: 'b', range: `bytes=${range}`, ...headers } };
}

function head(range: string, lengthBytes: number, more = ''): string {
  return `HTTP/1.1 206 Partial\r\nETag: "e"\r\ncontent-range: bytes ${range}/*\r\n${more}content-length: ${String(lengthBytes)}\r\n\r\n`;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}

function codeOf(error: unknown): string {
  return mapS3Error(error, { writes: false, deniedScope: 'item', nowMs: 0 }).code;
}

function found(answer: FilledAnswer | null): FilledAnswer {
  if (answer === null) throw new Error('left to the ordinary way');
  return answer;
}

test('ranges come into the memory that is given, one after the other over one connection', async () => {
  const whole = patternBytes(5_000_000, 3);
  const seen: string[] = [];
  const { port, sockets } = await rawServer((socket, request) => {
    seen.push(request);
    const [, from = '', to = ''] = /range: bytes=(\d+)-(\d+)/u.exec(request) ?? [];
    const bytes = whole.subarray(Number(from), Number(to) + 1);
    socket.write(head(`${from}-${to}`, bytes.length));
    socket.write(bytes);
  });
  const fill = filler();
  const memory = new Uint8Array(2_000_000 + 1).fill(7);
  for (const start of [0, 2_000_000, 3_000_000]) {
    const range = `${String(start)}-${String(start + 1_999_999)}`;
    const { statusCode, headers, filling } = found(await fill.ask(wanted(port, range), memory, signal));
    expect([statusCode, headers['etag'], filling.lengthBytes]).toEqual([206, '"e"', 2_000_000]);
    await filling.done;
    expect(filling.filledBytes()).toBe(2_000_000);
    expect(Buffer.from(memory.subarray(0, -1)).equals(whole.subarray(start, start + 2_000_000))).toBe(true);
    expect(memory.at(-1)).toBe(7);
  }
  expect(sockets).toHaveLength(1);
  expect(seen[0]).toBe(
    'GET /b/k?x-id=GetObject HTTP/1.1\r\nhost: b\r\nrange: bytes=0-1999999\r\nconnection: keep-alive\r\n\r\n',
  );
});

test('an answer that comes byte by byte is read', async () => {
  const { port } = await rawServer((socket) => {
    socket.setNoDelay(true);
    const bytes = Buffer.from(`${head('3-6', 4)}four`, 'latin1');
    const step = (at: number): void => {
      if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => setImmediate(step, at + 1));
    };
    step(0);
  });
  const memory = new Uint8Array(4);
  await found(await filler().ask(wanted(port, '3-6'), memory, signal)).filling.done;
  expect(Buffer.from(memory).toString()).toBe('four');
});

test.for([
  ['the whole object', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour'],
  ['a refusal', 'HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n'],
  ['a body in chunks', head('3-6', 4, 'transfer-encoding: chunked\r\n')],
  ['no length', 'HTTP/1.1 206 Partial\r\ncontent-range: bytes 3-6/9\r\n\r\nfour'],
  ['two lengths', head('3-6', 4, 'content-length: 5\r\n')],
  ['another range', `${head('0-3', 4)}four`],
  ['more bytes than were asked for', `${head('3-7', 5)}fours`],
  ['more bytes than it states', `${head('3-6', 4)}fours`],
  ['a line that is no header', head('3-6', 4, 'no header\r\n')],
  ['an endless head', `HTTP/1.1 206 Partial\r\nx: ${'x'.repeat(70_000)}`],
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
] as const)('%s is left to the ordinary way, and the connection is not used again', async ([, text]) => {
  const { port, sockets } = await rawServer((socket) => socket.write(text, 'latin1'));
  const memory = new Uint8Array(4);
  const fill = filler();
  expect(await fill.ask(wanted(port, '3-6'), memory, signal)).toBeNull();
  expect(memory).toEqual(new Uint8Array(4));
  expect(await fill.ask(wanted(port, '3-6'), memory, signal)).toBeNull();
  expect(sockets).toHaveLength(2);
});

test('a head that is mostly blanks is read at once, again and again', async () => {
  const value = `a${' '.repeat(60_000)}b`;
  const { port, sockets } = await rawServer((socket) =>
    socket.write(`${head('3-6', 4, `x-long: \t ${value}\t \r\nx-none:   \r\n`)}four`, 'latin1'),
  );
  const fill = filler();
  for (let round = 0; round < 10; round += 1) {
    const { headers, filling } = found(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal));
    await filling.done;
    expect(headers['x-long'] === value).toBe(true);
    expect(headers['x-none']).toBe('');
  }
  expect(sockets).toHaveLength(1);
});

test('a header may have any name', async () => {
  const { port } = await rawServer((socket) =>
    socket.write(`${head('3-6', 4, '__proto__: a\r\nconstructor: b\r\n')}four`, 'latin1'),
  );
  const { headers } = found(await filler().ask(wanted(port, '3-6'), new Uint8Array(4), signal));
  expect(Object.entries(headers)).toEqual([
    ['etag', '"e"'],
    ['content-range', 'bytes 3-6/*'],
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['content-length', '4'],
  ]);
});

test.for([
  ['gives whole objects', '200 OK', 3],
  ['refuses for a while', '503 Slow Down', 6],
] as const)('a store that %s (%s) is asked this way %i times', async ([, status, asked]) => {
  const { port, sockets } = await rawServer((socket) =>
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 4\r\n\r\nfour`),
  );
  const fill = filler();
  for (let round = 0; round < 6; round += 1)
    expect(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).toBeNull();
  expect(sockets).toHaveLength(asked);
});

test('a header that would be two is left to the ordinary way, which refuses it', async () => {
  const { port, sockets } = await rawServer((socket) => socket.destroy());
  const ask = (request: FillRequest) => filler().ask(request, new Uint8Array(4), signal);
  expect(await ask(wanted(port, '3-6', { 'if-match': '"a"\r\nx-other: 1' }))).toBeNull();
  expect(await ask({ ...wanted(port, '3-6'), path: '/a b' })).toBeNull();
  expect(sockets).toEqual([]);
});

test('a connection that was closed between two requests is left to the ordinary way', async () => {
  const { port, sockets } = await rawServer((socket) => {
    if (sockets.length === 1 && socket.bytesRead > 100) socket.destroy();
    else socket.write(`${head('3-6', 4)}four`);
  });
  const fill = filler();
  await found(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).filling.done;
  expect(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).toBeNull();
  await found(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).filling.done;
  expect(sockets).toHaveLength(2);
});

test('a connection that is being closed for its idleness is not used again', async () => {
  const { port, sockets } = await rawServer((socket) => socket.write(`${head('3-6', 4)}four`));
  const mine: Duplex[] = [];
  class WatchedAgent extends Agent {
    override createConnection(...given: Parameters<Agent['createConnection']>) {
      const made = super.createConnection(...given);
      if (made !== null && made !== undefined) mine.push(made);
      return made;
    }
  }
  const fill = filler({}, undefined, new WatchedAgent());
  await found(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).filling.done;
  mine[0]?.emit('timeout');
  // Its `close` is yet to come.
  await found(await fill.ask(wanted(port, '3-6'), new Uint8Array(4), signal)).filling.done;
  expect(sockets).toHaveLength(2);
});

test('a body cut short is a lost connection, and what came is known', async () => {
  const { port } = await rawServer((socket) => socket.end(`${head('3-6', 4)}fo`));
  const { filling } = found(await filler().ask(wanted(port, '3-6'), new Uint8Array(4), signal));
  expect(codeOf(await failureOf(filling.done))).toBe('connection-lost');
  expect(filling.filledBytes()).toBe(2);
});

test.for([
  ['before the answer', ''],
  ['in the body', `${head('3-6', 4)}fo`],
] as const)('a server that says nothing more %s is a time-out', async ([, text]) => {
  const { port } = await rawServer((socket) => socket.write(text));
  // What is written has to come within it, on a busy machine too.
  const idleTimeoutMs = text === '' ? 30 : 2000;
  const asked = filler({ idleTimeoutMs }).ask(wanted(port, '3-6'), new Uint8Array(4), signal);
  expect(codeOf(await failureOf(text === '' ? asked : found(await asked).filling.done))).toBe('timeout');
});

test('a refused connection, one that is never made, and one that breaks are different failures', async () => {
  const { port } = await rawServer((socket) => socket.destroy());
  const ask = (fill: FillSockets, at: number) => fill.ask(wanted(at, '3-6'), new Uint8Array(4), signal);
  expect(codeOf(await failureOf(ask(filler(), port)))).toBe('connection-lost');
  const gone = createServer();
  gone.listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const freePort = (gone.address() as AddressInfo).port;
  gone.close();
  await once(gone, 'close');
  expect(codeOf(await failureOf(ask(filler(), freePort)))).toBe('endpoint-unreachable');
  // A name that is never found.
  const lookup: LookupFunction = () => undefined;
  const nowhere = filler({ connectTimeoutMs: 30 }, new HttpsAgent({ lookup }));
  const request = { ...wanted(443, '3-6'), protocol: 'https:', hostname: 's3.driftless.test' };
  const failed = await failureOf(nowhere.ask(request, new Uint8Array(4), signal));
  expect(codeOf(failed)).toBe('endpoint-unreachable');
});

test.for(['before the answer', 'in the body'])('an abort %s closes the connection', async (when) => {
  const { port, sockets } = await rawServer((socket) => {
    if (when === 'in the body') socket.write(`${head('3-6', 4)}fo`);
  });
  const stop = new AbortController();
  const asked = filler().ask(wanted(port, '3-6'), new Uint8Array(4), stop.signal);
  const answer = when === 'in the body' ? found(await asked) : null;
  const failed = failureOf(answer === null ? asked : answer.filling.done);
  while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error('enough'));
  expect(await failed).toMatchObject({ message: 'enough' });
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
  await expect(filler().ask(wanted(port, '3-6'), new Uint8Array(4), stop.signal)).rejects.toThrow('enough');
});

test('TLS is checked by the authorities of the agent, and a proxy is left to the ordinary way', async () => {
  const whole = patternBytes(3_000_000, 5);
  const port = await companyService((request, response) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/u.exec(request.headers.range ?? '') ?? [];
    const bytes = whole.subarray(Number(from), Number(to) + 1);
    response.writeHead(206, {
      'content-range': `bytes ${from}-${to}/${String(whole.length)}`,
      'content-length': String(bytes.length),
    });
    response.end(bytes);
  });
  const lookup: LookupFunction = (_name, { all }, done) => {
    if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  const request = { ...wanted(port, '1000000-2999999'), protocol: 'https:', hostname: 's3.driftless.test' };
  const memory = new Uint8Array(2_000_000);
  const trusting = filler({}, new HttpsAgent({ lookup, ca: [companyAuthority] }));
  for (let round = 0; round < 2; round += 1) {
    memory.fill(0);
    await found(await trusting.ask(request, memory, signal)).filling.done;
    expect(Buffer.from(memory).equals(whole.subarray(1_000_000))).toBe(true);
  }
  const strange = failureOf(filler({}, new HttpsAgent({ lookup })).ask(request, memory, signal));
  expect(await strange).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  const other = { ...request, hostname: 'driftless.example' };
  expect(await failureOf(trusting.ask(other, memory, signal))).toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  const proxied = new TunnelAgent({}, () => Promise.reject(new Error('not asked')));
  expect(await filler({}, proxied).ask(request, memory, signal)).toBeNull();
});

test('a connection that cannot even be begun fails its request, and nothing later', async () => {
  class Broken extends Agent {
    override createConnection(): never {
      throw new Error('no authorities');
    }
  }
  const fill = filler({ connectTimeoutMs: 1 }, new HttpsAgent(), new Broken());
  const failed = failureOf(fill.ask(wanted(1, '0-9'), new Uint8Array(10), signal));
  expect(await failed).toMatchObject({ message: 'no authorities' });
  // Its time limit, which has no socket to close.
  await new Promise((resolve) => setTimeout(resolve, 20));
});
