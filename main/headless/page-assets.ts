// The closed list of files that the loopback page may serve, read once, and the headers that go with every answer.
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { SyncError } from '../core/errors.ts';

export type Asset = { readonly body: Buffer; readonly contentType: string };
/** By URL path, `/` being the page itself. */
export type Assets = ReadonlyMap<string, Asset>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

const manifestSchema = z.object({
  files: z
    .array(z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/))
    .max(200),
});

/** Reads exactly the files that the build listed beside `assetsDir` in `<assetsDir>-files.json`; nothing else can be asked for later. */
export async function readAssets(assetsDir: string): Promise<Assets> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(`${assetsDir}-files.json`, 'utf8')));
    const assets = new Map<string, Asset>();
    for (const file of manifest.files) {
      const contentType = contentTypes[extname(file)];
      if (contentType === undefined) continue;
      const asset = { body: await readFile(join(assetsDir, file)), contentType };
      assets.set(`/${file}`, asset);
      if (file === 'index.html') assets.set('/', asset);
    }
    if (!assets.has('/')) throw new Error('the list names no index.html');
    return assets;
  } catch (cause) {
    const message = `the page is not built: run "npm run build" (looked in ${assetsDir})`;
    throw new SyncError({ code: 'page-not-built', retry: 'user', scope: 'account', message, cause });
  }
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};
