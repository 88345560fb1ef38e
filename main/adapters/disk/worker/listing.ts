// Synchronous listing of one directory, for the scan worker: every entry with its state, nothing followed.
import type { BigIntStats } from 'node:fs';
import { lstatSync, readdirSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { recordableNs } from '../../../core/model/fingerprint.ts';
import { isOwnName, isStageName, segmentRefusal } from '../../../core/model/path.ts';
import { isOtherDisk, readMountPoints } from '../../system/mount-points.ts';
import { isStageLeftover } from '../changes/stage.ts';
import { errnoOf, messageOf } from '../../system/errno.ts';
import { isErrno } from '../errors.ts';
import { isExecutable } from './hash.ts';
import type { ListedReason, PackedListing } from './protocol.ts';
import { executableCode, fileCode, folderCode, folderSize, reasonCode } from './protocol.ts';

const replacement = '\ufffd';
const ascii = /^[\x00-\x7f]*$/u;

/**
 * Raw names of a directory; names that are not UTF-8 are kept separate, because their text form does not lead
 * back to them.
 */
function readNames(dir: string): {
  readonly names: readonly string[];
  /** Text forms of names that are no UTF-8, each with one raw name. */
  readonly invalid: ReadonlyMap<string, Buffer>;
} {
  const names = readdirSync(dir);
  if (!names.some((name) => name.includes(replacement))) return { names, invalid: new Map() };
  const invalid = new Map<string, Buffer>();
  const valid: string[] = [];
  for (const raw of readdirSync(dir, { encoding: 'buffer' })) {
    const name = raw.toString('utf8');
    if (Buffer.from(name).equals(raw)) valid.push(name);
    else invalid.set(name, raw);
  }
  return { names: valid, invalid };
}

/** Two raw names for one path: neither is touched (C8). */
function clashing(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const clashes = new Set<string>();
  for (const name of names) {
    if (ascii.test(name)) continue;
    const normal = name.normalize('NFC');
    if (seen.has(normal)) clashes.add(normal);
    seen.add(normal);
  }
  return clashes;
}

function traceNumbers(stats: BigIntStats | null): readonly [bigint, bigint, bigint, bigint] {
  if (stats === null) return [0n, 0n, 0n, 0n];
  return [stats.isDirectory() ? folderSize : stats.size, 0n, 0n, stats.ino];
}

/** `lstat` of an entry that is left alone, by its raw name; null where it says nothing about a file or folder of this device. */
function statOfLeft(dirPath: string, name: string | Buffer, device: bigint): BigIntStats | null {
  try {
    const path = Buffer.concat([Buffer.from(`${dirPath}/`), Buffer.from(name)]);
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    const isTraced = stats !== undefined && stats.dev === device && (stats.isFile() || stats.isDirectory());
    return isTraced ? stats : null;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return null;
  }
}

class Packer {
  readonly #names: string[] = [];
  readonly #codes: number[] = [];
  readonly #numbers: bigint[] = [];

  /** `stats` of a file or folder that lies there under a name that cannot be synced: its inode goes along (C26). */
  unknown(name: string, reason: ListedReason, stats: BigIntStats | null): void {
    this.#names.push(name);
    this.#codes.push(reasonCode(reason));
    this.#numbers.push(...traceNumbers(stats));
  }

  present(name: string, code: number, stats: BigIntStats): void {
    this.#names.push(name);
    this.#codes.push(code);
    this.#numbers.push(stats.size, recordableNs(stats.mtimeNs), recordableNs(stats.ctimeNs), stats.ino);
  }

  pack(dir: string): PackedListing {
    return {
      kind: 'listed',
      dir,
      names: this.#names.join('/'),
      codes: Uint8Array.from(this.#codes),
      numbers: BigInt64Array.from(this.#numbers),
    };
  }
}

/** What an `lstat` result means as an entry of a pair on `device`. */
function classify(stats: BigIntStats, path: string, root: WalkRoot): number {
  if (stats.isFile()) return isExecutable(stats) ? executableCode : fileCode;
  if (stats.isDirectory()) return isElsewhere(stats, path, root) ? reasonCode('other-device') : folderCode;
  return reasonCode(stats.isSymbolicLink() ? 'symlink' : 'special-file');
}

/** Another disk is mounted there. */
function isElsewhere(stats: BigIntStats, path: string, root: WalkRoot): boolean {
  return (
    stats.dev !== root.device && isOtherDisk(join(root.real, relative(root.path, path)), root.mountPoints)
  );
}

function packEntry(packer: Packer, dirPath: string, name: string, root: WalkRoot): void {
  const refusal = segmentRefusal(name);
  if (refusal !== null) {
    packer.unknown(name, refusal, statOfLeft(dirPath, name, root.device));
    return;
  }
  try {
    const stats = lstatSync(`${dirPath}/${name}`, { bigint: true, throwIfNoEntry: false });
    // Vanished since the directory was read; whether the directory itself went away is checked at the end.
    if (stats !== undefined) packer.present(name, classify(stats, `${dirPath}/${name}`, root), stats);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    packer.unknown(name, 'unreadable', null);
  }
}

export type WalkRoot = {
  readonly path: string;
  readonly device: bigint;
  /** `path` with links resolved, as mount points are listed. */
  readonly real: string;
  /** Read at the first folder with another device number. */
  readonly mountPoints: () => ReadonlySet<string> | null;
  /** Raw paths (relative) of directories proven in this request to be real directories on the root's device. */
  readonly proven: Map<string, string>;
};

export function openWalkRoot(path: string): WalkRoot {
  // The root itself may be a link chosen by the user; nothing below it may be one.
  const stats = statSync(path, { bigint: true });
  let points: { readonly read: ReadonlySet<string> | null } | null = null;
  return {
    path,
    device: stats.dev,
    real: realpathSync(path),
    mountPoints: () => (points ??= { read: readMountPoints() }).read,
    proven: new Map([['', path]]),
  };
}

type Proof =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: ListedReason; readonly message: string };

/** The spelling on the disk of the entry whose NFC form is `name` (NFD disks, files from a Mac). */
function rawEntry(parent: string, name: string): string | null {
  const direct = `${parent}/${name}`;
  if (lstatSync(direct, { throwIfNoEntry: false }) !== undefined || ascii.test(name)) return direct;
  const raw = readdirSync(parent).find((candidate) => candidate.normalize('NFC') === name);
  return raw === undefined ? null : `${parent}/${raw}`;
}

function proveDirectory(root: WalkRoot, dir: string): Proof {
  const known = root.proven.get(dir);
  if (known !== undefined) return { kind: 'directory', path: known };
  const slash = dir.lastIndexOf('/');
  const above = proveDirectory(root, slash < 0 ? '' : dir.slice(0, slash));
  if (above.kind !== 'directory') return above;
  const path = rawEntry(above.path, dir.slice(slash + 1));
  const stats = path === null ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (path === null || stats === undefined) return { kind: 'gone' };
  if (stats.isSymbolicLink()) return { kind: 'failed', reason: 'symlink', message: 'a link' };
  if (!stats.isDirectory()) return { kind: 'gone' };
  if (isElsewhere(stats, path, root))
    return { kind: 'failed', reason: 'other-device', message: 'another device' };
  root.proven.set(dir, path);
  return { kind: 'directory', path };
}

function sameDirectory(path: string, before: BigIntStats): boolean {
  const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return after !== undefined && after.ino === before.ino && after.dev === before.dev;
}

function namesOf(names: readonly string[], normal: string): readonly string[] {
  return names.filter((name) => name.normalize('NFC') === normal);
}

/** Of two spellings of one name, the one that was renamed last: a rename sets the ctime. */
function newestOf(dirPath: string, names: readonly string[], device: bigint): BigIntStats | null {
  const found = names.flatMap((name) => statOfLeft(dirPath, name, device) ?? []);
  return found.sort((a, b) => Number(b.ctimeNs - a.ctimeNs)).at(0) ?? null;
}

/** Removes what a killed process staged here: wherever its folder went since, no name of ours keeps a folder from being removed. */
function removeLeftover(dirPath: string, name: string): void {
  if (!isStageLeftover(name)) return;
  try {
    const path = `${dirPath}/${name}`;
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) unlinkSync(path);
  } catch (error) {
    // The next listing tries again; on a disk that cannot be written it stays.
    if (errnoOf(error) === '') throw error;
  }
}

function listProven(root: WalkRoot, dir: string, path: string): PackedListing {
  const before = dir === '' ? statSync(path, { bigint: true }) : lstatSync(path, { bigint: true });
  const { names, invalid } = readNames(path);
  const clashes = clashing(names);
  const packer = new Packer();
  for (const name of names) {
    if (dir === '' && isOwnName(name)) continue;
    if (isStageName(name)) {
      removeLeftover(path, name);
      continue;
    }
    if (clashes.size > 0 && clashes.has(name.normalize('NFC'))) continue;
    packEntry(packer, path, name, root);
  }
  for (const name of clashes)
    packer.unknown(name, 'name-clash', newestOf(path, namesOf(names, name), root.device));
  for (const [name, raw] of invalid) packer.unknown(name, 'name-invalid', statOfLeft(path, raw, root.device));
  // A directory renamed under a walk makes every `lstat` fail without an error: 100 of 100 files missed (C2).
  if (dir !== '' && !sameDirectory(path, before)) {
    return { kind: 'failed', dir, reason: 'changing', message: 'renamed while it was read' };
  }
  return packer.pack(dir);
}

export function listDirectory(root: WalkRoot, dir: string): PackedListing {
  try {
    const proof = proveDirectory(root, dir);
    if (proof.kind === 'gone') return { kind: 'gone', dir };
    if (proof.kind === 'failed') return { kind: 'failed', dir, reason: proof.reason, message: proof.message };
    return listProven(root, dir, proof.path);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    if (dir !== '' && isErrno(error, 'ENOENT', 'ENOTDIR')) {
      // What was proven a moment ago is gone: forget it, or everything below would be called gone without a look.
      root.proven.clear();
      root.proven.set('', root.path);
      return { kind: 'failed', dir, reason: 'changing', message: messageOf(error) };
    }
    return { kind: 'failed', dir, reason: 'unreadable', message: messageOf(error) };
  }
}

/** Every directory of `dirs` in turn; all of them have failed where `rootPath` cannot be looked at. */
export function* listDirectories(rootPath: string, dirs: readonly string[]): Generator<PackedListing> {
  let root: WalkRoot;
  try {
    root = openWalkRoot(rootPath);
  } catch (error) {
    const message = messageOf(error);
    for (const dir of dirs) yield { kind: 'failed', dir, reason: 'unreadable', message };
    return;
  }
  for (const dir of dirs) yield listDirectory(root, dir);
}
