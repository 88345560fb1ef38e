// Closed list of files served to the loopback UI, read once, with response headers.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentSecurityPolicy, contentTypeOf, parseFileList } from '../app/page-files.ts';
import { SyncError } from '../core/model/errors.ts';

export type Asset = { readonly body: Buffer; readonly contentType: string };
/** By URL path, `/` being the page itself. */
export type Assets = ReadonlyMap<string, Asset>;

/** Reads exactly the files that the build listed beside `assetsDir` in `<assetsDir>-files.json`; nothing else can be asked for later. */
export async function readAssets(assetsDir: string): Promise<Assets> {
  try {
    const files = parseFileList(await readFile(`${assetsDir}-files.json`, 'utf8'));
    const assets = new Map<string, Asset>();
    for (const file of files) {
      const contentType = contentTypeOf(file);
      if (contentType === null) continue;
      const asset = { body: await readFile(join(assetsDir, file)), contentType };
      assets.set(`/${file}`, asset);
      if (file === 'index.html') assets.set('/', asset);
    }
    if (!assets.has('/')) throw new Error('the list names no index.html');
    return assets;
  } catch (cause) {
    const message = `the page is not built: run "npm run build" (looked in ${assetsDir})`;
    throw new SyncError({ code: 'page-not-built', retry: 'slow', scope: 'account', message, cause });
  }
}

export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};
