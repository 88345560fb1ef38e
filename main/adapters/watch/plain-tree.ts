// One plain watch for each folder of a tree, for trees of many folders.
import { watch } from 'node:fs';
import type { BigIntStats, FSWatcher, WatchEventType } from 'node:fs';
import { makeTurns, nextTurn } from '../system/clock.ts';
import { errnoOf } from '../system/errno.ts';
import { folderStats, foldersIn, isClosed, isThere } from './tree-watch.ts';
import type { ShareLooks, TreeWatch, WatchedTree } from './tree-watch.ts';

const passedOver: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

type Folder = {
  readonly name: string;
  readonly parent: Folder | null;
  /** Inode and time of birth: another folder under the same name may have the same inode. */
  identity: string;
  /** Null where the folder cannot be watched. */
  watcher: FSWatcher | null;
  below: Map<string, Folder> | null;
  isGone: boolean;
};

/** What a share said of the name of an event; null where no folder stands there. */
type Seen = {
  readonly stats: BigIntStats | null;
  readonly isThere: boolean;
  /** Of the watched folder, where the event may be about itself. */
  readonly itself: BigIntStats | null;
};

/** What a share said of a folder that is watched. */
type Listed = {
  readonly below: ReadonlyMap<string, BigIntStats | null>;
  readonly isClosed: boolean;
};

/**
 * For trees of many folders: chokidar holds some 20 KB for each, these watches 2 KB. A folder that appears is watched before it is
 * listed, and reported once all below it is watched, so that what was made meanwhile is found by the listing.
 */
export class PlainTree implements TreeWatch {
  readonly #tree: WatchedTree;
  #root: Folder | null = null;
  /** Watched, and not listed yet. */
  readonly #unlisted: Folder[] = [];
  /** Folders to be reported once nothing is left to list. */
  readonly #appeared = new Set<Folder>();
  #listing: Promise<void> | null = null;
  /** Events at a share that has not answered since. */
  readonly #unlooked: { readonly folder: Folder; readonly event: WatchEventType; readonly name: string }[] =
    [];
  #isClosed = false;

  constructor(tree: WatchedTree) {
    this.#tree = tree;
  }

  async open(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      void this.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const stats = await this.#rootStats();
    // A folder that is gone is reported by its pair's own look.
    if (stats !== null) this.#root = this.#watchFolder('', null, stats);
    await this.#listAll();
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
  }

  /** Watches every folder again after events were lost, and reports the root as new. */
  async renew(): Promise<void> {
    if (this.#isOver()) return;
    await this.#forgetAll();
    // The queue has an event for each watch that ended: it is read first, so that it has room for those of the new ones.
    await nextTurn();
    await nextTurn();
    const stats = await this.#rootStats();
    if (stats === null) return;
    this.#root = this.#watchFolder('', null, stats);
    this.#appeared.add(this.#root);
    await this.#listAll();
  }

  async #rootStats(): Promise<BigIntStats | null> {
    const { root, share } = this.#tree;
    const stats = share === null || this.#isClosed ? null : await share.folderStats(root);
    if (this.#isOver()) return null;
    return share === null ? folderStats(root) : stats;
  }

  #isOver(): boolean {
    return this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#forgetAll();
  }

  async #forgetAll(): Promise<void> {
    if (this.#root !== null) this.#tree.events.onAllEnded(this.#forget(this.#root));
    this.#root = null;
    await this.#listing;
  }

