// Place of state and logs: XDG state for the default home on Linux, else the home itself.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoOf } from '../errno.ts';
import { isWithin } from '../path-within.ts';
import { otherOwner, recordOwner } from './state-owner.ts';
import { cacheDirectory, platformHome, thisMachine } from './data-dir.ts';
import type { HomeSource } from './data-dir.ts';

const writableByOthers = 0o022;
const logs = ['driftless.log', 'driftless.log.1'];

/**
 * Null where state belongs into the home: one that was named, another system. The home keeps a link `pairs` to it, so that a
 * process with another environment (a service, a desktop session) and an older version find the same state.
 */
function wantedState(home: string, { platform, env, userHome }: HomeSource): string | null {
  if (platform === 'darwin' || platform === 'win32') return null;
  if (resolve(home) !== platformHome({ platform, env, userHome })) return null;
  const given = env['XDG_STATE_HOME'];
  const stateHome = given !== undefined && isAbsolute(given) ? given : join(userHome, '.local', 'state');
  return join(stateHome, 'driftless');
}

/** Where state and logs of this home are. A link of the user's own to another place moves the state only, not the logs. */
export function stateDirectory(home: string): string {
  const target = linkedState(home);
  if (target === null || basename(target) !== 'pairs' || basename(dirname(target)) !== 'driftless')
    return home;
  return dirname(target);
}

function linkedState(home: string): string | null {
  const pairs = join(home, 'pairs');
  return isLink(pairs) ? stateTarget(pairs) : null;
}

/** `elsewhere`: where state and logs move when an engine next starts, unless something hinders it; null where they are in place. */
export function describeState(
  home: string,
  source: HomeSource = thisMachine(),
): { readonly directory: string; readonly elsewhere: string | null } {
  const directory = stateDirectory(home);
  const wanted = wantedState(home, source);
  const isInHome = directory === resolve(home) && linkedState(home) === null;
  return { directory, elsewhere: isInHome ? wanted : null };
}

export function logFile(home: string): string {
  return join(stateDirectory(home), 'driftless.log');
}

/** Makes the folder of the pairs' state where there is none. Moves nothing, so no lock is needed. Throws what the disk says. */
export function openState(home: string, source: HomeSource = thisMachine()): void {
  const pairs = join(home, 'pairs');
  const wanted = wantedState(home, source);
  // A link without a target: the state was removed, or the home came from another machine.
  if (!existsSync(pairs) && wanted !== null && makeOwn(wanted) && isFree(home, wanted))
    linkTo(pairs, join(wanted, 'pairs'));
  else if (!existsSync(pairs)) mkdirSync(stateTarget(pairs), { recursive: true, mode: 0o700 });
}

/** False where another default home, by another `XDG_CONFIG_HOME`, has its state there. */
function isFree(home: string, wanted: string): boolean {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return otherOwner(home, join(wanted, 'pairs')) === null;
}

/**
 * Moves state and logs that an older version kept in the home; only the holder of the engine lock may. What cannot be moved (another
 * disk, something in its place) stays and is used where it is. Never throws.
 */
export function moveState(home: string, source: HomeSource = thisMachine()): void {
  const pairs = join(home, 'pairs');
  const wanted = wantedState(home, source);
  if (wanted === null || !isFolder(pairs) || isInPair(home, wanted) || !makeOwn(wanted)) return;
  try {
    const target = join(wanted, 'pairs');
    // Only an empty one is replaced: two states are never mixed.
    if (existsSync(target)) rmdirSync(target);
    renameSync(pairs, target);
    linkTo(pairs, target);
    for (const name of logs)
      if (existsSync(join(home, name)) && !existsSync(join(wanted, name)))
        renameSync(join(home, name), join(wanted, name));
  } catch {
    // It stays; `driftless doctor` says where it is.
  }
}

/** True where an account of an older version syncs a folder that the state would lie in: it stays where it is. */
function isInPair(home: string, wanted: string): boolean {
  return foldersOfPairs(home).some((folder) => isWithin(realPathOf(folder), realPathOf(wanted)));
}

/** As the settings have them, valid or not: a move of the state must not make them invalid. */
function foldersOfPairs(home: string): readonly string[] {
  try {
    const { pairs } = JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as { pairs?: unknown };
    if (!Array.isArray(pairs)) return [];
    return pairs.flatMap((pair: unknown) => {
      const folder = typeof pair === 'object' && pair !== null && 'folder' in pair ? pair.folder : null;
      return typeof folder === 'string' && isAbsolute(folder) ? [folder] : [];
    });
  } catch {
    return [];
  }
}

/** Real path of the part that exists. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPathOf(dirname(path)), basename(path));
  }
}

function linkTo(pairs: string, target: string): void {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(pairs), { recursive: true, mode: 0o700 });
  if (isLink(pairs)) unlinkSync(pairs);
  // Made by an older version that started meanwhile; one that holds something stays.
  else if (isFolder(pairs)) rmdirSync(pairs);
  try {
    symlinkSync(target, pairs);
  } catch (error) {
    // Another process made the same link.
    if (errnoOf(error) !== 'EEXIST' || !isLink(pairs)) throw error;
  }
  recordOwner(dirname(pairs), target);
}

/** False where it cannot be made, or where another user owns it or may write to it. */
function makeOwn(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid !== process.getuid?.() || (mode & writableByOthers) !== 0) return false;
    chmodSync(folder, 0o700);
    return true;
  } catch {
    return false;
  }
}

function stateTarget(pairs: string): string {
  return isLink(pairs) ? resolve(dirname(pairs), readlinkSync(pairs)) : pairs;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Folders of the app itself, which no pair may overlap (S15): the home, where it is or will be elsewhere the state, and the cache, whose
 * compiled code is run as it lies there.
 */
export function ownFolders(home: string, source: HomeSource = thisMachine()): readonly string[] {
  const wanted = wantedState(home, source);
  const isComing = wanted !== null && !isInPair(home, wanted);
  const state = [stateDirectory(home), linkedState(home) ?? home, isComing ? wanted : home];
  const folders = [home, ...state, cacheDirectory(source)];
  return [...new Set(folders.map(realPathOf))];
}
