// A disk in memory with the manners of real ones: letter case, normal forms, coarse times, reused inodes, mounts, full volumes.
import { localError } from '../../main/adapters/disk/errors.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { foldName, isRefusedByDisk } from '../../main/core/model/path.ts';
import type { RefusedNames } from '../../main/core/model/path.ts';
import type { DiskTraits } from '../../main/ports/local-files.port.ts';

export type FakeFile = {
  readonly kind: 'file';
  inode: bigint;
  /** Never changed in place: a write makes new ones, so that snapshots may share them. */
  bytes: Uint8Array;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  names: number;
};
export type FakeFolder = {
  readonly kind: 'folder';
  readonly inode: bigint;
  readonly device: number;
  readonly entries: Map<string, FakeNode>;
  isReadable: boolean;
  /** What a mount hides, or null. */
  readonly hidden: FakeFolder | null;
};
export type FakeOther = { readonly kind: 'symlink' | 'special'; readonly inode: bigint };
export type FakeNode = FakeFile | FakeFolder | FakeOther;

export type FakeDiskOptions = {
  readonly nowMs: () => number;
  readonly caseSensitive?: boolean;
  /** Lists every name in lower case, however it was created (lowntfs-3g with `ignore_case`). Only with `caseSensitive: false`. */
  readonly listsLowerCase?: boolean;
  /** Numbers files again at each mount, or for each asked spelling (exfat-fuse). */
  readonly inodesLast?: boolean;
  readonly hardLinks?: boolean;
  /** A rename of the engine takes two steps, link and unlink, as on every disk with hard links; false: one. */
  readonly renamesByLinks?: boolean;
  /** Every file has mode 0777, whatever is set (FAT, exFAT, NTFS without a mapping). */
  readonly keepsModes?: boolean;
  readonly refusedNames?: readonly RefusedNames[];
  /** In UTF-8; longer ones are refused with ENAMETOOLONG. */
  readonly maxNameBytes?: number;
  /** Every other folder lies in a lower layer and cannot be renamed (overlayfs: EXDEV). */
  readonly hasLowerLayer?: boolean;
  /** Stores every name in NFD, and finds it under any normal form (HFS+). */
  readonly storesNfd?: boolean;
  readonly timeGranularityNs?: bigint;
  /** Gives the inode of the file removed last to the next new one (ext4 does). */
  readonly reusesInodes?: boolean;
  readonly capacityBytes?: number;
};

export type FakeDiskSnapshot = { readonly root: FakeFolder; readonly nextInode: bigint };

export function systemError(code: string): unknown {
  return localError(Object.assign(new Error(code), { code }), 'fake disk');
}

