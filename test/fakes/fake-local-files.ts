// The three local ports over a disk in memory: the same steps as on a real disk, with a hook before each of them.
import { hash } from 'node:crypto';
import type { LocalCell, RelPath, Trace, UnknownReason } from '../../main/core/model/model.ts';
import { isOwnName, segmentRefusal } from '../../main/core/model/path.ts';
import type {
  BothHashes,
  DirListing,
  HashOutcome,
  HeldPath,
  LocalFiles,
  ScannedEntry,
  OpenOutcome,
  RootStatus,
  StableReader,
} from '../../main/ports/local-files.port.ts';
import type { HeldRead } from '../../main/ports/remote-objects.port.ts';
import type { LocalRoot } from '../../main/ports/local-root.port.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { FakeLocalChanges, FakeLocalRoom } from './fake-local-changes.ts';
import { sameFingerprint } from '../../main/core/model/fingerprint.ts';
import { FakeDisk } from './fake-disk.ts';
import { readHeldBy } from './fake-held-reads.ts';
import type { FakeFile, FakeFolder } from './fake-disk.ts';
import { FakePlace, fakeRoot } from './fake-place.ts';
import { digestInTurn } from '../../main/adapters/disk/worker/part-digests.ts';
import { sumOf } from '../../main/adapters/sums/body-sum.ts';
import { FakePaths, digestOf, unknown } from './fake-local-paths.ts';

/**
 * Called before every step that a real disk would do. It may change the disk, throw what `systemError` makes, or never return (a crash).
 * Steps inside one call have names of their own: `capture`, `capture:renamed`, `capture:hashed`, ...
 */
export type BeforeCall = (name: string, path: string) => void | Promise<void>;

export class FakeLocalFiles implements LocalFiles {
  readonly disk: FakeDisk;
  readonly #paths: FakePaths;
  readonly #step: (name: string, path: string) => Promise<void>;

  constructor(disk: FakeDisk, paths: FakePaths, step: (name: string, path: string) => Promise<void>) {
    this.disk = disk;
    this.#paths = paths;
    this.#step = step;
  }

  async rootStatus(): Promise<RootStatus> {
    await this.#step('rootStatus', '');
    const { disk } = this;
    if (disk.isGone) return { kind: 'missing' };
    return {
      kind: 'ok',
      identity: `fake-${disk.root.inode}`,
      caseSensitive: disk.caseSensitive,
      mtimeGranularityNs: disk.timeGranularityNs,
      freeBytes: disk.hidesSize ? null : Math.max(0, disk.capacityBytes - disk.usedBytes),
      totalBytes: disk.hidesSize ? null : disk.capacityBytes,
    };
  }

  async *list(dirs: readonly RelPath[], signal: AbortSignal): AsyncIterable<DirListing> {
    for (const dir of dirs) {
      signal.throwIfAborted();
      yield await this.#listOne(dir);
    }
  }

