// What both homes of the page serve it by: the content policy, the types of its files, and the closed list that the build made of them.
import { extname } from 'node:path';
import { z } from 'zod';

/** Scripts and styles from our own files alone, no other host, no frame around us, no markup from strings (security rule 16). */
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

/** Null for a kind of file that the page has no use for. */
export function contentTypeOf(file: string): string | null {
  return contentTypes[extname(file)] ?? null;
}

const fileListSchema = z.strictObject({
  files: z.array(z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/)).max(200),
});

/** The text of `<page folder>-files.json`. Throws where it could name anything outside that folder. */
export function parseFileList(text: string): readonly string[] {
  return fileListSchema.parse(JSON.parse(text)).files;
}
