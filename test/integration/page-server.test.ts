// Access control of the loopback page, and the headers of its responses.
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startPageServer } from '../../main/loopback/server.ts';
import type { PageServer, PageServerOptions } from '../../main/loopback/server.ts';
import { createScriptedBackend } from '../fakes/scripted-backend.ts';
import type { ScriptedBackend } from '../fakes/scripted-backend.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { content } from '../ui/scenes.ts';

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };
type Ask = {
  readonly method?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: string;
};
type Door = { readonly server: PageServer; readonly backend: ScriptedBackend; readonly assetsDir: string };

const open: PageServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(options: Partial<PageServerOptions> = {}): Promise<Door> {
  const folder = await tempFolder('doors');
  const assetsDir = join(folder, 'renderer');
  await mkdir(join(assetsDir, 'assets'), { recursive: true });
  await writeFile(join(assetsDir, 'index.html'), '<!doctype html>page');
  await writeFile(join(assetsDir, 'assets', 'a.js'), 'script');
  await writeFile(join(assetsDir, 'unlisted.js'), 'unlisted');
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(`${assetsDir}-files.json`, JSON.stringify({ files: ['index.html', 'assets/a.js'] }));
  const backend = createScriptedBackend(content(0));
  const server = await startPageServer(
    { backend, assetsDir, port: 0, ...options },
    new AbortController().signal,
  );
  open.push(server);
  return { server, backend, assetsDir };
}

/** Node's own client, because fetch does not let a test choose Host. */
function ask(
  server: PageServer,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      path,
      method,
      headers: sent as Record<string, string>,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.end(body);
  });
}

const pageHeaders = (server: PageServer) => ({
  origin: `http://127.0.0.1:${String(server.port)}`,
  'content-type': 'application/json',
});

function post(
  server: PageServer,
  path: string,
  value: unknown,
  headers: Record<string, string | undefined> = {},
) {
  const all = { ...pageHeaders(server), ...headers };
  return ask(server, path, { method: 'POST', headers: all, body: JSON.stringify(value) });
}

const codeOf = (url: string) => new URL(url).hash.slice(1);

async function signedIn(server: PageServer, url = server.url): Promise<Record<string, string>> {
  const answer = await post(server, '/api/session', { code: codeOf(url) });
  const parsed = JSON.parse(answer.text) as { readonly value: { readonly bearer: string } };
  return { authorization: `Bearer ${parsed.value.bearer}` };
}

describe('files', () => {
  test('the listed files are served, each with its type and every protection', async () => {
    const { server } = await start();
    const page = await ask(server, '/');
    expect(page).toMatchObject({ status: 200, text: '<!doctype html>page' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = page.headers['content-security-policy'];
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain('unsafe');
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask(server, '/assets/a.js')).headers['content-type']).toContain('javascript');
  });

  test.each([
    '/unlisted.js',
    '/../secret.js',
    '/%2e%2e/secret.js',
    '/assets/../../secret.js',
    '/renderer-files.json',
    '/x',
  ])('the path %s is not served', async (path) => {
    const { server } = await start();
    expect(await ask(server, path)).toMatchObject({ status: 404 });
  });

  test('a list that names a file outside its folder is refused at the start', async () => {
    const { assetsDir, backend } = await start();
    await writeFile(`${assetsDir}-files.json`, JSON.stringify({ files: ['index.html', '../secret.js'] }));
    const again = startPageServer({ backend, assetsDir, port: 0 }, new AbortController().signal);
    await expect(again).rejects.toMatchObject({ code: 'page-not-built' });
  });
});

