// One-shot sign-in listener: the one request it accepts, and its responses to others.
import { connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { judgeCallback, listenForCallback } from '../../main/adapters/oidc/loopback.ts';

const redirectUri = new URL('http://127.0.0.1:4711/callback');
const good = { method: 'GET', url: '/callback?code=abc&state=s3cret', headers: { host: '127.0.0.1:4711' } };

function judge(changes: { method?: string; url?: string; host?: string | undefined; taken?: boolean }) {
  const { taken = false, host = good.headers.host, ...request } = changes;
  return judgeCallback(
    { ...good, ...request, headers: 'host' in changes && changes.host === undefined ? {} : { host } },
    { redirectUri, expectedState: 's3cret', taken },
  );
}

describe('a request is taken only when it is exactly ours', () => {
  test('the correct one', () => {
    expect(judge({})).toMatchObject({ kind: 'accepted' });
    expect(judge({ url: '/callback?error=access_denied&state=s3cret' })).toMatchObject({ kind: 'accepted' });
  });
  const refused: readonly (readonly [string, Parameters<typeof judge>[0], number])[] = [
    ['POST', { method: 'POST' }, 405],
    ['HEAD by a link preview', { method: 'HEAD' }, 405],
    ['a rebound name in Host', { host: 'attacker.example:4711' }, 421],
    ['a rebound name without port', { host: 'attacker.example' }, 421],
    ['localhost by name', { host: 'localhost:4711' }, 421],
    ['another port in Host', { host: '127.0.0.1:80' }, 421],
    ['no Host', { host: undefined }, 421],
    ['another path', { url: '/other?code=abc&state=s3cret' }, 404],
    ['the path with a slash', { url: '/callback/?code=abc&state=s3cret' }, 404],
    ['a climbing path', { url: '/x/../callback?code=abc&state=s3cret' }, 404],
    ['an encoded path', { url: '/%63allback?code=abc&state=s3cret' }, 404],
    ['an absolute target', { url: 'http://attacker.example/callback?code=abc&state=s3cret' }, 400],
    ['a protocol-relative target', { url: '//attacker.example/callback?code=abc&state=s3cret' }, 400],
    ['another state', { url: '/callback?code=abc&state=guess' }, 400],
    ['no state', { url: '/callback?code=abc' }, 400],
    ['state twice', { url: '/callback?code=abc&state=s3cret&state=guess' }, 400],
    ['code twice', { url: '/callback?code=abc&code=def&state=s3cret' }, 400],
    ['issuer twice', { url: '/callback?code=abc&state=s3cret&iss=a&iss=b' }, 400],
    ['code and error', { url: '/callback?code=abc&error=x&state=s3cret' }, 400],
    ['neither code nor error', { url: '/callback?state=s3cret' }, 400],
    ['20,000 characters', { url: `/callback?code=${'a'.repeat(20_000)}&state=s3cret` }, 400],
    ['a second good one', { taken: true }, 409],
  ];
  test.each(refused)('the sign-in listener judges the request "%s" correctly', (_name, changes, status) => {
    expect(judge(changes)).toEqual({ kind: 'refused', status });
  });
});

describe('the listener', () => {
  const options = { redirectUri: 'http://127.0.0.1/callback', expectedState: 's3cret', timeoutMs: 5_000 };

  test('the listener hands over the callback, answers after the exchange and closes', async () => {
    const listener = await listenForCallback(options, new AbortController().signal);
    const visit = fetch(`${listener.redirectUri}?code=abc&state=s3cret`);
    expect((await listener.received).searchParams.get('code')).toBe('abc');
    const [response] = await Promise.all([visit, listener.finish('signed-in')]);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await expect(fetch(listener.redirectUri)).rejects.toThrow();
  });

  test('the listener listens on 127.0.0.1 only and closes on its time-out', async () => {
    const listener = await listenForCallback({ ...options, timeoutMs: 20 }, new AbortController().signal);
    await expect(listener.received).rejects.toMatchObject({ code: 'sign-in-timeout' });
    const { port } = new URL(listener.redirectUri);
    await expect(
      new Promise((resolve, reject) => {
        connect({ host: '::1', port: Number(port) }, () => {
          resolve(undefined);
        }).once('error', reject);
      }),
    ).rejects.toThrow();
    await listener.finish('failed');
  });

  test('a request with a rebound Host gets nothing and the listener keeps waiting', async () => {
    const listener = await listenForCallback(options, new AbortController().signal);
    const { port } = new URL(listener.redirectUri);
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) }, () =>
        socket.write(
          'GET /callback?code=abc&state=s3cret HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n',
        ),
      );
      let text = '';
      socket
        .on('data', (chunk) => {
          text += String(chunk);
        })
        .once('end', () => {
          resolve(text);
        })
        .once('error', reject);
    });
    expect(reply).toMatch(/^HTTP\/1\.1 421 /);
    const visit = fetch(`${listener.redirectUri}?code=abc&state=s3cret`);
    await listener.received;
    await Promise.all([visit, listener.finish('failed')]);
    expect((await visit).status).toBe(400);
  });

  test('a port in use is reported with its number', async () => {
    const first = await listenForCallback(options, new AbortController().signal);
    await expect(
      listenForCallback({ ...options, redirectUri: first.redirectUri }, new AbortController().signal),
    ).rejects.toMatchObject({ code: 'port-in-use', retry: 'slow' });
    await first.finish('failed');
  });

  test('a second sign-in gets the port of one whose browser does not read its answer', async () => {
    const free = await listenForCallback(options, new AbortController().signal);
    await free.finish('failed');
    const fixed = { ...options, redirectUri: free.redirectUri };
    const first = await listenForCallback(fixed, new AbortController().signal);
    const { host, port } = new URL(free.redirectUri);
    const browser = connect(Number(port), '127.0.0.1').pause();
    browser.on('error', () => undefined);
    browser.write(`GET /callback?code=abc&state=s3cret HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await first.received;
    const left = first.finish('failed');
    const second = await listenForCallback(fixed, new AbortController().signal);
    expect(second.redirectUri).toBe(free.redirectUri);
    await left;
    await second.finish('failed');
    browser.destroy();
  });

  test('a browser that left before the answer does not delay the sign-in', async () => {
    const listener = await listenForCallback(options, new AbortController().signal);
    const { port } = new URL(listener.redirectUri);
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    socket.write(`GET /callback?code=abc&state=s3cret HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await listener.received;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
    await listener.finish('signed-in');
    await expect(fetch(listener.redirectUri)).rejects.toThrow();
  });

  test('for localhost the listener takes both loopback addresses or neither', async () => {
    const wanted = { ...options, redirectUri: 'http://localhost/callback' };
    const listener = await listenForCallback(wanted, new AbortController().signal);
    const { port } = new URL(listener.redirectUri);
    const other = createServer();
    const taken = new Promise<string>((resolve) => {
      other.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? '');
      });
      other.listen({ host: '::1', port: Number(port) }, () => {
        resolve('free');
      });
    });
    // A machine without IPv6 has no such address at all.
    expect(['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']).toContain(await taken);
    await listener.finish('failed');
    if ((await taken) !== 'EADDRINUSE') return;
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen({ host: '::1', port: Number(port) }, resolve);
    });
    const redirectUri = `http://localhost:${port}/callback`;
    await expect(
      listenForCallback({ ...options, redirectUri }, new AbortController().signal),
    ).rejects.toMatchObject({ code: 'port-in-use' });
    squatter.close();
  });
});
