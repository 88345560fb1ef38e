/** Containment of paths by name; links are the caller's to resolve. */
import { isAbsolute, relative, sep } from 'node:path';

/** True for the folder itself, too. Both paths absolute. */
export function isWithin(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return path === '' || (!isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`));
}
