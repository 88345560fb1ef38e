// Engine paths (NFC, `/`, relative), and their conversion to and from object keys.
import type { ObjectKey, RelPath, UnknownReason } from './model.ts';

export const rootPath: RelPath = '' as RelPath;
/** Driftless's own folder, inside each synced one and at the top of each prefix. */
export const ownFolder = '.driftless';
const maxSegmentBytes = 255;
/** S3 allows keys of 1,024 bytes. */
const maxKeyBytes = 1024;

export type NamePolicy = {
  /** Also refuses names that Windows disks refuse. */
  readonly windowsNames: boolean;
};
const anyDisk: NamePolicy = { windowsNames: false };

export type NameRefusal = Extract<UnknownReason, 'name-invalid' | 'name-reserved' | 'name-too-long'>;
export type ParsedPath =
  | { readonly kind: 'path'; readonly path: RelPath }
  | { readonly kind: 'refused'; readonly code: NameRefusal };
export type ParsedKey =
  | { readonly kind: 'file' | 'folder'; readonly path: RelPath }
  | { readonly kind: 'ours' }
  | { readonly kind: 'refused'; readonly code: NameRefusal };

/** Folder of the last accepted path, and its policy: keys of one folder come in a row, so its segments are checked once. */
let accepted: { readonly dir: string; readonly windowsNames: boolean } = { dir: '', windowsNames: false };

/** Normalises to NFC and refuses what could leave the root or what no disk accepts. `''` is the root. */
export function parseRelPath(text: string, policy: NamePolicy = anyDisk): ParsedPath {
  const path = text.normalize('NFC');
  if (path === '') return { kind: 'path', path: rootPath };
  const slash = path.lastIndexOf('/');
  const isInAccepted =
    slash > 0 &&
    slash === accepted.dir.length &&
    accepted.windowsNames === policy.windowsNames &&
    path.startsWith(accepted.dir);
  const segments = isInAccepted ? [path.slice(slash + 1)] : path.split('/');
  for (const [index, segment] of segments.entries()) {
    const code = segmentRefusal(segment, policy);
    if (code !== null) return { kind: 'refused', code };
    if (index === 0 && !isInAccepted && isOwnName(segment)) return { kind: 'refused', code: 'name-reserved' };
  }
  if (slash > 0 && !isInAccepted) accepted = { dir: path.slice(0, slash), windowsNames: policy.windowsNames };
  if (utf8Bytes(path) > maxKeyBytes) return { kind: 'refused', code: 'name-too-long' };
  return { kind: 'path', path: path as RelPath };
}

/** For text known to be a path (our own database, a literal): throws if `parseRelPath` refuses it. */
export function relPath(text: string): RelPath {
  const parsed = parseRelPath(text);
  if (parsed.kind === 'refused') throw new Error(`not a path (${parsed.code})`);
  return parsed.path;
}

/** Why a name cannot be a path segment, or null if it can. */
export function segmentRefusal(segment: string, policy: NamePolicy = anyDisk): NameRefusal | null {
  if (segment === '' || segment === '.' || segment === '..') return 'name-invalid';
  if (!segment.isWellFormed() || hasControlCharacter(segment) || segment.includes('/')) return 'name-invalid';
  if (isStageName(segment)) return 'name-reserved';
  if (policy.windowsNames) {
    const code = windowsRefusal(segment);
    if (code !== null) return code;
  }
  return utf8Bytes(segment) > maxSegmentBytes ? 'name-too-long' : null;
}

/** Start of the names of files that are staged beside the name they are to get. */
export const stagePrefix = '.driftless-tmp-';

/** Names of staged files: what a crash leaves of one is ours, and nothing else has such a name, on either side. */
export function isStageName(segment: string): boolean {
  return segment.startsWith(stagePrefix) && /^[0-9a-f]{32}$/u.test(segment.slice(stagePrefix.length));
}

const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\s*\..*|\s*)$/iu;