describe('admission', () => {
  test('a one-use code works once', async () => {
    const { server } = await start();
    const bearer = await signedIn(server);
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
    expect(await post(server, '/api/session', { code: codeOf(server.url) })).toMatchObject({ status: 401 });
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
  });

  test('another link serves another tab', async () => {
    const { server } = await start();
    await signedIn(server);
    const second = await signedIn(server, server.newUrl());
    expect((await post(server, '/api/snapshot', {}, second)).status).toBe(200);
  });

  test.each([
    ['none', undefined],
    ['a made-up one', `Bearer ${'A'.repeat(43)}`],
    ['the code itself', 'code'],
  ])('a request without a valid bearer token (%s) is refused', async (_title, authorization) => {
    const { server, backend } = await start();
    const sent = authorization === 'code' ? `Bearer ${codeOf(server.url)}` : authorization;
    const refused = await post(server, '/api/pause', { pairId: null }, { authorization: sent });
    expect(refused.status).toBe(401);
    expect(backend.calls).toEqual([]);
  });

  test.each([
    ['a rebound name', { host: 'evil.example' }],
    ['localhost, which is not the printed name', { host: 'localhost' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['the null origin', { origin: 'null' }],
    ['no origin', { origin: undefined }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
  ])('a request with %s is refused even with a valid bearer token', async (_title, headers) => {
    const { server, backend } = await start();
    const bearer = await signedIn(server);
    expect((await post(server, '/api/pause', { pairId: null }, { ...bearer, ...headers })).status).toBe(403);
    expect(backend.calls).toEqual([]);
  });

  test('a rebound name does not even get the page', async () => {
    const { server } = await start();
    expect(await ask(server, '/', { headers: { host: 'evil.example' } })).toMatchObject({ status: 403 });
  });

  test.each([
    ['GET', { method: 'GET' }, 405],
    ['a form', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['a body that is no JSON', { method: 'POST', body: '{' }, 400],
    ['16 KiB and more', { method: 'POST', body: JSON.stringify({ pairId: 'x'.repeat(20_000) }) }, 413],
  ])('a malformed request is refused: %s', async (_title, asked, status) => {
    const { server, backend } = await start();
    const bearer = await signedIn(server);
    const headers = { ...pageHeaders(server), ...bearer, ...('headers' in asked ? asked.headers : {}) };
    expect(await ask(server, '/api/pause', { ...asked, headers })).toMatchObject({ status });
    expect(backend.calls).toEqual([]);
  });

  test('an idle tab is signed out and one in use is not', async () => {
    let nowMs = 0;
    const { server } = await start({ nowMs: () => nowMs, limits: { idleMs: 1_000 } });
    const bearer = await signedIn(server);
    nowMs = 900;
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
    nowMs = 1_800;
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
    nowMs = 2_900;
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(401);
  });

  test('an unused link expires', async () => {
    let nowMs = 0;
    const { server } = await start({ nowMs: () => nowMs, limits: { codeMs: 1_000 } });
    nowMs = 1_001;
    expect((await post(server, '/api/session', { code: codeOf(server.url) })).status).toBe(401);
  });

  test('too many requests are refused until time has passed', async () => {
    let nowMs = 0;
    const { server } = await start({ nowMs: () => nowMs, limits: { burst: 3, requestsPerSecond: 1 } });
    const bearer = await signedIn(server);
    const snapshot = async () => (await post(server, '/api/snapshot', {}, bearer)).status;
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push(await snapshot());
    expect(statuses).toEqual([200, 200, 200, 429]);
    nowMs = 1_000;
    expect(await snapshot()).toBe(200);
  });

  test('another user of the machine who sends endless requests blocks neither page nor code for their owner', async () => {
    const { server } = await start({ nowMs: () => 0, limits: { burst: 3, requestsPerSecond: 1 } });
    for (let index = 0; index < 120; index += 1) await ask(server, '/');
    const guesses: number[] = [];
    for (let index = 0; index < 5; index += 1)
      guesses.push((await post(server, '/api/session', { code: 'x' })).status);
    expect(guesses).toEqual([401, 401, 401, 429, 429]);
    expect((await ask(server, '/')).status).toBe(200);
    const bearer = await signedIn(server);
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
  });

  test('another user of the machine who holds connections open keeps the owner out of nothing', async () => {
    const { server } = await start({ maxConnections: 4 });
    const sockets: Socket[] = [];
    const hold = async (): Promise<void> => {
      const socket = connect(server.port, '127.0.0.1');
      // It is cut off, which is not of interest here.
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
    };
    for (let index = 0; index < 12; index += 1) await hold();
    expect((await ask(server, '/')).status).toBe(200);
    const bearer = await signedIn(server);
    const stream = streamOf(server, bearer);
    await waitFor(() => stream.text().includes('subscribed'));
    for (let index = 0; index < 12; index += 1) await hold();
    await waitFor(() => sockets.filter(({ destroyed }) => !destroyed).length <= 4);
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
    expect(stream.hasEnded()).toBe(false);
    for (const socket of sockets) socket.destroy();
  });

  test.each([
    [
      'a picture in another site’s page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      403,
    ],
    ['a program of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [
      'a frame in another site’s page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      403,
    ],
    [
      'a link that another site leads here',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      200,
    ],
  ])("%s does not use up the user's code", async (_title, headers, last) => {
    const { server } = await start({ nowMs: () => 0, limits: { burst: 3, requestsPerSecond: 1 } });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await ask(server, '/', { headers })).status);
    expect(statuses.at(-1)).toBe(last);
    expect((await ask(server, '/')).status).toBe(200);
    const bearer = await signedIn(server);
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
  });

  test('strangers without a browser use up nothing of an open tab', async () => {
    const { server } = await start({ nowMs: () => 0, limits: { burst: 3, requestsPerSecond: 1 } });
    const bearer = await signedIn(server);
    const made = { authorization: `Bearer ${'A'.repeat(43)}` };
    for (let index = 0; index < 4; index += 1) await post(server, '/api/snapshot', {}, made);
    expect((await post(server, '/api/session', { code: 'x' })).status).toBe(429);
    expect((await post(server, '/api/snapshot', {}, bearer)).status).toBe(200);
  });
});

describe('running', () => {
  test('the server listens on 127.0.0.1 only and reports a port in use plainly', async () => {
    const { server, assetsDir, backend } = await start();
    expect(new URL(server.url).host).toBe(`127.0.0.1:${String(server.port)}`);
    const second = startPageServer({ backend, assetsDir, port: server.port }, new AbortController().signal);
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', retry: 'slow' });
  });

  test('events are streamed after a confirming line, limited to the contract, and closing ends stream and subscription', async () => {
    const { server, backend } = await start();
    const bearer = await signedIn(server);
    const chunks = streamOf(server, bearer);
    await waitFor(() => chunks.text().includes('subscribed'));
    backend.change((now) => ({ ...now, overall: 'paused' }));
    await waitFor(() => chunks.text().split('\n').length > 2);
    expect(chunks.text().split('\n')[1]).toBe(
      '{"seq":1,"body":{"kind":"overallChanged","overall":"paused"}}',
    );
    await server.close();
    await waitFor(() => chunks.hasEnded());
  });

  test('aborting the signal stops the server', async () => {
    const { assetsDir, backend } = await start();
    const stop = new AbortController();
    const server = await startPageServer({ backend, assetsDir, port: 0 }, stop.signal);
    stop.abort();
    await server.close();
    await expect(ask(server, '/')).rejects.toThrow();
  });
});

function streamOf(server: PageServer, bearer: Record<string, string>) {
  let text = '';
  let hasEnded = false;
  const outgoing = request({
    host: '127.0.0.1',
    port: server.port,
    path: '/api/events',
    method: 'POST',
    headers: { ...pageHeaders(server), ...bearer },
  });
  outgoing.on('error', () => (hasEnded = true));
  outgoing.on('response', (response) => {
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('close', () => (hasEnded = true));
  });
  outgoing.end('{}');
  return { text: () => text, hasEnded: () => hasEnded };
}
