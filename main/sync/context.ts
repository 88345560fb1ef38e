// Everything one pair's operations need, made once by compose/app.ts and passed by value.
import type { PairOptions, ScanConfig } from '../core/config/config.ts';
import type { IgnoreMatcher } from '../core/config/ignore-rules.ts';
import type { RelPath, SyncMode } from '../core/model/model.ts';
import type { Clock, Random } from '../ports/clock.port.ts';
import type { LocalChanges, LocalFiles, LocalRoom } from '../ports/local-files.port.ts';
import type { LocalRoot } from '../ports/local-root.port.ts';
import type { Log } from '../ports/log.port.ts';
import type {
  EndpointAbilities,
  MultipartObjects,
  ObjectVersions,
  PartChecksum,
  PartSum,
  RemoteObjects,
} from '../ports/remote-objects.port.ts';
import type { PairStore, StateChange } from '../ports/sync-state.port.ts';
import type { Failpoint } from '../ports/failpoint.port.ts';
import type { TransferSizes } from './transfer-sizes.ts';

/** What a pair is bound to at its first sync (rule 5). */
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
  readonly windowsNames: boolean;
  readonly scan: ScanConfig;
  readonly options: PairOptions;
};

/** Which path an entry is known by on a disk that folds letter case. */
export type KnownNames = {
  /** The path that stands for `path` on this disk: another one where that differs from it in letter case only. */
  knownPath(path: RelPath): Promise<RelPath>;
  /** Rows may have come since: their spellings are looked up again. */
  refresh(): void;
};

/** One operation's view of the world. */
export type PairContext = {
  readonly settings: PairSettings;
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly room: LocalRoom;
  /** Where `withProvenRoot` takes the folder that all the others then work in. */
  readonly root: LocalRoot;
  readonly store: PairStore;
  readonly remote: RemoteObjects;
  readonly multipart: MultipartObjects;
  readonly versions: ObjectVersions;
  /** What the last probe found. */
  readonly abilities: EndpointAbilities;
  /** Probes again where that is due (`sync/bucket/ability-doubt.ts`); left out where nothing is probed. */
  readonly renewAbilities?: (signal: AbortSignal) => Promise<void>;
  /** Makes the matcher anew from configuration and the pair's `.driftlessignore`; equal rules, equal fingerprints. */
  readonly makeIgnore: (ignoreFileText: string | null) => {
    readonly matcher: IgnoreMatcher;
    readonly fingerprint: string;
    /** Lines of that file that were left out because of its caps. */
    readonly refusedLines: number;
  };
  /** By file name, for ContentType. */
  readonly contentTypeOf: (path: RelPath) => string;
  /** SHA-256 as lower-case hex of bytes that are in memory already. */
  readonly hashBytes: (bytes: Uint8Array) => { readonly sha256: string; readonly md5: string };
  /** The sum of bytes in memory that the store checks a part by; null for `none`. Left out: parts are not told by it. */
  readonly sumOf?: (kind: PartChecksum, bytes: Uint8Array) => PartSum | null;
  /** Incremental SHA-256 for streams. */
  readonly makeHasher: () => {
    update(bytes: Uint8Array): void;
    /** Of what came so far; more may follow. */
    peekHex(): string;
    digestHex(): string;
  };
  /** Durable when it resolves; grouped (rule 12). */
  readonly commit: (changes: readonly StateChange[]) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly reached: Failpoint;
  /** On a disk that folds letter case: which path an entry is known by. Made at the binding (`sync/scan/known-names.ts`). */
  readonly names?: KnownNames;
  /** Left out: as real stores want it (`transferSizes`). */
  readonly sizes?: TransferSizes;
  /** Ends worker threads, connections and the database. */
  readonly close: () => Promise<void>;
  /** Live figures for the page; absolute bytes of this operation. */
  readonly onTransfer: (transfer: TransferProgress) => void;
};

export type TransferProgress = {
  readonly path: RelPath;
  readonly direction: 'up' | 'down';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly isOver: boolean;
};
