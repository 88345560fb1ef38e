// Change log entry: the remote paths other devices should scan; parsed as untrusted input (C24).
import { assertNever } from './model/errors.ts';
import type { Op, RelPath } from './model/model.ts';
import { depthOf, parentOf, parseRelPath, rootPath, utf8Bytes } from './model/path.ts';

/** A file's key, a folder's marker, or a folder with everything below it. */
export type ChangeScope = 'file' | 'folder' | 'below';
export type RemoteMove = { readonly from: RelPath; readonly to: RelPath; readonly entry: 'file' | 'folder' };

/** Where to scan. The log never decides the state: HEAD and LIST do. */
export type RemoteChanges = {
  readonly files: readonly RelPath[];
  readonly folders: readonly RelPath[];
  readonly below: readonly RelPath[];
  readonly moves: readonly RemoteMove[];
};

export type ChangeLog = {
  /** `<seq>-<id>`: also the last part of its key. */
  readonly name: string;
  readonly previous: string | null;
  readonly changes: RemoteChanges;
};

/** S22: nothing beyond this is read. */
export const maxLogBytes = 256 * 1024;
export const maxHeadBytes = 4 * 1024;
const maxWrittenBytes = 96 * 1024;
const maxEntries = 500;
const seqDigits = 12;
const namePattern = /^[0-9]{12}-[0-9a-f]{32}$/u;

export const noChanges: RemoteChanges = { files: [], folders: [], below: [], moves: [] };
export const everythingChanged: RemoteChanges = { ...noChanges, below: [rootPath] };

export function logName(seq: number, id: string): string {
  return `${String(seq).padStart(seqDigits, '0')}-${id}`;
}

/** After the last number that a log can have, which a stranger's head may name, they begin again: readers list everything once. */
export function nextSeq(previous: string | null): number {
  const last = previous === null ? 0 : seqOfLog(previous);
  return last >= 10 ** seqDigits - 1 ? 1 : last + 1;
}

export function seqOfLog(name: string): number {
  return Number(name.slice(0, seqDigits));
}

export function isLogName(value: unknown): value is string {
  return typeof value === 'string' && namePattern.test(value);
}

/** Remote paths that a plan may change; a path that then does not change costs the reader one HEAD. */
export function changesOfOps(ops: readonly Op[]): RemoteChanges {
  const files: RelPath[] = [];
  const folders: RelPath[] = [];
  const moves: RemoteMove[] = [];
  for (const op of ops) {
    switch (op.kind) {
      case 'upload':
      case 'remove-remote':
        files.push(op.path);
        break;
      case 'make-remote-folder':
      case 'remove-remote-folder':
        folders.push(op.path);
        break;
      case 'move-remote':
        moves.push({ from: op.from, to: op.path, entry: op.entry });
        break;
      case 'adopt':
      case 'forget':
      case 'hash-local':
      case 'identify-remote':
      case 'download':
      case 'make-local-folder':
      case 'remove-local':
      case 'remove-local-folder':
      case 'move-local':
      case 'set-aside':
        break;
      default:
        assertNever(op);
    }
  }
  return { files, folders, below: [], moves };
}

export function hasChanges(changes: RemoteChanges): boolean {
  return countOf(changes) > 0;
}

function countOf({ files, folders, below, moves }: RemoteChanges): number {
  return files.length + folders.length + below.length + moves.length;
}

export function joinChanges(one: RemoteChanges, other: RemoteChanges): RemoteChanges {
  return {
    files: [...new Set([...one.files, ...other.files])],
    folders: [...new Set([...one.folders, ...other.folders])],
    below: [...new Set([...one.below, ...other.below])],
    moves: [...one.moves, ...other.moves],
  };
}

/** Each path once with its scope; paths inside a folder with scope `below` are dropped. */
export function scopesOf(changes: RemoteChanges): ReadonlyMap<RelPath, ChangeScope> {
  const below = new Set<RelPath>(changes.below);
  for (const move of changes.moves) {
    if (move.entry === 'folder') below.add(move.from).add(move.to);
  }
  const scopes = new Map<RelPath, ChangeScope>();
  const add = (path: RelPath, scope: ChangeScope): void => {
    if (isInside(path, below)) return;
    const known = scopes.get(path);
    scopes.set(path, known === undefined || known === scope ? scope : 'below');
  };
  for (const path of below) add(path, 'below');
  for (const path of changes.files) add(path, 'file');
  for (const path of changes.folders) add(path, 'folder');
  for (const move of changes.moves) {
    add(move.from, move.entry === 'file' ? 'file' : 'below');
    add(move.to, move.entry === 'file' ? 'file' : 'below');
  }
  return scopes;
}

