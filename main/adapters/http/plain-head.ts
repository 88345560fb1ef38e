// Text of a request and head of its plain answer, without `node:http`.
import type { WholeRequest } from './exchange.ts';

export const headEnd = '\r\n\r\n';

type Wanted = {
  readonly into: Uint8Array;
  /** Of the range that was asked for; null for an object as a whole. */
  readonly start: string | null;
  /** What comes without a body: any answer to a HEAD; that an object is still the one which the asker knows. */
  readonly bare?: 'head' | 'unmodified' | null;
};

export type Head = {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly lengthBytes: number;
};

/** Null for all but the plain answer to this request. */
export function readHead(text: string, { start, into, bare = null }: Wanted): Head | null {
  // In one pass, with arrays for the first line only: it runs for each of many thousand small files.
  const lineEnd = endOfLine(text, 0);
  const [, status, reason = ''] = /^HTTP\/1\.1 ([2-5]\d\d)(?: (.*))?$/u.exec(text.slice(0, lineEnd)) ?? [];
  const isBare = status !== undefined && (bare === 'head' || (bare === 'unmodified' && status === '304'));
  const isUsual = isBare || status === (start === null ? '200' : '206');
  if (!isUsual || /[^\r]\n|\r[^\n]|[\r\n]$/u.test(text)) return null;
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
  const isFramed = isBare || (/^\d{1,15}$/u.test(length) && Number(length) <= into.length);
  if (!isFramed || !isWanted || headers['transfer-encoding'] !== undefined) return null;
  // A length that is stated without a body is that of the object.
  return { statusCode: Number(status), reason, headers, lengthBytes: isBare ? 0 : Number(length) };
}

/** Where a server says nothing. A read over a connection that was closed is made again, and a poll every ten seconds needs no new one. */
const longestIdleMs = 15_000;
/** Servers close idle connections after five seconds and more; a write must not meet one that is about to be closed. */
export const freshMs = 4000;
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

/** A request in one piece of memory, for one call to the system. */
export function joined(head: string, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}
