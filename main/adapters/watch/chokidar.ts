// Change events from chokidar, batched; reports when events were lost.
import { basename, join, relative, resolve, sep } from 'node:path';
import type { RelPath } from '../../core/model/model.ts';
import {
  ancestorsOf,
  isOwnName,
  isStageName,
  ownFolder,
  nameOf,
  parentOf,
  segmentRefusal,
} from '../../core/model/path.ts';
import type { FileWatcher } from '../../ports/file-watcher.port.ts';
import { EventBatch } from './event-batch.ts';
import type { Listener } from './event-batch.ts';
import { EventQueue } from './event-queue.ts';
import { PlainTree } from './plain-tree.ts';
import { defaultProofMs, touchFolder, WatchProof } from './proof.ts';
import { shareLooks } from './share-looks.ts';
import { foldersOf, isClosed, isThere } from './tree-watch.ts';
import type { TreeEvents, TreeWatch, WatchedTree } from './tree-watch.ts';
import { places, realpath } from '../shares/calls.ts';
import { deafFileSystem, sharesBelow } from '../system/mount-points.ts';
import { errnoOf, messageOf } from '../system/errno.ts';

type IsIgnored = (path: RelPath, kind: 'file' | 'folder') => boolean;
/** macOS and Windows watch a whole tree at once. */
const watchesEachFolder = process.platform === 'linux';

type WatchedPlace = {
  readonly root: string;
  readonly proofMs: number;
  readonly plainAbove: number;
  readonly queue: EventQueue;
};

class Watch {
  #root: string;
  readonly #plainAbove: number;
  readonly #isIgnored: IsIgnored;
  readonly #batch: EventBatch;
  readonly #queue: EventQueue;
  readonly #unlisten: () => void;
  readonly #proof: WatchProof;
  readonly #events: TreeEvents;
  /** The file system that tells only of changes made here, and may never answer. */
  #deaf: string | null = null;
  /** Not to be looked at from this thread: a share that does not answer would hold up all folders. */
  #shares: ReadonlySet<string> = new Set();
  #watch: TreeWatch | null = null;
  #folders = 0;
  #isAtShare = false;
  /** A change of the kind of watches, or their renewal, that is under way. */
  #changing: Promise<void> | null = null;
  /** A renewal has its turn later, and is for whatever is lost until then. */
  #willRenew = false;
  readonly #stopping = new AbortController();

