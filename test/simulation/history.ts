// One simulated history: devices, people and programs that edit on every side, faults, crashes, and the peace at the end.
import { SyncError, isSyncError } from '../../main/core/errors.ts';
import type { FakeFault } from '../fakes/fake-remote-core.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemote, FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { Crash, makeDevice, simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { makeOracle } from './oracle.ts';
import type { Oracle } from './oracle.ts';
import { seeded, virtualClock } from './seeded.ts';
import type { Seeded, VirtualClock } from './seeded.ts';

export type HistoryReport = {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly syncs: number;
  readonly ops: number;
  readonly faults: number;
  readonly crashes: number;
  /** Empty when all is well. */
  readonly failures: readonly string[];
};

type World = {
  readonly random: Seeded;
  readonly clock: VirtualClock;
  readonly remote: FakeRemote;
  readonly devices: readonly Device[];
  readonly oracle: Oracle;
  readonly trace: string[];
  readonly counts: { syncs: number; ops: number; faults: number; crashes: number };
  syncing: Device | null;
  faultShare: number;
  contents: number;
};

const names = ['a', 'b', 'c.txt', 'd', 'e.txt', 'F', 'ü'];
const maxSettlingRounds = 14;

export async function runHistory(seed: number): Promise<HistoryReport> {
  const world = makeWorld(seed);
  const failures: string[] = [];
  try {
    const turns = 4 + world.random.below(14);
    for (let turn = 0; turn < turns; turn += 1) await takeTurn(world);
    await makePeace(world);
    failures.push(...world.oracle.judge());
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { seed, trace: world.trace, ...world.counts, failures };
}

function makeWorld(seed: number): World {
  const random = seeded(seed);
  const clock = virtualClock(1_800_000_000_000);
  const trace: string[] = [];
  const world: { current: World | null } = { current: null };
  const options = remoteOptions(random);
  const remote = makeFakeRemote({
    ...options,
    nowMs: () => clock.nowMs(),
    hooks: {
      beforeCall: async (call, signal) => {
        const now = world.current;
        if (now === null) return null;
        now.syncing?.remoteStep();
        trace.push(`${now.syncing?.name ?? '-'} ${call.operation} ${call.key}`);
        if (now.random.chance(0.3)) await clock.sleep(now.random.below(20), signal);
        return faultFor(now);
      },
      beforeEffect: () => {
        world.current?.syncing?.remoteStep();
      },
      afterCall: () => {
        world.current?.syncing?.remoteStep();
      },
    },
  });
  const deviceCount = random.pick([1, 2, 2, 3]);
  const devices = Array.from({ length: deviceCount }, (_, index) =>
    makeDevice({
      name: `device${String(index + 1)}`,
      clock,
      random,
      remote,
      disk: {
        caseSensitive: true,
        timeGranularityNs: random.pick([1n, 4_000_000n, 2_000_000_000n]),
        reusesInodes: random.chance(0.5),
      },
      mode: 'two-way',
      onStep: (line) => trace.push(line),
    }),
  );
  const made: World = {
    random,
    clock,
    remote,
    devices,
    oracle: makeOracle(remote, devices),
    trace,
    counts: { syncs: 0, ops: 0, faults: 0, crashes: 0 },
    syncing: null,
    faultShare: random.pick([0, 0, 0.02, 0.1]),
    contents: 0,
  };
  world.current = made;
  lastWorld = made;
  return made;
}

function remoteOptions(random: Seeded): FakeRemoteOptions {
  const weak = random.chance(0.25);
  return {
    versioning: random.pick(['enabled', 'enabled', 'suspended', 'unversioned']),
    opaqueEtags: random.chance(0.3),
    sha256: random.chance(0.7),
    pageSize: random.pick([2, 5, 1000]),
    ignores: weak
      ? (['put-if-match', 'delete-if-match', 'complete', 'copy-source', 'copy-target'] as const).filter(() =>
          random.chance(0.7),
        )
      : [],
  };
}

function faultFor(world: World): FakeFault | null {
  if (world.syncing === null || !world.random.chance(world.faultShare)) return null;
  world.counts.faults += 1;
  switch (world.random.below(4)) {
    case 0:
      return {
        kind: 'refused',
        error: new SyncError({ code: 'slow-down', retry: 'backoff', scope: 'item', message: '503' }),
      };
    case 1:
      return { kind: 'lost' };
    case 2:
      return { kind: 'lost-reply' };
    default:
      return { kind: 'truncated', afterBytes: world.random.below(8) };
  }
}

async function takeTurn(world: World): Promise<void> {
  const { random } = world;
  const roll = random.below(10);
  if (roll < 4) editLocal(world, random.pick(world.devices));
  else if (roll < 5) editRemote(world);
  else if (roll < 6) world.clock.advance(random.pick([1, 10, 1500, 60_000]));
  else await syncDevice(world, random.pick(world.devices), true);
}

async function syncDevice(world: World, device: Device, isWild: boolean): Promise<boolean> {
  const { random } = world;
  const crashAt = isWild && random.chance(0.35) ? 1 + random.below(80) : Number.MAX_SAFE_INTEGER;
  const editAt = isWild && random.chance(0.4) ? 1 + random.below(60) : Number.MAX_SAFE_INTEGER;
  world.counts.syncs += 1;
  world.syncing = device;
  const interfere = (step: number): void => {
    if (step === editAt) {
      if (random.chance(0.7)) editLocal(world, device);
      else editRemote(world);
    }
    if (step === crashAt) {
      world.counts.crashes += 1;
      world.trace.push(`${device.name} crashes`);
      throw new Crash();
    }
  };
  const approvals = new Set<string>();
  try {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const report = await world.clock.drive(device.sync(approvals, interfere));
      if (report === null) return false;
      world.counts.ops += report.ended.length;
      if (report.kind === 'ended') return report.isInSync;
      for (const guard of report.guards) approvals.add(guard.id);
    }
    return false;
  } catch (error) {
    // Trouble of the pair as a whole (the store says no for too long) is an end like any other: it tries again later.
    if (!isSyncError(error)) throw error;
    world.trace.push(`${device.name} stopped: ${error.code}`);
    return false;
  } finally {
    world.syncing = null;
  }
}

