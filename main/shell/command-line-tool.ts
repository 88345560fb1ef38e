// The command line beside the app: one link or .cmd file in the user's own folder of programs.
import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { CommandLineTool, CommandLineView } from '../app/settings.ts';
import { isFlatpak } from '../core/config/flatpak.ts';
import { makeInTurn } from '../core/in-turn.ts';
import { appImageOf } from './autostart.ts';

export type ToolParts = {
  readonly isPackaged: boolean;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  /** Folder `resources` of the installed app, where packing put `cli`; undefined outside Electron. */
  readonly resources: string | undefined;
  readonly userHome: string;
};

/** Null in a checkout, in a Flatpak, whose programs are not there outside of it, and where no command line was packed beside the app. */
export function createCommandLineTool(parts: ToolParts): CommandLineTool | null {
  const { isPackaged, resources, env } = parts;
  if (isFlatpak(env)) return null;
  const place = isPackaged && resources !== undefined ? placeOf(parts, join(resources, 'cli')) : null;
  return place === null ? null : toolAt(place, parts);
}

type Place = {
  readonly file: string;
  /** What `file` starts: the packed program, or its copy. */
  readonly program: string;
  /** Text of `file` where that is no link. */
  readonly script: string | null;
  /** Folder for a copy; null where the packed program stays where it is. */
  readonly copy: string | null;
  /** Packed tree that is started or copied. */
  readonly packed: string;
};

function placeOf(parts: ToolParts, packed: string): Place | null {
  if (parts.platform === 'win32') return windowsPlace(parts, packed);
  if (parts.platform !== 'linux' || !existsSync(join(packed, 'bin', 'driftless'))) return null;
  const { env, userHome } = parts;
  const dataHome = env['XDG_DATA_HOME'];
  const data = dataHome !== undefined && isAbsolute(dataHome) ? dataHome : join(userHome, '.local', 'share');
  // An AppImage runs from a mount that is gone when the app ends.
  const copy = appImageOf(env, parts.execPath) === null ? null : join(data, 'driftless', 'cli');
  return {
    file: join(userHome, '.local', 'bin', 'driftless'),
    program: join(copy ?? packed, 'bin', 'driftless'),
    script: null,
    copy,
    packed,
  };
}

/** In the folder that Windows itself puts on every user's PATH, so that the PATH is left as it is. */
function windowsPlace({ env }: ToolParts, packed: string): Place | null {
  const local = env['LOCALAPPDATA'];
  const program = join(packed, 'driftless.cmd');
  if (local === undefined || !existsSync(program)) return null;
  const below = relative(local, program).split(sep).join('\\');
  // cmd.exe reads the file in its window's code page, so the user's folder, whose name may have any letters, stays a variable.
  if (below.startsWith('..') || /[^\w .\\-]/u.test(below)) return null;
  return {
    file: join(local, 'Microsoft', 'WindowsApps', 'driftless.cmd'),
    program,
    script: `@"%LOCALAPPDATA%\\${below}" %*\r\n`,
    copy: null,
    packed,
  };
}

function toolAt(place: Place, { env }: ToolParts): CommandLineTool {
  let view: CommandLineView | null = null;
  const look = (): CommandLineView => {
    const { file, program, copy } = place;
    const isOnPath = (env['PATH'] ?? '').split(delimiter).includes(dirname(file));
    return { file, program, copy, state: stateOf(place), isOnPath };
  };
  // Two copies at once would mix in the same folder.
  const inTurn = makeInTurn();
  async function install(): Promise<boolean> {
    view = null;
    if (stateOf(place) === 'occupied') return false;
    if (place.copy !== null) await copyTree(place.packed, place.copy);
    await writeStarter(place);
    view = null;
    return true;
  }
  async function remove(): Promise<boolean> {
    if (stateOf(place) !== 'installed') return false;
    await rm(place.file);
    view = null;
    if (place.copy !== null) await rm(place.copy, { recursive: true, force: true });
    return true;
  }
  async function renew(): Promise<void> {
    if (place.copy === null || stateOf(place) !== 'installed') return;
    if (versionIn(place.copy) !== versionIn(place.packed)) await copyTree(place.packed, place.copy);
  }
  return {
    // Kept: a snapshot is taken many times a second.
    view: () => (view ??= look()),
    install: () => inTurn(install),
    remove: () => inTurn(remove),
    renew: () => inTurn(renew),
  };
}

/** A file or link that another program or the user put there is `occupied`, and stays. */
function stateOf(place: Place): CommandLineView['state'] {
  try {
    return stateOn(place);
  } catch {
    // Not to be looked at, as where a folder above is a file: installing fails by the same, and says why.
    return 'absent';
  }
}

function stateOn(place: Place): CommandLineView['state'] {
  const found = lstatSync(place.file, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  if (found.isSymbolicLink()) {
    const target = resolve(dirname(place.file), readlinkSync(place.file));
    if (place.script === null && target === place.program) return 'installed';
    // Ours from an app that was somewhere else.
    return place.script === null && /[/]cli[/]bin[/]driftless$/u.test(target) && !existsSync(target)
      ? 'absent'
      : 'occupied';
  }
  if (place.script === null || !found.isFile() || found.size > longestScript) return 'occupied';
  const text = readFileSync(place.file, 'utf8');
  if (text === place.script) return 'installed';
  return ownScript.test(text) ? 'absent' : 'occupied';
}

/** Bytes; a file that is longer is no script of ours. */
const longestScript = 4096;
const ownScript = /^@"%LOCALAPPDATA%\\[\w .\\-]+\\cli\\driftless\.cmd" %\*\r\n$/u;

/** In one step, so that a terminal never finds half of it. */
async function writeStarter({ file, program, script }: Place): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  // No other program has a file of this name.
  const beside = `${file}.${randomUUID()}`;
  try {
    await (script === null ? symlink(program, beside) : writeFile(beside, script, { flag: 'wx' }));
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Whole before it takes the earlier one's place. */
async function copyTree(from: string, to: string): Promise<void> {
  const beside = `${to}.new`;
  await mkdir(dirname(to), { recursive: true });
  await rm(beside, { recursive: true, force: true });
  await cp(from, beside, { recursive: true, verbatimSymlinks: true });
  await rm(to, { recursive: true, force: true });
  await rename(beside, to);
}

function versionIn(tree: string): string | null {
  try {
    const text = readFileSync(join(tree, 'lib', 'driftless', 'package.json'), 'utf8');
    return String((JSON.parse(text) as { readonly version?: unknown }).version);
  } catch {
    // Missing or damaged: it is copied again.
    return null;
  }
}
