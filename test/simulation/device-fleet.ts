// Makes the world of one history from its seed: the bucket and its manners, the devices and theirs, what goes wrong how often.
import { SyncError } from '../../main/core/model/errors.ts';
import type { SyncMode } from '../../main/core/model/model.ts';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import type { FakeDiskSnapshot } from '../fakes/fake-disk.ts';
import type { FakeFault, FakeHooks } from '../fakes/fake-remote-core.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemote, FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { makeDevice } from './device.ts';
import type { Device } from './device.ts';
import { makeOracle } from './oracle.ts';
import type { Oracle } from './oracle.ts';
import type { StateCopy } from './restorable-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import { diskFor } from './saying-no.ts';
import type { SayingNo } from './saying-no.ts';
import { seeded, virtualClock } from './seeded.ts';
import type { Seeded, VirtualClock } from './seeded.ts';

export type Counts = { syncs: number; ops: number; faults: number; crashes: number; rareFaults: number };

export type DeviceFleet = {
  readonly random: Seeded;
  readonly clock: VirtualClock;
  /** The bucket as a foreign program sees it: no hooks, no faults. */
  readonly remote: FakeRemote;
  readonly devices: readonly Device[];
  readonly oracle: Oracle;
  readonly trace: string[];
  readonly failures: string[];
  readonly counts: Counts;
  readonly traits: Traits;
  readonly backups: Map<Device, { readonly disk: FakeDiskSnapshot; readonly state: StateCopy }>;
  /** What is undone when peace comes: mounts, missing rights, frozen listings. */
  readonly remedies: (() => void)[];
  /** Where disks come and go: the chances of that. */
  readonly unmounting: Seeded | null;
  /** Where the store refuses single steps. */
  readonly sayingNo: SayingNo | null;
  /** Where people edit just what a device is at work on, while it is. */
  readonly pursuit: Seeded | null;
  /** Operations; those that did something, where the store refuses the others for ever. */
  progress: number;
  faultShare: number;
  localFaultShare: number;
  losesHints: boolean;
  contents: number;
};

/** Which kinds of trouble this history knows; most know few, so that a failure is easy to read. */
export type Traits = {
  readonly hasRareFaults: boolean;
  /** Foreign programs put files where folders are, and folders where files are. */
  readonly hasClashes: boolean;
  /** Some devices run as the desktop does, for a while. */
  readonly isLive: boolean;
};

export function makeWorld(seed: number): DeviceFleet {
  const random = seeded(seed);
  // What came later has a chance of its own, so that seeds which know nothing of it go on telling their old stories.
  const later = seeded(seed ^ 0x5eed_5eed);
  const clock = virtualClock(1_800_000_000_000);
  const trace: string[] = [];
  const options = { ...remoteOptions(random), nowMs: () => clock.nowMs() };
  const remote = makeFakeRemote(options);
  const world: { current: DeviceFleet | null } = { current: null };
  const modes = modesOf(random, random.pick([1, 2, 2, 3]));
  const hasOddDisks = random.chance(0.25);
  const diskRandom = seeded(seed ^ 0x0d15_c0de);
  // In the other histories the disk renames in one step, so that they go on telling their old stories.
  const renamesByLinks = seeded(seed ^ 0x2a1f_c0de).chance(0.75);
  const power = powerOf(seed);
  const addedRows = addedRowsOf(seed);
  const groupsEach = groupsEachOf(seed);
  const pursuit = pursuitOf(seed);
  const devices = modes.map((mode, index) => {
    const name = `device${String(index + 1)}`;
    return makeDevice({
      name,
      clock,
      random,
      openRemote: (hooks) => makeFakeRemote({ ...options, bucket: remote.bucket, hooks }),
      hooks: hooksOf(name, world, trace),
      disk: diskFor(diskRandom, {
        caseSensitive: !(hasOddDisks && random.chance(0.5)),
        storesNfd: hasOddDisks && random.chance(0.4),
        timeGranularityNs: random.pick([1n, 4_000_000n, 2_000_000_000n]),
        reusesInodes: random.chance(0.5),
        renamesByLinks,
      }),
      mode,
      readsShort: random.chance(0.1),
      sizes: sizesFor(sizesOf(later), groupsEach),
      power,
      addedRows,
      onStep: (line) => trace.push(line),
    });
  });
  const made: DeviceFleet = {
    random,
    clock,
    remote,
    devices,
    oracle: makeOracle(remote.bucket, devices),
    trace,
    failures: [],
    counts: { syncs: 0, ops: 0, faults: 0, crashes: 0, rareFaults: 0 },
    traits: {
      hasRareFaults: random.chance(0.4),
      hasClashes: random.chance(0.2),
      isLive: later.chance(0.3) || pursuit !== null,
    },
    backups: new Map(),
    remedies: [],
    unmounting: unmountingOf(seed),
    sayingNo: sayingNoOf(seed, clock),
    pursuit,
    progress: 0,
    faultShare: random.pick([0, 0, 0.02, 0.1]),
    localFaultShare: random.pick([0, 0, 0, 0.01, 0.05]),
    losesHints: true,
    contents: 0,
  };
  world.current = made;
  return made;
}

