// The local side of one pair: reads (LocalFiles), changes (LocalChanges) and the pair's own folder (LocalRoom).
//
// All paths are `RelPath`s under the pair's root; absolute paths exist only in the adapter. Operations address a
// file by its path plus the raw names that listings gave (the adapter keeps or finds the raw spelling by listing
// the parent where NFC and the disk differ). No operation ever follows a symbolic link in any component: each
// parent is `lstat`ed just before (security rule 15), and a link there is the outcome `blocked`.
import type { ContentId, Fingerprint, LocalCell, RelPath, UnknownReason } from '../core/model/model.ts';
import type { RefusedNames } from '../core/model/path.ts';
import type { HeldObject, HeldRead, PartChecksum, PartSum } from './remote-objects.port.ts';

/** One directory entry. `cell.content` is always null here: listings do not read bytes. */
export type ScannedEntry = { readonly path: RelPath; readonly cell: LocalCell };

export type DirListing =
  | {
      readonly kind: 'listed';
      readonly dir: RelPath;
      /** Every entry, in any order. Unsyncable ones (symlink, special, unreadable name, clash) as unknown cells. */
      readonly entries: readonly ScannedEntry[];
    }
  /** The directory is not there (any more). Proof of absence only together with an intact root (rule 2). */
  | { readonly kind: 'gone'; readonly dir: RelPath }
  /** EACCES, EIO, another device below, a link instead of a directory: its whole subtree is unknown. */
  | {
      readonly kind: 'failed';
      readonly dir: RelPath;
      readonly reason: UnknownReason;
      readonly message: string;
    };

/** What a disk can tell apart and keep, learned by trying it out (`LocalRoom.learnDisk`). */
export type DiskTraits = {
  /** `a` and `A` are two names. */
  readonly caseSensitive: boolean;
  /** A listing shows a name as it was created; false where the disk itself lists `Readme.md` as `readme.md`. */
  readonly keepsSpelling: boolean;
  /** A name is found under its other Unicode normal form too. */
  readonly foldsNormalForms: boolean;
  readonly hardLinks: boolean;
  /** A mode that is set is there afterwards; where false, the mode says nothing about a file. */
  readonly keepsModes: boolean;
  /** False where inode numbers are made up for each mount or each asked name: they identify nothing, and read as 0. */
  readonly inodesLast: boolean;
  /** Coarsest step of mtime, in nanoseconds (rule 6). */
  readonly mtimeGranularityNs: bigint;
  readonly refusedNames: readonly RefusedNames[];
};

export type RootStatus =
  | {
      readonly kind: 'ok';
      /** Stays for the same directory of the same volume, over restarts too (inode + time of birth; device numbers change). */
      readonly identity: string;
      readonly caseSensitive: boolean;
      /** Coarsest step of mtime seen on this volume, in nanoseconds (rule 6). */
      readonly mtimeGranularityNs: bigint;
      /** What a download may use; null where the volume does not tell its size (0 of 0 blocks). */
      readonly freeBytes: number | null;
      readonly totalBytes: number | null;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-a-folder' }
  | { readonly kind: 'unreadable'; readonly message: string };

export type Hashed = {
  readonly kind: 'hashed';
  readonly content: ContentId;
  /** Taken before and after the read; equal, or the outcome is `changed`. */
  readonly fingerprint: Fingerprint;
};

export type NotHashed =
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly message: string };

export type HashOutcome = Hashed | NotHashed;

/** @property md5 lower-case hex, of the same bytes */
export type BothHashes = (Hashed & { readonly md5: string }) | NotHashed;

/** @property sum null for `none` */
export type PartDigest = { readonly sha256: string; readonly sum: PartSum | null };

export type PartSizing = { readonly partBytes: number; readonly checksum: PartChecksum };

/** Digests of the parts of a file, computed in order in the background. */
export type PartDigests = PartSizing & {
  /**
   * Digest of part `number`, from 1. Waits while it is being computed. Null if it has not begun (it is then skipped) or has failed. A later
   * read returned the same bytes only if the reader is unchanged after that read.
   */
  of(number: number): Promise<PartDigest | null>;
  /** Stops computing. */
  end(): void;
};

/** SHA-256 of bytes that come in order, made beside the thread that receives them. */
export interface OrderedHasher {
  /** Memory that `update` takes without a copy. Waits while downloads hold as much as they may. Contents are undefined. */
  take(lengthBytes: number, signal: AbortSignal): Promise<Uint8Array>;
  /** For others; nothing may write into it any more. */
  giveBack(bytes: Uint8Array): void;
  /**
   * Takes the next bytes, without a wait for those before. Resolves with the SHA-256 of all until then, as lower-case hex; then they may be
   * changed.
   */
  update(bytes: Uint8Array): Promise<string>;
  /** Frees it, with all memory that it took. What is not answered by then rejects, and later updates do. */
  end(): void;
}

