// chokidar as the watch of a tree, directories only.
import { DirectoryWatcher } from './directory-watcher.ts';
import type { TreeWatch, WatchedTree } from './tree-watch.ts';

export class ChokidarTree implements TreeWatch {
  readonly #tree: WatchedTree;
  readonly #watcher: DirectoryWatcher;

  constructor(tree: WatchedTree) {
    this.#tree = tree;
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
    this.#watcher.on('raw', (_event, name, details) => {
      events.onChange(name, watchedPathOf(details) ?? root);
    });
    // The directory may have been filled before its watch stood; events go out later than that, so listing it then misses nothing.
    this.#watcher.on('addDir', events.onNewFolder);
    this.#watcher.on('unlinkDir', events.onGoneFolder);
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

  close(): Promise<void> {
    return this.#watcher.close();
  }
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? details.watchedPath : null;
}
