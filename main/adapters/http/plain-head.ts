// Text of a request and head of a plain answer, for connections whose bytes are read without `node:http`.
import type { WholeRequest } from './exchange.ts';

export const headEnd = '\r\n\r\n';

type Wanted = { readonly into: Uint8Array; readonly start: string };

export type Head = {
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly lengthBytes: number;
};

/** Null for all but the plain answer to this request. */
export function readHead(text: string, { start, into }: Wanted): Head | null {
  const [first = '', ...lines] = text.split('\r\n');
  const reason = /^HTTP\/1\.1 206(?: (.*))?$/u.exec(first);
  if (reason === null) return null;
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const [, name, padded] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/u.exec(line) ?? [];
    if (name === undefined || padded === undefined) return null;
    const key = name.toLowerCase();
    const value = withoutPadding(padded);
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const { 'content-length': length = '', 'content-range': range = '' } = headers;
  const isPlain =
    /^\d{1,15}$/u.test(length) &&
    Number(length) <= into.length &&
    range.startsWith(`bytes ${start}-`) &&
    headers['transfer-encoding'] === undefined;
  return isPlain ? { reason: reason[1] ?? '', headers, lengthBytes: Number(length) } : null;
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

export function requestText({ path, headers }: Pick<WholeRequest, 'path' | 'headers'>): string | null {
  const lines = [`GET ${path} HTTP/1.1`];
  let isSound = soundPath.test(path);
  for (const [name, value] of Object.entries(headers)) {
    isSound &&= soundName.test(name) && soundValue.test(value);
    lines.push(`${name}: ${value}`);
  }
  return isSound ? `${lines.join('\r\n')}\r\nconnection: keep-alive${headEnd}` : null;
}