  constructor(place: WatchedPlace, isIgnored: IsIgnored, batch: EventBatch) {
    this.#root = place.root;
    this.#plainAbove = place.plainAbove;
    this.#isIgnored = isIgnored;
    this.#batch = batch;
    this.#queue = place.queue;
    const onLoss = (): void => {
      this.#onLoss();
    };
    this.#unlisten = place.queue.onLoss(onLoss);
    this.#proof = new WatchProof({
      touch: () => touchFolder(join(this.#root, ownFolder)),
      deadlineMs: place.proofMs,
    });
    this.#events = {
      onChange: (name, folder) => {
        this.#onNative(name, folder);
      },
      onNewFolder: (folder) => {
        this.#onNewFolder(folder);
      },
      onEnded: (watches) => {
        this.#queue.count(watches);
      },
      onAllEnded: (watches) => {
        this.#queue.countEnded(watches, onLoss);
      },
      onDoubt: () => {
        this.#change(() => this.#becomePlain());
      },
      onGoneFolder: (folder) => {
        this.#onGoneFolder(folder);
      },
      onError: (error) => {
        this.#onError(error);
      },
    };
  }

  #tree(): WatchedTree {
    return {
      root: this.#root,
      isWatched: (folder) => this.#isWatched(folder),
      events: this.#events,
      share: this.#isAtShare ? shareLooks : null,
    };
  }

  #pathOf(absolute: string): RelPath {
    return relative(this.#root, absolute).split(sep).join('/').normalize('NFC') as RelPath;
  }

  #isOutside(path: string): boolean {
    const [top = ''] = path.split('/');
    return top === '..' || (top !== '' && isOwnName(top));
  }

  #isWatched(folder: string): boolean {
    if (this.#shares.has(folder)) return false;
    const path = this.#pathOf(folder);
    return path === '' || !(this.#isOutside(path) || this.#isIgnored(path, 'folder'));
  }

  /** macOS and Windows watch the whole tree at once, ignored folders too. */
  #isUninteresting(path: RelPath): boolean {
    if (path === '') return false;
    if (this.#isOutside(path) || isStageName(basename(path))) return true;
    if (this.#isIgnored(path, 'file') && this.#isIgnored(path, 'folder')) return true;
    return ancestorsOf(path).some((dir) => this.#isIgnored(dir, 'folder'));
  }

  #onNative(name: string | null, watchedPath: string): void {
    this.#queue.count(1);
    const path = this.#pathOf(name === null ? watchedPath : join(watchedPath, name));
    if (name === basename(this.#root) && watchedPath === this.#root)
      this.#lookAtRoot(join(watchedPath, name));
    if (path === ownFolder) this.#proof.heard();
    if (this.#isUninteresting(path)) return;
    if (name === null || path === '') this.#batch.overflow(path);
    // The text of such a name does not lead back to the entry: its directory is listed instead.
    else if (segmentRefusal(nameOf(path)) !== null || path.includes('\ufffd')) {
      this.#batch.overflow(parentOf(path));
    } else this.#batch.entry(path);
  }

  /**
   * When a watched directory is unmounted, renamed or removed, the event carries its own name, as if it held
   * an entry of that name. chokidar keeps watches that receive nothing, even after the disk is back.
   */
  #lookAtRoot(path: string): void {
    // Where its rights were taken away, or its disk is broken, opening it again says which. What an event throws ends the process.
    if (this.#isAtShare) {
      const lost = (isHeld: boolean): void => {
        if (!isHeld && !this.#stopping.signal.aborted) this.#batch.lost();
      };
      void shareLooks
        .isThere(path)
        .catch(() => false)
        .then(lost);
      return;
    }
    try {
      if (!isThere(path)) this.#batch.lost();
    } catch {
      this.#batch.lost();
    }
  }

  /** New folders may be among what was lost: they are watched before the listing that the engine is asked for last. */
  #onLoss(): void {
    this.#batch.overflow('' as RelPath);
    // On a share timed looks find the new folders.
    if (!watchesEachFolder || this.#willRenew || this.#deaf !== null) return;
    this.#willRenew = true;
    this.#change(async () => {
      this.#willRenew = false;
      this.#shares = sharesBelow(this.#root);
      // chokidar looks for new folders where an event says so, which may not have come.
      if (this.#watch instanceof PlainTree) await this.#watch.renew();
      else await this.#becomePlain();
    });
  }

  /** One change at a time; a second one that comes meanwhile waits for its turn. */
  #change(work: () => Promise<void>): void {
    const before = this.#changing ?? Promise.resolve();
    const begin = async (): Promise<void> => {
      if (!this.#stopping.signal.aborted) await work();
    };
    this.#changing = before.then(begin).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#onError(error);
    });
  }

  #onNewFolder(absolute: string): void {
    const path = this.#pathOf(absolute);
    if (path !== '') this.#batch.entry(path);
    this.#batch.overflow(path);
    this.#folders += 1;
    const isPlain = !watchesEachFolder || this.#watch instanceof PlainTree;
    // Twice as many as at the start: a tree that grows and shrinks about the limit keeps its kind of watches.
    if (isPlain || (this.#folders <= this.#plainAbove * 2 && !isClosed(absolute))) return;
    this.#folders = 0;
    this.#change(() => this.#becomePlain());
  }

  #onGoneFolder(absolute: string): void {
    const path = this.#pathOf(absolute);
    this.#folders -= 1;
    if (path === '') this.#batch.lost();
    else this.#batch.entry(path);
  }

  /** The new watches stand before the old ones end; the listing that follows finds what neither reported. */
  async #becomePlain(): Promise<void> {
    const old = this.#watch;
    if (old === null || old instanceof PlainTree) return;
    const plain = new PlainTree(this.#tree());
    this.#watch = plain;
    try {
      await plain.open(this.#stopping.signal);
      this.#batch.overflow('' as RelPath);
    } finally {
      await old.close();
    }
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

  /** Resolves once every folder is watched. */
  async open(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    this.#root = await realOf(this.#root);
    this.#deaf = deafFileSystem(this.#root);
    this.#shares = sharesBelow(this.#root);
    this.#isAtShare = watchesEachFolder && (await places.of(this.#root)) !== null;
    this.#watch = await this.#chosen(either);
    either.throwIfAborted();
    const opened = this.#watch.open(either);
    // One that is closed before it stands would never say that it does.
    this.#change(() => opened.catch(() => undefined));
    await opened;
    if (this.#deaf !== null)
      this.#batch.degraded('watch-deaf', `${this.#deaf} reports only changes made on this computer`);
    else void this.#prove();
  }

  async #chosen(signal: AbortSignal): Promise<TreeWatch> {
    // chokidar asks with threads that a silent share would keep.
    if (this.#isAtShare) return new PlainTree(this.#tree());
    const folders = watchesEachFolder ? await foldersOf(this.#tree(), this.#plainAbove, signal) : null;
    if (watchesEachFolder && folders === null) return new PlainTree(this.#tree());
    this.#folders = folders?.size ?? 0;
    // Loaded only here: a single pass watches nothing.
    const { ChokidarTree } = await import('./chokidar-tree.ts');
    return new ChokidarTree(this.#tree(), folders);
  }

  /** Of a folder that was never synced nothing is known: Driftless's own folder is not there yet. */
  async #prove(): Promise<void> {
    if ((await this.#proof.prove()) !== 'silent') return;
    this.#batch.degraded('watch-deaf', 'this disk did not report a change that was made for the purpose');
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the watch ends'));
    this.#unlisten();
    this.#proof.stop();
    this.#batch.stop();
    // Closed before a change of it is waited for, which ends by that.
    const closed = this.#watch?.close();
    await this.#changing;
    await closed;
    this.#batch.stop();
  }
}

/** Where the folder is, which may be a link: watches do not follow one. One that is not there has its own name. */
async function realOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    return folder;
  }
}

export type WatcherOptions = {
  /** How long a watch may take to report a change that is made to try it. */
  readonly proofMs?: number;
  /** Folders above which each has a plain watch of ours instead of chokidar's. */
  readonly plainAbove?: number;
  /** The one that all watches of the process share. */
  readonly queue?: EventQueue;
};

/** chokidar's own bookkeeping is 20 KB for each folder: 40 MB for these. */
const defaultPlainAbove = 2000;

export class ChokidarWatcher implements FileWatcher {
  readonly #place: WatchedPlace;
  #watch: Watch | null = null;

  constructor(root: string, options: WatcherOptions = {}) {
    const { proofMs = defaultProofMs, plainAbove = defaultPlainAbove, queue = new EventQueue() } = options;
    this.#place = { root: resolve(root), proofMs, plainAbove, queue };
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
