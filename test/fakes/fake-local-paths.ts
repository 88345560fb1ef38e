// Finds entries of a disk in memory as the real adapter does: parent by parent, by the disk's own rules, then by normal form.
import { createHash } from 'node:crypto';
import type { ContentId, Fingerprint, LocalCell, UnknownReason } from '../../main/core/model/model.ts';
import { foldName, isOwnName, segmentRefusal } from '../../main/core/model/path.ts';
import type { FakeDisk, FakeFile, FakeFolder, FakeNode } from './fake-disk.ts';
import { baseName, folderOf } from './fake-disk.ts';

export type Found =
  | {
      readonly kind: 'entry';
      readonly folder: FakeFolder;
      readonly raw: string;
      readonly node: FakeNode | null;
    }
  | { readonly kind: 'missing' | 'root-missing' | 'link' | 'not-a-folder' };

const absent: LocalCell = { state: 'absent' };

export function unknown(reason: UnknownReason): LocalCell {
  return { state: 'unknown', reason };
}

export function fingerprintOf(file: FakeFile): Fingerprint {
  return { sizeBytes: file.bytes.length, mtimeNs: file.mtimeNs, ctimeNs: file.ctimeNs, inode: file.inode };
}

export function isExecutable(file: FakeFile): boolean {
  return (file.mode & 0o100) !== 0;
}

const digests = new WeakMap<Uint8Array, { readonly content: ContentId; readonly md5: string }>();

export function digestOf(bytes: Uint8Array): { readonly content: ContentId; readonly md5: string } {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = {
    content: createHash('sha256').update(bytes).digest('hex') as ContentId,
    md5: createHash('md5').update(bytes).digest('hex'),
  };
  digests.set(bytes, digest);
  return digest;
}

export class FakePaths {
  readonly disk: FakeDisk;

  constructor(disk: FakeDisk) {
    this.disk = disk;
  }

  rawIn(folder: FakeFolder, name: string): string | null {
    const raw = this.disk.rawName(folder, name);
    if (raw !== null) return raw;
    for (const candidate of folder.entries.keys()) if (candidate.normalize('NFC') === name) return candidate;
    return null;
  }

  folder(path: string): FakeFolder | Exclude<Found['kind'], 'entry'> {
    if (this.disk.isGone) return 'root-missing';
    let at = this.disk.root;
    for (const name of path === '' ? [] : path.split('/')) {
      const raw = this.rawIn(at, name);
      const node = raw === null ? undefined : at.entries.get(raw);
      if (node === undefined) return 'missing';
      if (node.kind === 'symlink') return 'link';
      if (node.kind !== 'folder') return 'not-a-folder';
      at = node;
    }
    return at;
  }

  find(path: string): Found {
    const folder = this.folder(folderOf(path));
    if (typeof folder === 'string') return { kind: folder };
    const name = baseName(path);
    const raw = this.rawIn(folder, name);
    return {
      kind: 'entry',
      folder,
      raw: raw ?? name,
      node: raw === null ? null : (folder.entries.get(raw) ?? null),
    };
  }

  /** As the adapter tells them: without what this disk does not keep. */
  factsOf(node: FakeFile): { readonly fingerprint: Fingerprint; readonly executable: boolean } {
    const fingerprint = fingerprintOf(node);
    return {
      fingerprint: this.disk.inodesLast ? fingerprint : { ...fingerprint, inode: 0n },
      executable: this.disk.keepsModes && isExecutable(node),
    };
  }

  cellOf(node: FakeNode, rawName: string): LocalCell {
    switch (node.kind) {
      case 'file':
        return { state: 'present', kind: 'file', rawName, content: null, ...this.factsOf(node) };
      case 'folder':
        return node.device === this.disk.root.device
          ? { state: 'present', kind: 'folder', rawName, inode: this.disk.inodesLast ? node.inode : 0n }
          : unknown('other-device');
      case 'symlink':
        return unknown('symlink');
      case 'special':
        return unknown('special-file');
    }
  }

  look(path: string): LocalCell {
    const name = baseName(path);
    const refusal = segmentRefusal(name);
    if (refusal !== null) return unknown(refusal);
    if (name === path && isOwnName(name)) return unknown('name-reserved');
    const found = this.find(path);
    if (found.kind === 'link') return unknown('symlink');
    if (found.kind === 'root-missing') return unknown('unreadable');
    if (found.kind !== 'entry' || found.node === null) return absent;
    const listed = [...found.folder.entries.keys()];
    const exact = listed.filter((raw) => raw.normalize('NFC') === name);
    const folded = foldName(name);
    const raws =
      exact.length > 0 || this.disk.caseSensitive ? exact : listed.filter((raw) => foldName(raw) === folded);
    if (raws.length === 0) return absent;
    return raws.length > 1 ? unknown('name-clash') : this.cellOf(found.node, found.raw);
  }
}
