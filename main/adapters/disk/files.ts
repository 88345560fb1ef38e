// Local side of one pair on a real disk: reads, changes and metadata folder.
import type { LocalChanges, LocalFiles, LocalRoom, OrderedHasher } from '../../ports/local-files.port.ts';
import type { HoldOutcome, LocalRoot } from '../../ports/local-root.port.ts';
import { NodeChanges } from './changes/changes.ts';
import { NodeReads } from './reads.ts';
import { KnownMarker } from './known-marker.ts';
import { FolderLooks } from './looks.ts';
import { DirectorySync, NodeRoom, readMarkerAt } from './changes/own-folder.ts';
import { sightOfRoot, takeRoot } from './root.ts';
import { FileTimes } from './changes/times.ts';
import { Volume } from './volume.ts';
import type { VolumePlace } from './volume.ts';
import { SmallFiles } from './small/small-files.ts';
import { WalkPool } from './worker/pool.ts';
import type { Lister } from './worker/pool.ts';
import { RangeMemory } from './worker/range-memory.ts';
import type { FeedThread } from './worker/thread-hasher.ts';
import { hasherOn } from './worker/thread-hasher.ts';

/** Of 8 MiB each, as one download has half of. */
export const leastRanges = 12;

export type NodeFilesOptions = {
  /** Absolute path of the pair's folder. It may itself be a link that the user chose; nothing below it is followed. */
  readonly root: string;
  /** For the date in trash names, and the age of what was read. */
  readonly nowMs: () => number;
  /** False tries the way of volumes without hard links; tests use it. */
  readonly supportsLinks?: boolean;
  /** Entries listed on the calling thread, before a worker is started for more. Default: none. */
  readonly entriesHere?: number;
  /** What lists the directories; by default a thread of its own. */
  readonly lister?: Lister;
  /** What hashes large downloads; by default a thread of its own. */
  readonly feeder?: FeedThread;
  /** Ranges of downloads in memory at once. */
  readonly mostRanges?: number;
  /** Where small files are read and placed; by default a thread that holds no downloads. */
  readonly small?: SmallFiles;
};

type Sides = { readonly files: LocalFiles; readonly changes: LocalChanges; readonly room: LocalRoom };

/** The three ports at the folder's path as it is at each call, and `root`, which holds one directory for a group of calls. */
export type NodeFiles = Sides & {
  readonly root: LocalRoot;
  /** Of what comes down, in a worker thread. */
  openHasher(): OrderedHasher;
  /** Ends the worker threads. */
  close(): Promise<void>;
};

export function openNodeFiles(options: NodeFilesOptions): NodeFiles {
  const {
    root,
    nowMs,
    supportsLinks = true,
    entriesHere,
    lister,
    feeder,
    mostRanges = leastRanges,
    small = new SmallFiles(),
  } = options;
  const pool = new WalkPool(entriesHere, lister);
  const memory = new RangeMemory(mostRanges);
  // What is known of the volume outlives a hold; it is asked where the last one works.
  const unheld: VolumePlace = { path: root, held: null };
  let place = unheld;
  const volume = new Volume(() => place);
  const times = new FileTimes();
  const known = new KnownMarker(nowMs, () => volume.known());
  const sidesAt = (where: VolumePlace): Sides => {
    const { path } = where;
    const directories = new DirectorySync();
    const reads = new NodeReads(where, volume, { pool, small });
    const changes = new NodeChanges({
      root: path,
      directories,
      nowMs,
      supportsLinks,
      times,
      hashAt: (file, signal) => reads.hashAt(file, signal),
      reads,
      small,
      volume,
    });
    return {
      files: reads,
      changes,
      room: new NodeRoom(path, directories, { learn: () => volume.learn(), known }),
    };
  };
  const proc = { isProven: false };
  const hold = async (): Promise<HoldOutcome> => {
    const taken = await takeRoot(root, proc, known.looks);
    if (taken.kind !== 'taken') return taken;
    const { identity, isFirm, path, stats } = taken;
    const heldPlace = { path, held: isFirm ? stats : null };
    place = heldPlace;
    const release = async (): Promise<void> => {
      if (place === heldPlace) place = unheld;
      await taken.release();
    };
    return {
      kind: 'held',
      hold: { ...sidesAt(heldPlace), identity, isFirm, isThere: () => taken.isThere(), release },
    };
  };
  return {
    ...sidesAt(unheld),
    root: { hold, sight: () => sightOfFolder(root, known) },
    openHasher: () => hasherOn(feeder ?? pool.feeder, memory),
    close: async () => {
      times.close();
      await Promise.all([pool.close(), small.close()]);
    },
  };
}

/** What stands at `root`, without opening a pair for it; see `LocalRoot.sight`. */
export function sightOfFolder(root: string, known?: KnownMarker): Promise<string> {
  return sightOfRoot(root, known?.looks ?? new FolderLooks(), async () => {
    const status = await readMarkerAt(root, known);
    return status.kind === 'present' ? status.marker.stateId : null;
  });
}
