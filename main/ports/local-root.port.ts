// The directory behind a pair's folder, held while work goes on in it: disks go away, and their mount points stay.
import type { LocalChanges, LocalFiles, LocalRoom, RootStatus } from './local-files.port.ts';

/**
 * One directory that is held, with the three local ports in it. While it is held a disk can be unmounted lazily only, so
 * nobody holds it at rest.
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
  /** Afterwards nothing of this hold may be used. */
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
