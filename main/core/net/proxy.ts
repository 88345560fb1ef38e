// Proxy routes: parses the proxy settings of the environment and the system.
import { SyncError } from '../model/errors.ts';

export type ProxyRoute =
  | { readonly kind: 'direct' }
  | {
      readonly kind: 'proxy';
      readonly host: string;
      readonly port: number;
      /** TLS to the proxy itself; the tunnelled traffic uses TLS in any case. */
      readonly isTls: boolean;
      readonly login: { readonly user: string; readonly password: string } | null;
      /** Next route of the system's list, in case this proxy is down. */
      readonly otherwise?: ProxyRoute;
    };

export type ProxyResolver = (url: URL) => Promise<ProxyRoute>;

/** How one account reaches its services: OpenID provider, STS and S3 alike. */
export type HttpSettings = {
  /**
   * PEM certificates trusted in addition to the system's, for this account only. Read at each connection, because they may change
   * while the account runs.
   */
  readonly extraCa: () => readonly string[];
  /** `null`: never through a proxy. */
  readonly proxyFor: ProxyResolver | null;
};

export const plainHttp: HttpSettings = { extraCa: () => [], proxyFor: null };

const direct: ProxyRoute = { kind: 'direct' };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `HTTPS_PROXY`, otherwise `ALL_PROXY`, without `NO_PROXY`; lower case wins, as in curl. `null`: none is set.
 * Throws `config-invalid`.
 */
export function environmentProxy(env: Environment): {
  readonly routeOf: (url: URL) => ProxyRoute;
  readonly password: string | null;
} | null {
  const found = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find((name) => isSet(env[name]));
  if (found === undefined) return null;
  const route = parseProxy(env[found] ?? '', found);
  return {
    routeOf: exceptFor(env, route),
    password: route.kind === 'proxy' ? (route.login?.password ?? null) : null,
  };
}

/** In the settings: no proxy, whatever system and environment say. */
export const directWord = 'direct';

/** What is wrong with `proxy` of the settings, which is kept in a file and shown on the page: an address without a login. */
export function proxySettingProblem(text: string): string | null {
  if (text === directWord) return null;
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return 'must be "direct" or an address such as "http://proxy.example.com:8080"';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'must end after the port';
  return null;
}

/** The way of a `proxy` that `proxySettingProblem` accepts. `NO_PROXY` of the environment is honoured here, too. */
export function settingsProxy(text: string, env: Environment): (url: URL) => ProxyRoute {
  return text === directWord ? () => direct : exceptFor(env, parseProxy(text, 'proxy'));
}

function exceptFor(env: Environment, route: ProxyRoute): (url: URL) => ProxyRoute {
  const exceptions = (env['no_proxy'] ?? env['NO_PROXY'] ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => entry.toLowerCase());
  return (url) => (isLocal(url.hostname) || isExcepted(url, exceptions) ? direct : route);
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function parseProxy(text: string, name: string): ProxyRoute {
  // The value is never shown: it may contain a password.
  const invalid = (why: string): SyncError =>
    new SyncError({
      code: 'config-invalid',
      retry: 'slow',
      scope: 'account',
      message: `${name} ${why}`,
      fields: { field: name },
    });
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '') throw invalid('is not the address of a proxy');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`names a ${url.protocol.slice(0, -1)} proxy; only http and https ones are known`);
  const isTls = url.protocol === 'https:';
  const login = loginOf(url);
  if (login === 'damaged') throw invalid('has a login with a "%" in it that should be written "%25"');
  return {
    kind: 'proxy',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    isTls,
    login,
  };
}

function loginOf({ username, password }: URL): Extract<ProxyRoute, { kind: 'proxy' }>['login'] | 'damaged' {
  if (username === '' && password === '') return null;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return 'damaged';
  }
}

/** Loopback is never reached through a proxy. */
function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** `*`, a host, a domain with or without a leading dot or `*.`, each with or without a port. */
function isExcepted(url: URL, exceptions: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return exceptions.some((entry) => {
    if (entry === '*') return true;
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (only !== undefined && only !== port) return false;
    const domain = name.replace(/^\*?\./, '');
    return domain !== '' && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
  });
}

/**
 * Parses the result of a proxy auto-configuration (`PROXY a:8080; PROXY b:8080; DIRECT`): the first supported
 * route, followed by the others as fallbacks. Without a supported one, the direct route.
 */
export function routeOfPac(answer: string): ProxyRoute {
  const known = answer.split(';').flatMap((entry) => routeOfEntry(entry) ?? []);
  const last = known.at(-1) ?? direct;
  return known
    .slice(0, -1)
    .reduceRight((next, route) => (route.kind === 'direct' ? direct : { ...route, otherwise: next }), last);
}

function routeOfEntry(entry: string): ProxyRoute | null {
  const [, kind = '', host = '', port = ''] =
    /^\s*(direct|proxy|http|https)(?:\s+(\[[^\]]+\]|[^\s:]+)(?::(\d{1,5}))?)?\s*$/i.exec(entry) ?? [];
  if (kind.toLowerCase() === 'direct') return direct;
  if (kind === '' || host === '') return null;
  const isTls = kind.toLowerCase() === 'https';
  const number = port === '' ? (isTls ? 443 : 80) : Number(port);
  return { kind: 'proxy', host: host.replace(/^\[|\]$/g, ''), port: number, isTls, login: null };
}
