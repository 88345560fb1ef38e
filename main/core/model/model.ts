// Core data model: path states on each side, and plannable operations.

declare const brand: unique symbol;
type Brand<Name extends string> = { readonly [brand]: Name };

/** NFC, `/` between segments, relative, no `.`/`..`, no empty segment. `''` is the root of the pair. */
export type RelPath = string & Brand<'RelPath'>;
/** Lower-case hex SHA-256 of a file's bytes: the only proof that two contents are equal. */
export type ContentId = string & Brand<'ContentId'>;
/** A store's version token, without quotes. Opaque: never a content hash (multipart, KMS). */
export type Etag = string & Brand<'Etag'>;
/** Full object key, exactly as the store spells it. */
export type ObjectKey = string & Brand<'ObjectKey'>;
/** Random 128-bit hex, sent as object metadata so that a lost reply can be recognised (C11). */
export type OpId = string & Brand<'OpId'>;

export type Side = 'local' | 'remote';

/** `lstat` data of a file. Equal fingerprints mean unchanged content only under C6. */
export type Fingerprint = {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
};

/** Why a cell is unknown. Unknown plans no operation and never changes base (C1). */
export type UnknownReason =
  | 'ignored'
  | 'excluded'
  | 'unreadable'
  | 'symlink'
  | 'special-file'
  | 'other-device'
  | 'name-clash'
  | 'name-reserved'
  | 'name-too-long'
  | 'name-invalid'
  | 'not-scanned'
  | 'incomplete-listing'
  | 'changing'
  | 'contains-unknown';

export type Absent = { readonly state: 'absent' };
/** `rawName`/`rawKey`: spelling on that side, if there is exactly one. */
export type Unknown = {
  readonly state: 'unknown';
  readonly reason: UnknownReason;
  /** The ignored version that was read, so that listing the same one again is no change. */
  readonly etag?: Etag;
};

/**
 * `lstat` data of an ignored entry. Its inode distinguishes a file renamed to a name that cannot be synced
 * from a deleted one (C26).
 */
export type Trace =
  | { readonly kind: 'file'; readonly inode: bigint; readonly sizeBytes: number }
  | { readonly kind: 'folder'; readonly inode: bigint };
export type LocalUnknown = Unknown & { readonly trace?: Trace };

export type LocalFile = {
  readonly state: 'present';
  readonly kind: 'file';
  /** Directory entry as the disk spells it (NFD on some disks); operations use it, the path is the identity. */
  readonly rawName: string;
  readonly fingerprint: Fingerprint;
  /** Known only if hashed under this very fingerprint, or if the fingerprint is base's (C6). */
  readonly content: ContentId | null;
  readonly executable: boolean;
};
export type LocalFolder = {
  readonly state: 'present';
  readonly kind: 'folder';
  readonly rawName: string;
  readonly inode: bigint;
};
export type LocalCell = Absent | LocalUnknown | LocalFile | LocalFolder;

export type RemoteFile = {
  readonly state: 'present';
  readonly kind: 'file';
  readonly rawKey: ObjectKey;
  readonly etag: Etag;
  readonly sizeBytes: number;
  /** Known only if proven for this very etag (C7). */
  readonly content: ContentId | null;
};
export type RemoteFolder = {
  readonly state: 'present';
  readonly kind: 'folder';
  /** The zero-byte `name/` object, or null if the folder is implied by its descendants alone (C9). */
  readonly marker: { readonly rawKey: ObjectKey; readonly etag: Etag } | null;
};
export type RemoteCell = Absent | Unknown | RemoteFile | RemoteFolder;

/** State of both sides when they were last in sync. */
export type BaseFile = {
  readonly kind: 'file';
  readonly content: ContentId;
  readonly sizeBytes: number;
  readonly etag: Etag;
  /** Of the local file when it was last known to hold `content`. */
  readonly fingerprint: Fingerprint;
  readonly executable: boolean;
};
export type BaseFolder = { readonly kind: 'folder'; readonly inode: bigint };
export type BaseCell = BaseFile | BaseFolder;

/** Everything known about one path. */
export type Entry = {
  readonly path: RelPath;
  readonly base: BaseCell | null;
  readonly local: LocalCell;
  readonly remote: RemoteCell;
};

/** Direct contents of a folder on each side: decides markers and empty folders (C9). */
export type FolderSummary = {
  readonly localPresent: number;
  readonly localUnknown: number;
  readonly remotePresent: number;
  readonly remoteUnknown: number;
};

