// Change events from chokidar, batched; reports when events were lost.
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { RelPath } from '../../core/model/model.ts';
import {
  ancestorsOf,
  isOwnName,
  isStageName,
  ownFolder,
  parentOf,
  segmentRefusal,
} from '../../core/model/path.ts';
import type { FileEvent, FileWatcher, WatchFailure } from '../../ports/file-watcher.port.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { defaultProofMs, touchFolder, WatchProof } from './proof.ts';
import { deafFileSystem } from '../system/mount-points.ts';
import { errnoOf, messageOf } from '../system/errno.ts';

type IsIgnored = (path: RelPath, kind: 'file' | 'folder') => boolean;
type Listener = (events: readonly FileEvent[]) => void;

const batchMs = 50;
/** Linux drops events without a word when this many are waiting; half of that in one turn of the loop counts as lost. */
const defaultQueuedEvents = 16_384;

function queueLimit(): number {
  if (process.platform !== 'linux') return defaultQueuedEvents;
  try {
    const limit = Number.parseInt(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'), 10);
    return limit > 0 ? limit : defaultQueuedEvents;
  } catch {
    // No /proc: the kernel's default it is.
    return defaultQueuedEvents;
  }
}

/** Batches and de-duplicates events; a pending full rescan replaces them. */
class EventBatch {
  readonly #deliver: Listener;
  readonly #entries = new Set<RelPath>();
  readonly #overflows = new Set<RelPath>();
  #degraded: FileEvent | null = null;
  #isLost = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(deliver: Listener) {
    this.#deliver = deliver;
  }

  entry(path: RelPath): void {
    this.#entries.add(path);
    this.#schedule();
  }

  overflow(path: RelPath): void {
    this.#overflows.add(path);
    this.#schedule();
  }

  degraded(code: WatchFailure, message: string): void {
    this.#degraded = { kind: 'degraded', code, message };
    this.#schedule();
  }

  lost(): void {
    this.#isLost = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, batchMs);
  }

  #isCovered(path: RelPath): boolean {
    if (this.#overflows.has('' as RelPath)) return true;
    return ancestorsOf(path).some((dir) => this.#overflows.has(dir));
  }

  #flush(): void {
    const events: FileEvent[] = this.#degraded === null ? [] : [this.#degraded];
    if (this.#isLost) events.push({ kind: 'lost' });
    for (const path of this.#overflows) {
      if (path === '' || !this.#isCovered(path)) events.push({ kind: 'overflow', path });
    }
    // An entry that is itself listed again is still looked at: its own cell may have changed.
    for (const path of this.#entries) {
      if (!this.#isCovered(path)) events.push({ kind: 'entry', path });
    }
    this.#degraded = null;
    this.#isLost = false;
    this.#overflows.clear();
    this.#entries.clear();
    if (events.length > 0) this.#deliver(events);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

type WatchedPlace = { readonly root: string; readonly proofMs: number };

class Watch {
  readonly #root: string;
  readonly #isIgnored: IsIgnored;
  readonly #batch: EventBatch;
  readonly #watcher: DirectoryWatcher;
  readonly #queueLimit = queueLimit();
  readonly #proof: WatchProof;
  #eventsThisTurn = 0;

  constructor(place: WatchedPlace, isIgnored: IsIgnored, batch: EventBatch) {
    this.#root = place.root;
    this.#isIgnored = isIgnored;
    this.#batch = batch;
    this.#proof = new WatchProof({
      touch: () => touchFolder(join(this.#root, ownFolder)),
      deadlineMs: place.proofMs,
    });
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

  #pathOf(absolute: string): RelPath {
    return relative(this.#root, absolute).split(sep).join('/').normalize('NFC') as RelPath;
  }

  #isOutside(path: string): boolean {
    const [top = ''] = path.split('/');
    return top === '..' || (top !== '' && isOwnName(top));
  }

  #isLeftOut(absolute: string, isDirectory: boolean | undefined): boolean {
    const path = this.#pathOf(absolute);
    if (path === '') return false;
    if (this.#isOutside(path)) return true;
    // The kind is not known yet: asked again once it is.
    if (isDirectory === undefined) return false;
    return !isDirectory || this.#isIgnored(path, 'folder');
  }

  /** macOS and Windows watch the whole tree at once, ignored folders too. */
  #isUninteresting(path: RelPath): boolean {
    if (path === '') return false;
    if (this.#isOutside(path) || isStageName(basename(path))) return true;
    if (this.#isIgnored(path, 'file') && this.#isIgnored(path, 'folder')) return true;
    return ancestorsOf(path).some((dir) => this.#isIgnored(dir, 'folder'));
  }

  #onNative(name: string | null, watchedPath: string): void {
    this.#countEvent();
    const path = this.#pathOf(name === null ? watchedPath : join(watchedPath, name));
    if (this.#isAboutRoot(name, watchedPath)) this.#batch.lost();
    if (path === ownFolder) this.#proof.heard();
    if (this.#isUninteresting(path)) return;
    if (name === null || path === '') this.#batch.overflow(path);
    // The text of such a name does not lead back to the entry: its directory is listed instead.
    else if (segmentRefusal(path.slice(path.lastIndexOf('/') + 1)) !== null || path.includes('\ufffd')) {
      this.#batch.overflow(parentOf(path));
    } else this.#batch.entry(path);
  }

  /**
   * When a watched directory is unmounted, renamed or removed, the event carries its own name, as if it held
   * an entry of that name. chokidar keeps watches that receive nothing, even after the disk is back.
   */
  #isAboutRoot(name: string | null, watchedPath: string): boolean {
    if (name !== basename(this.#root) || watchedPath !== this.#root) return false;
    return lstatSync(join(this.#root, name), { throwIfNoEntry: false }) === undefined;
  }

  #countEvent(): void {
    if (this.#eventsThisTurn === 0) {
      setImmediate(() => {
        if (this.#eventsThisTurn >= this.#queueLimit / 2) this.#batch.overflow('' as RelPath);
        this.#eventsThisTurn = 0;
      });
    }
    this.#eventsThisTurn++;
  }

  /** The directory may have been filled before its watch stood; events go out later than that, so listing it then misses nothing. */
  #onNewDirectory(absolute: string): void {
    const path = this.#pathOf(absolute);
    if (path !== '') this.#batch.entry(path);
    this.#batch.overflow(path);
  }

  #onGoneDirectory(absolute: string): void {
    const path = this.#pathOf(absolute);
    if (path === '') this.#batch.lost();
    else this.#batch.entry(path);
  }

  #onError(error: unknown): void {
    const code = errnoOf(error);
    if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE') {
      this.#batch.degraded('watch-limit', 'the system allows no more watches');
      return;
    }
    this.#batch.degraded('watch-failed', messageOf(error));
    this.#batch.overflow('' as RelPath);
  }

  /** Resolves once every directory is watched. */
  async open(signal: AbortSignal): Promise<void> {
    this.#watcher.on('error', (error) => {
      this.#onError(error);
    });
    this.#watcher.on('raw', (_event, name, details) => {
      this.#onNative(name, watchedPathOf(details) ?? this.#root);
    });
    this.#watcher.on('addDir', (path) => {
      this.#onNewDirectory(path);
    });
    this.#watcher.on('unlinkDir', (path) => {
      this.#onGoneDirectory(path);
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
      this.#watcher.add(this.#root);
    });
    const deaf = this.#deafFileSystem();
    if (deaf !== null)
      this.#batch.degraded('watch-deaf', `${deaf} reports only changes made on this computer`);
    else void this.#prove();
  }

  /** Of a folder that was never synced nothing is known: Driftless's own folder is not there yet. */
  async #prove(): Promise<void> {
    if ((await this.#proof.prove()) !== 'silent') return;
    this.#batch.degraded('watch-deaf', 'this disk did not report a change that was made for the purpose');
  }

  #deafFileSystem(): string | null {
    try {
      return deafFileSystem(realpathSync(this.#root));
    } catch {
      return null; // the folder is gone, which its watch reports
    }
  }

  async close(): Promise<void> {
    this.#proof.stop();
    this.#batch.stop();
    await this.#watcher.close();
  }
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? details.watchedPath : null;
}

export class ChokidarWatcher implements FileWatcher {
  readonly #place: WatchedPlace;
  #watch: Watch | null = null;

  /** `proofMs`: how long a watch may take to report a change that is made to try it. */
  constructor(root: string, proofMs = defaultProofMs) {
    this.#place = { root: resolve(root), proofMs };
  }

  async start(listener: Listener, isIgnored: IsIgnored, signal: AbortSignal): Promise<void> {
    await this.stop();
    signal.throwIfAborted();
    const watch = new Watch(this.#place, isIgnored, new EventBatch(listener));
    this.#watch = watch;
    try {
      await watch.open(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }
}
