// Folder of a new pair: suggestion, location check, creation.
import { mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { isFlatpak } from '../../core/config/flatpak.ts';
import { SyncError } from '../../core/model/errors.ts';
import { isWithin } from '../system/path-within.ts';

/** `Driftless` below `base`, or `Driftless 2`, ... where that would overlap a folder that is synced already. */
export function suggestFolder(base: string, taken: readonly string[]): string {
  // Nothing below such a one is free, whatever its name; the settings will say so.
  if (taken.some((other) => isWithin(other, base))) return join(base, 'Driftless');
  for (let count = 1; ; count += 1) {
    const folder = join(base, count === 1 ? 'Driftless' : `Driftless ${String(count)}`);
    if (!taken.some((other) => isWithin(other, folder) || isWithin(folder, other))) return folder;
  }
}

/**
 * Where folders may be chosen: where the page says, and in a Flatpak where its manifest lets it sync; null for anywhere. Elsewhere in its home it would write into a folder that is gone with its
 * last process, and what the dialog of the desktop opens for it (`/run/user/UID/doc`) reports no changes of other programs.
 */
export function folderRoots(
  ofPage: readonly string[] | null,
  env: Readonly<Record<string, string | undefined>>,
  userHome: string,
): readonly string[] | null {
  return ofPage ?? (isFlatpak(env) ? [join(userHome, 'Driftless')] : null);
}

export type MadeFolder = {
  readonly path: string;
  /** Takes back what was made; what has something in it by now stays. */
  undo(): Promise<void>;
};

/**
 * Creates the folder with its missing parents. `roots`: where it may be; null for anywhere, because the user
 * chose it in the system's own dialog. Throws SyncError folder-refused.
 */
export async function makeFolder(
  asked: string,
  { roots, userHome }: { readonly roots: readonly string[] | null; readonly userHome: string },
): Promise<MadeFolder> {
  const path = normalize(asked.replace(/^~(?=$|[\\/])/, () => userHome));
  if (!isAbsolute(path))
    throw refused('it must be a whole path, from the root of the disk or from ~', { why: 'no-whole-path' });
  if (roots !== null) await demandBelow(path, roots);
  let first: string | undefined;
  try {
    first = await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refused('it cannot be made there', { why: 'folder-not-made' }, cause);
  }
  return {
    path,
    async undo() {
      if (first === undefined) return;
      for (let at = path; isWithin(first, at); at = dirname(at)) {
        try {
          await rmdir(at);
        } catch {
          // Something is in it already: then it is not ours to take away.
          return;
        }
      }
    },
  };
}

/** By name, and by where links in what exists of it really lead. */
async function demandBelow(path: string, roots: readonly string[]): Promise<void> {
  for (const root of roots) {
    if (!isWithin(root, path)) continue;
    const [realRoot, realPath] = [await realPrefix(root), await realPrefix(path)];
    if (isWithin(realRoot, realPath)) return;
  }
  const below = roots.join(', ');
  throw refused(`this page may choose folders below ${below} only`, {
    why: 'folder-elsewhere',
    roots: below,
  });
}

async function realPrefix(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    const above = dirname(path);
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (!isMissing || above === path)
      throw refused('it cannot be looked at', { why: 'folder-unseen' }, cause);
    return join(await realPrefix(above), relative(above, path));
  }
}

/** @param why code and fields of the page's sentence, `reason.<why>` in the catalogue */
function refused(reason: string, why: Readonly<Record<string, string>>, cause?: unknown): SyncError {
  return new SyncError({
    code: 'folder-refused',
    retry: 'slow',
    scope: 'account',
    message: `the folder was refused: ${reason}`,
    fields: { reason, ...why },
    cause,
  });
}
