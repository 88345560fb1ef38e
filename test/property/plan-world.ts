// A small world with two trees and a trash, independent of the planner: it shows cells and carries out operations.
import type {
  BaseCell,
  ContentId,
  Entry,
  Etag,
  ExpectedLocal,
  Fingerprint,
  LocalCell,
  ObjectKey,
  Op,
  RelPath,
  RemoteCell,
} from '../../main/core/model/model.ts';
import type { PlanInput, PlanLookups, PlanPolicy } from '../../main/core/plan/types.ts';
import { isSettled } from '../../main/core/model/settled.ts';
import { answersUnsynced } from '../support/unsynced-rows.ts';

type LocalNode =
  | {
      readonly kind: 'file';
      readonly content: string;
      readonly inode: bigint;
      readonly stamp: bigint;
      readonly changed: bigint;
    }
  | { readonly kind: 'folder'; readonly inode: bigint };
type RemoteNode = { readonly content: string; readonly etag: Etag };

export const idOf = (content: string): ContentId => `id:${content}` as ContentId;
const up = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class PlanWorld {
  readonly local = new Map<string, LocalNode>();
  /** Files by path and markers by `path/`. */
  readonly remote = new Map<string, RemoteNode>();
  readonly base = new Map<string, BaseCell>();
  /** Bytes that the engine replaced or removed. */
  readonly kept = new Set<string>();
  /** Bytes that an operation took from a side without an approval: must stay empty. */
  readonly losses: string[] = [];
  moved = 0;
  movedOver = 0;
  movedFolders = 0;
  /** What a move replaced and kept, by path: the last move of a ring takes it from there. */
  readonly #captured = new Map<string, LocalNode>();
  readonly #parked = new Map<string, string>();
  readonly #hashed = new Set<string>();
  readonly #identified = new Map<string, string>();
  #counter = 1n;

  next(): bigint {
    this.#counter += 1n;
    return this.#counter;
  }

  clone(): PlanWorld {
    const copy = new PlanWorld();
    for (const [path, node] of this.local) copy.local.set(path, node);
    for (const [path, node] of this.remote) copy.remote.set(path, node);
    for (const [path, cell] of this.base) copy.base.set(path, cell);
    for (const bytes of this.kept) copy.kept.add(bytes);
    for (const [path, node] of this.#captured) copy.#captured.set(path, node);
    for (const [path, content] of this.#parked) copy.#parked.set(path, content);
    copy.losses.push(...this.losses);
    for (const key of this.#hashed) copy.#hashed.add(key);
    for (const [etag, content] of this.#identified) copy.#identified.set(etag, content);
    copy.#counter = this.#counter;
    return copy;
  }

  // ---- what users do ----

  writeLocal(path: string, content: string): void {
    if (!this.#hasLocalParents(path)) return;
    const old = this.local.get(path);
    if (old?.kind === 'folder') return;
    const stamp = this.next();
    this.local.set(path, { kind: 'file', content, inode: old?.inode ?? stamp, stamp, changed: stamp });
  }

  makeLocal(path: string): void {
    if (this.local.has(path) || !this.#hasLocalParents(path)) return;
    this.local.set(path, { kind: 'folder', inode: this.next() });
  }

  removeLocal(path: string): void {
    for (const key of [...this.local.keys()])
      if (key === path || key.startsWith(`${path}/`)) this.local.delete(key);
  }

  renameLocal(from: string, to: string): boolean {
    if (!this.local.has(from) || this.local.has(to) || !this.#hasLocalParents(to)) return false;
    if (to === from || to.startsWith(`${from}/`)) return false;
    for (const [key, node] of [...this.local]) {
      if (key !== from && !key.startsWith(`${from}/`)) continue;
      this.local.delete(key);
      // A rename changes the ctime of the file that has the new name, and of nothing below a folder.
      const moved = key === from && node.kind === 'file' ? { ...node, changed: this.next() } : node;
      this.local.set(to + key.slice(from.length), moved);
    }
    return true;
  }

  /** Two names change places; two exchanges make a ring of three. */
  swapLocal(one: string, other: string): void {
    this.#swap(one, other, (from, to) => this.renameLocal(from, to));
  }

  swapRemote(one: string, other: string): void {
    this.#swap(one, other, (from, to) => this.renameRemote(from, to));
  }

  /** As far as each step works: one that is not there leaves a plain rename. */
  #swap(one: string, other: string, rename: (from: string, to: string) => unknown): void {
    if (one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)) return;
    rename(one, 'between');
    rename(other, one);
    rename('between', other);
    rename('between', one);
  }

  /** Another device never makes a file with children; a foreign tool could, which is another test. */
  writeRemote(path: string, content: string): void {
    if (this.remoteKind(path) === 'folder') return;
    for (let dir = up(path); dir !== ''; dir = up(dir)) if (this.remote.has(dir)) return;
    this.#putRemote(path, content);
  }

  makeRemote(path: string): void {
    for (let dir = path; dir !== ''; dir = up(dir)) if (this.remote.has(dir)) return;
    if (this.remoteKind(path) === null) this.#putRemote(`${path}/`, '');
  }

  removeRemote(path: string): void {
    for (const key of [...this.remote.keys()])
      if (key === path || key.startsWith(`${path}/`)) this.remote.delete(key);
  }

  renameRemote(from: string, to: string): void {
    if (this.remoteKind(from) === null || this.remoteKind(to) !== null || to.startsWith(`${from}/`)) return;
    for (let dir = up(to); dir !== ''; dir = up(dir)) if (this.remote.has(dir)) return;
    for (const [key, node] of [...this.remote]) {
      if (key !== from && !key.startsWith(`${from}/`)) continue;
      this.remote.delete(key);
      this.#putRemote(to + key.slice(from.length), node.content);
    }
  }

  // ---- what the engine sees ----

  remoteKind(path: string): 'file' | 'folder' | null {
    for (const key of this.remote.keys()) if (key.startsWith(`${path}/`)) return 'folder';
    return this.remote.has(path) ? 'file' : null;
  }

  entry(path: RelPath): Entry {
    return {
      path,
      base: this.base.get(path) ?? null,
      local: this.#localCell(path),
      remote: this.#remoteCell(path),
    };
  }

  paths(): readonly RelPath[] {
    const all = new Set<string>([...this.local.keys(), ...this.base.keys()]);
    for (const key of this.remote.keys()) {
      for (let path = key.replace(/\/$/u, ''); path !== ''; path = up(path)) all.add(path);
    }
    for (const path of [...all]) for (let dir = up(path); dir !== ''; dir = up(dir)) all.add(dir);
    return [...all].sort() as RelPath[];
  }

  input(policy: PlanPolicy): PlanInput {
    const rows = new Map(this.paths().map((path) => [path, this.entry(path)]));
    const children = Map.groupBy(rows.values(), (row) => up(row.path));
    const blank = (path: RelPath): Entry => ({
      path,
      base: null,
      local: { state: 'absent' },
      remote: { state: 'absent' },
    });
    const lookups: PlanLookups = {
      entry: (path) => rows.get(path) ?? blank(path),
      children: (dir) => children.get(dir) ?? [],
      summary: (dir) => {
        const count = (side: 'local' | 'remote', state: string): number =>
          (children.get(dir) ?? []).filter((row) => row[side].state === state).length;
        return {
          localPresent: count('local', 'present'),
          localUnknown: count('local', 'unknown'),
          remotePresent: count('remote', 'present'),
          remoteUnknown: count('remote', 'unknown'),
        };
      },
      findUnsynced: (query) => [...rows.values()].filter((row) => answersUnsynced(row, query)),
      findBaseFolders: (inode) =>
        [...rows.values()].filter(({ base }) => base?.kind === 'folder' && base.inode === inode),
    };
    return { entries: [...rows.values()].filter((row) => !isSettled(row)), lookups, policy };
  }

  #localCell(path: string): LocalCell {
    const node = this.local.get(path);
    if (node === undefined) return { state: 'absent' };
    const rawName = nameIn(path);
    if (node.kind === 'folder') return { state: 'present', kind: 'folder', rawName, inode: node.inode };
    const fingerprint = fingerprintOf(node);
    const base = this.base.get(path);
    const isBase = base?.kind === 'file' && sameFingerprint(base.fingerprint, fingerprint);
    const isKnown = isBase || this.#hashed.has(hashKey(node));
    const content = isKnown ? idOf(node.content) : null;
    return { state: 'present', kind: 'file', rawName, fingerprint, content, executable: false };
  }

  #remoteCell(path: string): RemoteCell {
    const kind = this.remoteKind(path);
    if (kind === null) return { state: 'absent' };
    const node = this.remote.get(path);
    if (kind === 'folder') {
      if (node !== undefined) return { state: 'unknown', reason: 'name-clash' };
      const marker = this.remote.get(`${path}/`);
      const rawKey = `${path}/` as ObjectKey;
      return {
        state: 'present',
        kind: 'folder',
        marker: marker === undefined ? null : { rawKey, etag: marker.etag },
      };
    }
    if (node === undefined) return { state: 'absent' };
    const { etag } = node;
    const base = this.base.get(path);
    const isKnown = this.#identified.has(etag) || (base?.kind === 'file' && base.etag === etag);
    return {
      state: 'present',
      kind: 'file',
      rawKey: path as ObjectKey,
      etag,
      sizeBytes: node.content.length,
      content: isKnown ? idOf(node.content) : null,
    };
  }

  #hasLocalParents(path: string): boolean {
    const dir = up(path);
    return dir === '' || this.local.get(dir)?.kind === 'folder';
  }

  /** A store would take a file below a file; the engine looks first. */
  #hasRemoteRoom(path: string): boolean {
    for (let dir = up(path); dir !== ''; dir = up(dir)) if (this.remote.has(dir)) return false;
    return true;
  }

  #putRemote(key: string, content: string): Etag {
    const etag = `e${this.next()}` as Etag;
    this.remote.set(key, { content, etag });
    return etag;
  }

  // ---- what operations do; each one proves again what it was planned on ----

  apply(op: Op): void {
    switch (op.kind) {
      case 'adopt':
        this.base.set(op.path, op.base);
        return;
      case 'forget':
        if (!this.local.has(op.path) && this.remoteKind(op.path) === null) this.base.delete(op.path);
        return;
      case 'hash-local':
        return this.#hash(op.path, op.fingerprint);
      case 'identify-remote':
        if (this.remote.get(op.path)?.etag === op.etag) this.#identified.set(op.etag, op.path);
        return;
      case 'upload':
        return this.#upload(op);
      case 'download':
        return this.#download(op);
      case 'make-local-folder':
        if (this.local.has(op.path) || !this.#hasLocalParents(op.path)) return;
        this.local.set(op.path, { kind: 'folder', inode: this.next() });
        return this.#baseFolder(op.path);
      case 'make-remote-folder':
        if (this.remote.has(op.path) || !this.#hasRemoteRoom(op.path)) return;
        this.#putRemote(`${op.path}/`, '');
        return this.#baseFolder(op.path);
      case 'remove-local':
        return this.#removeLocalFile(op.path, op.fingerprint);
      case 'remove-remote':
        return this.#removeRemoteFile(op.path, op.etag);
      case 'remove-local-folder':
        if (this.local.get(op.path)?.kind !== 'folder') return;
        if ([...this.local.keys()].some((key) => key.startsWith(`${op.path}/`))) return;
        this.local.delete(op.path);
        this.base.delete(op.path);
        return;
      case 'remove-remote-folder':
        this.remote.delete(`${op.path}/`);
        this.base.delete(op.path);
        return;
      case 'set-aside':
        if (!this.#isAsExpected(op.path, op.local)) return;
        if (this.renameLocal(op.path, op.to)) this.#dropBase(op);
        return;
      case 'move-local':
        return op.entry === 'file' ? this.#moveLocalFile(op) : this.#moveLocalFolder(op);
      case 'move-remote':
        return op.entry === 'file' ? this.#moveRemoteFile(op) : this.#moveRemoteFolder(op);
    }
  }

  #hash(path: string, fingerprint: Fingerprint): void {
    const node = this.local.get(path);
    if (node?.kind !== 'file' || !sameFingerprint(fingerprintOf(node), fingerprint)) return;
    this.#hashed.add(hashKey(node));
  }

  #upload(op: Extract<Op, { kind: 'upload' }>): void {
    const node = this.local.get(op.path);
    if (node?.kind !== 'file' || !sameFingerprint(fingerprintOf(node), op.local)) return;
    const old = this.remote.get(op.path);
    if (this.remoteKind(op.path) === 'folder' || !this.#hasRemoteRoom(op.path)) return;
    if (
      op.expected.kind === 'absent'
        ? old !== undefined
        : op.expected.kind !== 'file' || old?.etag !== op.expected.etag
    ) {
      return;
    }
    if (old !== undefined) this.#takeRemote(op.path, old.content, op.keepForeign);
    const etag = this.#putRemote(op.path, node.content);
    this.#identified.set(etag, op.path);
    this.#baseFile(op.path, etag);
  }

  #download(op: Extract<Op, { kind: 'download' }>): void {
    const node = this.remote.get(op.path);
    if (
      node?.etag !== op.etag ||
      !this.#isAsExpected(op.path, op.expected) ||
      !this.#hasLocalParents(op.path)
    )
      return;
    const old = this.local.get(op.path);
    if (old?.kind === 'folder') return;
    const inode = this.next();
    this.local.set(op.path, { kind: 'file', content: node.content, inode, stamp: inode, changed: inode });
    this.#identified.set(node.etag, op.path);
    if (old !== undefined) this.#takeLocal(op.path, old.content);
    this.#baseFile(op.path, node.etag);
  }

  #removeLocalFile(path: string, fingerprint: Fingerprint): void {
    const node = this.local.get(path);
    if (node?.kind !== 'file' || !sameFingerprint(fingerprintOf(node), fingerprint)) return;
    this.local.delete(path);
    this.#takeLocal(path, node.content);
    this.base.delete(path);
  }

  #removeRemoteFile(path: string, etag: Etag): void {
    const node = this.remote.get(path);
    if (node?.etag !== etag) return;
    this.remote.delete(path);
    this.#takeRemote(path, node.content, false);
    this.base.delete(path);
  }

  #moveLocalFile(op: Extract<Op, { kind: 'move-local' }>): void {
    const there = this.remote.get(op.path);
    if (there === undefined || idOf(there.content) !== op.content) return;
    const node = this.local.get(op.from);
    const isHere = node?.kind === 'file' && node.content === there.content;
    const captured = this.#captured.get(op.from);
    if (!isHere && (captured?.kind !== 'file' || captured.content !== there.content)) return;
    if (!this.#captureOver(op)) return;
    if (isHere) {
      if (!this.renameLocal(op.from, op.path)) return;
      this.base.delete(op.from);
    } else if (captured !== undefined) {
      this.local.set(op.path, captured);
      this.#captured.delete(op.from);
    }
    this.moved += 1;
    this.#baseFile(op.path, there.etag);
  }

  /** False where something else stands under the new name than was planned. */
  #captureOver({ path, over }: Extract<Op, { kind: 'move-local' }>): boolean {
    const node = this.local.get(path);
    if (node === undefined) return this.#hasLocalParents(path);
    if (over === null || node.kind !== 'file' || !sameFingerprint(fingerprintOf(node), over.fingerprint))
      return false;
    if (idOf(node.content) !== over.content) return false;
    this.local.delete(path);
    this.#captured.set(path, node);
    this.#takeLocal(path, node.content);
    this.movedOver += 1;
    return true;
  }

  #moveLocalFolder(op: Extract<Op, { kind: 'move-local' }>): void {
    if (this.local.get(op.from)?.kind !== 'folder' || !this.renameLocal(op.from, op.path)) return;
    this.movedFolders += 1;
    this.#rebase(op.from, op.path);
  }

  #moveRemoteFile(op: Extract<Op, { kind: 'move-remote' }>): void {
    const node = this.local.get(op.path);
    const old = this.remote.get(op.from);
    const content = old?.etag === op.etag ? old.content : op.keepsSource ? this.#parked.get(op.from) : null;
    if (node?.kind !== 'file' || idOf(node.content) !== op.content || content !== node.content) return;
    const standing = this.remote.get(op.path);
    if (op.over === null ? this.remoteKind(op.path) !== null : standing?.etag !== op.over) return;
    if (!op.keepsSource && this.local.has(op.from)) return;
    if (!this.#hasRemoteRoom(op.path)) return;
    this.moved += 1;
    if (standing !== undefined) {
      this.movedOver += 1;
      this.#takeRemote(op.path, standing.content, false);
      if (op.parks) this.#parked.set(op.path, standing.content);
    }
    if (!op.keepsSource) {
      this.remote.delete(op.from);
      this.base.delete(op.from);
    }
    const etag = this.#putRemote(op.path, content);
    this.#identified.set(etag, op.path);
    this.#baseFile(op.path, etag);
  }

  #moveRemoteFolder(op: Extract<Op, { kind: 'move-remote' }>): void {
    if (this.local.get(op.path)?.kind !== 'folder' || this.local.has(op.from)) return;
    if (this.remoteKind(op.path) !== null || this.remoteKind(op.from) !== 'folder') return;
    if (!this.#hasRemoteRoom(op.path)) return;
    this.movedFolders += 1;
    this.#rebase(op.from, op.path);
    for (const [key, node] of [...this.remote]) {
      if (!key.startsWith(`${op.from}/`)) continue;
      this.remote.delete(key);
      const target = op.path + key.slice(op.from.length);
      const etag = this.#putRemote(target, node.content);
      if (this.#identified.has(node.etag)) this.#identified.set(etag, target);
      const base = this.base.get(target);
      if (base?.kind === 'file' && base.etag === node.etag) this.base.set(target, { ...base, etag });
    }
  }

  /** The memory of what was in sync moves along with a folder. */
  #rebase(from: string, to: string): void {
    for (const [key, cell] of [...this.base]) {
      if (key !== from && !key.startsWith(`${from}/`)) continue;
      this.base.delete(key);
      this.base.set(to + key.slice(from.length), cell);
    }
  }

  /** Bytes that are taken were base's (changed on purpose) or live on somewhere in a tree. */
  #takeLocal(path: string, content: string): void {
    this.kept.add(content);
    this.#blame(path, content);
  }

  #takeRemote(path: string, content: string, isKeptAside: boolean): void {
    this.kept.add(content);
    if (!isKeptAside) this.#blame(path, content);
  }

  #blame(path: string, content: string): void {
    const base = this.base.get(path);
    if (base?.kind === 'file' && base.content === idOf(content)) return;
    const isAlive =
      [...this.local.values()].some((node) => node.kind === 'file' && node.content === content) ||
      [...this.remote.values()].some((node) => node.content === content);
    if (!isAlive) this.losses.push(`${path}: ${content}`);
  }

  #isAsExpected(path: string, expected: ExpectedLocal): boolean {
    const node = this.local.get(path);
    if (expected.kind === 'absent') return node === undefined;
    if (expected.kind === 'folder') return node?.kind === 'folder';
    return node?.kind === 'file' && sameFingerprint(fingerprintOf(node), expected.fingerprint);
  }

  #baseFolder(path: string): void {
    const node = this.local.get(path);
    if (node?.kind === 'folder' && this.remoteKind(path) === 'folder') {
      this.base.set(path, { kind: 'folder', inode: node.inode });
    }
  }

  #baseFile(path: string, etag: Etag): void {
    const node = this.local.get(path);
    if (node?.kind !== 'file') return;
    this.base.set(path, {
      kind: 'file',
      content: idOf(node.content),
      sizeBytes: node.content.length,
      etag,
      fingerprint: fingerprintOf(node),
      executable: false,
    });
  }

  /** A folder takes the memory of all below it along; a file that stood on a remote folder only its own. */
  #dropBase({ path, local }: Extract<Op, { kind: 'set-aside' }>): void {
    this.base.delete(path);
    if (local.kind !== 'folder') return;
    for (const key of [...this.base.keys()]) if (key.startsWith(`${path}/`)) this.base.delete(key);
  }

  // ---- what tests compare ----

  /** Both trees as text: folders end in `/`. A folder that only children imply counts as a folder. */
  trees(): { readonly local: readonly string[]; readonly remote: readonly string[] } {
    const local = [...this.local].map(([path, node]) =>
      node.kind === 'file' ? `${path}=${node.content}` : `${path}/`,
    );
    const folders = this.paths().filter((path) => this.remoteKind(path) === 'folder');
    const files = [...this.remote]
      .filter(([key]) => !key.endsWith('/'))
      .map(([key, node]) => `${key}=${node.content}`);
    return { local: local.sort(), remote: [...files, ...folders.map((path) => `${path}/`)].sort() };
  }
}

function fingerprintOf(node: Extract<LocalNode, { kind: 'file' }>): Fingerprint {
  return { sizeBytes: node.content.length, mtimeNs: node.stamp, ctimeNs: node.changed, inode: node.inode };
}

function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return (
    a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
  );
}

function hashKey(node: Extract<LocalNode, { kind: 'file' }>): string {
  return `${node.inode}:${node.stamp}:${node.changed}`;
}
