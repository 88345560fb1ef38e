// A pair's context whose local side is proven: each call works in the held directory that carries the pair's marker, or fails.
//
// C27: a disk that goes away leaves its mount point, an ordinary folder that any program can write into. So the directory is
// held and its marker read before a group of operations; each placement, each removal on either side and each commit then
// proves that the folder's path still leads to what is held, and where paths cannot be reached from a held directory, reads do.
import type { RootMarker } from '../ports/local-files.port.ts';
import type { LocalChanges, LocalFiles, LocalRoom } from '../ports/local-files.port.ts';
import type { RootHold } from '../ports/local-root.port.ts';
import type { RemoteObjects } from '../ports/remote-objects.port.ts';
import type { PairContext } from './context.ts';
import { isRootError, rootAwayError, rootChangedError, rootStatusError } from './root-errors.ts';

type Scope = Pick<PairContext, 'root' | 'store' | 'settings'>;

export type ProvenRoot = {
  readonly context: PairContext;
  /** Holds the folder once for all of `work`. Throws SyncError `root-*` of scope pair. */
  readonly during: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Holds it for all of `work` once something in it needs the folder, and not at all where nothing does. */
  readonly onceUsed: <Value>(work: () => Promise<Value>) => Promise<Value>;
};

export function withProvenRoot(context: PairContext): ProvenRoot {
  const keeper = new RootKeeper(context);
  const during = <Value>(work: () => Promise<Value>): Promise<Value> => keeper.change(work);
  const proven: PairContext = {
    ...context,
    // Read through, because the abilities are probed again at run time.
    get abilities() {
      return context.abilities;
    },
    files: provenFiles(keeper),
    changes: provenChanges(keeper),
    room: provenRoom(keeper),
    remote: provenRemote(context.remote, keeper),
    commit: (changes) => keeper.change(() => context.commit(changes)),
  };
  return { context: proven, during, onceUsed: (work) => keeper.keep(work) };
}

/** Reference count of the held folder: the first user opens it, the last one closes it. */
class RootKeeper {
  readonly #scope: Scope;
  #holders = 0;
  #held: Promise<RootHold> | null = null;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** For steps that change something, locally or in the bucket, and for recording them. */
  async change<Value>(work: (hold: RootHold) => Promise<Value>): Promise<Value> {
    return this.#within(async (hold) => {
      await this.#demandThere(hold);
      return work(hold);
    });
  }

  /** A read through a firm hold is from the right folder, wherever its path leads now. */
  async read<Value>(work: (hold: RootHold) => Promise<Value>): Promise<Value> {
    return this.#within(async (hold) => {
      const value = await work(hold);
      if (!hold.isFirm) await this.#demandThere(hold);
      return value;
    });
  }

  async *readEach<Item>(work: (hold: RootHold) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const hold = await this.#enter();
    try {
      yield* work(hold);
      // Before recording a listing, because some removed disks list nothing instead of failing.
      await this.#demandThere(hold);
    } finally {
      await this.#leave();
    }
  }

  /** What is taken within `work` is released at its end, not before. */
  async keep<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#holders += 1;
    try {
      return await work();
    } finally {
      await this.#leave();
    }
  }

  async #within<Value>(work: (hold: RootHold) => Promise<Value>): Promise<Value> {
    const hold = await this.#enter();
    try {
      return await work(hold);
    } catch (error) {
      // Whatever failed, the cause is the missing disk.
      if (isRootError(error) || (await hold.isThere())) throw error;
      throw rootAwayError(this.#folder(), error);
    } finally {
      await this.#leave();
    }
  }

  async #enter(): Promise<RootHold> {
    this.#holders += 1;
    this.#held ??= takeProven(this.#scope);
    const taken = this.#held;
    try {
      return await taken;
    } catch (error) {
      // Tried again by the next one, also where others keep what they would have got.
      if (this.#held === taken) this.#held = null;
      await this.#leave();
      throw error;
    }
  }

  async #leave(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const held = this.#held;
    this.#held = null;
    const hold = await held?.catch(() => null);
    await hold?.release();
  }

  async #demandThere(hold: RootHold): Promise<void> {
    if (!(await hold.isThere())) throw rootAwayError(this.#folder());
  }

  #folder(): string {
    return this.#scope.settings.binding.folder;
  }
}

