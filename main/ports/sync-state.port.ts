// Persistent state of one pair: base/local/remote trees, journal, problems, trash index, activity, metadata.
//
// Synchronous on purpose (an embedded database in the same process): a transaction never spans an `await`, so no
// crash can fall inside one. Rows are keyed (parent id, name bytes) so that renaming a folder rewrites one row
// (rule 25); the whole tree is never in the heap. `record` is one transaction, durable when it returns;
// sync/group-commit.ts groups calls (rule 12).
import type {
  BaseCell,
  ContentId,
  Entry,
  Etag,
  Fingerprint,
  FolderSummary,
  LocalCell,
  LocalUnknown,
  ObjectKey,
  OpId,
  RelPath,
  RemoteCell,
  Side,
  Absent,
  Unknown,
  UnknownReason,
} from '../core/model/model.ts';
import type { UnsyncedQuery } from '../core/plan/types.ts';
import type { ScannedEntry } from './local-files.port.ts';

/** How far an intent got. Each step is durable before the effect that follows it (rules 11, 14). */
export type IntentStep =
  'planned' | 'captured' | 'fetched' | 'placed' | 'sent' | 'copied' | 'uploading' | 'kept-aside';

/** One journalled mutation. Everything that recovery needs, nothing that the tree already knows. */
export type Intent = {
  readonly id: OpId;
  readonly kind:
    | 'upload'
    | 'download'
    | 'remove-local'
    | 'remove-remote'
    | 'move-local'
    | 'move-remote'
    | 'make-local-folder'
    | 'make-remote-folder'
    | 'remove-remote-folder'
    | 'set-aside';
  readonly path: RelPath;
  /** Second name: the source of a move, the target of a set-aside. */
  readonly other: RelPath | null;
  readonly step: IntentStep;
  /** Content that the effect puts in place (or, for removals, takes away). */
  readonly content: ContentId | null;
  readonly sizeBytes: number;
  /** Version expected on the remote before the effect; null means absent. */
  readonly previousEtag: Etag | null;
  readonly rawKey: ObjectKey | null;
  /** Local file that is read or replaced. */
  readonly fingerprint: Fingerprint | null;
  readonly tempName: string | null;
  /** Inode of the temporary file that is to get the name, so that recovery knows it under another one. Left out: unknown. */
  readonly placedInode?: bigint;
  /** Its modification time, in nanoseconds, where the file is only made when it is placed. */
  readonly placedMtimeNs?: bigint;
  readonly trashName: string | null;
  /** Journalled multipart: enough to resume after a restart. */
  readonly upload: { readonly uploadId: string; readonly partBytes: number } | null;
  readonly createdMs: number;
};

export type Problem = {
  readonly path: RelPath;
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly sinceMs: number;
  /** Failed attempts in a row, for the back-off. */
  readonly attempts: number;
  /** Wall clock; null if not retried automatically (needs user action or a change of the file). */
  readonly retryAtMs: number | null;
};

export type TrashItem = {
  readonly id: string;
  readonly side: Side;
  readonly path: RelPath;
  /** Local: name in the trash folder. Remote: key of the trash copy, or of the deleted object with its version. */
  readonly where: string;
  readonly versionId: string | null;
  readonly content: ContentId | null;
  readonly sizeBytes: number;
  readonly executable: boolean;
  readonly atMs: number;
  readonly why: 'replaced' | 'removed';
};

export type ActivityKind =
  | 'uploaded'
  | 'downloaded'
  | 'moved-local'
  | 'moved-remote'
  | 'removed-local'
  | 'removed-remote'
  | 'conflict'
  | 'folder-made-local'
  | 'folder-made-remote'
  | 'restored';
export type ActivityItem = {
  readonly id: number;
  readonly atMs: number;
  readonly kind: ActivityKind;
  readonly path: RelPath;
  readonly from: RelPath | null;
  readonly bytes: number;
};

/** One row of change. `record` applies a list of them in order, in one transaction. */
export type StateChange =
  | {
      readonly kind: 'local';
      readonly path: RelPath;
      readonly cell: LocalCell;
      /**
       * What an operation says of the file that it read: nothing is changed where the row is of no file with this fingerprint any more
       * (`stillMatches`), because a scan beside the operation is newer.
       */
      readonly ifStill?: Fingerprint;
    }
  /** `path` and every row below it become `cell` on the local side. */
  | { readonly kind: 'local-subtree'; readonly path: RelPath; readonly cell: Absent | LocalUnknown }
  /**
   * Present: every ancestor that is absent remotely becomes a present folder without a marker. Absent: an ancestor
   * folder that has no marker and no remotely present child left becomes absent, or unknown `contains-unknown` while an
   * unknown child is left, upwards (rule 9). Absent for a folder with children only takes its marker. A file with children is a
   * name clash (rule 8).
   */
  | { readonly kind: 'remote'; readonly path: RelPath; readonly cell: RemoteCell }
  | { readonly kind: 'remote-subtree'; readonly path: RelPath; readonly cell: Absent | Unknown }
  | { readonly kind: 'base'; readonly path: RelPath; readonly cell: BaseCell | null }
  /** All base cells are dropped: the next cycle only merges (rules 4, 20, 22). */
  | { readonly kind: 'base-discard' }
  /** The row `from` with all below it becomes `to`, in the named columns; the others stay where they are. */
  | {
      readonly kind: 'rename';
      readonly from: RelPath;
      readonly to: RelPath;
      readonly sides: readonly ('base' | 'local' | 'remote')[];
      /** Remote keys below are rewritten from this key prefix to that one, when 'remote' moves. */
      readonly keys: { readonly from: string; readonly to: string } | null;
    }
  | { readonly kind: 'intent'; readonly intent: Intent }
  /** New ones, opened together; each is closed by itself. As cheap as one where most are closed together. */
  | { readonly kind: 'intents'; readonly intents: readonly Intent[] }
  | { readonly kind: 'intent-done'; readonly id: OpId }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'problem-gone'; readonly path: RelPath }
  | { readonly kind: 'trash'; readonly item: TrashItem }
  | { readonly kind: 'trash-gone'; readonly id: string }
  /** Kept to the newest 10,000. `id` is given by the store. */
  | { readonly kind: 'activity'; readonly item: Omit<ActivityItem, 'id'> }
  /** Small settings of the pair: binding, ids, generation, guard accounting, beacon state. JSON text; null drops. */
  | { readonly kind: 'meta'; readonly key: string; readonly value: string | null };

