// `app://driftless` protocol handler: files listed at build time, with the full policy.
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';
import { contentSecurityPolicy, contentTypeOf, parseFileList } from '../../app/page-files.ts';
import { PAGE_SCHEME, isPageUrl } from './page-address.ts';

/** Neither `bypassCSP` nor `corsEnabled` nor service workers: the page gets what a plain https page gets. */
const pageScheme: CustomScheme = {
  scheme: PAGE_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

/** Must run before Electron is ready, and once. */
export function registerPageScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([pageScheme]);
}

/** Answers every request for `app://`; `pageDir` has its list in the file `<pageDir>-files.json`. */
export function servePage(protocol: Protocol, pageDir: string): void {
  const listed = new Set(parseFileList(readFileSync(`${pageDir}-files.json`, 'utf8')));
  protocol.handle(PAGE_SCHEME, async (request) => {
    const file = listedFile(request, listed);
    if (file === null) return answer(404, 'text/plain; charset=utf-8', 'not found');
    const body = await readFile(join(pageDir, file));
    return answer(200, contentTypeOf(file) ?? 'application/octet-stream', new Uint8Array(body));
  });
}

/** Only an exact name from the list becomes a path; nothing is decoded, joined or normalised. */
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
      'Content-Security-Policy': contentSecurityPolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
  });
}
