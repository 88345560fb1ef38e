// The words of the engine: what is known of one path on each side, and what may be done about it.

declare const brand: unique symbol;
type Brand<Name extends string> = { readonly [brand]: Name };

/** NFC, `/` between segments, relative, no `.`/`..`, no empty segment. `''` is the root of the pair. */
export type RelPath = string & Brand<'RelPath'>;
/** Lower-case hex SHA-256 of a file's bytes: the only thing that says that two contents are the same. */
export type ContentId = string & Brand<'ContentId'>;
/** A store's version token, without quotes. Opaque: never a content hash (multipart, KMS). */
export type Etag = string & Brand<'Etag'>;
/** Full object key, exactly as the store spells it. */
export type ObjectKey = string & Brand<'ObjectKey'>;
/** Random 128-bit hex; travels as object metadata so that a lost reply can be recognised (rule 11). */
export type OpId = string & Brand<'OpId'>;

/** What `lstat` says of a file. Equal fingerprints mean unchanged content only under rule 6. */
export type Fingerprint = {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
};

/** Why a cell is unknown. Unknown plans no operation and never changes base (rule 1). */
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
/** `rawName`/`rawKey`: how that side spells it, where there is one spelling. */
export type Unknown = {
  readonly state: 'unknown';
  readonly reason: UnknownReason;
  /** The version that was read and found to be left alone, so that a listing of the same one tells nothing new. */
  readonly etag?: Etag;
};

/**
 * What `lstat` said of an entry that is left alone. Its inode tells a file that was renamed to a name that cannot be
 * synced from one that was deleted (rule 26).
 */
export type Trace =
  | { readonly kind: 'file'; readonly inode: bigint; readonly sizeBytes: number }
  | { readonly kind: 'folder'; readonly inode: bigint };
export type LocalUnknown = Unknown & { readonly trace?: Trace };

export type LocalFile = {
  readonly state: 'present';
  readonly kind: 'file';
  /** The directory entry as the disk spells it (NFD on some disks); operations use it, identity is the path. */
  readonly rawName: string;
  readonly fingerprint: Fingerprint;
  /** Known only when hashed under this very fingerprint, or when the fingerprint is base's (rule 6). */
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
  /** Known only when proven for this very etag (rule 7). */
  readonly content: ContentId | null;
};
export type RemoteFolder = {
  readonly state: 'present';
  readonly kind: 'folder';
  /** The zero-byte `name/` object, or null where descendants alone imply the folder (rule 9). */
  readonly marker: { readonly rawKey: ObjectKey; readonly etag: Etag } | null;
};
export type RemoteCell = Absent | Unknown | RemoteFile | RemoteFolder;

/** What both sides were when they were last in sync. */
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

/** Everything that is known of one path. */
export type Entry = {
  readonly path: RelPath;
  readonly base: BaseCell | null;
  readonly local: LocalCell;
  readonly remote: RemoteCell;
};

/** What a folder holds directly, on each side: decides markers and empty folders (rule 9). */
export type FolderSummary = {
  readonly localPresent: number;
  readonly localUnknown: number;
  readonly remotePresent: number;
  readonly remoteUnknown: number;
};

export type SyncMode = 'two-way' | 'upload-only' | 'download-only';

/** What an operation assumes of the side that it changes; it is proven again when the operation runs. */
export type ExpectedLocal =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly fingerprint: Fingerprint }
  | { readonly kind: 'folder' };
export type ExpectedRemote =
  { readonly kind: 'absent' } | { readonly kind: 'file'; readonly etag: Etag } | { readonly kind: 'folder' };

/** Short machine words for the person and the log: why the planner chose this operation. */
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

/** A name that takes over `content`, which an operation elsewhere removes or replaces. */
export type Destination = { readonly path: RelPath; readonly content: ContentId };

type OpBase = {
  readonly path: RelPath;
  readonly reason: OpReason;
  /** The operation runs only once this name is proven to hold the content on the side that it changes (rule 26). */
  readonly after?: Destination;
};

/** One planned step. Contents travel only with `upload` and `download`. */
export type Op = OpBase &
  (
    | /** Both sides hold the same: record it as base, transfer nothing. */ {
        readonly kind: 'adopt';
        readonly base: BaseCell;
      }
    | /** Gone on both sides: drop base. */ { readonly kind: 'forget' }
    | /** Read the local bytes, to learn `content`. */ {
        readonly kind: 'hash-local';
        readonly fingerprint: Fingerprint;
        readonly sizeBytes: number;
      }
    | /** Learn the remote `content`: checksum, MD5 where the probe allows it, else the bytes (rule 7). */ {
        readonly kind: 'identify-remote';
        readonly etag: Etag;
        readonly sizeBytes: number;
      }
    | {
        readonly kind: 'upload';
        readonly local: Fingerprint;
        readonly expected: ExpectedRemote;
        readonly sizeBytes: number;
        /** Upload-only mode: keep the foreign remote bytes aside before they are overwritten (rule 22). */
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
        /** The file that stands under the new name; what has not left by then is kept in the trash first. */
        readonly over: { readonly fingerprint: Fingerprint; readonly content: ContentId } | null;
        /** Moves wait for those of lower turns, which need what they replace. */
        readonly turn: number;
      }
    | /** The local side moved `from` to `path`: copy and delete on the remote side. */ {
        readonly kind: 'move-remote';
        readonly from: RelPath;
        readonly entry: 'file' | 'folder';
        readonly content: ContentId | null;
        readonly etag: Etag | null;
        readonly sizeBytes: number;
        /** The version under the new name that it replaces. */
        readonly over: Etag | null;
        /** Something else has the old name here, so that another operation replaces what is there: this one only copies. */
        readonly keepsSource: boolean;
        /** The first of a ring: what it replaces is copied aside for the last one. */
        readonly parks: boolean;
        readonly turn: number;
      }
    | /** Both changed: the local one takes a conflict name; the next cycle fetches the remote and sends the copy. */ {
        readonly kind: 'set-aside';
        readonly to: RelPath;
        readonly local: ExpectedLocal;
        readonly sizeBytes: number;
      }
  );
export type OpKind = Op['kind'];

export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
