// Text of a request and head of its plain answer, without `node:http`.
import type { WholeRequest } from './exchange.ts';

export const headEnd = '\r\n\r\n';

type Wanted = {
  readonly into: Uint8Array;
  /** Of the range that was asked for; null for an object as a whole. */
  readonly start: string | null;
};

export type Head = {
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly lengthBytes: number;
};

/** Null for all but the plain answer to this request. */
export function readHead(text: string, { start, into }: Wanted): Head | null {
  const [first = '', ...lines] = text.split('\r\n');
  const [, status, reason = ''] = /^HTTP\/1\.1 (20[06])(?: (.*))?$/u.exec(first) ?? [];
  if (status !== (start === null ? '200' : '206')) return null;
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const [, name, padded] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/u.exec(line) ?? [];
    if (name === undefined || padded === undefined) return null;
    const key = name.toLowerCase();
    const value = withoutPadding(padded);
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const { 'content-length': length = '', 'content-range': range } = headers;
  const isWanted = start === null ? range === undefined : range?.startsWith(`bytes ${start}-`) === true;
  const isPlain =
    /^\d{1,15}$/u.test(length) &&
    Number(length) <= into.length &&
    isWanted &&
    headers['transfer-encoding'] === undefined;
  return isPlain ? { reason, headers, lengthBytes: Number(length) } : null;
}

/** Servers close idle connections after five seconds and more; one that is about to be closed must not be used. */
const longestIdleMs = 4000;
const travelMs = 1000;

/** How long a connection may wait for its next request; 0 where the server closes it. */
export function idleMsAfter(headers: Head['headers']): number {
  const { connection = 'keep-alive', 'keep-alive': stated = '' } = headers;
  if (connection.toLowerCase() !== 'keep-alive') return 0;
  const seconds = /\btimeout=(\d{1,9})/iu.exec(stated)?.[1];
  if (seconds === undefined) return longestIdleMs;
  return Math.min(longestIdleMs, Math.max(0, Number(seconds) * 1000 - travelMs));
}

/** Not by a regular expression, which takes the square of a run of blanks inside. */
function withoutPadding(text: string): string {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}

/** Line breaks in a value would be lines of our own making. */
const soundPath = /^[\x21-\x7e]+$/u;
const soundName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;
const soundValue = /^[\t\x20-\x7e\x80-\xff]*$/u;

/** Null where a value would not stay in its line. */
export function requestText({
  method,
  path,
  headers,
}: Pick<WholeRequest, 'method' | 'path' | 'headers'>): string | null {
  const lines = [`${method} ${path} HTTP/1.1`];
  let isSound = soundPath.test(path);
  for (const [name, value] of Object.entries(headers)) {
    isSound &&= soundName.test(name) && soundValue.test(value);
    lines.push(`${name}: ${value}`);
  }
  return isSound ? `${lines.join('\r\n')}\r\nconnection: keep-alive${headEnd}` : null;
}
