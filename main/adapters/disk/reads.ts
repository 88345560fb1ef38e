// Reads of the local side: status of the root, listings, single looks, hashes, stable readers.
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, realpath, stat } from '../shares/calls.ts';
import { basename, join } from 'node:path';
import type { ContentId, Fingerprint, LocalCell, RelPath, Unknown } from '../../core/model/model.ts';
import { isOfItem, SyncError } from '../../core/model/errors.ts';
import { foldName, isOwnName, isStageName, nameOf, segmentRefusal } from '../../core/model/path.ts';
import type {
  BothHashes,
  DirListing,
  DiskTraits,
  HashOutcome,
  HeldPath,
  LocalFiles,
  OpenOutcome,
  PartDigests,
  PartSizing,
  RootStatus,
  StableReader,
} from '../../ports/local-files.port.ts';
import type { HeldRead } from '../../ports/remote-objects.port.ts';
import { errnoOf, messageOf } from '../system/errno.ts';
import { isErrno, onDisk, readingFile } from './errors.ts';
import { shareLooks } from './share-looks.ts';
import { isOtherDisk, readMountPoints } from '../system/mount-points.ts';
import type { Resolved, Target } from './paths.ts';
import { listNames, lstatOrNull, proveFolder, resolveTarget } from './paths.ts';
import type { SmallReply } from './small/protocol.ts';
import type { SmallFiles } from './small/small-files.ts';
import type { Volume, VolumePlace } from './volume.ts';
import { fingerprintOf, heldStill, isExecutable, openForReading } from './worker/hash.ts';
import type { WalkPool } from './worker/pool.ts';
import { asContentId, unpackListing } from './worker/protocol.ts';

const absent: LocalCell = { state: 'absent' };

function unknown(reason: Unknown['reason']): LocalCell {
  return { state: 'unknown', reason };
}

export type CellTraits = Pick<DiskTraits, 'keepsModes' | 'inodesLast'>;

function cellOfStats(stats: BigIntStats, rawName: string, traits: CellTraits): LocalCell {
  const inode = traits.inodesLast ? stats.ino : 0n;
  if (stats.isFile()) {
    return {
      state: 'present',
      kind: 'file',
      rawName,
      fingerprint: { ...fingerprintOf(stats), inode },
      content: null,
      executable: traits.keepsModes && isExecutable(stats),
    };
  }
  if (stats.isSymbolicLink()) return unknown('symlink');
  if (!stats.isDirectory()) return unknown('special-file');
  return { state: 'present', kind: 'folder', rawName, inode };
}

type OpenedFile = { readonly handle: FileHandle; readonly file: string; readonly stats: BigIntStats };

class NodeReader implements StableReader {
  readonly #pool: WalkPool;
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly fingerprint: StableReader['fingerprint'];
  readonly executable: boolean;

  constructor(pool: WalkPool, { handle, file, stats }: OpenedFile, traits: CellTraits) {
    this.#pool = pool;
    this.#handle = handle;
    this.#file = file;
    const fingerprint = fingerprintOf(stats);
    this.fingerprint = traits.inodesLast ? fingerprint : { ...fingerprint, inode: 0n };
    this.executable = traits.keepsModes && isExecutable(stats);
  }

