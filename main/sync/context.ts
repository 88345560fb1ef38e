// Dependencies of one pair's operations; created by compose/app.ts, passed by value.
import type { PairOptions, ScanConfig } from '../core/config/config.ts';
import type { IgnoreMatcher } from '../core/config/ignore-rules.ts';
import type { RelPath, SyncMode } from '../core/model/model.ts';
import type { Clock, Random } from '../ports/clock.port.ts';
import type { LocalChanges, LocalFiles, LocalRoom, OrderedHasher } from '../ports/local-files.port.ts';
import type { LocalRoot } from '../ports/local-root.port.ts';
import type { Log } from '../ports/log.port.ts';
import type {
  EndpointAbilities,
  HeldObjects,
  MultipartObjects,
  ObjectVersions,
  PartChecksum,
  PartSum,
  RemoteObjects,
} from '../ports/remote-objects.port.ts';
import type { PairStore, StateChange } from '../ports/sync-state.port.ts';
import type { Failpoint } from '../ports/failpoint.port.ts';
import type { InFlight } from './slots.ts';
import type { PlanSizes } from './plan-sizes.ts';
import type { TransferSizes } from './transfer-sizes.ts';

/** Identity of a pair, fixed at its first sync (C5). */
export type PairBinding = {
  readonly issuer: string;
  readonly principal: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly folder: string;
};

export type PairSettings = {
  readonly id: string;
  readonly binding: PairBinding;
  readonly mode: SyncMode;
  readonly propagateDeletes: boolean;
  readonly deviceName: string;
  /** Name of the signed-in user, for display. */
  readonly userName?: string | null;
  readonly windowsNames: boolean;
  readonly scan: ScanConfig;
  readonly options: PairOptions;
};

/** Known paths of entries on a case-insensitive disk. */
export type KnownNames = {
  /** The known path of the same entry on this disk; differs from `path` in letter case only. */
  knownPath(path: RelPath): Promise<RelPath>;
  /** Reads the rows' spellings again, because rows may have been added. */
  refresh(): void;
};

/** Everything that an operation of one pair works with. */
export type PairContext = {
  readonly settings: PairSettings;
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly room: LocalRoom;
  /** Source of the folder that `withProvenRoot` opens and all others work in. */
  readonly root: LocalRoot;
  readonly store: PairStore;
  readonly remote: RemoteObjects;
  /** For groups of small downloads; absent where each goes by itself. */
  readonly held?: HeldObjects;
  readonly multipart: MultipartObjects;
  readonly versions: ObjectVersions;
  /** Result of the last probe. Reading one before `proof` throws. */
  readonly abilities: EndpointAbilities;
  /**
   * For a single pass: resolves once the abilities are known, rejects with what the probe failed with. Absent where they were
   * known from the beginning.
   */
  readonly proof?: Promise<void>;
  /** Probes again if due (`sync/bucket/ability-doubt.ts`); absent if nothing is probed. */
  readonly renewAbilities?: (signal: AbortSignal) => Promise<void>;
  /**
   * Builds a matcher from the configuration and the pair's `.driftlessignore`; equal rules have equal
   * fingerprints.
   */
  readonly makeIgnore: (ignoreFileText: string | null) => {
    readonly matcher: IgnoreMatcher;
    readonly fingerprint: string;
    /** Lines of that file that were ignored because of its limits. */
    readonly refusedLines: number;
  };
  /** By file name, for ContentType. */
  readonly contentTypeOf: (path: RelPath) => string | Promise<string>;
  /** Hashes of bytes in memory, as lower-case hex. */
  readonly hashBytes: (bytes: Uint8Array) => { readonly sha256: string; readonly md5: string };
  /** Checksum by which the store verifies a part; null for `none`. If absent, parts carry none of ours. */
  readonly sumOf?: (kind: PartChecksum, bytes: Uint8Array) => PartSum | null;
  /** Incremental SHA-256 for streams. */
  readonly makeHasher: () => {
    update(bytes: Uint8Array): void;
    /** Digest of the bytes so far; more may follow. */
    peekHex(): string;
    digestHex(): string;
  };
  /** For large downloads, beside the thread that receives them; absent where that thread makes their hashes. */
  readonly openHasher?: () => OrderedHasher;
  /** Durable when it resolves; grouped (C12). */
  readonly commit: (changes: readonly StateChange[]) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly reached: Failpoint;
  /** Known paths on a case-insensitive disk; created when the pair is attached (`sync/scan/known-names.ts`). */
  readonly names?: KnownNames;
  /** Limits of transfers at once, with what the store said so far; default: those of the settings. */
  readonly inFlight?: InFlight;
  /** Default: the sizes for real stores (`transferSizes`). */
  readonly sizes?: TransferSizes;
  /** Default: those for real trees (`planSizes`). */
  readonly planSizes?: PlanSizes;
  /** Ends worker threads, connections and the database. */
  readonly close: () => Promise<void>;
  /** Live progress for the UI; absolute bytes of this operation. */
  readonly onTransfer: (transfer: TransferProgress) => void;
};

export type TransferProgress = {
  readonly path: RelPath;
  readonly direction: 'up' | 'down';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly isOver: boolean;
};
