// Check of every URL that is contacted or opened.
import { SyncError } from '../model/errors.ts';

export type UrlPolicy = {
  /** Allows http to a literal loopback address. */
  readonly development: boolean;
};

/** True if an http URL names this machine by address: names such as `localhost` can be pointed elsewhere. */
export function isLiteralLoopback(url: URL): boolean {
  return url.hostname === '127.0.0.1' || url.hostname === '[::1]';
}

/** A name or an address. The parser lets hosts pass with characters that a shell reads: `;`, `&`, `$`, quotes and brackets. */
export function isPlainHost(hostname: string): boolean {
  return /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/u.test(hostname);
}

export const plainHostRule = 'must name its host with letters, digits, dots and hyphens only';

/** Host with its port, for messages and pages; a text that is no URL as it is. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

/**
 * `https:`, or http to a literal loopback address under the development flag; without userinfo. Throws
 * `url-refused`.
 */
export function checkUrl(text: string, what: string, policy: UrlPolicy): URL {
  const refuse = (why: string): SyncError =>
    new SyncError({ code: 'url-refused', retry: 'slow', scope: 'account', message: `${what} ${why}` });
  if (text.length > longestUrlChars) throw refuse('is too long');
  // The parser drops line breaks, but the text itself is also written to files and terminals.
  if (/[\p{Cc}\p{Z}]/u.test(text)) throw refuse('must not contain spaces or control characters');
  const url = URL.parse(text);
  if (url === null) throw refuse('is not a URL');
  if (url.username !== '' || url.password !== '') throw refuse('must not contain a user name or password');
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (isWeb && !isPlainHost(url.hostname)) throw refuse(plainHostRule);
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw refuse('must start with https://');
  if (!isLiteralLoopback(url)) throw refuse('must start with https:// (http is for 127.0.0.1 only)');
  if (!policy.development)
    throw refuse('must start with https:// ("development": true allows http to 127.0.0.1)');
  return url;
}

const longestUrlChars = 8_192;
