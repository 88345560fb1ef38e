// Judges a history by a model of its own: which contents must still be somewhere, and whether all sides agree.
import type { FakeBucket } from '../fakes/fake-remote-state.ts';
import { readOpId } from '../../main/sync/bucket/object-metadata.ts';
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { disagreements } from './agreement.ts';
import { textOf } from './contents.ts';

export type Oracle = {
  /** Wraps everything that a user or a foreign program does: what only they destroy is not our loss. */
  before(): void;
  after(): void;
  /** What is wrong at the end; empty when all is well. */
  judge: () => readonly string[];
};

function placeOf(device: Device, path: string): string {
  return `${device.name} ${path}`;
}

function objectPlace(key: string): string {
  return `bucket ${key}`;
}

/**
 * Every content ever written has to be recoverable: in a tree, a trash, or a version. Only an edit by a user
 * or a foreign program that wipes out its last copy releases the engine from that.
 */
export function makeOracle(bucket: FakeBucket, devices: readonly Device[]): Oracle {
  let owed = new Set<string>();
  let missingBefore = new Set<string>();
  let second: ReadonlySet<string> = new Set();
  /** Places in the trash of what had its own name beside; the user may take that from it before the replacement ends. */
  const keptBeside = new Set<string>();
  /** Moves in the bucket whose copies were seen. */
  const landed = new Set<string>();

  function everywhere(except: ReadonlySet<string> = new Set()): Set<string> {
    const found = new Set<string>();
    for (const device of devices) {
      for (const [path, bytes] of device.disk.tree({ withOwn: true })) {
        // A temporary file does not count as recoverable.
        if (path.startsWith('.driftless/tmp/') || except.has(placeOf(device, path))) continue;
        found.add(textOf(bytes));
      }
    }
    for (const key of bucket.allKeys()) {
      for (const [age, version] of bucket.history(key).entries()) {
        if (version.bytes === null || (age === 0 && except.has(objectPlace(key)))) continue;
        found.add(textOf(version.bytes));
      }
    }
    return found;
  }

  /**
   * In the trash, of files that still have their own names: a replacement that is not made if the file goes. And old names of objects that
   * have their new ones. Who removes the file, or the object of the new name, in that instant has removed it.
   */
  function secondNames(): ReadonlySet<string> {
    const found = devices.flatMap((device) => {
      const standing = new Set(device.disk.tree().values());
      const open = device
        .store()
        .intents()
        .map(({ id }) => id);
      return [...device.disk.tree({ withOwn: true })]
        .filter(([path]) => path.startsWith('.driftless/trash/'))
        .map(([path, bytes]) => ({ path, bytes, place: placeOf(device, path) }))
        .filter(({ path, bytes, place }) => {
          const wasSecond = keptBeside.has(place) && open.some((id) => path.includes(id));
          return standing.has(bytes) || wasSecond;
        })
        .map(({ place }) => place);
    });
    for (const place of found) keptBeside.add(place);
    return new Set([...found, ...devices.flatMap(copiedObjects)]);
  }

  function copiedObjects(device: Device): readonly string[] {
    const moves = device
      .store()
      .intents()
      .filter(({ kind }) => kind === 'move-remote');
    for (const { id, rawKey } of moves) {
      const copy = rawKey === null ? null : bucket.current(rawKey);
      if (copy !== null && readOpId(copy.metadata) === id) landed.add(id);
    }
    return moves
      .filter(({ id }) => landed.has(id))
      .map(({ other }) => objectPlace(`${simulatedPrefix}${other ?? ''}`));
  }

  return {
    before() {
      second = secondNames();
      const there = everywhere();
      missingBefore = new Set([...owed].filter((content) => !there.has(content)));
    },
    after() {
      const there = everywhere(second);
      for (const content of there) if (content.startsWith('content ')) owed.add(content);
      // Lost just now, by the hand that edited: released. Lost earlier: the engine's doing, and stays owed.
      owed = new Set([...owed].filter((content) => there.has(content) || missingBefore.has(content)));
    },
    judge() {
      const there = everywhere();
      const lost = [...owed].filter((content) => !there.has(content));
      return [
        ...lost.map((content) => `lost: ${content}`),
        ...devices.flatMap((device) => disagreements(bucket, device)),
      ];
    },
  };
}
