// Prefix of a further folder beside the ones that an account syncs already.
import type { PairConfig } from './config.ts';

type Place = Pick<PairConfig, 'bucket' | 'prefix'>;

/**
 * Bucket and prefix for a folder of this name, next to an existing one and still inside the user's own part. Null where
 * an existing folder holds all of that part, so that nothing beside it is left.
 */
export function placeBeside(existing: readonly Place[], name: string): Place | null {
  for (const { bucket, prefix } of existing) {
    const parent = parentOf(prefix);
    // A parent without the user's id belongs to every user of the role.
    if (parent === null || !keepsUser(prefix, parent)) continue;
    return { bucket, prefix: `${parent}${name.normalize('NFC')}/` };
  }
  return null;
}

function parentOf(prefix: string): string | null {
  if (prefix === '') return null;
  const cut = prefix.lastIndexOf('/', prefix.length - 2);
  return prefix.slice(0, cut + 1);
}

const variable = /\{(?:sub|tag:[^}]*)\}/g;

function keepsUser(prefix: string, parent: string): boolean {
  const all = prefix.match(variable)?.length ?? 0;
  return (parent.match(variable)?.length ?? 0) === all;
}
