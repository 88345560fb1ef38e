// The place of a pair's folder in memory: its disk is there, or is away and leaves the bare mount point, or another one stands in it.
import type { LocalChanges, LocalFiles, LocalRoom } from '../../main/ports/local-files.port.ts';
import type { HoldOutcome, LocalRoot } from '../../main/ports/local-root.port.ts';
import type { OpenOutcome } from '../../main/ports/local-files.port.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { readHeldBy } from './fake-held-reads.ts';
import { FakeDisk } from './fake-disk.ts';

type Sides = { readonly files: LocalFiles; readonly changes: LocalChanges; readonly room: LocalRoom };

export class FakePlace {
  readonly disk: FakeDisk;
  /** The mount point: an ordinary folder of the system's own disk, empty and writable by every program. */
  readonly bare: FakeDisk;
  #there: FakeDisk;
  /** False: what works in the folder reaches it by its path, as where the system has no descriptors of directories. */
  isFirm = true;
  /** What was asked of the folder itself so far. */
  readonly asked: ('hold' | 'sight')[] = [];

  constructor(disk: FakeDisk) {
    this.disk = disk;
    this.bare = new FakeDisk({ nowMs: disk.nowMs, timeGranularityNs: disk.timeGranularityNs });
    this.#there = disk;
  }

  /** What a user, a program or the engine finds at the folder's path now. */
  get there(): FakeDisk {
    return this.#there;
  }

  get isAway(): boolean {
    return this.#there !== this.disk;
  }

  /** As `umount -l` does: a process that holds the disk continues to work on it. */
  unmount(): void {
    this.#there = this.bare;
  }

  mount(disk: FakeDisk = this.disk): void {
    this.#there = disk;
  }
}

const serials = new WeakMap<FakeDisk, number>();
let lastSerial = 0;

function identityOf(disk: FakeDisk): string {
  const known = serials.get(disk) ?? ++lastSerial;
  serials.set(disk, known);
  return `fake-${String(known)}`;
}

export function fakeRoot(place: FakePlace, sidesOn: (disk: FakeDisk) => Sides): LocalRoot {
  return {
    async hold(): Promise<HoldOutcome> {
      place.asked.push('hold');
      const disk = place.there;
      if (disk.isGone) return Promise.resolve({ kind: 'missing' });
      const { isFirm } = place;
      let isHeld = true;
      return Promise.resolve({
        kind: 'held',
        hold: {
          ...(isFirm ? heldSides(sidesOn(disk), () => isHeld) : pathSides(place, sidesOn)),
          identity: identityOf(disk),
          isFirm,
          isThere: () => Promise.resolve(place.there === disk && !disk.isGone),
          release: () => {
            isHeld = false;
            return Promise.resolve();
          },
        },
      });
    },
    sight: () => {
      place.asked.push('sight');
      return Promise.resolve(place.there.isGone ? 'missing' : identityOf(place.there));
    },
  };
}

/** After the release no path leads to what a reader has open, so that it cannot tell whether it is still that file. */
function heldSides(sides: Sides, isHeld: () => boolean): Sides {
  const { files } = sides;
  const open = async (path: RelPath): Promise<OpenOutcome> => {
    const opened = await files.open(path);
    if (opened.kind !== 'open') return opened;
    const { reader } = opened;
    const isUnchanged = async (): Promise<boolean> => isHeld() && reader.isUnchanged();
    return { ...opened, reader: { ...reader, isUnchanged } };
  };
  return {
    ...sides,
    files: {
      rootStatus: () => files.rootStatus(),
      list: (dirs, signal) => files.list(dirs, signal),
      look: (path) => files.look(path),
      hash: (path, signal) => files.hash(path, signal),
      hashBoth: (path, signal) => files.hashBoth(path, signal),
      open,
      readHeld: (asked) => readHeldBy(open, asked),
      readSmall: (path, maxBytes) => files.readSmall(path, maxBytes),
    },
  };
}

/** Each call works on whatever is there when it begins. */
function pathSides(place: FakePlace, sidesOn: (disk: FakeDisk) => Sides): Sides {
  const now = (): Sides => sidesOn(place.there);
  return {
    files: {
      rootStatus: () => now().files.rootStatus(),
      list: (dirs, signal) => now().files.list(dirs, signal),
      look: (path) => now().files.look(path),
      hash: (path, signal) => now().files.hash(path, signal),
      hashBoth: (path, signal) => now().files.hashBoth(path, signal),
      open: (path) => now().files.open(path),
      readHeld: (asked) => now().files.readHeld(asked),
      readSmall: (path, maxBytes) => now().files.readSmall(path, maxBytes),
    },
    changes: {
      createTemp: (opId) => now().changes.createTemp(opId),
      reopenTemp: (name) => now().changes.reopenTemp(name),
      tryName: (name) => now().changes.tryName(name),
      place: (temp, path, options) => now().changes.place(temp, path, options),
      placeWhole: (whole, path, options) => now().changes.placeWhole(whole, path, options),
      placeHeld: (files) => now().changes.placeHeld(files),
      capture: (path, expected, opId, signal) => now().changes.capture(path, expected, opId, signal),
      replace: (temp, path, request, signal) => now().changes.replace(temp, path, request, signal),
      findCaptured: (opId) => now().changes.findCaptured(opId),
      putBack: (trashName, path) => now().changes.putBack(trashName, path),
      rename: (from, to, expected) => now().changes.rename(from, to, expected),
      halfRenames: () => now().changes.halfRenames(),
      finishRename: (id, names) => now().changes.finishRename(id, names),
      makeFolder: (path) => now().changes.makeFolder(path),
      removeFolder: (path) => now().changes.removeFolder(path),
      sweep: (keepTemp, purge) => now().changes.sweep(keepTemp, purge),
    },
    room: {
      readMarker: () => now().room.readMarker(),
      learnDisk: () => now().room.learnDisk(),
      writeMarker: (marker) => now().room.writeMarker(marker),
    },
  };
}
