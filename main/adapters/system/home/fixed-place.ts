// Check that no other user can put another folder in the place of ours.
import { lstatSync, readlinkSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import { SyncError } from '../../../core/model/errors.ts';

/** Names folders in which other users may write, because no other user can reach them, as in a container. */
export const trustVariable = 'DRIFTLESS_TRUSTED_FOLDERS';

type Environment = Readonly<Record<string, string | undefined>>;

const writableByAll = 0o002;
const sticky = 0o1000;
/** As Linux counts them. */
const mostLinks = 40;

/** Absolute paths, separated as in `PATH`. */
export function trustedFolders(env: Environment): ReadonlySet<string> {
  const named = (env[trustVariable] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return new Set(named.map((folder) => resolve(folder)));
}

export type Place = {
  /** What lies there, such as "the folder of the settings". */
  readonly what: string;
  readonly folder: string;
  readonly env: Environment;
};

/**
 * Looks at every folder in which a name of the path is looked up, also those that links on the way lead through. Throws SyncError
 * `config-invalid` with what to do; a path that ends early is fixed up to there.
 */
export function demandFixedPlace({ what, folder, env }: Place): void {
  const trusted = trustedFolders(env);
  for (const { within, linkOwner } of stepsOf(resolve(folder))) {
    if (trusted.has(within)) continue;
    const { mode } = lstatSync(within);
    if ((mode & writableByAll) === 0) continue;
    if ((mode & sticky) === 0)
      throw unsafe(
        `${what}, ${folder}, is in ${within}, where all users can put another in its place; run: chmod +t ${quoted(within)} (or, where no other user can reach it, as in a container, set ${trustVariable}=${within})`,
      );
    if (linkOwner !== null && linkOwner !== process.getuid?.() && linkOwner !== 0)
      throw unsafe(`${what}, ${folder}, is behind a link of another user in ${within}; use its own path`);
  }
}

export type Step = { readonly within: string; readonly linkOwner: number | null };

/** Each folder in which a name of the path is looked up, also those that links on the way lead through; ends at the first name that is not there. */
export function stepsOf(path: string): readonly Step[] {
  const steps: Step[] = [];
  const { root } = parse(path);
  let at = root;
  let links = 0;
  const names = path.slice(root.length).split(sep);
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const found = lstatSync(join(at, name), { throwIfNoEntry: false });
    steps.push({ within: at, linkOwner: found?.isSymbolicLink() === true ? found.uid : null });
    if (found === undefined) return steps;
    if (!found.isSymbolicLink()) {
      at = join(at, name);
      continue;
    }
    links += 1;
    if (links > mostLinks) throw unsafe(`${path} leads through too many links`);
    const target = readlinkSync(join(at, name));
    if (isAbsolute(target)) at = root;
    names.unshift(...target.split(sep));
  }
  return steps;
}

/** For a command to copy. */
export function quoted(path: string): string {
  return /^[\w./+@%:,-]+$/u.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

export function unsafe(message: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message,
    fields: { field: 'home' },
  });
}