export type TreeCounts = { readonly files: number; readonly folders: number; readonly bytes: number };

export type ListedEntry = { readonly path: RelPath; readonly cell: RemoteCell };
export type ScanSummary = { readonly seen: number; readonly gone: number; readonly changed: number };

export interface SyncState {
  /** A path without a row: no base, local absent, remote absent. */
  entry(path: RelPath): Entry;
  /** Rows directly below `dir`, by UTF-8 bytes of the name. */
  children(dir: RelPath): readonly Entry[];
  /**
   * Compares a whole listing of `dir` with its rows. `same`: entries equal to their local cell, of files only those with known content.
   * `others`: all other rows directly below `dir`, by UTF-8 bytes of the name.
   */
  compareLocal(
    dir: RelPath,
    entries: readonly ScannedEntry[],
  ): { readonly same: ReadonlySet<ScannedEntry>; readonly others: readonly Entry[] };
  summary(dir: RelPath): FolderSummary;
  /** `path` itself and all rows below it, parents first; streams. */
  subtree(path: RelPath): Iterable<Entry>;
  /**
   * Rows whose default keys (path, folders with `/`), relative to the prefix, lie from `from` on and before `before`; null is open.
   * By UTF-8 bytes; streams; rows just outside may come along. Its cost does not grow with the tree.
   */
  keyRange(range: { readonly from: string | null; readonly before: string | null }): Iterable<Entry>;
  /**
   * Rows that `isSettled` (core) does not call settled, at most `limit` after the first `skip` of them, and with them their
   * unsettled ancestors; parents first. Indexed: its cost does not grow with the tree. The flag is recomputed
   * whenever a cell of the row changes.
   */
  unsettled(limit: number, skip?: number): readonly Entry[];
  /**
   * Rows by an id that stays theirs, at most `limit` after the one with id `after` (0: from the beginning), without the root: for work that comes
   * round to everything in time.
   */
  sequence(after: number, limit: number): readonly { readonly id: number; readonly entry: Entry }[];
  /** Candidates of a folder move (rule 16): rows whose base is a folder with this inode number. Indexed. */
  findBaseFolders(inode: bigint): readonly Entry[];
  /**
   * Destinations that removed files may have (rule 26): rows that are not settled, or whose other side is unknown, with a file
   * of this size on `side`; or rows that are unknown here with a trace of this inode. Indexed.
   */
  findUnsynced(query: UnsyncedQuery): readonly Entry[];
  /**
   * Paths that the remote side holds and nothing can be done with (a clash, a name that cannot be), by path, at most
   * `limit`; what was left out on purpose is not among them. Indexed.
   */
  remoteUnknown(limit: number): readonly { readonly path: RelPath; readonly reason: UnknownReason }[];
  /** Durable when it returns, with all that was written before. */
  record(changes: readonly StateChange[]): void;
  /**
   * As `record`, but durable no sooner than what is recorded next: for what the next start finds again by itself (a scan), or
   * may do twice. A power cut before that takes it back as a whole, in order.
   */
  note(changes: readonly StateChange[]): void;
  /**
   * As `record`, but only visible when it returns: durable when the promise resolves, so that the caller's thread does not
   * wait for the disk. Whatever is durable later makes this durable, too. Null: it is durable already.
   */
  recordSoon(changes: readonly StateChange[]): Promise<void> | null;
  /** Totals of base. Kept up to date, not counted. */
  counts(): TreeCounts;
  /** Paths that ignore rules leave out on either side; of an ignored folder only the folder. */
  ignored(limit: number): readonly RelPath[];
}

/**
 * A full look at the remote side: sightings are staged and joined in the store (rule 3). One scan at a time per
 * pair. Until `finish`, absence means nothing; `abandon` (incomplete listing) turns no row absent.
 */
export interface RemoteScan {
  begin(): void;
  /**
   * A path sighted twice under different raw keys, a file with children: name clash, unknown (rule 8). A cell's
   * `content` is null in sightings; the store carries over a known content while the etag stays the same, from
   * the row's remote cell or from base.
   */
  sight(scannedEntries: readonly ListedEntry[]): void;
  /**
   * Rows present remotely but not sighted become absent. Paths in `keep`, and all that `record` changed remotely since `begin`,
   * stay as they are: they are newer than the listing, whatever it says of them.
   */
  finish(keep: ReadonlySet<RelPath>): ScanSummary;
  abandon(): void;
}

export interface PairRecords {
  meta(key: string): string | null;
  /** Every key that begins so. */
  metaKeys(prefix: string): readonly string[];
  intents(): readonly Intent[];
  problems(): readonly Problem[];
  problem(path: RelPath): Problem | null;
  trash(): readonly TrashItem[];
  /** Newest first. */
  activity(limit: number): readonly ActivityItem[];
  close(): void;
}

/** One open database: the three views share their transactions. */
export type PairStore = SyncState & PairRecords & { readonly remoteScan: RemoteScan };