/** No more faults, no more edits: every device syncs until all are in sync twice in a row. */
export let lastWorld: World | null = null;
async function makePeace(world: World): Promise<void> {
  world.faultShare = 0;
  let quiet = 0;
  for (let round = 0; round < maxSettlingRounds && quiet < 2; round += 1) {
    world.clock.advance(3_600_000);
    let isQuiet = true;
    for (const device of world.devices) {
      const before = world.counts.ops;
      await syncDevice(world, device, false);
      isQuiet &&= world.counts.ops === before;
    }
    quiet = isQuiet ? quiet + 1 : 0;
  }
  if (quiet < 2) throw new Error('the devices never came to rest');
}

function randomPath(world: World): string {
  const { random } = world;
  const depth = random.pick([1, 1, 2, 2, 3]);
  return Array.from({ length: depth }, () => random.pick(names)).join('/');
}

function newContent(world: World): Uint8Array {
  world.contents += 1;
  const padding = world.random.pick(['', '', 'x', 'some more bytes']);
  // Equal lengths happen often, so that size alone never tells contents apart.
  return new TextEncoder().encode(`content ${String(world.contents).padStart(3, '0')}${padding}`);
}

function editLocal(world: World, device: Device): void {
  const { random, trace, oracle } = world;
  const { disk } = device;
  const files = [...disk.tree().keys()];
  const folders = [...disk.tree({ withFolders: true }).keys()].filter((path) => path.endsWith('/'));
  const anything = [...files, ...folders.map((path) => path.slice(0, -1))];
  const roll = random.below(12);
  try {
    if (roll < 4 || anything.length === 0) {
      const path = randomPath(world);
      trace.push(`${device.name} person writes ${path}`);
      oracle.before();
      disk.write(path, newContent(world));
    } else if (roll < 7 && files.length > 0) {
      const path = random.pick(files);
      trace.push(`${device.name} person edits ${path}`);
      oracle.before();
      disk.write(path, newContent(world));
    } else if (roll < 9) {
      const path = random.pick(anything);
      trace.push(`${device.name} person removes ${path}`);
      oracle.before();
      disk.remove(path);
    } else if (roll < 11) {
      const from = random.pick(anything);
      const to = randomPath(world);
      if (to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
      trace.push(`${device.name} person renames ${from} to ${to}`);
      oracle.before();
      disk.rename(from, to);
    } else {
      const path = randomPath(world);
      trace.push(`${device.name} person makes folder ${path}`);
      oracle.before();
      disk.makeFolders(path);
    }
  } catch (error) {
    // A name that a file blocks, a folder in the way: the person gets an error and nothing happens.
    if (!isSyncError(error) && !(error instanceof Error)) throw error;
  } finally {
    oracle.after();
  }
}

function editRemote(world: World): void {
  const { random, remote, trace, oracle } = world;
  const keys = [...remote.contents().keys()].filter(
    (key) => !key.startsWith(`${simulatedPrefix}.driftless/`) && !key.endsWith('/'),
  );
  oracle.before();
  if (keys.length === 0 || random.chance(0.5)) {
    const path = keys.length > 0 && random.chance(0.5) ? random.pick(keys).slice(simulatedPrefix.length) : randomPath(world);
    // A file in the place of a folder, or below a file, is a clash that no disk can hold: left to scenarios of its own.
    const clashes = keys.some((key) => {
      const other = key.slice(simulatedPrefix.length);
      return other !== path && (other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
    });
    if (!clashes) {
      trace.push(`foreign writer puts ${path}`);
      remote.write(`${simulatedPrefix}${path}`, newContent(world));
    }
  } else {
    const key = random.pick(keys);
    trace.push(`foreign writer deletes ${key}`);
    remote.remove(key);
  }
  oracle.after();
}
