// Places of folders in the user's part of the bucket: of a further one, and of one that moves.
import { parseRelPath } from '../model/path.ts';
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

/** Place of a folder: `above` is what holds all places that its user may choose, `name` the rest, without a slash at its end. */
export function splitPlace(prefix: string): { readonly above: string; readonly name: string } {
  const last = [...prefix.matchAll(variable)].at(-1);
  const above =
    last === undefined ? (parentOf(prefix) ?? '') : prefix.slice(0, prefix.indexOf('/', last.index) + 1);
  return { above, name: prefix.slice(above.length).replace(/\/$/u, '') };
}

/** Prefix after the move to this name; an empty one stands for all of the user's own part. Null for a name that no folder can have. */
export function movedPrefix(prefix: string, name: string): string | null {
  const { above } = splitPlace(prefix);
  const parsed = parseRelPath(name);
  // A brace would begin a variable of the settings.
  if (parsed.kind === 'refused' || /[{}]/u.test(name)) return null;
  if (parsed.path !== '') return `${above}${parsed.path}/`;
  return above.match(variable) === null ? null : above;
}

const variable = /\{(?:sub|tag:[^}]*)\}/g;

function keepsUser(prefix: string, parent: string): boolean {
  const all = prefix.match(variable)?.length ?? 0;
  return (parent.match(variable)?.length ?? 0) === all;
}