  #pathOf({ name, parent }: Folder): string {
    return parent === null ? this.#tree.root : `${this.#pathOf(parent)}/${name}`;
  }

  #watchFolder(name: string, parent: Folder | null, stats: BigIntStats): Folder {
    const folder: Folder = {
      ...{ name, parent, identity: identityOf(stats) },
      ...{ watcher: null, below: null, isGone: false },
    };
    if (parent !== null) (parent.below ??= new Map()).set(name, folder);
    this.#watch(folder);
    this.#unlisted.push(folder);
    return folder;
  }

  /** False where the folder cannot be watched. */
  #watch(folder: Folder): boolean {
    try {
      folder.watcher = watch(this.#pathOf(folder), (event, name) => {
        this.#onEvent(folder, event, name);
      });
      folder.watcher.on('error', (error) => {
        folder.watcher?.close();
        folder.watcher = null;
        if (!this.#isClosed) this.#tree.events.onError(error);
      });
      return true;
    } catch (error) {
      // Gone already, which its parent's watch reports; or not to be read, which the scan reports.
      if (!passedOver.has(errnoOf(error))) this.#tree.events.onError(error);
      return false;
    }
  }

  #onEvent(folder: Folder, event: WatchEventType, name: string | null): void {
    if (folder.isGone || this.#isClosed) return;
    const needsLook = name !== null && (event === 'rename' || folder.below?.get(name)?.watcher === null);
    if (this.#tree.share === null || !needsLook) this.#take(folder, event, name);
    else {
      this.#unlooked.push({ folder, event, name });
      if (this.#unlooked.length === 1) void this.#takeLater(this.#tree.share);
    }
  }

  /** Events in their order, once the share has said what is under their names. */
  async #takeLater(share: ShareLooks): Promise<void> {
    while (this.#unlooked.length > 0 && !this.#isClosed) {
      const events = [...this.#unlooked];
      const seen = await Promise.all(events.map(({ folder, name }) => this.#seen(share, folder, name)));
      this.#unlooked.splice(0, events.length);
      for (const [at, { folder, event, name }] of events.entries()) this.#take(folder, event, name, seen[at]);
    }
  }

  async #seen(share: ShareLooks, folder: Folder, name: string): Promise<Seen> {
    const path = `${this.#pathOf(folder)}/${name}`;
    const stats = await share.folderStats(path);
    if (stats !== null || name !== folder.name) return { stats, isThere: true, itself: null };
    const isThere = await share.isThere(path).catch(() => true);
    return { stats, isThere, itself: await share.folderStats(this.#pathOf(folder)) };
  }

  /** @param seen what is there; undefined where this thread looks */
  #take(folder: Folder, event: WatchEventType, name: string | null, seen?: Seen): void {
    if (folder.isGone || this.#isClosed) return;
    const path = this.#pathOf(folder);
    this.#tree.events.onChange(name, path);
    if (name === null) return;
    const known = folder.below?.get(name);
    // Changed rights show as a change of the entry.
    if (event === 'rename' || known?.watcher === null) this.#lookAt(folder, name, seen?.stats);
    if (event === 'rename' && name === folder.name) this.#lookAtItself(folder, seen);
  }

  /** The end of a watched folder is reported under its own name, as if it held an entry of that name. */
  #lookAtItself(folder: Folder, seen: Seen | undefined): void {
    const { name, parent, below } = folder;
    if (parent === null || folder.isGone || below?.has(name) === true) return;
    if (seen?.isThere ?? holdsEntry(`${this.#pathOf(folder)}/${name}`)) return;
    // Whatever has the name by now, even with the same inode, is not watched any more.
    folder.identity = '';
    this.#lookAt(parent, name, seen?.itself);
  }

  /** What is under `name` now may be a new folder, another one than before, or none. */
  #lookAt(parent: Folder, name: string, seen?: BigIntStats | null): void {
    const path = `${this.#pathOf(parent)}/${name}`;
    const known = parent.below?.get(name) ?? null;
    const stats = seen === undefined ? folderStats(path) : seen;
    if (known !== null && (stats === null || identityOf(stats) !== known.identity)) {
      this.#tree.events.onEnded(this.#forget(known));
      parent.below?.delete(name);
      if (stats === null) this.#tree.events.onGoneFolder(path);
    } else if (known !== null) {
      if (known.watcher !== null) return;
      if (!this.#watch(known)) return;
      this.#unlisted.push(known);
      this.#appeared.add(known);
      this.#listAll().catch(this.#tree.events.onError);
      return;
    }
    if (stats === null || !this.#tree.isWatched(path)) return;
    this.#appeared.add(this.#watchFolder(name, parent, stats));
    this.#listAll().catch(this.#tree.events.onError);
  }

  /** Watches all below the folders that wait, then reports those that appeared. */
  #listAll(): Promise<void> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = null;
    });
    return this.#listing;
  }

  async #list(): Promise<void> {
    const turn = makeTurns();
    for (let next = this.#unlisted.pop(); next !== undefined; next = this.#unlisted.pop()) {
      const { share } = this.#tree;
      const seen = share === null || next.isGone ? null : await this.#listed(share, this.#pathOf(next));
      if (!next.isGone && !this.#isClosed) this.#listFolder(next, seen);
      await turn();
    }
    for (const folder of this.#appeared) {
      if (!folder.isGone && !this.#isClosed) this.#tree.events.onNewFolder(this.#pathOf(folder));
    }
    this.#appeared.clear();
  }

  async #listed({ foldersIn, folderStats, isClosed }: ShareLooks, path: string): Promise<Listed> {
    const found = new Map<string, BigIntStats | null>();
    for (const name of await foldersIn(path)) {
      const below = `${path}/${name}`;
      if (this.#isClosed) break;
      if (this.#tree.isWatched(below)) found.set(name, await folderStats(below));
    }
    const isDoubtful = !this.#isClosed && [...found.values()].includes(null);
    return { below: found, isClosed: isDoubtful && (await isClosed(path)) };
  }

  /** @param seen what is there; null where this thread looks */
  #listFolder(folder: Folder, seen: Listed | null): void {
    const path = this.#pathOf(folder);
    for (const name of seen?.below.keys() ?? foldersIn(path)) {
      const below = `${path}/${name}`;
      if (folder.below?.has(name) === true || !this.#tree.isWatched(below)) continue;
      const stats = seen === null ? folderStats(below) : (seen.below.get(name) ?? null);
      if (stats !== null) this.#watchFolder(name, folder, stats);
      else if (seen?.isClosed ?? isClosed(path)) {
        // What it holds is found once its rights change, which the watch of the folder above reports.
        folder.watcher?.close();
        folder.watcher = null;
        return;
      }
    }
  }

  /** Returns how many watches it ended. */
  #forget(folder: Folder): number {
    let ended = folder.watcher === null ? 0 : 1;
    folder.isGone = true;
    folder.watcher?.close();
    folder.watcher = null;
    for (const each of folder.below?.values() ?? []) ended += this.#forget(each);
    folder.below = null;
    return ended;
  }
}

function identityOf({ ino, birthtimeNs }: BigIntStats): string {
  return `${String(ino)}.${String(birthtimeNs)}`;
}

function holdsEntry(path: string): boolean {
  try {
    return isThere(path);
  } catch {
    return true; // not to be looked at, and so not gone
  }
}
