// ContentType by file name, from the `mime-types` database; unknown names are plain bytes.
import type { contentType } from 'mime-types';
import type { RelPath } from '../../core/model/model.ts';
import { nameOf } from '../../core/model/path.ts';

let known: typeof contentType | null = null;

/** Two thousand types: a pass that sends nothing starts without them. */
export async function loadContentTypes(): Promise<typeof contentType> {
  known ??= (await import('mime-types')).contentType;
  return known;
}

/** A promise until the types were loaded once. */
export function contentTypeOf(path: RelPath): string | Promise<string> {
  return known === null ? loadContentTypes().then((types) => typeIn(types, path)) : typeIn(known, path);
}

function typeIn(types: typeof contentType, path: RelPath): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const found = dot > 0 ? types(name.slice(dot)) : false;
  return found === false ? 'application/octet-stream' : found;
}