export type SyncMode = 'two-way' | 'upload-only' | 'download-only';

/** What an operation assumes of the side that it changes; verified again when it runs. */
export type ExpectedLocal =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly fingerprint: Fingerprint }
  | { readonly kind: 'folder' };
export type ExpectedRemote =
  { readonly kind: 'absent' } | { readonly kind: 'file'; readonly etag: Etag } | { readonly kind: 'folder' };

/** Short codes for the UI and the log: why the planner chose this operation. */
export type OpReason =
  | 'new-local'
  | 'new-remote'
  | 'changed-local'
  | 'changed-remote'
  | 'gone-local'
  | 'gone-remote'
  | 'same-both'
  | 'both-changed'
  | 'edit-beats-delete'
  | 'moved-local'
  | 'moved-remote'
  | 'must-compare'
  | 'mode-restores';

/** Name that receives `content`, which an operation elsewhere removes or replaces. */
export type Destination = { readonly path: RelPath; readonly content: ContentId };

type OpBase = {
  readonly path: RelPath;
  readonly reason: OpReason;
  /** The operation runs only once this name is proven to hold the content on the changed side (C26). */
  readonly after?: Destination;
};

/** One planned step. Contents are transferred by `upload` and `download` only. */
export type Op = OpBase &
  (
    | /** Both sides are equal: record it as base, transfer nothing. */ {
        readonly kind: 'adopt';
        readonly base: BaseCell;
      }
    | /** Gone on both sides: drop base. */ { readonly kind: 'forget' }
    | /** Read the local bytes to learn `content`. */ {
        readonly kind: 'hash-local';
        readonly fingerprint: Fingerprint;
        readonly sizeBytes: number;
      }
    | /** Learn the remote `content`: checksum, MD5 if the probe allows it, otherwise the bytes (C7). */ {
        readonly kind: 'identify-remote';
        readonly etag: Etag;
        readonly sizeBytes: number;
      }
    | {
        readonly kind: 'upload';
        readonly local: Fingerprint;
        readonly expected: ExpectedRemote;
        readonly sizeBytes: number;
        /** Upload-only mode: preserve unseen remote bytes before they are overwritten (C22). */
        readonly keepForeign: boolean;
      }
    | {
        readonly kind: 'download';
        readonly etag: Etag;
        readonly expected: ExpectedLocal;
        readonly sizeBytes: number;
      }
    | { readonly kind: 'make-local-folder' }
    | { readonly kind: 'make-remote-folder' }
    | {
        readonly kind: 'remove-local';
        readonly fingerprint: Fingerprint;
        readonly content: ContentId;
        readonly sizeBytes: number;
      }
    | { readonly kind: 'remove-remote'; readonly etag: Etag; readonly sizeBytes: number }
    | { readonly kind: 'remove-local-folder' }
    | { readonly kind: 'remove-remote-folder' }
    | /** The remote moved `from` to `path`: rename on the local side. */ {
        readonly kind: 'move-local';
        readonly from: RelPath;
        readonly entry: 'file' | 'folder';
        readonly content: ContentId | null;
        readonly sizeBytes: number;
        /** File at the new name; what has not left by then is moved to the trash first. */
        readonly over: { readonly fingerprint: Fingerprint; readonly content: ContentId } | null;
        /** Execution step within a chain or cycle of moves; starts after all lower steps have finished. */
        readonly turn: number;
      }
    | /** The local side moved `from` to `path`: copy and delete on the remote side. */ {
        readonly kind: 'move-remote';
        readonly from: RelPath;
        readonly entry: 'file' | 'folder';
        readonly content: ContentId | null;
        readonly etag: Etag | null;
        readonly sizeBytes: number;
        /** Version at the new name that it replaces. */
        readonly over: Etag | null;
        /** Another operation replaces the source path, so this move copies and does not delete. */
        readonly keepsSource: boolean;
        /** First move of a cycle: what it replaces is stashed for the last one. */
        readonly parks: boolean;
        readonly turn: number;
      }
    | /** Both changed: rename the local file to a conflict name; the next cycle downloads the remote one and uploads the copy. */ {
        readonly kind: 'set-aside';
        readonly to: RelPath;
        readonly local: ExpectedLocal;
        readonly sizeBytes: number;
      }
  );
