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
  // In one pass, with arrays for the first line only: it runs for each of many thousand small files.
  const lineEnd = endOfLine(text, 0);
  const [, status, reason = ''] = /^HTTP\/1\.1 (20[06])(?: (.*))?$/u.exec(text.slice(0, lineEnd)) ?? [];
  if (status !== (start === null ? '200' : '206') || /[^\r]\n|\r[^\n]|[\r\n]$/u.test(text)) return null;
  const headers = Object.create(null) as Record<string, string>;
  for (let from = lineEnd + 2; from <= text.length;) {
    const to = endOfLine(text, from);
    const colon = text.indexOf(':', from);
    if (colon < 0 || colon >= to) return null;
    const name = text.slice(from, colon);
    if (!soundName.test(name)) return null;
    const key = name.toLowerCase();
    const value = withoutPadding(text, colon + 1, to);
    from = to + 2;
    const known = headers[key];
    headers[key] = known === undefined ? value : `${known}, ${value}`;
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

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end < 0 ? text.length : end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Not by a regular expression, which takes the square of a run of blanks inside. */
function withoutPadding(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
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
  let text = `${method} ${path} HTTP/1.1\r\n`;
  let isSound = soundPath.test(path);
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    isSound &&= soundName.test(name) && soundValue.test(value);
    text += `${name}: ${value}\r\n`;
  }
  return isSound ? `${text}connection: keep-alive${headEnd}` : null;
}
