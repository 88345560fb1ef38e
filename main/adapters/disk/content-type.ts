// ContentType by file name, from the `mime-types` database; unknown names are plain bytes.
import { contentType } from 'mime-types';
import type { RelPath } from '../../core/model/model.ts';
import { nameOf } from '../../core/model/path.ts';

export function contentTypeOf(path: RelPath): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const found = dot > 0 ? contentType(name.slice(dot)) : false;
  return found === false ? 'application/octet-stream' : found;
}
