// Input and output types of the planner.
import type { Entry, FolderSummary, Op, RelPath, Side, SyncMode, UnknownReason } from '../model/model.ts';
import type { RefusedNames } from '../model/path.ts';

/** Read-only queries for rows that are not in `entries`; results must not change while planning. */
export type PlanLookups = {
  readonly entry: (path: RelPath) => Entry;
  readonly summary: (dir: RelPath) => FolderSummary;
  readonly children: (dir: RelPath) => readonly Entry[];
  /** Folders that may have moved; see `SyncState.findBaseFolders`. */
  readonly findBaseFolders: (inode: bigint) => readonly Entry[];
  /** Possible new names of a removed file's content; see `SyncState.findUnsynced`. */
  readonly findUnsynced: (query: UnsyncedQuery) => readonly Entry[];
};

/**
 * Rows not in sync: with a file of this size on that side, or ignored locally with this inode (for example
 * under a name that cannot be synced).
 */
export type UnsyncedQuery =
  { readonly side: Side; readonly sizeBytes: number } | { readonly traceInode: bigint };

export type PlanPolicy = {
  readonly mode: SyncMode;
  /** Upload-only: a local delete is propagated to the remote side only if set (C22). */
  readonly propagateDeletes: boolean;
  /** The local volume is case-sensitive; otherwise remote names with equal folds are a clash. */
  readonly caseSensitive: boolean;
  /** Names that Windows disks refuse are refused before a download. */
  readonly windowsNames: boolean;
  /** Kinds of names that the disk was found to refuse or to change (`DiskTraits`). */
  readonly refusedNames?: readonly RefusedNames[];
  /** Labels of conflict names, passed in (C10): `2026-11-22` and `laptop`. */
  readonly dateLabel: string;
  readonly deviceName: string;
  /** Absence on that side is proven: its last scan was complete (C2). */
  readonly localComplete: boolean;
  readonly remoteComplete: boolean;
  /** Paths with file events since their scan began: not deleted in this cycle (C2). */
  readonly changing: ReadonlySet<RelPath>;
  /** Paths held by back-off or an open intent: no operation of theirs in this cycle. */
  readonly held: (path: RelPath) => boolean;
  /** Those of them that an operation is at work on now: the next plan knows more. */
  readonly running: (path: RelPath) => boolean;
  /** Folders that this disk refuses to rename as one (EXDEV): their files are moved one by one. */
  readonly unmovable?: ReadonlySet<RelPath>;
  /** The store copies safely (C16); otherwise a moved file is uploaded again under its new name. */
  readonly serverCopy: boolean;
  /** The store honours every condition, so that a move may take an occupied name: swaps, cycles, chains. */
  readonly movesOver: boolean;
};

export type PlanInput = {
  /** Unsettled rows, parents first (any order gives the same plan). */
  readonly entries: readonly Entry[];
  readonly lookups: PlanLookups;
  readonly policy: PlanPolicy;
};

/** A path that is left alone on its side, with the reason shown to the user. */
export type PlanProblem = {
  readonly path: RelPath;
  readonly code:
    | UnknownReason
    | 'case-clash'
    | 'file-folder-clash'
    | 'link-clash'
    | 'local-name-refused'
    | 'awaits-new-name'
    | 'ignore-file-unread';
  readonly fields: Readonly<Record<string, string | number>>;
};

export type Plan = {
  /** Waves run one after the other; the operations of one wave are independent of each other. */
  readonly waves: readonly (readonly Op[])[];
  readonly problems: readonly PlanProblem[];
};

export type GuardKind =
  | 'mass-removal-local'
  | 'mass-removal-remote'
  | 'mass-replacement-local'
  | 'mass-replacement-remote'
  | 'emptied-local'
  | 'emptied-remote'
  | 'mass-conflict'
  | 'root-marker-missing'
  | 'root-marker-foreign'
  | 'bucket-marker-missing'
  | 'bucket-marker-foreign';

/**
 * A change that needs an answer. `id` is derived from what would be lost, and is stable while unrelated files
 * change (C19).
 */
export type Guard = {
  readonly id: string;
  readonly kind: GuardKind;
  readonly counts: {
    readonly removals: number;
    readonly replacements: number;
    readonly conflicts: number;
    readonly total: number;
    /** Number of them done before the question was asked; they can be restored. */
    readonly done: number;
    /** How many of the done ones were replacements; left out where none was. */
    readonly doneReplacements?: number;
  };
  /** Up to ten paths. */
  readonly examples: readonly string[];
};
