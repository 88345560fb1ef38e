// Judges a history by a model of its own: which contents must still be somewhere, and whether all sides agree.
import type { FakeRemote } from '../fakes/fake-remote-objects.ts';
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';

export type Oracle = {
  /** Around everything that a person or a foreign program does: what only they destroy is not our loss. */
  before(): void;
  after(): void;
  /** What is wrong at the end; empty when all is well. */
  judge(): readonly string[];
};

const decoder = new TextDecoder();

/**
 * A content that anybody ever wrote has to be recoverable: in a tree, a trash, or a version. Only an edit by a person
 * or a foreign program that wipes out its last copy releases the engine from that.
 */
export function makeOracle(remote: FakeRemote, devices: readonly Device[]): Oracle {
  let owed = new Set<string>();
  let missingBefore = new Set<string>();

  function everywhere(): Set<string> {
    const found = new Set<string>();
    for (const device of devices) {
      for (const [path, bytes] of device.disk.tree({ withOwn: true })) {
        // A temporary file is not a place where anybody finds anything again.
        if (!path.startsWith('.driftless/tmp/')) found.add(decoder.decode(bytes));
      }
    }
    for (const key of remote.bucket.allKeys()) {
      for (const version of remote.bucket.history(key)) {
        if (version.bytes !== null) found.add(decoder.decode(version.bytes));
      }
    }
    return found;
  }

  return {
    before() {
      const there = everywhere();
      missingBefore = new Set([...owed].filter((content) => !there.has(content)));
    },
    after() {
      const there = everywhere();
      for (const content of there) if (content.startsWith('content ')) owed.add(content);
      // Lost just now, by the hand that edited: released. Lost earlier: the engine's doing, and stays owed.
      owed = new Set([...owed].filter((content) => there.has(content) || missingBefore.has(content)));
    },
    judge() {
      const there = everywhere();
      const lost = [...owed].filter((content) => !there.has(content));
      return [...lost.map((content) => `lost: ${content}`), ...disagreements(remote, devices)];
    },
  };
}

function disagreements(remote: FakeRemote, devices: readonly Device[]): readonly string[] {
  const bucket = new Map<string, string>();
  for (const [key, bytes] of remote.contents()) {
    const path = key.slice(simulatedPrefix.length);
    if (key.startsWith(simulatedPrefix) && !path.startsWith('.driftless/') && !path.endsWith('/')) {
      bucket.set(path, decoder.decode(bytes));
    }
  }
  const found: string[] = [];
  for (const device of devices) {
    const disk = new Map([...device.disk.tree()].map(([path, bytes]) => [path, decoder.decode(bytes)]));
    for (const path of new Set([...bucket.keys(), ...disk.keys()])) {
      if (isClash(path, bucket)) continue;
      const here = disk.get(path);
      const there = bucket.get(path);
      if (here !== there) {
        found.push(`${device.name} disagrees at ${path}: disk ${String(here)}, bucket ${String(there)}`);
      }
    }
  }
  return found;
}

/** A file with children can stand in a bucket and on no disk: rule 8 leaves both alone, with a visible reason. */
function isClash(path: string, bucket: ReadonlyMap<string, string>): boolean {
  for (const other of bucket.keys()) {
    if (other.startsWith(`${path}/`) && bucket.has(path)) return true;
    if (path.startsWith(`${other}/`)) return true;
  }
  return false;
}