  async #listOne(dir: RelPath): Promise<DirListing> {
    await this.#step('list', dir);
    const folder = this.#paths.folder(dir);
    if (folder === 'root-missing') return { kind: 'failed', dir, reason: 'unreadable', message: 'no root' };
    if (folder === 'link') return { kind: 'failed', dir, reason: 'symlink', message: 'a link' };
    if (typeof folder === 'string') return { kind: 'gone', dir };
    if (folder.device !== this.disk.root.device) {
      return { kind: 'failed', dir, reason: 'other-device', message: 'another device' };
    }
    if (!folder.isReadable) return { kind: 'failed', dir, reason: 'unreadable', message: 'EACCES' };
    const names = [...folder.entries.keys()];
    await this.#step('list:read', dir);
    const entries = this.#scannedEntries(folder, dir, names);
    if (this.#paths.folder(dir) !== folder) {
      return { kind: 'failed', dir, reason: 'changing', message: 'renamed while it was read' };
    }
    return { kind: 'listed', dir, entries };
  }

  #scannedEntries(folder: FakeFolder, dir: string, names: readonly string[]): readonly ScannedEntry[] {
    const scannedEntries = new Map<string, LocalCell>();
    for (const raw of names) {
      if (dir === '' && isOwnName(raw)) continue;
      const node = folder.entries.get(raw);
      if (node === undefined) continue;
      const path = dir === '' ? raw.normalize('NFC') : `${dir}/${raw.normalize('NFC')}`;
      const refusal = segmentRefusal(raw);
      const cell = this.#paths.cellOf(node, raw);
      const left = (reason: UnknownReason): LocalCell => {
        const trace = traceOf(cell);
        return trace === null ? unknown(reason) : { state: 'unknown', reason, trace };
      };
      const isClash = scannedEntries.has(path);
      scannedEntries.set(path, isClash ? left('name-clash') : refusal === null ? cell : left(refusal));
    }
    return [...scannedEntries].map(([path, cell]) => ({ path: path as RelPath, cell }));
  }

  async look(path: RelPath): Promise<LocalCell> {
    await this.#step('look', path);
    return this.#paths.look(path);
  }

  async hash(path: RelPath, signal: AbortSignal): Promise<HashOutcome> {
    const both = await this.hashBoth(path, signal);
    if (both.kind !== 'hashed') return both;
    const { kind, content, fingerprint } = both;
    return { kind, content, fingerprint };
  }

  async hashBoth(path: RelPath, signal: AbortSignal): Promise<BothHashes> {
    await this.#step('hash', path);
    signal.throwIfAborted();
    const found = this.#paths.find(path);
    if (found.kind !== 'entry' || found.node === null) return { kind: 'gone' };
    if (found.node.kind !== 'file') return { kind: 'changed' };
    const before = this.#paths.factsOf(found.node).fingerprint;
    const { bytes } = found.node;
    await this.#step('hash:read', path);
    const after = this.#paths.find(path);
    if (after.kind !== 'entry' || after.node?.kind !== 'file') return { kind: 'changed' };
    if (!sameFingerprint(before, this.#paths.factsOf(after.node).fingerprint)) return { kind: 'changed' };
    return { kind: 'hashed', ...digestOf(bytes), fingerprint: before };
  }

  async open(path: RelPath): Promise<OpenOutcome> {
    await this.#step('open', path);
    const found = this.#paths.find(path);
    if (found.kind !== 'entry' || found.node?.kind !== 'file') return { kind: 'gone' };
    return { kind: 'open', reader: this.#reader(path, found.node) };
  }

  #reader(path: RelPath, file: FakeFile): StableReader {
    const seen = (node: FakeFile) => this.#paths.factsOf(node).fingerprint;
    const { fingerprint, executable } = this.#paths.factsOf(file);
    return {
      fingerprint,
      executable,
      read: async (position, length) => {
        await this.#step('read', path);
        return file.bytes.slice(position, position + length);
      },
      isUnchanged: async () => {
        await this.#step('isUnchanged', path);
        const found = this.#paths.find(path);
        if (found.kind !== 'entry' || found.node?.kind !== 'file') return false;
        return (
          found.node === file &&
          sameFingerprint(fingerprint, seen(file)) &&
          sameFingerprint(fingerprint, seen(found.node))
        );
      },
      digestParts: (sizing) =>
        digestInTurn(fingerprint.sizeBytes, sizing, ({ start, lengthBytes }) => {
          const bytes = file.bytes.subarray(start, start + lengthBytes);
          const isThere = bytes.length === lengthBytes;
          const made = { sha256: hash('sha256', bytes), sum: sumOf(sizing.checksum, bytes) };
          return Promise.resolve(isThere ? made : null);
        }),
      close: () => Promise.resolve(),
    };
  }

  readHeld(files: readonly HeldPath[]): Promise<readonly (HeldRead | null)[]> {
    return readHeldBy((path) => this.open(path), files);
  }

  async readSmall(path: RelPath, maxBytes: number): Promise<Uint8Array | null> {
    await this.#step('readSmall', path);
    const found = this.#paths.find(path);
    if (found.kind !== 'entry' || found.node?.kind !== 'file') return null;
    if (found.node.bytes.length > maxBytes) {
      throw new SyncError({
        code: 'local-too-large',
        retry: 'backoff',
        scope: 'pair',
        fields: { path, maxBytes },
      });
    }
    return found.node.bytes.slice();
  }
}

export type FakeLocal = {
  readonly files: LocalFiles;
  readonly changes: FakeLocalChanges;
  readonly room: FakeLocalRoom;
  readonly root: LocalRoot;
};

/** The ports of one process on `disk`: after a crash make new ones, the disk stays. A place may hold another disk by and by. */
export function openFakeLocalFiles(
  disk: FakeDisk | FakePlace,
  beforeCall: BeforeCall | null = null,
): FakeLocal {
  const step = async (name: string, path: string): Promise<void> => {
    if (beforeCall !== null) await beforeCall(name, path);
  };
  const sidesOn = (on: FakeDisk): Omit<FakeLocal, 'root'> => {
    const paths = new FakePaths(on);
    return {
      files: new FakeLocalFiles(on, paths, step),
      changes: new FakeLocalChanges(on, paths, step),
      room: new FakeLocalRoom(on, step),
    };
  };
  const place = disk instanceof FakeDisk ? new FakePlace(disk) : disk;
  return { ...sidesOn(place.disk), root: fakeRoot(place, sidesOn) };
}

/** Null on a disk whose inodes do not last. */
function traceOf(cell: LocalCell): Trace | null {
  if (cell.state !== 'present') return null;
  const inode = cell.kind === 'folder' ? cell.inode : cell.fingerprint.inode;
  if (inode === 0n) return null;
  return cell.kind === 'folder'
    ? { kind: 'folder', inode }
    : { kind: 'file', inode, sizeBytes: cell.fingerprint.sizeBytes };
}
