// Static page delivery: content security policy, MIME types, list of built files.
import { extname } from 'node:path';
import { z } from 'zod';

/** Content Security Policy: own scripts and styles only, no other host, no framing, no markup from strings (security rule 16). */
export const contentSecurityPolicy = [
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
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Null for a file type that the page does not use. */
export function contentTypeOf(file: string): string | null {
  return contentTypes[extname(file)] ?? null;
}

const fileListSchema = z.strictObject({
  files: z.array(z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/)).max(200),
});

/** Parses `<page folder>-files.json`. Throws if an entry could point outside that folder. */
export function parseFileList(text: string): readonly string[] {
  return fileListSchema.parse(JSON.parse(text)).files;
}
