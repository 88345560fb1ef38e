// Proxy selection from HTTPS_PROXY, NO_PROXY and proxy auto-configuration.
import { describe, expect, test } from 'vitest';
import {
  environmentProxy,
  proxySettingProblem,
  routeOfPac,
  settingsProxy,
} from '../../main/core/net/proxy.ts';
import type { ProxyRoute } from '../../main/core/net/proxy.ts';
import { isProxyAddress } from '../../preload/proxy-address.ts';

const sts = 'https://sts.eu-central-1.amazonaws.com/';

function wayTo(url: string, env: Readonly<Record<string, string>>): string {
  const route = environmentProxy(env)?.routeOf(new URL(url)) ?? { kind: 'direct' };
  if (route.kind === 'direct') return 'direct';
  const login = route.login === null ? '' : `${route.login.user}:${route.login.password}@`;
  return `${route.isTls ? 'https' : 'http'} ${login}${route.host}:${String(route.port)}`;
}

describe('the environment', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['nothing', {}, 'direct'],
    ['an empty value', { HTTPS_PROXY: '' }, 'direct'],
    ['only the one for http', { HTTP_PROXY: 'http://proxy:3128' }, 'direct'],
    ['an address', { HTTPS_PROXY: 'http://proxy.example:3128' }, 'http proxy.example:3128'],
    ['without a scheme', { HTTPS_PROXY: 'proxy.example:3128' }, 'http proxy.example:3128'],
    ['without a port', { HTTPS_PROXY: 'http://proxy.example' }, 'http proxy.example:80'],
    ['by TLS', { HTTPS_PROXY: 'https://proxy.example' }, 'https proxy.example:443'],
    ['with a login', { HTTPS_PROXY: 'http://me:p%40ss@proxy:1' }, 'http me:p@ss@proxy:1'],
    ['an address of six groups', { HTTPS_PROXY: 'http://[fd00::1]:3128' }, 'http fd00::1:3128'],
    ['lower case wins', { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, 'http b:2'],
    ['one for all', { ALL_PROXY: 'http://a:1' }, 'http a:1'],
    ['excepted: all', { HTTPS_PROXY: 'http://a:1', NO_PROXY: '*' }, 'direct'],
    ['excepted: the domain', { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'x.org, amazonaws.com' }, 'direct'],
    ['excepted: with a dot', { HTTPS_PROXY: 'http://a:1', no_proxy: '.amazonaws.com' }, 'direct'],
    ['excepted: with a star', { HTTPS_PROXY: 'http://a:1', NO_PROXY: '*.amazonaws.com' }, 'direct'],
    ['excepted: this port', { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'amazonaws.com:443' }, 'direct'],
    ['not excepted: another port', { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'amazonaws.com:8443' }, 'http a:1'],
    ['not excepted: only the end of a name', { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'naws.com' }, 'http a:1'],
  ])('the environment selects the proxy for the case "%s"', (_name, env, expected) => {
    expect(wayTo(sts, env)).toBe(expected);
  });

  test.each(['https://127.0.0.1:1/', 'https://localhost/', 'https://[::1]:1/'])(
    'loopback addresses never use a proxy: %s',
    (url) => {
      expect(wayTo(url, { HTTPS_PROXY: 'http://a:1' })).toBe('direct');
    },
  );

  test.each(['socks5://user:secret@proxy:1080', 'http://', 'http://a:99999', 'http://u:50%secret@a:1'])(
    'a malformed proxy address is refused: %s',
    (text) => {
      expect(() => environmentProxy({ HTTPS_PROXY: text })).toThrow(
        expect.objectContaining({
          code: 'config-invalid',
          message: expect.not.stringContaining('secret') as unknown,
        }),
      );
    },
  );
});

test.each([
  ['DIRECT', 'direct'],
  ['PROXY proxy.example:8080; DIRECT', 'proxy.example:8080, direct'],
  ['PROXY a:1; SOCKS s:2; HTTPS b:3; DIRECT; PROXY c:4', 'a:1, b:3 by TLS, direct'],
  ['HTTPS secure.example:8443', 'secure.example:8443 by TLS'],
  ['SOCKS5 s:1080; PROXY p:3128', 'p:3128'],
  ['SOCKS5 s:1080', 'direct'],
  ['PROXY [fd00::1]:3128', 'fd00::1:3128'],
  ['PROXY p', 'p:80'],
  ['', 'direct'],
  ['PROXY a b c', 'direct'],
])('a proxy auto-configuration response is followed: %s', (answer, expected) => {
  const ways: string[] = [];
  for (let route: ProxyRoute | undefined = routeOfPac(answer); route !== undefined;) {
    ways.push(
      route.kind === 'direct'
        ? 'direct'
        : `${route.host}:${String(route.port)}${route.isTls ? ' by TLS' : ''}`,
    );
    route = route.kind === 'direct' ? undefined : route.otherwise;
  }
  expect(ways.join(', ')).toBe(expected);
});

describe('the settings', () => {
  test.each([
    ['http://proxy.example.com:8080', { kind: 'proxy', host: 'proxy.example.com', port: 8080, isTls: false }],
    ['https://proxy.example.com', { kind: 'proxy', port: 443, isTls: true, login: null }],
    ['http://[fd00::1]:3128/', { kind: 'proxy', host: 'fd00::1', port: 3128 }],
    ['direct', { kind: 'direct' }],
  ])('%s is a proxy of its own, but not for what NO_PROXY names and not for loopback', (text, route) => {
    expect(proxySettingProblem(text)).toBeNull();
    const routeOf = settingsProxy(text, { NO_PROXY: '.inside.example', HTTPS_PROXY: 'http://other:1' });
    expect(routeOf(new URL(sts))).toMatchObject(route);
    for (const url of ['https://s3.inside.example/', 'https://127.0.0.1:1/'])
      expect(routeOf(new URL(url))).toEqual({ kind: 'direct' });
  });

  const refused = [
    ['proxy.example.com:8080', 'must be "direct" or an address such as "http://proxy.example.com:8080"'],
    ['socks5://proxy:1080', 'must be "direct" or an address such as "http://proxy.example.com:8080"'],
    ['file:///etc/passwd', 'must be "direct" or an address such as "http://proxy.example.com:8080"'],
    ['http://proxy:99999', 'must be "direct" or an address such as "http://proxy.example.com:8080"'],
    ['http://me:hunter2@proxy:1', 'must not contain a user name or password'],
    ['http://me@proxy:1', 'must not contain a user name or password'],
    ['http://proxy:1/path', 'must end after the port'],
    ['http://proxy:1/?q', 'must end after the port'],
    ['http://proxy:1/#f', 'must end after the port'],
  ] as const;
  test.each(refused)(
    '%s is refused, by the page as well, and the refusal repeats nothing of it',
    (text, problem) => {
      expect(proxySettingProblem(text)).toBe(problem);
      expect(isProxyAddress(text)).toBe(false);
      expect(problem).not.toContain('hunter2');
    },
  );

  test.each([
    'http://proxy',
    'https://proxy.example.com:8443',
    'http://10.0.0.1:3128/',
    'http://[fd00::1]:3128',
  ])('the page accepts %s, and so do the settings', (text) => {
    expect(isProxyAddress(text)).toBe(true);
    expect(proxySettingProblem(text)).toBeNull();
  });

  test.each([
    'http://proxy:0',
    'http://pro xy:1',
    'http://-proxy:1',
    'http://proxy:1\nx',
    'http://',
    'http://a..@b',
  ])('the page refuses %j', (text) => {
    expect(isProxyAddress(text)).toBe(false);
  });
});
