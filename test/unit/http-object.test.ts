// Whole objects sent and received without `node:http`, and answers that are handed over to it.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { WholeAnswer } from '../../main/adapters/http/exchange.ts';
import { FillSockets } from '../../main/adapters/http/fill.ts';
import type { FilledAnswer, FillLimits, ObjectRequest } from '../../main/adapters/http/fill.ts';
import { TunnelAgent } from '../../main/adapters/http/tunnel-agent.ts';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { readWhole } from '../../main/adapters/s3/request/body.ts';
import { patternBytes } from '../support/byte-source.ts';
import { companyAuthority, companyService } from '../support/company-network.ts';
import { rawServer } from '../support/raw-server.ts';

const longMs = 60_000;
const { signal } = new AbortController();
const none = new Uint8Array(0);
const four = Buffer.from('four');

function lean(limits: Partial<FillLimits> = {}, https = new HttpsAgent(), nowMs?: () => number): FillSockets {
  const patient = { connectTimeoutMs: longMs, idleTimeoutMs: longMs };
  const made = new FillSockets({ http: new Agent(), https }, { ...patient, ...limits }, nowMs);
  onTestFinished(() => {
    made.destroy();
  });
  return made;
}

function putTo(
  port: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): ObjectRequest {
  const place = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/b/k?x-id=PutObject' };
  const own = { host: 'b', 'content-length': String(body.length) };
  return { ...place, method: 'PUT', headers: { ...own, ...headers }, body };
}

function getFrom(
  port: number,
  headers: Readonly<Record<string, string>> = {},
  method: 'GET' | 'HEAD' = 'GET',
): ObjectRequest {
  const place = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/b/k?x-id=GetObject' };
  return { ...place, method, headers: { host: 'b', ...headers }, body: null };
}

const stored = 'HTTP/1.1 200 OK\r\nETag: "e"\r\ncontent-length: 0\r\n\r\n';
const fourBytes = 'HTTP/1.1 200 OK\r\nETag: "e"\r\ncontent-length: 4\r\n\r\nfour';

function plain(answer: FilledAnswer | WholeAnswer | null): FilledAnswer {
  if (answer === null || !('filling' in answer)) throw new Error('not read here');
  return answer;
}

function handed(answer: FilledAnswer | WholeAnswer | null): WholeAnswer {
  if (answer === null || 'filling' in answer) throw new Error('not handed over');
  return answer;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}

function codeOf(error: unknown): string {
  return mapS3Error(error, { writes: true, deniedScope: 'item', nowMs: 0 }).code;
}

test('objects go and come over one connection, with what the store says of them', async () => {
  const seen: string[] = [];
  const { port, sockets } = await rawServer((socket, request) => {
    seen.push(request);
    socket.write(request.startsWith('PUT') ? stored : fourBytes);
  });
  const sockets4 = lean();
  for (let round = 0; round < 2; round += 1) {
    const put = plain(await sockets4.askObject(putTo(port, four, { 'if-none-match': '*' }), none, signal));
    await put.filling.done;
    expect([put.statusCode, put.headers['etag'], put.filling.lengthBytes]).toEqual([200, '"e"', 0]);
    const memory = new Uint8Array(4);
    await plain(await sockets4.askObject(getFrom(port), memory, signal)).filling.done;
    expect(Buffer.from(memory).toString()).toBe('four');
  }
  expect(sockets).toHaveLength(1);
  expect(seen[0]).toBe(
    'PUT /b/k?x-id=PutObject HTTP/1.1\r\nhost: b\r\ncontent-length: 4\r\nif-none-match: *\r\nconnection: keep-alive\r\n\r\nfour',
  );
});

test('what is said of an object comes over the same connection, whatever it is', async () => {
  const answers = ['200 OK\r\ncontent-length: 9000', '404 Not Found\r\ncontent-length: 300', '403 Forbidden'];
  const { port, sockets } = await rawServer((socket, request) =>
    socket.write(request.startsWith('HEAD') ? `HTTP/1.1 ${answers[0] ?? ''}\r\nx-a: 1\r\n\r\n` : stored),
  );
  const many = lean();
  for (const status of [200, 404, 403]) {
    const head = plain(await many.askObject(getFrom(port, {}, 'HEAD'), none, signal));
    await head.filling.done;
    expect([head.statusCode, head.headers['x-a'], head.filling.lengthBytes]).toEqual([status, '1', 0]);
    answers.shift();
  }
  await plain(await many.askObject(putTo(port, four), none, signal)).filling.done;
  expect(sockets).toHaveLength(1);
});

