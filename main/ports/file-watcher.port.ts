// Events that something changed on the local side: where to look, never what is true.
import type { RelPath } from '../core/model/model.ts';

export type WatchFailure = 'watch-limit' | 'watch-failed' | 'watch-deaf';

export type FileEvent =
  /** Look at this entry (rule 25). `path` may be gone, new, or unchanged. */
  | { readonly kind: 'entry'; readonly path: RelPath }
  /** Events were lost below this directory (`''`: everywhere): rescan it recursively. */
  | { readonly kind: 'overflow'; readonly path: RelPath }
  /** The watched folder was unmounted, moved or removed; no further events follow, even if another folder takes its path. */
  | { readonly kind: 'lost' }
  /**
   * The watcher cannot watch (inotify exhausted, drive gone), or does not hear every change (`watch-deaf`: network and FUSE
   * file systems report what this computer does; others nothing at all): rely on timed scans and inform the user.
   */
  | { readonly kind: 'degraded'; readonly code: WatchFailure; readonly message: string };

export interface FileWatcher {
  /**
   * Begins watching; resolves once watching is complete, so that a scan started afterwards misses nothing.
   * `isIgnored` keeps the watcher out of subtrees. Events may repeat and may come in any order.
   */
  start(
    listener: (events: readonly FileEvent[]) => void,
    isIgnored: (path: RelPath, kind: 'file' | 'folder') => boolean,
    signal: AbortSignal,
  ): Promise<void>;
  /** Resolves when nothing runs any more; no event is delivered afterwards. */
  stop(): Promise<void>;
}