function isInside(path: RelPath, folders: ReadonlySet<RelPath>): boolean {
  if (path === rootPath || folders.size === 0) return false;
  for (let dir = parentOf(path); ; dir = parentOf(dir)) {
    if (folders.has(dir)) return true;
    if (dir === rootPath) return false;
  }
}

/** Beyond the limit the deepest paths are replaced by "everything below their folder", until the rest fits. */
export function capChanges(changes: RemoteChanges): RemoteChanges {
  if (fits(changes)) return changes;
  const scopes = [...scopesOf(changes)];
  // Raised further, paths become fewer and never more: so the depth is found by halves. Level by level, keys of a thousand bytes would take
  // the square of their depth, and other writers choose them.
  let [least, beyond] = [0, scopes.reduce((most, [path]) => Math.max(most, depthOf(path)), 0) + 1];
  let capped = everythingChanged;
  while (beyond - least > 1) {
    const depth = (least + beyond) >> 1;
    const tried = raisedTo(scopes, depth);
    if (fits(tried)) [least, capped] = [depth, tried];
    else beyond = depth;
  }
  return capped;
}

/** With what lies deeper as "everything below" the folder at this depth that holds it. */
function raisedTo(scopes: readonly (readonly [RelPath, ChangeScope])[], depth: number): RemoteChanges {
  const raised = new Map<RelPath, ChangeScope>();
  for (const [path, scope] of scopes) {
    const top = ancestorAt(path, depth);
    if (top === null) raised.set(path, raised.has(path) ? 'below' : scope);
    else raised.set(top, 'below');
  }
  const ofScope = (wanted: ChangeScope): readonly RelPath[] =>
    [...raised].flatMap(([path, scope]) => (scope === wanted ? [path] : []));
  return { files: ofScope('file'), folders: ofScope('folder'), below: ofScope('below'), moves: [] };
}

/** The folder above `path` at this depth, or null where the path itself is not deeper. */
function ancestorAt(path: RelPath, depth: number): RelPath | null {
  let slash = -1;
  for (let at = 0; at < depth; at += 1) {
    slash = path.indexOf('/', slash + 1);
    if (slash < 0) return null;
  }
  return path.slice(0, slash) as RelPath;
}

function fits(changes: RemoteChanges): boolean {
  if (countOf(changes) > maxEntries) return false;
  return utf8Bytes(JSON.stringify(changes)) <= maxWrittenBytes;
}

export function writeLog(log: ChangeLog): string {
  return `${JSON.stringify({ version: 1, ...log })}\n`;
}

/** Null for anything that we would not have written, more entries too (S22); the reader then does a full listing. */
export function parseLog(text: string, name: string): ChangeLog | null {
  const value = parseJson(text);
  if (value === null || value['version'] !== 1 || value['name'] !== name) return null;
  const { previous } = value;
  if (previous !== null && (!isLogName(previous) || seqOfLog(previous) >= seqOfLog(name))) return null;
  const changes = parseChanges(value['changes']);
  return changes === null || countOf(changes) > maxEntries ? null : { name, previous, changes };
}

export function parseChanges(value: unknown): RemoteChanges | null {
  if (!isRecord(value)) return null;
  const files = parsePaths(value['files']);
  const folders = parsePaths(value['folders']);
  const below = parsePaths(value['below']);
  const moves = parseMoves(value['moves']);
  if (files === null || folders === null || below === null || moves === null) return null;
  return { files, folders, below, moves };
}

function parsePaths(value: unknown): readonly RelPath[] | null {
  if (!Array.isArray(value)) return null;
  const paths: RelPath[] = [];
  for (const item of value) {
    const path = parsePath(item);
    if (path === null) return null;
    paths.push(path);
  }
  return paths;
}

function parsePath(value: unknown): RelPath | null {
  if (typeof value !== 'string') return null;
  const parsed = parseRelPath(value);
  return parsed.kind === 'path' ? parsed.path : null;
}

function parseMoves(value: unknown): readonly RemoteMove[] | null {
  if (!Array.isArray(value)) return null;
  const moves: RemoteMove[] = [];
  for (const item of value) {
    if (!isRecord(item)) return null;
    const from = parsePath(item['from']);
    const to = parsePath(item['to']);
    const { entry } = item;
    if (from === null || to === null || (entry !== 'file' && entry !== 'folder')) return null;
    moves.push({ from, to, entry });
  }
  return moves;
}

export function writeHead(log: string): string {
  return `${JSON.stringify({ version: 1, log })}\n`;
}

export function parseHead(text: string): string | null {
  const log = parseJson(text)?.['log'];
  return isLogName(log) ? log : null;
}

function parseJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null; // not JSON: a LIST finds what such a log would say
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