function windowsRefusal(segment: string): NameRefusal | null {
  if (/[<>:"\\|?*]/u.test(segment)) return 'name-invalid';
  if (/[. ]$/u.test(segment)) return 'name-invalid';
  return windowsDevice.test(segment) ? 'name-reserved' : null;
}

/** Why Windows disks refuse this path, or null. */
export function windowsPathRefusal(path: RelPath): NameRefusal | null {
  for (const segment of path.split('/')) {
    const code = windowsRefusal(segment);
    if (code !== null) return code;
  }
  return null;
}

/** Kinds of names that some disks refuse or change. */
export type RefusedNames =
  'trailing-dot' | 'trailing-space' | 'windows-characters' | 'control-characters' | 'windows-devices';

const refusedForms: Readonly<Record<RefusedNames, RegExp>> = {
  'trailing-dot': /\.$/u,
  'trailing-space': / $/u,
  'windows-characters': /[<>:"\\|?*]/u,
  'control-characters': /[\u0001-\u001f]/u,
  'windows-devices': windowsDevice,
};

/** True if a segment of `path` is of a kind that the disk was found to refuse. */
export function isRefusedByDisk(path: RelPath, refused: readonly RefusedNames[]): boolean {
  if (refused.length === 0) return false;
  return path.split('/').some((segment) => refused.some((kind) => refusedForms[kind].test(segment)));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

/**
 * `.driftless` in any spelling that some disk resolves to it: HFS+ ignores zero-width characters, NTFS and
 * APFS fold case, and a Windows short name (`DRIFTL~1`) opens the same folder.
 */
export function isOwnName(segment: string): boolean {
  if (plainAscii.test(segment)) return isOwnFolded(segment.toLowerCase());
  return isOwnFolded(foldName(segment.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')));
}

/** The full folding of such a name is its lower case. */
const plainAscii = /^[\x00-\x7f]*$/u;

function isOwnFolded(plain: string): boolean {
  return plain.replace(/[. ]+$/u, '') === ownFolder || /^driftl~[0-9]+$/u.test(plain);
}

/** Names with equal folds are one name on a case-insensitive disk. For comparison only, never shown. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().replaceAll(capitalSharpS, 'SS').toLowerCase().normalize('NFC');
}

/** A capital letter already, so that upper-casing keeps it; disks that fold case fully read it as `ss` (CaseFolding.txt of Unicode). */
const capitalSharpS = '\u1e9e';

export function keyFor(prefix: string, path: RelPath, kind: 'file' | 'folder'): ObjectKey {
  return `${prefix}${path}${kind === 'folder' && path !== '' ? '/' : ''}` as ObjectKey;
}

/** No store accepts keys above 1,024 bytes, including the prefix. */
export function isKeyTooLong(prefix: string, path: RelPath, kind: 'file' | 'folder'): boolean {
  return utf8Bytes(keyFor(prefix, path, kind)) > maxKeyBytes;
}

/** Parses an object key under `prefix`, which is `''` or ends in `/`. */
export function parseKey(prefix: string, rawKey: string, policy: NamePolicy = anyDisk): ParsedKey {
  if (!rawKey.startsWith(prefix)) return { kind: 'refused', code: 'name-invalid' };
  const rest = rawKey.slice(prefix.length);
  if (rest === ownFolder || rest.startsWith(`${ownFolder}/`)) return { kind: 'ours' };
  // The prefix itself as an object, created by some consoles: the root's marker, without meaning.
  if (rest === '') return { kind: 'folder', path: rootPath };
  // `C:` is a valid name here. On Windows, where it is a drive, the names policy refuses the colon.
  if (rest.startsWith('/')) return { kind: 'refused', code: 'name-invalid' };
  const isFolder = rest.endsWith('/');
  const parsed = parseRelPath(isFolder ? rest.slice(0, -1) : rest, policy);
  if (parsed.kind === 'refused') return parsed;
  if (utf8Bytes(prefix) + utf8Bytes(parsed.path) + (isFolder ? 1 : 0) > maxKeyBytes) {
    return { kind: 'refused', code: 'name-too-long' };
  }
  return { kind: isFolder ? 'folder' : 'file', path: parsed.path };
}

export function parentOf(path: RelPath): RelPath;
export function parentOf(path: string): string;
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `name` is one segment that a listing or `segmentRefusal` has accepted. */
export function joinPath(dir: RelPath, name: string): RelPath {
  return (dir === '' ? name : `${dir}/${name}`) as RelPath;
}

/** Nearest first, excluding the path itself and the root. */
export function ancestorsOf(path: RelPath): readonly RelPath[] {
  const found: RelPath[] = [];
  for (let dir = parentOf(path); dir !== ''; dir = parentOf(dir)) found.push(dir);
  return found;
}

export function depthOf(path: RelPath): number {
  if (path === '') return 0;
  let depth = 1;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}

export function isBelow(path: RelPath, dir: RelPath): boolean {
  return dir === '' ? path !== '' : path.startsWith(`${dir}/`);
}

/** The same path, or one inside the other. */
export function areNested(left: RelPath, right: RelPath): boolean {
  return left === right || isBelow(left, right) || isBelow(right, left);
}

/** `path` with the leading `from` replaced by `to`. */
export function rebase(path: RelPath, from: RelPath, to: RelPath): RelPath {
  return path === from ? to : joinPath(to, path.slice(from === '' ? 0 : from.length + 1));
}

/** Order by UTF-8 bytes, as stores sort; JavaScript's own order differs beyond the basic plane. */
export function comparePaths(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Surrogates encode code points above every other unit, although their values are lower than U+E000..U+FFFF. */
function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit <= 0xdbff && index + 1 < text.length) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}