/** Null in most histories; with chances of its own, so that the others go on telling their old stories. */
function unmountingOf(seed: number): Seeded | null {
  const random = seeded(seed ^ 0x0d15_c0ff);
  return random.chance(0.25) ? random : null;
}

/** The same. */
function powerOf(seed: number): Seeded | null {
  const random = seeded(seed ^ 0x0ff0_c0de);
  return random.chance(0.3) ? random : null;
}

/** The same: a first sync is planned file by file, or nearly so. */
function addedRowsOf(seed: number): number | null {
  const random = seeded(seed ^ 0x0add_c0de);
  return random.chance(0.3) ? 1 + random.below(4) : null;
}

/** The same: histories have few plain files that come next to each other, so each of them is a group. */
function groupsEachOf(seed: number): boolean {
  return seeded(seed ^ 0x0a11_c0de).chance(0.25);
}

/** The same: users edit what a device is at work on. */
function pursuitOf(seed: number): Seeded | null {
  const random = seeded(seed ^ 0x00c4_a5ed);
  return random.chance(0.15) ? random : null;
}

function sizesFor(sizes: TransferSizes | null, groupsEach: boolean): TransferSizes | null {
  return groupsEach ? { ...(sizes ?? transferSizes), leastGroup: 1 } : sizes;
}

/** The same. */
function sayingNoOf(seed: number, clock: VirtualClock): SayingNo | null {
  const random = seeded(seed ^ 0x00a0_fade);
  if (!random.chance(0.15)) return null;
  const refusals = makeRefusals(() => clock.nowMs());
  return { random, refusals, forGood: random.chance(0.3), refusesConditions: false };
}

/** One in five sends and fetches all but the shortest files in parts of a few bytes. */
function sizesOf(random: Seeded): TransferSizes | null {
  if (!random.chance(0.2)) return null;
  const singlePutBytes = random.pick([11, 12]);
  return {
    largeBytes: singlePutBytes,
    // Derived, not drawn: the other choices of a history stay what they were.
    wholeBytes: singlePutBytes - 4,
    singlePutBytes,
    resumableBytes: singlePutBytes,
    partBytes: random.pick([5, 8]),
    partUnitBytes: 1,
    rangedBytes: singlePutBytes,
    copyBytes: 2 * singlePutBytes,
    copyPartBytes: singlePutBytes,
    rangeBytes: 4,
    leastGroup: transferSizes.leastGroup,
  };
}

/** Two upload-only devices would overwrite each other for ever: that is what the mode means, so there is at most one. */
function modesOf(random: Seeded, count: number): readonly SyncMode[] {
  const isMixed = random.chance(0.2);
  const modes: SyncMode[] = [];
  for (let index = 0; index < count; index += 1) {
    const mode = isMixed ? random.pick(['two-way', 'upload-only', 'download-only'] as const) : 'two-way';
    modes.push(mode === 'upload-only' && modes.includes('upload-only') ? 'two-way' : mode);
  }
  return modes;
}

function remoteOptions(random: Seeded): FakeRemoteOptions {
  const weak = random.chance(0.3);
  const conditions = [
    'put-if-none-match',
    'put-if-match',
    'delete-if-match',
    'complete',
    'copy-source',
    'copy-target',
  ] as const;
  return {
    versioning: random.pick(['enabled', 'enabled', 'suspended', 'unversioned']),
    opaqueEtags: random.chance(0.3),
    sha256: random.chance(0.7),
    pageSize: random.pick([2, 5, 1000]),
    ignores: weak ? conditions.filter(() => random.chance(0.7)) : [],
  };
}

function hooksOf(name: string, world: { readonly current: DeviceFleet | null }, trace: string[]): FakeHooks {
  return {
    beforeCall: async (call, signal) => {
      const now = world.current;
      if (now === null) return null;
      trace.push(`${name} ${call.operation} ${call.key}`);
      // So long that a device which runs sees what is edited meanwhile.
      const [share, longestMs] = now.pursuit === null ? [0.3, 20] : [0.7, 2000];
      if (now.random.chance(share)) await now.clock.sleep(now.random.below(longestMs), signal);
      return faultFor(now) ?? now.sayingNo?.refusals.faultFor(call, now.remote.bucket) ?? null;
    },
  };
}

function faultFor(world: DeviceFleet): FakeFault | null {
  if (world.faultShare === 0 || !world.random.chance(world.faultShare)) return null;
  world.counts.faults += 1;
  switch (world.random.below(9)) {
    case 0:
    case 1:
      return refused('slow-down', 'backoff');
    case 2:
      return world.random.chance(0.5)
        ? refused('credentials-expired', 'now')
        : refused('credentials-refused', 'slow');
    case 3:
    case 4:
      return { kind: 'lost' };
    case 5:
    case 6:
      return { kind: 'lost-reply' };
    default:
      return { kind: 'truncated', afterBytes: world.random.below(8) };
  }
}

function refused(code: string, retry: 'now' | 'backoff' | 'slow'): FakeFault {
  return { kind: 'refused', error: new SyncError({ code, retry, scope: 'account' }) };
}
