// What the planner is given and what it answers.
import type {
  Entry,
  FolderSummary,
  Op,
  RelPath,
  SyncMode,
  ContentId,
  UnknownReason,
} from '../model/model.ts';
import type { RefusedNames } from '../model/path.ts';

/** Read-only questions about rows that are not in `entries`; answers must not change while planning. */
export type PlanLookups = {
  readonly entry: (path: RelPath) => Entry;
  readonly summary: (dir: RelPath) => FolderSummary;
  readonly children: (dir: RelPath) => readonly Entry[];
  readonly findBase: (
    query:
      | { readonly inode: bigint; readonly sizeBytes: number }
      | { readonly content: ContentId }
      | { readonly folderInode: bigint },
  ) => readonly Entry[];
  /** Names where the content of a removed file may be on its way to; `SyncState.findUnsynced` says which. */
  readonly findUnsynced: (query: UnsyncedQuery) => readonly Entry[];
};

/**
 * Rows that are not in sync: with a file of this size on that side, or left alone here with this inode (as it is
 * with a name that cannot be synced).
 */
export type UnsyncedQuery =
  { readonly side: 'local' | 'remote'; readonly sizeBytes: number } | { readonly traceInode: bigint };

export type PlanPolicy = {
  readonly mode: SyncMode;
  /** Upload-only: a local delete is carried to the remote only when set (rule 22). */
  readonly propagateDeletes: boolean;
  /** The local volume tells `a` from `A`; otherwise remote names that fold together are a clash. */
  readonly caseSensitive: boolean;
  /** Names that no Windows disk takes are refused before a download. */
  readonly windowsNames: boolean;
  /** Kinds of names that the disk was seen to refuse or to change (`DiskTraits`). */
  readonly refusedNames?: readonly RefusedNames[];
  /** Labels of conflict names, passed in (rule 10): `2026-11-22` and `laptop`. */
  readonly dateLabel: string;
  readonly deviceName: string;
  /** Absence on that side is proven: the last scan of it was complete (rule 2). */
  readonly localComplete: boolean;
  readonly remoteComplete: boolean;
  /** Paths hinted since their scan began: not deleted in this cycle (rule 2). */
  readonly hinted: ReadonlySet<RelPath>;
  /** Paths held back by back-off or an open intent: no operation of theirs in this cycle. */
  readonly held: (path: RelPath) => boolean;
  /** Folders that this disk refuses to rename as one (EXDEV): their files are moved one by one. */
  readonly unmovable?: ReadonlySet<RelPath>;
  /** The store copies safely (rule 16); otherwise a moved file is uploaded again under its new name. */
  readonly serverCopy: boolean;
  /** The store honours every condition, so that a move may take a name that is not free: swaps, rings, chains. */
  readonly movesOver: boolean;
};

export type PlanInput = {
  /** Unsettled rows, parents first (any order gives the same plan). */
  readonly entries: readonly Entry[];
  readonly lookups: PlanLookups;
  readonly policy: PlanPolicy;
};

/** A path that is left alone on its side, with the reason that the person sees. */
export type PlanProblem = {
  readonly path: RelPath;
  readonly code:
    | UnknownReason
    | 'case-clash'
    | 'file-folder-clash'
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

/** Something that needs an answer. `id` is made of what would be lost, and stays the same while unrelated files change (rule 19). */
export type Guard = {
  readonly id: string;
  readonly kind: GuardKind;
  readonly counts: {
    readonly removals: number;
    readonly replacements: number;
    readonly conflicts: number;
    readonly total: number;
    /** How many of them were done before the question was asked; they can be brought back. */
    readonly done: number;
  };
  /** Up to ten paths. */
  readonly examples: readonly string[];
};