test('that an object is still the known one is an answer without bytes, and another one comes whole', async () => {
  const unmodified = 'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\ncontent-length: 4\r\n\r\n';
  const answers = [unmodified, fourBytes, unmodified];
  const { port, sockets } = await rawServer((socket) => socket.write(answers.shift() ?? ''));
  const many = lean();
  const memory = new Uint8Array(8);
  for (const [status, bytes] of [
    [304, 0],
    [200, 4],
    [304, 0],
  ]) {
    const got = plain(await many.askObject(getFrom(port, { 'if-none-match': '"e"' }), memory, signal));
    await got.filling.done;
    expect([got.statusCode, got.filling.lengthBytes]).toEqual([status, bytes]);
  }
  expect(Buffer.from(memory).toString('latin1', 0, 4)).toBe('four');
  expect(sockets).toHaveLength(1);
});

test('that nothing changed is no plain answer to a request that knows nothing', async () => {
  const { port } = await rawServer((socket) => socket.write('HTTP/1.1 304 Not Modified\r\n\r\n'));
  const { statusCode } = handed(await lean().askObject(getFrom(port), new Uint8Array(4), signal));
  expect(statusCode).toBe(304);
});

test('a write goes over no connection that waited for four seconds, a read over one that waited for longer', async () => {
  const { port, sockets } = await rawServer((socket, request) =>
    socket.write(request.startsWith('PUT') ? stored : fourBytes),
  );
  let nowMs = 0;
  const many = lean({}, new HttpsAgent(), () => nowMs);
  const read = async () => plain(await many.askObject(getFrom(port), new Uint8Array(4), signal)).filling.done;
  await read();
  nowMs = 10_000;
  await read();
  expect(sockets).toHaveLength(1);
  nowMs += 3999;
  await plain(await many.askObject(putTo(port, four), none, signal)).filling.done;
  expect(sockets).toHaveLength(1);
  nowMs += 4000;
  await plain(await many.askObject(putTo(port, four), none, signal)).filling.done;
  expect(sockets).toHaveLength(2);
});

test('a body of any bytes arrives as it is', async () => {
  const bytes = patternBytes(900_000, 9);
  const come: Buffer[] = [];
  const { port } = await rawServer((socket, request) => {
    come.push(Buffer.from(request, 'latin1'));
    const all = Buffer.concat(come);
    if (all.length === all.indexOf('\r\n\r\n') + 4 + bytes.length) socket.write(stored);
  });
  await plain(await lean().askObject(putTo(port, bytes), none, signal)).filling.done;
  const all = Buffer.concat(come);
  expect(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(bytes)).toBe(true);
});

test.for([
  ['a refusal', 'HTTP/1.1 412 Lost\r\nx-a: 1\r\ncontent-length: 5\r\n\r\n<no/>', 412, '<no/>'],
  [
    'a refusal in chunks',
    'HTTP/1.1 503 Slow\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    503,
    'abcde',
  ],
  ['a refusal that ends with the connection', 'HTTP/1.0 500 Oops\r\nx-a: 1\r\n\r\nabc', 500, 'abc'],
  ['a success with a body', 'HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 5\r\n\r\n<no/>', 200, '<no/>'],
  [
    'a success in chunks',
    'HTTP/1.1 200 OK\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    200,
    '',
  ],
  ['no content', 'HTTP/1.1 204 No\r\nx-a: 1\r\n\r\n', 204, ''],
  [
    'an announcement before the answer',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n',
    200,
    '',
  ],
] as const)(
  '%s to a PUT is read by node:http from the same connection, and nothing is sent twice',
  async ([, text, status, body]) => {
    for (const step of [text.length, 1]) {
      let requests = 0;
      const { port, sockets } = await rawServer((socket) => {
        requests += 1;
        socket.setNoDelay(true);
        const send = (at: number): void => {
          if (at < text.length) socket.write(text.slice(at, at + step), () => setImmediate(send, at + step));
          else if (text.startsWith('HTTP/1.0')) socket.end();
        };
        send(0);
      });
      const answer = handed(await lean().askObject(putTo(port, four), none, signal));
      expect([answer.statusCode, answer.headers['x-a']]).toEqual([status, '1']);
      expect((await readWhole(answer.body, 100)).toString()).toBe(body);
      expect(requests).toBe(1);
      const [socket] = sockets;
      if (socket?.closed === false) await once(socket, 'close');
    }
  },
);

