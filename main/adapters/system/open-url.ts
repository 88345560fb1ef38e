// The one place that opens a URL outside the app: checks it, then hands its serialised form to the system (security rule 3).
import { spawn } from 'node:child_process';
import { SyncError } from '../../core/model/errors.ts';

export type UrlPolicy = {
  /** Allows http to a literal loopback address. */
  readonly development: boolean;
};

const longestUrlChars = 8_192;

/** Whether an http URL names this very machine by address: names such as `localhost` can be pointed elsewhere. */
export function isLiteralLoopback(url: URL): boolean {
  return url.hostname === '127.0.0.1' || url.hostname === '[::1]';
}

/** `https:`, or http to a literal loopback address under the development flag; without userinfo. Throws `url-refused`. */
export function checkUrl(text: string, what: string, policy: UrlPolicy): URL {
  const refuse = (why: string): SyncError =>
    new SyncError({ code: 'url-refused', retry: 'slow', scope: 'account', message: `${what} ${why}` });
  if (text.length > longestUrlChars) throw refuse('is too long');
  // The parser drops line breaks; the text itself also goes into files and onto terminals.
  if (/[\p{Cc}\p{Z}]/u.test(text)) throw refuse('must not contain spaces or control characters');
  const url = URL.parse(text);
  if (url === null) throw refuse('is not a URL');
  if (url.username !== '' || url.password !== '') throw refuse('must not contain a user name or password');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw refuse('must start with https://');
  if (!isLiteralLoopback(url)) throw refuse('must start with https:// (http is for 127.0.0.1 only)');
  if (!policy.development)
    throw refuse('must start with https:// ("development": true allows http to 127.0.0.1)');
  return url;
}

export type Launch = (href: string) => Promise<void>;

/** `launch` is `shell.openExternal` in the desktop app and `launchSystemBrowser` elsewhere. */
export async function openUrl(url: URL, policy: UrlPolicy, launch: Launch): Promise<void> {
  const checked = checkUrl(url.href, 'the address to open', policy);
  await launch(checked.href);
}

const commands: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** An argv spawn, never a shell. Throws `browser-unavailable`. */
export async function launchSystemBrowser(href: string): Promise<void> {
  const [command = 'xdg-open', ...first] = commands[process.platform] ?? ['xdg-open'];
  const done = Promise.withResolvers<undefined>();
  const child = spawn(command, [...first, href], {
    stdio: 'ignore',
    detached: true,
    shell: false,
    windowsHide: true,
  });
  // Some openers stay for as long as the browser does: one that still runs after two seconds has opened it.
  const settled = setTimeout(() => {
    done.resolve(undefined);
  }, 2_000);
  const fail = (cause: unknown): void => {
    done.reject(
      new SyncError({
        code: 'browser-unavailable',
        retry: 'slow',
        scope: 'account',
        message: `no browser could be opened with ${command}`,
        cause,
      }),
    );
  };
  child.once('error', fail);
  child.once('exit', (code) => {
    if (code === 0) done.resolve(undefined);
    else fail(`exit code ${String(code)}`);
  });
  child.unref();
  try {
    await done.promise;
  } finally {
    clearTimeout(settled);
  }
}