function splitPath(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export class FakeDisk {
  readonly caseSensitive: boolean;
  readonly timeGranularityNs: bigint;
  readonly nowMs: () => number;
  capacityBytes: number;
  /** Does not tell its size, as ramfs and many FUSE volumes (0 of 0 blocks). */
  hidesSize = false;
  /** The drive is unplugged: nothing is there. */
  isGone = false;
  root: FakeFolder;
  #usedBytes = 0;
  #tickNs = 0n;
  #nextInode = 100n;
  readonly #freeInodes: bigint[] = [];
  readonly inodesLast: boolean;
  readonly hardLinks: boolean;
  readonly renamesByLinks: boolean;
  readonly keepsModes: boolean;
  readonly refusedNames: readonly RefusedNames[];
  readonly #listsLowerCase: boolean;
  readonly #hasLowerLayer: boolean;
  readonly #maxNameBytes: number;
  readonly #storesNfd: boolean;
  readonly #reusesInodes: boolean;
  #nextDevice = 2;

  constructor(options: FakeDiskOptions) {
    this.nowMs = options.nowMs;
    this.caseSensitive = options.caseSensitive ?? true;
    this.inodesLast = options.inodesLast ?? true;
    this.hardLinks = options.hardLinks ?? true;
    this.renamesByLinks = this.hardLinks && options.renamesByLinks !== false;
    this.keepsModes = options.keepsModes ?? true;
    this.refusedNames = options.refusedNames ?? [];
    this.#listsLowerCase = options.listsLowerCase ?? false;
    this.#hasLowerLayer = options.hasLowerLayer ?? false;
    this.#maxNameBytes = options.maxNameBytes ?? 255;
    this.#storesNfd = options.storesNfd ?? false;
    this.timeGranularityNs = options.timeGranularityNs ?? 1n;
    this.#reusesInodes = options.reusesInodes ?? false;
    this.capacityBytes = options.capacityBytes ?? Number.MAX_SAFE_INTEGER;
    this.root = this.newFolder(1);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  newInode(): bigint {
    const reused = this.#reusesInodes ? this.#freeInodes.pop() : undefined;
    return reused ?? this.#nextInode++;
  }

  isUnmovable(node: FakeNode): boolean {
    return this.#hasLowerLayer && node.kind === 'folder' && node.inode % 2n === 0n;
  }

  newFolder(device: number): FakeFolder {
    return {
      kind: 'folder',
      inode: this.newInode(),
      device,
      entries: new Map(),
      isReadable: true,
      hidden: null,
    };
  }

  /** Every step of the disk is a nanosecond later than the one before, as far as its granularity shows. */
  timeNs(): bigint {
    const now = BigInt(Math.round(this.nowMs() * 1000)) * 1000n + ++this.#tickNs;
    return now - (now % this.timeGranularityNs);
  }

  newFile(mode: number): FakeFile {
    const now = this.timeNs();
    return {
      kind: 'file',
      inode: this.newInode(),
      bytes: new Uint8Array(0),
      mode,
      mtimeNs: now,
      ctimeNs: now,
      names: 0,
    };
  }

  setBytes(file: FakeFile, bytes: Uint8Array): void {
    const grownBytes = bytes.length - file.bytes.length;
    if (this.#usedBytes + grownBytes > this.capacityBytes) throw systemError('ENOSPC');
    this.#usedBytes += grownBytes;
    file.bytes = bytes;
    file.mtimeNs = this.timeNs();
    file.ctimeNs = file.mtimeNs;
  }

  /** What trying the disk out would tell. */
  traits(): DiskTraits {
    const { caseSensitive, hardLinks, keepsModes, inodesLast, refusedNames } = this;
    return {
      caseSensitive,
      keepsSpelling: !this.#listsLowerCase,
      foldsNormalForms: this.#storesNfd,
      hardLinks,
      keepsModes,
      inodesLast,
      mtimeGranularityNs: this.timeGranularityNs,
      refusedNames,
    };
  }

  spell(name: string): string {
    if (this.#listsLowerCase) return name.toLowerCase();
    return this.#storesNfd ? name.normalize('NFD') : name;
  }

  /** The raw name under which this disk finds `name`, or null. */
  rawName(folder: FakeFolder, name: string): string | null {
    if (folder.entries.has(name)) return name;
    if (this.#storesNfd && folder.entries.has(name.normalize('NFD'))) return name.normalize('NFD');
    if (this.caseSensitive) return null;
    const folded = foldName(name);
    for (const raw of folder.entries.keys()) if (foldName(raw) === folded) return raw;
    return null;
  }

  child(folder: FakeFolder, name: string): FakeNode | null {
    const raw = this.rawName(folder, name);
    return raw === null ? null : (folder.entries.get(raw) ?? null);
  }

  attach(folder: FakeFolder, name: string, node: FakeNode): void {
    if (isRefusedByDisk(name as RelPath, this.refusedNames)) throw systemError('EINVAL');
    if (Buffer.byteLength(name) > this.#maxNameBytes) throw systemError('ENAMETOOLONG');
    folder.entries.set(this.spell(name), node);
    if (node.kind !== 'file') return;
    node.names++;
    node.ctimeNs = this.timeNs();
  }

  detach(folder: FakeFolder, name: string): FakeNode | null {
    const raw = this.rawName(folder, name);
    const node = raw === null ? undefined : folder.entries.get(raw);
    if (raw === null || node === undefined) return null;
    folder.entries.delete(raw);
    if (node.kind === 'file') {
      node.names--;
      node.ctimeNs = this.timeNs();
      if (node.names === 0) this.#usedBytes -= node.bytes.length;
    }
    if (node.kind !== 'file' || node.names === 0) this.#freeInodes.push(node.inode);
    return node;
  }

  /** Like `detach` + `attach`, but for one node that only changes its place. */
  move(from: { folder: FakeFolder; name: string }, to: { folder: FakeFolder; name: string }): void {
    const raw = this.rawName(from.folder, from.name);
    const node = raw === null ? undefined : from.folder.entries.get(raw);
    if (raw === null || node === undefined) throw systemError('ENOENT');
    from.folder.entries.delete(raw);
    to.folder.entries.set(this.spell(to.name), node);
    if (node.kind === 'file') node.ctimeNs = this.timeNs();
  }

  find(path: string): FakeNode | null {
    if (this.isGone) return null;
    let node: FakeNode | null = this.root;
    for (const name of splitPath(path)) {
      if (node?.kind !== 'folder') return null;
      node = this.child(node, name);
    }
    return node;
  }

  folder(path: string): FakeFolder {
    const node = this.find(path);
    if (node?.kind !== 'folder') throw systemError('ENOENT');
    return node;
  }

  // What the user or another program does: in one step, with no regard for the engine.

  makeFolders(path: string): FakeFolder {
    let at = this.folder('');
    for (const name of splitPath(path)) {
      const next = this.child(at, name) ?? this.newFolder(at.device);
      if (next.kind !== 'folder') throw systemError('ENOTDIR');
      if (this.child(at, name) === null) this.attach(at, name, next);
      at = next;
    }
    return at;
  }

  /** Writes in place where there is a file, as an editor that keeps the inode does. */
  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
    const folder = this.makeFolders(folderOf(path));
    const there = this.child(folder, baseName(path));
    if (there !== null && there.kind !== 'file') throw systemError('EISDIR');
    const file = there ?? this.newFile(mode);
    if (there === null) this.attach(folder, baseName(path), file);
    this.setBytes(file, bytes);
  }

  /** Writes a new file, which then takes the name from what has it. */
  save(path: string, bytes: Uint8Array, mode = 0o644): void {
    const folder = this.makeFolders(folderOf(path));
    const there = this.child(folder, baseName(path));
    if (there !== null && there.kind !== 'file') throw systemError('EISDIR');
    const file = this.newFile(mode);
    this.setBytes(file, bytes.slice());
    this.detach(folder, baseName(path));
    this.attach(folder, baseName(path), file);
  }

  remove(path: string): void {
    const parent = this.find(folderOf(path));
    if (parent?.kind !== 'folder') return;
    const node = this.child(parent, baseName(path));
    if (node?.kind === 'folder') for (const name of [...node.entries.keys()]) this.remove(`${path}/${name}`);
    this.detach(parent, baseName(path));
  }

  /** Overwrites like `rename(2)`, and does nothing between two names of one file. */
  rename(from: string, to: string): void {
    const target = this.makeFolders(folderOf(to));
    const source = this.folder(folderOf(from));
    const moving = this.child(source, baseName(from));
    if (moving === null) throw systemError('ENOENT');
    const replaced = this.child(target, baseName(to));
    if (replaced === moving && !this.#isOneName(source, baseName(from), target, baseName(to))) return;
    if (replaced !== null && replaced !== moving) this.remove(to);
    this.move({ folder: source, name: baseName(from) }, { folder: target, name: baseName(to) });
  }

  #isOneName(source: FakeFolder, from: string, target: FakeFolder, to: string): boolean {
    return source === target && this.rawName(source, from) === this.rawName(target, to);
  }

  put(path: string, kind: 'symlink' | 'special'): void {
    this.attach(this.makeFolders(folderOf(path)), baseName(path), { kind, inode: this.newInode() });
  }

  setExecutable(path: string, executable: boolean): void {
    const node = this.find(path);
    if (node?.kind !== 'file') throw systemError('ENOENT');
    node.mode = executable ? node.mode | 0o111 : node.mode & ~0o111;
    node.ctimeNs = this.timeNs();
  }

  isExecutable(path: string): boolean {
    const node = this.find(path);
    return node?.kind === 'file' && (node.mode & 0o100) !== 0;
  }

  read(path: string): string | null {
    const node = this.find(path);
    return node?.kind === 'file' ? new TextDecoder().decode(node.bytes) : null;
  }

  /** Another volume over a folder; what was in the folder is hidden until `unmount`. */
  mount(path: string): void {
    const parent = this.makeFolders(folderOf(path));
    const under = this.makeFolders(path);
    const raw = this.rawName(parent, baseName(path)) ?? baseName(path);
    parent.entries.set(raw, { ...this.newFolder(this.#nextDevice++), hidden: under });
  }

  unmount(path: string): void {
    const parent = this.folder(folderOf(path));
    const raw = this.rawName(parent, baseName(path));
    const node = raw === null ? undefined : parent.entries.get(raw);
    if (raw !== null && node?.kind === 'folder' && node.hidden !== null) parent.entries.set(raw, node.hidden);
  }

  /** Every file that a user would see, by NFC path; folders end in `/` when `withFolders` is set. */
  tree(
    options: { readonly withFolders?: boolean; readonly withOwn?: boolean } = {},
  ): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const visit = (folder: FakeFolder, path: string): void => {
      for (const [raw, node] of folder.entries) {
        if (path === '' && raw === '.driftless' && options.withOwn !== true) continue;
        const below = path === '' ? raw.normalize('NFC') : `${path}/${raw.normalize('NFC')}`;
        if (node.kind === 'file') found.set(below, node.bytes);
        if (node.kind !== 'folder') continue;
        if (options.withFolders === true) found.set(`${below}/`, new Uint8Array(0));
        visit(node, below);
      }
    };
    if (!this.isGone) visit(this.root, '');
    return found;
  }

  snapshot(): FakeDiskSnapshot {
    return { root: cloneFolder(this.root, new Map()), nextInode: this.#nextInode };
  }

  /** The disk as it was: restored from a backup of the whole volume, inodes and times too. */
  restore(snapshot: FakeDiskSnapshot): void {
    this.root = cloneFolder(snapshot.root, new Map());
    this.#freeInodes.length = 0;
    this.#usedBytes = 0;
    const counted = new Set<FakeFile>();
    const visit = (folder: FakeFolder): void => {
      for (const node of folder.entries.values()) {
        if (node.kind === 'folder') visit(node);
        if (node.kind !== 'file' || counted.has(node)) continue;
        counted.add(node);
        this.#usedBytes += node.bytes.length;
      }
    };
    visit(this.root);
  }
}

function cloneFolder(folder: FakeFolder, files: Map<FakeFile, FakeFile>): FakeFolder {
  const entries = new Map<string, FakeNode>();
  for (const [name, node] of folder.entries) {
    if (node.kind === 'folder') entries.set(name, cloneFolder(node, files));
    else if (node.kind === 'file') {
      const copy = files.get(node) ?? { ...node };
      files.set(node, copy);
      entries.set(name, copy);
    } else entries.set(name, node);
  }
  return { ...folder, entries, hidden: folder.hidden === null ? null : cloneFolder(folder.hidden, files) };
}