async function takeProven(scope: Scope): Promise<RootHold> {
  const { folder } = scope.settings.binding;
  const outcome = await scope.root.hold();
  if (outcome.kind !== 'held') throw rootStatusError(folder, outcome);
  const { hold } = outcome;
  try {
    proveIdentity(scope, hold);
    await proveMarker(scope, hold.room, true);
    if (!hold.isFirm && !(await hold.isThere())) throw rootAwayError(folder);
    return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/** A folder that carries no marker, because it is read-only, is known by its directory (C27). */
function proveIdentity({ store, settings }: Scope, { identity }: RootHold): void {
  const known = store.meta('unmarkedRoot');
  if (known !== null && known !== identity) throw rootChangedError(settings.binding.folder);
}

/** Verifies that the folder carries the marker of this pair's state and current batch (C4, C20). `mayRecall` as with `LocalRoom.readMarker`. */
export async function proveMarker(
  { store, settings }: Pick<Scope, 'store' | 'settings'>,
  room: LocalRoom,
  mayRecall = false,
): Promise<void> {
  for (;;) {
    const before = knownMarkerText(store);
    if (before === null) return;
    const found = await room.readMarker(mayRecall);
    const known = JSON.parse(before) as RootMarker; // our own database wrote it
    if (found.kind === 'present' && isMarkerOf(store, known, found.marker)) return;
    // A batch that started meanwhile wrote a new marker: the comparison used an outdated one.
    if (knownMarkerText(store) === before) throw rootChangedError(settings.binding.folder);
  }
}

function knownMarkerText(store: Scope['store']): string | null {
  return store.meta('rootMarker');
}

function isMarkerOf(store: Scope['store'], known: RootMarker, found: RootMarker): boolean {
  return (
    known.stateId === found.stateId &&
    known.deviceId === found.deviceId &&
    isSameGeneration(store, known.generation - found.generation)
  );
}

/** Only a batch that was recorded and possibly not yet written may differ, and by one generation (C4). */
export function isSameGeneration(store: Scope['store'], ahead: number): boolean {
  return ahead === 0 || (ahead === 1 && store.meta('generationOpen') !== null);
}

function provenFiles(keeper: RootKeeper): LocalFiles {
  return {
    rootStatus: () => keeper.read((hold) => hold.files.rootStatus()),
    list: (dirs, signal) => keeper.readEach((hold) => hold.files.list(dirs, signal)),
    look: (path) => keeper.read((hold) => hold.files.look(path)),
    hash: (path, signal) => keeper.read((hold) => hold.files.hash(path, signal)),
    hashBoth: (path, signal) => keeper.read((hold) => hold.files.hashBoth(path, signal)),
    open: (path) => keeper.read((hold) => hold.files.open(path)),
    readHeld: (files) => keeper.read((hold) => hold.files.readHeld(files)),
    readSmall: (path, maxBytes) => keeper.read((hold) => hold.files.readSmall(path, maxBytes)),
  };
}

function provenChanges(keeper: RootKeeper): LocalChanges {
  return {
    createTemp: (opId) => keeper.change((hold) => hold.changes.createTemp(opId)),
    reopenTemp: (name) => keeper.change((hold) => hold.changes.reopenTemp(name)),
    tryName: (name) => keeper.change((hold) => hold.changes.tryName(name)),
    place: (temp, path, options) => keeper.change((hold) => hold.changes.place(temp, path, options)),
    placeWhole: (whole, path, options) =>
      keeper.change((hold) => hold.changes.placeWhole(whole, path, options)),
    placeHeld: (files) => keeper.change((hold) => hold.changes.placeHeld(files)),
    capture: (path, expected, opId, signal) =>
      keeper.change((hold) => hold.changes.capture(path, expected, opId, signal)),
    findCaptured: (opId) => keeper.read((hold) => hold.changes.findCaptured(opId)),
    replace: (temp, path, request, signal) =>
      keeper.change((hold) => hold.changes.replace(temp, path, request, signal)),
    putBack: (trashName, path) => keeper.change((hold) => hold.changes.putBack(trashName, path)),
    rename: (from, to, expected) => keeper.change((hold) => hold.changes.rename(from, to, expected)),
    halfRenames: () => keeper.read((hold) => hold.changes.halfRenames()),
    finishRename: (id, names) => keeper.change((hold) => hold.changes.finishRename(id, names)),
    makeFolder: (path) => keeper.change((hold) => hold.changes.makeFolder(path)),
    removeFolder: (path) => keeper.change((hold) => hold.changes.removeFolder(path)),
    sweep: (keepTemp, purge) => keeper.change((hold) => hold.changes.sweep(keepTemp, purge)),
  };
}

function provenRoom(keeper: RootKeeper): LocalRoom {
  return {
    readMarker: (mayRecall) => keeper.read((hold) => hold.room.readMarker(mayRecall)),
    learnDisk: () => keeper.change((hold) => hold.room.learnDisk()),
    writeMarker: (marker) => keeper.change((hold) => hold.room.writeMarker(marker)),
  };
}

/** A removal in the bucket relies on absence in this folder. */
function provenRemote(remote: RemoteObjects, keeper: RootKeeper): RemoteObjects {
  return {
    list: (prefix, after, signal) => remote.list(prefix, after, signal),
    head: (key, signal) => remote.head(key, signal),
    get: (key, how, signal) => remote.get(key, how, signal),
    put: (key, body, options, signal) => remote.put(key, body, options, signal),
    copy: (from, to, options, signal) => remote.copy(from, to, options, signal),
    tagging: (key, signal) => remote.tagging(key, signal),
    delete: (key, condition, signal) => keeper.change(() => remote.delete(key, condition, signal)),
  };
}
