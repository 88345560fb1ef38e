// chokidar as the watch of a tree, directories only.
import { join } from 'node:path';
import { DirectoryWatcher } from './directory-watcher.ts';
import { folderStats } from './tree-watch.ts';
import type { TreeWatch, WatchedTree } from './tree-watch.ts';

export class ChokidarTree implements TreeWatch {
  readonly #tree: WatchedTree;
  readonly #watcher: DirectoryWatcher;
  readonly #folders: Set<string> | null;

  /** @param folders those of the tree, where each has a watch of its own; null where one watch is for all */
  constructor(tree: WatchedTree, folders: Set<string> | null) {
    this.#tree = tree;
    this.#folders = folders;
    this.#watcher = new DirectoryWatcher({
      backend: 'auto',
      ignoreInitial: true,
      followSymlinks: false,
      alwaysStat: false,
      atomic: false,
      // Unreadable folders are reported by the scan; the watcher skips them.
      ignorePermissionErrors: true,
      ignored: (path, stats) => this.#isLeftOut(path, stats?.isDirectory()),
    });
  }

  #isLeftOut(path: string, isDirectory: boolean | undefined): boolean {
    // Where the kind is not known yet it is not looked at either, unless a folder there is to be watched.
    return isDirectory === false || !this.#tree.isWatched(path);
  }

  async open(signal: AbortSignal): Promise<void> {
    const { root, events } = this.#tree;
    this.#watcher.on('error', events.onError);
    this.#watcher.on('raw', (event, name, details) => {
      const folder = watchedPathOf(details) ?? root;
      events.onChange(name, folder);
      if (event === 'rename' && name !== null) this.#lookAt(join(folder, name));
    });
    // The directory may have been filled before its watch stood; events go out later than that, so listing it then misses nothing.
    this.#watcher.on('addDir', (folder) => {
      this.#folders?.add(folder);
      events.onNewFolder(folder);
    });
    this.#watcher.on('unlinkDir', (folder) => {
      this.#folders?.delete(folder);
      events.onGoneFolder(folder);
    });
    await new Promise<void>((ready, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#watcher.on('ready', () => {
        signal.removeEventListener('abort', onAbort);
        ready();
      });
      this.#watcher.add(root);
    });
  }

  /**
   * A folder that replaces one before chokidar has said that the first is gone may have its inode (ext4 gives it again at once).
   * chokidar takes it for the first one then: it tells of no new folder, and its watch is that of the removed one.
   */
  #lookAt(path: string): void {
    if (this.#folders === null || folderStats(path) === null || !this.#tree.isWatched(path)) return;
    if (this.#folders.has(path)) this.#tree.events.onDoubt();
    // Already now: it may be replaced before chokidar tells of it.
    else this.#folders.add(path);
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? details.watchedPath : null;
}