test.for([
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n'],
  ['a line that is no header', 'HTTP/1.1 200 OK\r\nno header\r\ncontent-length: 0\r\n\r\n'],
] as const)('%s fails a PUT, which is not repeated', async ([, text]) => {
  let requests = 0;
  const { port } = await rawServer((socket) => {
    requests += 1;
    socket.write(text, 'latin1');
  });
  await failureOf(lean().askObject(putTo(port, four), none, signal));
  expect(requests).toBe(1);
});

test('a large object comes as a stream, at the pace of its reader', async () => {
  const bytes = patternBytes(3_000_000, 4);
  const { port } = await rawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${String(bytes.length)}\r\n\r\n`);
    socket.write(bytes);
  });
  const { body } = handed(await lean().askObject(getFrom(port), new Uint8Array(4), signal));
  expect((await readWhole(body, bytes.length)).equals(bytes)).toBe(true);
});

test('a store that answers in another form is asked this way three times, and again ten minutes later; each kind counts alone', async () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
  const store = { isOdd: true, nowMs: 0 };
  const { port } = await rawServer((socket, request) =>
    socket.write(!request.startsWith('PUT') ? fourBytes : store.isOdd ? chunked : stored),
  );
  const sockets = lean({}, new HttpsAgent(), () => store.nowMs);
  for (let round = 0; round < 3; round += 1)
    handed(await sockets.askObject(putTo(port, four), none, signal)).body.resume();
  expect(await sockets.askObject(putTo(port, four), none, signal)).toBeNull();
  plain(await sockets.askObject(getFrom(port), new Uint8Array(4), signal));
  store.nowMs = 600_000;
  handed(await sockets.askObject(putTo(port, four), none, signal)).body.resume();
  expect(await sockets.askObject(putTo(port, four), none, signal)).toBeNull();
  Object.assign(store, { isOdd: false, nowMs: 1_200_000 });
  for (let round = 0; round < 4; round += 1)
    await plain(await sockets.askObject(putTo(port, four), none, signal)).filling.done;
});

test('a PUT may be answered with contents that fit; a store that frames them in another way does not turn plain ones away', async () => {
  const told = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntold';
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ntold\r\n0\r\n\r\n';
  const store = { answer: told };
  const { port } = await rawServer((socket) => socket.write(store.answer));
  const sockets = lean();
  const into = new Uint8Array(8);
  const { filling } = plain(await sockets.askObject(putTo(port, none), into, signal));
  await filling.done;
  expect(Buffer.from(into.subarray(0, filling.lengthBytes)).toString()).toBe('told');
  store.answer = chunked;
  for (let round = 0; round < 3; round += 1) {
    const { body } = handed(await sockets.askObject(putTo(port, none), into, signal));
    expect((await readWhole(body, 8)).toString()).toBe('told');
  }
  expect(await sockets.askObject(putTo(port, none), into, signal)).toBeNull();
  store.answer = stored;
  await plain(await sockets.askObject(putTo(port, four), none, signal)).filling.done;
});

test.for([
  ['closes it', 'connection: close\r\n'],
  ['keeps it for a second', 'keep-alive: timeout=1\r\n'],
] as const)('no second request goes over a connection when the store %s', async ([, line]) => {
  const { port, sockets } = await rawServer((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\n${line}content-length: 0\r\n\r\n`),
  );
  const many = lean();
  for (let round = 0; round < 2; round += 1)
    await plain(await many.askObject(putTo(port, four), none, signal)).filling.done;
  expect(sockets).toHaveLength(2);
});

test('an answer that comes before the whole body leaves no connection for the next request', async () => {
  const { port, sockets } = await rawServer((socket) => {
    socket.pause();
    socket.write(stored);
  });
  const many = lean();
  const large = new Uint8Array(64 * 1024 * 1024);
  for (let round = 0; round < 2; round += 1)
    await plain(await many.askObject(putTo(port, large), none, signal)).filling.done;
  expect(sockets).toHaveLength(2);
});

test('what follows a body on its connection answers no later request', async () => {
  const forged = 'HTTP/1.1 200 OK\r\nETag: "forged"\r\ncontent-length: 0\r\n\r\n';
  let sendRest = (): void => undefined;
  const { port, sockets } = await rawServer((socket, request) => {
    if (request.startsWith('PUT')) socket.write(stored);
    else {
      socket.write(fourBytes.slice(0, -4));
      sendRest = () => socket.write(`four${forged}`);
    }
  });
  const many = lean();
  const got = plain(await many.askObject(getFrom(port), new Uint8Array(4), signal));
  sendRest();
  await got.filling.done;
  const put = plain(await many.askObject(putTo(port, four), none, signal));
  expect(put.headers['etag']).toBe('"e"');
  expect(sockets).toHaveLength(2);
});