/** An open file whose bytes are read by position. `isUnchanged` is the second stat of rule 13. */
export interface StableReader {
  readonly fingerprint: Fingerprint;
  /** Of a file that was read whole and proven unchanged when it was opened; left out for all others. */
  readonly content?: ContentId;
  readonly executable: boolean;
  /** Reads up to `length` bytes at `position`; shorter only at the end of the file. `into` as of `ByteSource`. */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** True while size, mtime, ctime and inode of the open file AND of the path are what they were at open. */
  isUnchanged(): Promise<boolean>;
  /** Starts at once. Absent if the bytes are in memory. */
  digestParts?(sizing: PartSizing): PartDigests;
  close(): Promise<void>;
}
export type OpenOutcome =
  | { readonly kind: 'open'; readonly reader: StableReader }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly message: string };

export type HeldPath = { readonly opId: string; readonly path: RelPath };

export interface LocalFiles {
  rootStatus(): Promise<RootStatus>;
  /**
   * Lists directories, not their subdirectories; one outcome for each asked, yielded as they come. Runs in a
   * worker thread with synchronous calls (150k entries/s against 43k with promises).
   */
  list(dirs: readonly RelPath[], signal: AbortSignal): AsyncIterable<DirListing>;
  /** `lstat` of one path: what a listing of its parent would say. Absent only on ENOENT under a real folder (the nearest ancestor that is there). */
  look(path: RelPath): Promise<LocalCell>;
  /** Reads all bytes once, in a worker thread. */
  hash(path: RelPath, signal: AbortSignal): Promise<HashOutcome>;
  /** As `hash`, with the MD5: only for stores whose ETag is one, because it takes more than twice as long as SHA-256. */
  hashBoth(path: RelPath, signal: AbortSignal): Promise<BothHashes>;
  open(path: RelPath): Promise<OpenOutcome>;
  /**
   * Small files read whole in one step, each proven to have held still meanwhile; their bytes are kept under the op id for
   * `HeldObjects`. Null where the general way has to open it, whatever it is.
   */
  readHeld(files: readonly HeldPath[]): Promise<readonly (HeldRead | null)[]>;
  /** Reads a small file of the pair (ignore rules), null when absent; never follows links; at most `maxBytes`. */
  readSmall(path: RelPath, maxBytes: number): Promise<Uint8Array | null>;
}

/** A temporary file under `<root>/.driftless/tmp/`, mode 0600 in a 0700 folder, exclusive, named by op id. */
export interface TempFile {
  readonly name: string;
  /** `bytes` may be changed once it resolves. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Up to `length` bytes at `position`; shorter only at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Closes it. Zero blocks have become holes. On the disk it is once `place` or `replace` has given it its name, and not before. */
  finish(): Promise<{ readonly inode: bigint }>;
  /** Leaves it as it is, for `reopenTemp`. */
  close(): Promise<void>;
  discard(): Promise<void>;
}

export type WholeFile = { readonly opId: string; readonly bytes: Uint8Array };

/** Bytes that a group of downloads brought. */
export type HeldFile = {
  readonly held: HeldObject;
  readonly path: RelPath;
  readonly options: PlaceOptions;
};

export type PlaceOutcome =
  | { readonly kind: 'placed'; readonly fingerprint: Fingerprint; readonly executable: boolean }
  /** Something has that name: nothing was overwritten; the temporary file still stands. */
  | { readonly kind: 'taken' }
  /** A parent is missing, is a link, or is not a folder. */
  | { readonly kind: 'blocked'; readonly message: string };

export type CaptureOutcome =
  /** Renamed into the trash and its bytes proven to be `expected.content`. */
  | { readonly kind: 'captured'; readonly trashName: string }
  /** It was something else: put back where it was. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'blocked'; readonly message: string };

export type RenameOutcome =
  | { readonly kind: 'renamed'; readonly cell: LocalCell }
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'blocked'; readonly message: string };

/** Rename of a file that was cut after its new name was linked, perhaps, and before its old one was removed. */
export type HalfRename = {
  /** Of its record, for `finishRename`. */
  readonly id: string;
  readonly from: RelPath;
  readonly to: RelPath;
  readonly inode: bigint;
  /** Number of names that the file had before. */
  readonly names: bigint;
};

/** The two names of one file, of which the first goes. */
export type RenameEnds = { readonly stale: RelPath; readonly kept: RelPath };

export type FolderOutcome =
  | { readonly kind: 'done'; readonly cell: LocalCell }
  | { readonly kind: 'not-empty' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'blocked'; readonly message: string };

export type PlaceOptions = {
  readonly executable: boolean;
  /** From the object's metadata; written only together with content (rule 15). */
  readonly mtimeNs: bigint | null;
  /** Trash name of what it replaces: its mode (and xattrs where possible) carries over, never widened. */
  readonly replaces: string | null;
};

