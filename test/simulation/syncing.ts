// Concurrent syncs of one or more devices, with edits, disk faults and crashes during them.
import { isSyncError } from '../../main/core/model/errors.ts';
import { systemError } from '../fakes/fake-disk.ts';
import { Crash } from './device.ts';
import type { OpEnd } from '../../main/sync/operations/execute.ts';
import type { Device, Interference } from './device.ts';
import type { DeviceFleet } from './device-fleet.ts';

export type SyncOptions = {
  readonly crashes?: boolean;
  /** Called before every step of every device that syncs. */
  readonly onStep?: (step: number, device: Device) => void;
  /** False: safety checks are not approved. */
  readonly approves?: boolean;
  /** A device may run live instead, in a history that knows of it; called now and then while it does. */
  readonly whileLive?: (device: Device) => void;
  /** May edit what the device is at work on; called before each of its steps, in a history that knows of it. */
  readonly pursue?: (what: string, device: Device) => void;
};

/** True when every one of them came to its end in sync. */
export async function syncAll(
  world: DeviceFleet,
  devices: readonly Device[],
  options: SyncOptions,
): Promise<boolean> {
  const { isLive } = world.traits;
  const { whileLive } = options;
  const all = Promise.all(
    devices.map((device) =>
      isLive && whileLive !== undefined && world.random.chance(0.5)
        ? liveForAWhile(world, device, { ...options, whileLive })
        : syncOne(world, device, options),
    ),
  );
  return (await world.clock.drive(all)).every((isInSync) => isInSync);
}

/** Without any trouble, a few times, until the device says that it is in sync. */
export async function syncCalmly(world: DeviceFleet, device: Device): Promise<boolean> {
  const { faultShare, localFaultShare } = world;
  world.faultShare = 0;
  world.localFaultShare = 0;
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (await syncAll(world, [device], {})) return true;
      world.clock.advance(3_600_000);
    }
    return false;
  } finally {
    world.faultShare = faultShare;
    world.localFaultShare = localFaultShare;
  }
}

async function liveForAWhile(
  world: DeviceFleet,
  device: Device,
  options: SyncOptions & Required<Pick<SyncOptions, 'whileLive'>>,
): Promise<boolean> {
  const { random, clock } = world;
  world.counts.syncs += 1;
  const forMs = random.pick([3000, 20_000, 150_000]);
  const auditMs = random.pick([20_000, 3_600_000]);
  const settleMs = world.pursuit === null ? 500 : 20;
  const times = { settleMs, auditMs, pollMs: 10_000, activePollMs: 2000 };
  world.trace.push(`${device.name} lives for ${String(forMs)} ms`);
  const edits = Array.from({ length: random.below(4) }, async () => {
    await clock.sleep(random.below(forMs), new AbortController().signal);
    options.whileLive(device);
  });
  const how = { forMs, times, approves: options.approves !== false };
  const running = device.live(how, interference(world, device, { ...options, crashWithin: 250 }));
  await Promise.all([running, ...edits]);
  return false;
}

/** No trouble and no crash: everybody runs for `forMs`, and what they hear of each other and see in audits is all there is. */
export async function liveTogether(
  world: DeviceFleet,
  { forMs, auditMs }: { readonly forMs: number; readonly auditMs: number },
  edit: () => Promise<void>,
): Promise<void> {
  const running = world.devices.map((device) => {
    // Some ask often, and some are laggards who find a chain of several logs.
    const [pollMs, activePollMs] = world.random.pick([
      [10_000, 2000],
      [60_000, 45_000],
    ] as const);
    const times = { settleMs: 500, auditMs, pollMs, activePollMs };
    return device.live({ forMs, times, approves: true }, () => undefined);
  });
  await world.clock.drive(Promise.all([...running, edit()]));
}

async function syncOne(world: DeviceFleet, device: Device, options: SyncOptions): Promise<boolean> {
  world.counts.syncs += 1;
  const interfere = interference(world, device, options);
  const approvals = new Set<string>();
  try {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const report = await device.sync(approvals, interfere);
      if (report === null) return false;
      world.counts.ops += report.ended.length;
      // What is refused for good is tried again for ever, after another look at it.
      const isEndless = world.sayingNo?.forGood === true;
      world.progress += report.ended.filter((end) => !isEndless || isProgress(end)).length;
      if (report.kind === 'ended') return report.isInSync;
      if (options.approves === false) return false;
      for (const guard of report.guards) approvals.add(guard.id);
    }
    return false;
  } catch (error) {
    // Trouble of the pair as a whole (the store says no for too long) is an end like any other: it tries again later.
    if (!isSyncError(error)) throw error;
    world.trace.push(`${device.name} stopped: ${error.code}`);
    return false;
  }
}

/** Steps at which a real disk may say no; what it says comes from the tables of its manual. */
const refusable = new Set([
  'createTemp',
  'write',
  'finish',
  'place',
  'capture',
  'replace',
  'rename',
  'makeFolder',
  'removeFolder',
  'putBack',
  'writeMarker',
  'hash',
  'open',
  'read',
]);

/** A used-up quota, for which Node has no name, and what two layers or branches of one volume answer. */
const oddCodes = ['Unknown system error -122', 'EXDEV', 'EROFS', 'ENAMETOOLONG'] as const;

function interference(
  world: DeviceFleet,
  device: Device,
  { crashes, onStep, pursue, crashWithin = 80 }: SyncOptions & { readonly crashWithin?: number },
): Interference {
  const { random } = world;
  const crashAt = crashes === true && random.chance(0.35) ? 1 + random.below(crashWithin) : 0;
  return (step, what) => {
    onStep?.(step, device);
    if (world.pursuit !== null) pursue?.(what, device);
    if (step === crashAt) {
      world.counts.crashes += 1;
      world.trace.push(`${device.name} crashes`);
      throw new Crash();
    }
    if (world.localFaultShare === 0 || !refusable.has(what.split(' ', 1)[0] ?? '')) return;
    if (!random.chance(world.localFaultShare)) return;
    world.counts.faults += 1;
    const known = random.pick(['EBUSY', 'EPERM', 'ENOSPC', 'EIO', 'ENOENT']);
    const code = world.sayingNo?.random.chance(0.4) === true ? world.sayingNo.random.pick(oddCodes) : known;
    world.trace.push(`${device.name} ${code}`);
    throw systemError(code);
  };
}

function isProgress({ op, outcome }: OpEnd): boolean {
  return outcome.kind === 'done' && op.kind !== 'hash-local' && op.kind !== 'identify-remote';
}
