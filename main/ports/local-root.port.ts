// Directory of a pair's folder, held open while work runs in it.
import type { LocalChanges, LocalFiles, LocalRoom, RootStatus } from './local-files.port.ts';

/**
 * A held directory with its three local ports. A held disk can only be unmounted lazily, so release it when idle.
 * (A disk that goes away leaves its mount point behind; the hold tells the two apart.)
 */
export type RootHold = {
  /** Of the directory that is held; equal for the same directory of the same volume, over restarts too (`RootStatus.identity`). */
  readonly identity: string;
  /**
   * True where the ports reach every path from the held directory itself (as `openat` does): what they see and change is in
   * it, wherever the folder's path leads by then. False: the caller compares with `isThere` before and after.
   */
  readonly isFirm: boolean;
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly room: LocalRoom;
  /** The folder's path leads to this very directory (one `stat`). False also where that cannot be told. */
  isThere(): Promise<boolean>;
  /** Afterwards nothing of this hold may be used, nor what was opened through it. */
  release(): Promise<void>;
};

export type HoldOutcome =
  { readonly kind: 'held'; readonly hold: RootHold } | Exclude<RootStatus, { kind: 'ok' }>;

export interface LocalRoot {
  hold(): Promise<HoldOutcome>;
  /**
   * What stands at the folder's path, as a text to compare: other where another directory, volume or pair's marker is there,
   * or none. Holds nothing and never rejects.
   */
  sight(): Promise<string>;
}