export type ReplaceOutcome =
  | {
      readonly kind: 'replaced';
      readonly fingerprint: Fingerprint;
      readonly executable: boolean;
      /** Where the replaced file is kept. */
      readonly trashName: string;
    }
  /** It was something else, or became something else at the last moment: that stands where it was; the temporary file may be gone. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'blocked'; readonly message: string };

export type ReplaceRequest = {
  /** What is to be replaced. */
  readonly expected: { readonly content: ContentId };
  /** Names what is kept of it in the trash. */
  readonly opId: string;
  readonly executable: boolean;
  /** From the object's metadata. */
  readonly mtimeNs: bigint | null;
  /** The old file is kept and proven, and still has its name. */
  readonly onKept: () => void;
};

/** Changes of the local side. Each one re-proves what the plan assumed and never overwrites an existing name. */
export interface LocalChanges {
  createTemp(opId: string): Promise<TempFile>;
  /** One that was closed unfinished, or left by a crash; null where it is not there, or has another name beside ours. */
  reopenTemp(name: string): Promise<TempFile | null>;
  /** Whether the disk takes a file of this name, tried out below `.driftless`. Throws what the disk answers (`local-name-refused`). */
  tryName(name: string): Promise<void>;
  /** fsync, then link + unlink of a finished temporary file onto `path` (or an exclusive equivalent), then parent fsync. */
  place(tempName: string, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome>;
  /**
   * `createTemp`, `write`, `finish` and `place` in one step, for bytes in memory. A crash leaves the temporary file, named by the
   * op id, or the placed one. Whatever else becomes of it, no temporary file is left.
   */
  placeWhole(whole: WholeFile, path: RelPath, options: PlaceOptions): Promise<PlaceOutcome>;
  /**
   * `placeWhole` of several at once; none of their bytes are kept. Null where the general way has to place it, with nothing of it
   * left on the disk.
   */
  placeHeld(files: readonly HeldFile[]): Promise<readonly (PlaceOutcome | null)[]>;
  /** Renames `path` into the trash under a name made of the op id, and hashes it there (rule 14). */
  capture(
    path: RelPath,
    expected: { readonly content: ContentId },
    opId: string,
    signal: AbortSignal,
  ): Promise<CaptureOutcome>;
  /**
   * Puts a finished temporary file in the place of the file at `path`, which is kept in the trash and proven to be `expected` (rule 14). At every
   * moment the name leads to the old or to the new content. An edit of the last moment stands, and the outcome is `changed`.
   */
  replace(
    tempName: string,
    path: RelPath,
    request: ReplaceRequest,
    signal: AbortSignal,
  ): Promise<ReplaceOutcome>;
  /** The trash name that `capture` or `replace` gave under this op id, or null: what recovery asks after a crash. */
  findCaptured(opId: string): Promise<string | null>;
  /** Puts a captured file back (exclusive); `taken` leaves it in the trash, unless the very same bytes stand there: then they are `placed`. */
  putBack(trashName: string, path: RelPath): Promise<PlaceOutcome>;
  /** Exclusive rename of a file or folder; `expected` null for folders. Case-only renames are one rename. */
  rename(from: RelPath, to: RelPath, expected: Fingerprint | null): Promise<RenameOutcome>;
  /** Renames of files that may be left half done, and those that are under way. */
  halfRenames(): Promise<readonly HalfRename[]>;
  /**
   * Ends a half rename and forgets it. Removes `stale` while both are names of its file and the file has exactly one name more than
   * before the rename, so that no hard link of the user's is taken for ours; true if it did. Null only forgets.
   */
  finishRename(id: string, names: RenameEnds | null): Promise<boolean>;
  makeFolder(path: RelPath): Promise<FolderOutcome>;
  /** rmdir only (rule 9): a folder that holds anything stays. */
  removeFolder(path: RelPath): Promise<FolderOutcome>;
  /** Removes temporary files and trash entries that no intent and no index row names. */
  sweep(keepTemp: ReadonlySet<string>, purgeTrash: readonly string[]): Promise<void>;
}

/** `<root>/.driftless/root.json` (rules 4, 20, 21). */
export type RootMarker = {
  readonly spaceId: string;
  readonly stateId: string;
  readonly deviceId: string;
  readonly generation: number;
};
export type MarkerStatus =
  | { readonly kind: 'present'; readonly marker: RootMarker }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly message: string };

export interface LocalRoom {
  /**
   * @param mayRecall where it may be known by its stats from an earlier reading. A network disk may answer stats for a minute without asking
   * its server, so what is removed, and what a whole look is about, is proven by its bytes.
   */
  readMarker(mayRecall?: boolean): Promise<MarkerStatus>;
  /** Atomic and fsynced. Makes `.driftless/` with 0700 where needed. */
  writeMarker(marker: RootMarker): Promise<void>;
  /**
   * Tries the disk out with files of its own in `<root>/.driftless/tmp/`; asked after the marker is proven, since it writes.
   * A disk that cannot be written to is judged by what is there.
   */
  learnDisk(): Promise<DiskTraits>;
}
