// Disk paths of engine paths; verifies that every parent is a real directory, not a link.
import { lstatSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from '../shares/calls.ts';
import { join } from 'node:path';
import type { RelPath } from '../../core/model/model.ts';
import { SyncError } from '../../core/model/errors.ts';
import { nameOf, parentOf } from '../../core/model/path.ts';
import { isErrno } from './errors.ts';
import { shareLooksAt } from './share-looks.ts';

const ascii = /^[\x00-\x7f]*$/u;

export type ProvenParent =
  | { readonly kind: 'directory'; readonly path: string }
  /** The nearest ancestor that is there is a real directory, so that absence below it is proof. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'root-missing' }
  | { readonly kind: 'link' }
  | { readonly kind: 'not-a-folder' };

export type Target = {
  /** Absolute, in the spelling of the disk where it is there. */
  readonly path: string;
  readonly parent: string;
  /** The entry itself, or null. */
  readonly stats: BigIntStats | null;
};
export type Resolved =
  { readonly kind: 'target'; readonly target: Target } | Exclude<ProvenParent, { kind: 'directory' }>;

export async function lstatOrNull(path: string): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** The same on this thread: nothing of ours runs between the look and the step that follows it. */
export function lstatNow(path: string): BigIntStats | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** Names of a folder as it is listed. */
type Names = {
  readonly all: readonly string[];
  /** Those in another normal form than NFC, by that form: few on most disks, all on a disk of a Mac. */
  readonly otherForms: ReadonlyMap<string, readonly string[]>;
};

function namesIn(all: readonly string[]): Names {
  const otherForms = new Map<string, string[]>();
  for (const raw of all) {
    if (ascii.test(raw)) continue;
    const normal = raw.normalize('NFC');
    if (normal === raw) continue;
    const known = otherForms.get(normal);
    if (known === undefined) otherForms.set(normal, [raw]);
    else known.push(raw);
  }
  return { all, otherForms };
}

/** Shared by all who ask about one folder: a listing for each of its files would take the square of their number. */
export const listNames = shareLooksAt(async (dir: string): Promise<Names> => namesIn(await readdir(dir)));

/** The entry that spells `name` on this disk: as it is, or in another normal form (NFD disks). */
async function findEntry(
  parent: string,
  name: string,
): Promise<{ readonly path: string; readonly stats: BigIntStats | null }> {
  const direct = join(parent, name);
  const stats = await lstatOrNull(direct);
  if (stats !== null || ascii.test(name)) return { path: direct, stats };
  const [raw] = (await listNames(parent)).otherForms.get(name) ?? [];
  if (raw === undefined) return { path: direct, stats: null };
  const path = join(parent, raw);
  return { path, stats: await lstatOrNull(path) };
}

const heldRoot = /^\/proc\/self\/fd\/\d+$/u;

/** A directory that is held by a descriptor: it was one when it was opened, and stays the same one. */
export function isHeldRoot(root: string): boolean {
  return heldRoot.test(root);
}

async function proveRoot(root: string): Promise<ProvenParent> {
  if (isHeldRoot(root)) return { kind: 'directory', path: root };
  try {
    const stats = await stat(root);
    return stats.isDirectory() ? { kind: 'directory', path: root } : { kind: 'root-missing' };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return { kind: 'root-missing' };
    throw error;
  }
}

/** On Windows a `\` or `:` within one of our segments would be a path or a stream of its own; the plan refuses such names, and so does the disk. */
export function isForeignSpelling(path: string, platform: NodeJS.Platform = process.platform): boolean {
  return (platform === 'win32' && /[\\:]/u.test(path)) || path.split('/').includes('..');
}

export async function proveFolder(root: string, dir: RelPath): Promise<ProvenParent> {
  if (isForeignSpelling(dir)) return { kind: 'not-a-folder' };
  let proof = await proveRoot(root);
  if (dir === '') return proof;
  for (const segment of dir.split('/')) {
    if (proof.kind !== 'directory') return proof;
    const { path, stats } = await findEntry(proof.path, segment);
    if (stats === null) proof = { kind: 'missing' };
    else if (stats.isSymbolicLink()) proof = { kind: 'link' };
    else proof = stats.isDirectory() ? { kind: 'directory', path } : { kind: 'not-a-folder' };
  }
  return proof;
}

/** Looks at `path` itself with every parent proven just before (S15). */
export async function resolveTarget(root: string, path: RelPath): Promise<Resolved> {
  if (path === '') {
    throw new SyncError({
      code: 'local-misuse',
      retry: 'slow',
      scope: 'item',
      message: 'the root is no entry',
    });
  }
  if (isForeignSpelling(path)) return { kind: 'not-a-folder' };
  const parent = await proveFolder(root, parentOf(path));
  if (parent.kind !== 'directory') return parent;
  const { path: found, stats } = await findEntry(parent.path, nameOf(path));
  return { kind: 'target', target: { path: found, parent: parent.path, stats } };
}

export function blockedMessage(kind: Exclude<ProvenParent, { kind: 'directory' }>['kind']): string {
  switch (kind) {
    case 'missing':
      return 'a parent folder is missing';
    case 'root-missing':
      return 'the folder of the pair is missing';
    case 'link':
      return 'a parent folder is a link';
    case 'not-a-folder':
      return 'a parent is not a folder';
  }
}