test('a PUT over a connection that was closed meanwhile is a lost connection; a GET is left to the ordinary way', async () => {
  const { port, sockets } = await rawServer((socket, request) => {
    if (request.includes('x-last')) socket.destroy();
    else socket.write(stored);
  });
  const many = lean();
  const first = () => many.askObject(putTo(port, four), none, signal);
  await plain(await first()).filling.done;
  const last = many.askObject(putTo(port, four, { 'x-last': '1' }), none, signal);
  expect(codeOf(await failureOf(last))).toBe('connection-lost');
  await plain(await first()).filling.done;
  expect(await many.askObject(getFrom(port, { 'x-last': '1' }), none, signal)).toBeNull();
  expect(sockets).toHaveLength(2);
});

test('what is no plain request is left to the ordinary way', async () => {
  const { port, sockets } = await rawServer((socket) => socket.destroy());
  const ask = (request: ObjectRequest) => lean().askObject(request, none, signal);
  expect(await ask(putTo(port, four, { 'if-match': '"a"\r\nx-other: 1' }))).toBeNull();
  expect(await ask(putTo(port, four, { 'content-length': '5' }))).toBeNull();
  expect(await ask(putTo(port, four, { 'transfer-encoding': 'chunked' }))).toBeNull();
  expect(await ask(putTo(port, four, { expect: '100-continue' }))).toBeNull();
  expect(await ask({ ...putTo(port, four), path: '/a b' })).toBeNull();
  const proxied = new TunnelAgent({}, () => Promise.reject(new Error('not asked')));
  const secure = { ...putTo(port, four), protocol: 'https:' };
  expect(await lean({}, proxied).askObject(secure, none, signal)).toBeNull();
  expect(sockets).toEqual([]);
});

test.for([
  ['before the answer', ''],
  ['in a refusal', 'HTTP/1.1 503 Slow\r\ncontent-length: 9\r\n\r\nabc'],
] as const)('a store that says nothing more %s is given up', async ([, text]) => {
  const { port, sockets } = await rawServer((socket) => socket.write(text));
  // What is written has to come within it, on a busy machine too.
  const idleTimeoutMs = text === '' ? 30 : 2000;
  const asked = lean({ idleTimeoutMs }).askObject(putTo(port, four), none, signal);
  const failed = await failureOf(text === '' ? asked : readWhole(handed(await asked).body, 100));
  expect(codeOf(failed)).toBe(text === '' ? 'timeout' : 'connection-lost');
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
});

test.for(['before the answer', 'in a refusal'])('an abort %s closes the connection', async (when) => {
  const { port, sockets } = await rawServer((socket) => {
    if (when === 'in a refusal') socket.write('HTTP/1.1 503 Slow\r\ncontent-length: 9\r\n\r\nabc');
  });
  const stop = new AbortController();
  const asked = lean().askObject(putTo(port, four), none, stop.signal);
  const answer = when === 'in a refusal' ? handed(await asked) : null;
  const failed = failureOf(answer === null ? asked : readWhole(answer.body, 100));
  while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error('enough'));
  await failed;
  const [socket] = sockets;
  if (socket?.closed === false) await once(socket, 'close');
});

test('TLS is checked by the authorities of the agent, handed over or not', async () => {
  const port = await companyService((request, response) => {
    request.resume().once('end', () => {
      if (request.headers['x-refuse'] === '1') response.writeHead(412).end('in chunks');
      else response.writeHead(200, { etag: '"e"', 'content-length': '0' }).end();
    });
  });
  const lookup: LookupFunction = (_name, { all }, done) => {
    if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  const request = { ...putTo(port, four), protocol: 'https:', hostname: 's3.driftless.test' };
  const trusting = lean({}, new HttpsAgent({ lookup, ca: [companyAuthority] }));
  const { headers, filling } = plain(await trusting.askObject(request, none, signal));
  await filling.done;
  expect(headers['etag']).toBe('"e"');
  const refused = { ...request, headers: { ...request.headers, 'x-refuse': '1' } };
  const { statusCode, body } = handed(await trusting.askObject(refused, none, signal));
  expect([statusCode, (await readWhole(body, 100)).toString()]).toEqual([412, 'in chunks']);
  const strange = failureOf(lean({}, new HttpsAgent({ lookup })).askObject(request, none, signal));
  expect(await strange).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
});