  async read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    return readingFile(async () => {
      const bytes = into?.subarray(0, length) ?? Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    });
  }

  async isUnchanged(): Promise<boolean> {
    return onDisk('look again', async () => {
      const opened = await this.#handle.stat({ bigint: true });
      return heldStill(this.fingerprint, opened, await lstatOrNull(this.#file));
    });
  }

  digestParts(sizing: PartSizing): PartDigests {
    return this.#pool.digestParts(this.#file, this.fingerprint.sizeBytes, sizing);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A small file that was read whole when it was opened; what is asked of the disk afterwards is whether it is still that file. */
class WholeReader implements StableReader {
  readonly #small: SmallFiles;
  readonly #file: string;
  readonly #read: Extract<SmallReply, { kind: 'read' }>;
  readonly fingerprint: StableReader['fingerprint'];
  readonly executable: boolean;
  readonly content: ContentId;

  constructor(
    small: SmallFiles,
    file: string,
    { read, traits }: { readonly read: Extract<SmallReply, { kind: 'read' }>; readonly traits: CellTraits },
  ) {
    this.#small = small;
    this.#file = file;
    this.#read = read;
    this.fingerprint = traits.inodesLast ? read.fingerprint : { ...read.fingerprint, inode: 0n };
    this.executable = traits.keepsModes && read.isExecutable;
    this.content = asContentId(read.sha256);
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#read.bytes.subarray(position, position + length));
  }

  async isUnchanged(): Promise<boolean> {
    const { fingerprint } = this.#read;
    const reply = await this.#small.run({ kind: 'same', file: this.#file, fingerprint });
    return reply.kind === 'same' && reply.isSame;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function unreadSmall(path: RelPath, why: string, code = 'local-denied'): SyncError {
  const message = `${path} cannot be read: ${why}`;
  return new SyncError({ code, retry: 'backoff', scope: 'pair', message, fields: { path } });
}

export type ReadThreads = { readonly pool: WalkPool; readonly small: SmallFiles };

export class NodeReads implements LocalFiles {
  readonly #root: string;
  readonly #volume: Volume;
  readonly #pool: WalkPool;
  readonly #small: SmallFiles;
  /** What was seen of the root when it was opened, where it is held since. */
  readonly #held: BigIntStats | null;
  /** Asked before each folder made and each file fetched, by many at once. */
  readonly rootStatus: () => Promise<RootStatus>;

  constructor({ path, held }: VolumePlace, volume: Volume, { pool, small }: ReadThreads) {
    this.#root = path;
    this.#held = held;
    this.#volume = volume;
    this.rootStatus = shareLooks(() => volume.status());
    this.#pool = pool;
    this.#small = small;
  }

  async *list(dirs: readonly RelPath[], signal: AbortSignal): AsyncIterable<DirListing> {
    const traits = await this.#traits();
    for await (const packed of this.#pool.list(this.#root, dirs, signal)) yield unpackListing(packed, traits);
  }

  /** A folder that is away has no traits; the look itself then says so. */
  async #traits(): Promise<Pick<DiskTraits, 'keepsModes' | 'inodesLast' | 'caseSensitive'>> {
    try {
      return await this.#volume.traits();
    } catch (error) {
      if (errnoOf(error) === '') throw error;
      return { keepsModes: true, inodesLast: true, caseSensitive: true };
    }
  }

  async look(path: RelPath): Promise<LocalCell> {
    if (path === '') return unknown('not-scanned');
    const name = nameOf(path);
    // As in a listing: a staged file is no entry.
    if (isStageName(name)) return absent;
    const refusal = segmentRefusal(name);
    if (refusal !== null) return unknown(refusal);
    if (name === path && isOwnName(name)) return unknown('name-reserved');
    try {
      return await this.#cellAt(await resolveTarget(this.#root, path), name);
    } catch (error) {
      if (errnoOf(error) === '') throw error;
      return unknown('unreadable');
    }
  }

  async #cellAt(resolved: Resolved, name: string): Promise<LocalCell> {
    // A folder that is gone takes what was below it along; absence is proven by the nearest ancestor that is there.
    if (resolved.kind === 'missing' || resolved.kind === 'not-a-folder') return absent;
    if (resolved.kind === 'link') return unknown('symlink');
    if (resolved.kind === 'root-missing') return unknown('unreadable');
    const { target } = resolved;
    if (target.stats === null) return absent;
    const rawName = await this.#spelling(target.parent, target.path, name);
    if (rawName === 'absent') return absent;
    if (rawName === 'clash') return unknown('name-clash');
    const isElsewhere = target.stats.isDirectory() && (await this.#isElsewhere(target));
    if (isElsewhere) return unknown('other-device');
    return cellOfStats(target.stats, rawName.name, await this.#traits());
  }

  /** Another disk is mounted on this folder. */
  async #isElsewhere({ path, stats }: Target): Promise<boolean> {
    const root = this.#held ?? (await stat(this.#root, { bigint: true }));
    if (stats === null || stats.dev === root.dev) return false;
    return isOtherDisk(await realpath(path), readMountPoints);
  }

  /** What a listing would call the entry that `lstat` found: a disk that folds case or normal forms finds it under other names too. */
  async #spelling(
    parent: string,
    path: string,
    name: string,
  ): Promise<{ readonly name: string } | 'absent' | 'clash'> {
    const isPlain = basename(path) === name && name.normalize('NFD') === name;
    const { caseSensitive } = await this.#traits();
    if (isPlain && caseSensitive) return { name };
    const { all, otherForms } = await listNames(parent);
    const raws = [...(all.includes(name) ? [name] : []), ...(otherForms.get(name) ?? [])];
    const folded = foldName(name);
    // A disk that folds names finds the entry in any spelling, and lists it in one.
    const found = raws.length > 0 || caseSensitive ? raws : all.filter((raw) => foldName(raw) === folded);
    const [only] = found;
    if (only === undefined) return 'absent';
    return found.length > 1 ? 'clash' : { name: only };
  }

  async hash(path: RelPath, signal: AbortSignal): Promise<HashOutcome> {
    const file = await this.#fileAt(path);
    return file === null ? { kind: 'gone' } : this.hashAt(file, signal);
  }

  async hashBoth(path: RelPath, signal: AbortSignal): Promise<BothHashes> {
    const file = await this.#fileAt(path);
    if (file === null) return { kind: 'gone' };
    const { outcome, md5 } = await this.#hashed(file, true, signal);
    return outcome.kind === 'hashed' ? { ...outcome, md5 } : outcome;
  }

  async #fileAt(path: RelPath): Promise<string | null> {
    const resolved = await onDisk('find', () => resolveTarget(this.#root, path));
    return resolved.kind === 'target' ? resolved.target.path : null;
  }

  /** For files of our own (the trash) as well. */
  async hashAt(file: string, signal: AbortSignal): Promise<HashOutcome> {
    const { outcome } = await this.#hashed(file, false, signal);
    return outcome;
  }

  /** @property md5 empty unless `withMd5` */
  async #hashed(
    file: string,
    withMd5: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: HashOutcome; readonly md5: string }> {
    const reply = await this.#pool.hash(file, withMd5, signal);
    if (reply.kind === 'hashed') {
      const { kind, content, md5, fingerprint } = reply;
      const lasting = await this.#lasting(fingerprint);
      return { outcome: { kind, content: asContentId(content), fingerprint: lasting }, md5: md5 ?? '' };
    }
    if (reply.kind === 'unreadable') return { outcome: reply, md5: '' };
    if (reply.kind === 'cancelled') signal.throwIfAborted();
    return { outcome: { kind: reply.kind === 'gone' ? 'gone' : 'changed' }, md5: '' };
  }

  async #lasting(fingerprint: Fingerprint): Promise<Fingerprint> {
    return (await this.#traits()).inodesLast ? fingerprint : { ...fingerprint, inode: 0n };
  }

  async open(path: RelPath): Promise<OpenOutcome> {
    const read = await this.#small.run({ kind: 'read', root: this.#root, path });
    if (read.kind !== 'read') return this.#openPlainly(path);
    const file = join(this.#root, path);
    const traits = await this.#traits();
    return { kind: 'open', reader: new WholeReader(this.#small, file, { read, traits }) };
  }

  async readHeld(files: readonly HeldPath[]): Promise<readonly (HeldRead | null)[]> {
    const { keepsModes, inodesLast } = await this.#traits();
    const replies = await this.#small.readHeld(
      files.map(({ opId, path }) => ({ kind: 'read-held', root: this.#root, path, name: opId })),
    );
    return files.map(({ opId }, index): HeldRead | null => {
      const reply = replies[index];
      if (reply?.kind !== 'read-held') return null;
      return {
        opId,
        fingerprint: inodesLast ? reply.fingerprint : { ...reply.fingerprint, inode: 0n },
        executable: keepsModes && reply.isExecutable,
        content: asContentId(reply.sha256),
        source: null,
      };
    });
  }

  /** For files that are not small, and whatever is unusual. */
  async #openPlainly(path: RelPath): Promise<OpenOutcome> {
    let handle: FileHandle | null = null;
    try {
      const resolved = await resolveTarget(this.#root, path);
      if (resolved.kind !== 'target' || resolved.target.stats === null) return { kind: 'gone' };
      if (!resolved.target.stats.isFile()) return { kind: 'gone' };
      const file = resolved.target.path;
      handle = await open(file, openForReading);
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) {
        await handle.close();
        return { kind: 'gone' };
      }
      return {
        kind: 'open',
        reader: new NodeReader(this.#pool, { handle, file, stats }, await this.#traits()),
      };
    } catch (error) {
      await handle?.close();
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return { kind: 'gone' };
      if (errnoOf(error) === '') throw error;
      return { kind: 'unreadable', message: messageOf(error) };
    }
  }

  async readSmall(path: RelPath, maxBytes: number): Promise<Uint8Array | null> {
    const folder = await onDisk('find', () => proveFolder(this.#root, '' as RelPath));
    if (folder.kind !== 'directory') return null;
    // A single read is not worth the start of a worker.
    const outcome = await onDisk('open', () => this.#openPlainly(path));
    if (outcome.kind === 'gone') return null;
    if (outcome.kind === 'unreadable') throw unreadSmall(path, outcome.message);
    const { reader } = outcome;
    try {
      if (reader.fingerprint.sizeBytes > maxBytes) {
        throw new SyncError({
          code: 'local-too-large',
          retry: 'backoff',
          scope: 'pair',
          message: `${path} is larger than ${String(maxBytes)} bytes`,
          fields: { path, maxBytes },
        });
      }
      return await reader.read(0, maxBytes);
    } catch (error) {
      throw isOfItem(error) ? unreadSmall(path, error.message, error.code) : error;
    } finally {
      await reader.close();
    }
  }
}
