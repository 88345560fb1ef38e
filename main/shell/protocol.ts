// Serves the page over `app://driftless`: exactly the files listed at build time, each with the full policy.
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';
import { z } from 'zod';
import { PAGE_SCHEME, isPageUrl } from './page-address.ts';

/** Neither `bypassCSP` nor `corsEnabled` nor service workers: the page gets what a plain https page gets. */
const pageScheme: CustomScheme = {
  scheme: PAGE_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const fileListSchema = z.strictObject({
  files: z.array(z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/)),
});

/** Must run before Electron is ready, and once. */
export function registerPageScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([pageScheme]);
}

/** Answers every request for `app://`; `pageDir` has its list in the file `<pageDir>-files.json`. */
export function servePage(protocol: Protocol, pageDir: string): void {
  const listed = new Set(
    fileListSchema.parse(JSON.parse(readFileSync(`${pageDir}-files.json`, 'utf8'))).files,
  );
  protocol.handle(PAGE_SCHEME, async (request) => {
    const file = listedFile(request, listed);
    if (file === null) return answer(404, 'text/plain; charset=utf-8', 'not found');
    const body = await readFile(join(pageDir, file));
    return answer(200, contentTypes[extname(file)] ?? 'application/octet-stream', new Uint8Array(body));
  });
}

/** Only an exact name from the list becomes a path on disk; nothing is decoded, joined or normalized on the way. */
function listedFile(request: Request, listed: ReadonlySet<string>): string | null {
  if (request.method !== 'GET' || !isPageUrl(request.url)) return null;
  const { pathname } = new URL(request.url);
  const name = pathname === '/' || pathname === '' ? 'index.html' : pathname.slice(1);
  return listed.has(name) ? name : null;
}

function answer(status: number, contentType: string, body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, {
    status,
    headers: {
      'Content-Type': contentType,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
  });
}
