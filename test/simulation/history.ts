// One simulated history: devices, people and programs that edit on every side, trouble of all kinds, and the peace at the end.
import { FakeDisk } from '../fakes/fake-disk.ts';
import { bucketTree, diskTree, excusesOf, spelledAsThere } from './agreement.ts';
import type { Tree } from './agreement.ts';
import type { Device } from './device.ts';
import { injectRareFault } from './rare-faults.ts';
import { pursue } from './pursuit.ts';
import { applyEdit, editLocal, editRemote, names } from './user-actions.ts';
import { chooseRefusal } from './saying-no.ts';
import type { SayingNo } from './saying-no.ts';
import { liveTogether, syncAll } from './syncing.ts';
import { syncUnmounting } from './unmounting.ts';
import { makeWorld } from './device-fleet.ts';
import type { Counts, DeviceFleet } from './device-fleet.ts';

export type HistoryReport = Counts & {
  readonly seed: number;
  readonly trace: readonly string[];
  /** Empty when all is well. */
  readonly failures: readonly string[];
};

const maxSettlingRounds = 14;

export async function runHistory(
  seed: number,
  onWorld?: (world: DeviceFleet) => void,
): Promise<HistoryReport> {
  const world = makeWorld(seed);
  onWorld?.(world);
  const { random, failures } = world;
  try {
    const turns = 4 + random.below(14);
    for (let turn = 0; turn < turns; turn += 1) await takeTurn(world);
    const shares = { remote: world.faultShare, local: world.localFaultShare };
    await makePeace(world);
    failures.push(...world.oracle.judge());
    const writer = random.pick(world.devices);
    if (failures.length === 0 && isClean(world)) {
      const end = world.traits.isLive ? random.pick(['alone', 'alone', 'live', 'live', 'audit']) : 'alone';
      if (end === 'audit') await auditWhileLive(world);
      else if (end === 'live') await editWhileLive(world, writer);
      else await editAlone(world, writer, shares);
    }
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  world.trace.push(...finalLines(world));
  for (const device of world.devices) device.store().close();
  return { seed, trace: world.trace, ...world.counts, failures };
}

function finalLines(world: DeviceFleet): readonly string[] {
  return [
    ...bucketTree(world.remote.bucket),
    ...world.devices.flatMap((device) => [...diskTree(device.disk)]),
  ].map(([path, content]) => `${path} = ${content}`);
}

async function takeTurn(world: DeviceFleet): Promise<void> {
  const { random, unmounting } = world;
  if (unmounting?.chance(0.2) === true) {
    await syncUnmounting(world, unmounting.pick(world.devices), unmounting);
    return;
  }
  if (world.sayingNo?.random.chance(0.15) === true) {
    refuseStep(world, world.sayingNo);
    return;
  }
  const roll = random.below(20);
  if (roll < 7) editLocal(world, random.pick(world.devices));
  else if (roll < 9) editRemote(world);
  else if (roll < 11) world.clock.advance(random.pick([1, 10, 1500, 60_000]));
  else if (roll < 13 && world.traits.hasRareFaults) await injectRareFault(world, random.pick(world.devices));
  else await syncWildly(world);
}

function refuseStep({ trace, counts }: DeviceFleet, sayingNo: SayingNo): void {
  const { refusal, what } = chooseRefusal(sayingNo, names);
  trace.push(`the store refuses ${what}`);
  counts.rareFaults += 1;
  if (refusal.answer === 'condition') sayingNo.refusesConditions = true;
  sayingNo.refusals.add(refusal);
}

/** One device, or all at once, while edits continue. */
async function syncWildly(world: DeviceFleet): Promise<void> {
  const { random } = world;
  const chosen = random.chance(0.35) ? world.devices : [random.pick(world.devices)];
  const editAt = random.chance(0.5)
    ? new Set([1 + random.below(60), 1 + random.below(120)])
    : new Set<number>();
  const edit = (device: Device): void => {
    if (random.chance(0.7) || !isSafeForForeigners(world)) editLocal(world, device);
    else editRemote(world);
  };
  await syncAll(world, chosen, {
    crashes: true,
    approves: !random.chance(0.1),
    onStep: (step, device) => {
      if (editAt.delete(step)) edit(device);
    },
    whileLive: edit,
    pursue: (what, device) => {
      pursue(world, device, { what, mayEditThere: isSafeForForeigners(world) });
    },
  });
}

/** Without conditions and without versions, no client can keep what another one puts between its look and its write. */
function isSafeForForeigners(world: DeviceFleet): boolean {
  const { putIfMatch, putIfNoneMatch, deleteIfMatch, completeIfNoneMatch, copyConditions } =
    world.remote.abilities;
  const isStrong = putIfMatch && putIfNoneMatch && deleteIfMatch && completeIfNoneMatch && copyConditions;
  return (
    (isStrong && world.sayingNo?.refusesConditions !== true) || world.remote.bucket.versioning === 'enabled'
  );
}

/** No more faults, no more edits: every device syncs until a whole round finds nothing to do anywhere. */
async function makePeace(world: DeviceFleet): Promise<void> {
  world.faultShare = 0;
  world.localFaultShare = 0;
  for (const remedy of world.remedies.splice(0).reverse()) remedy();
  if (world.sayingNo?.forGood === false) world.sayingNo.refusals.end();
  for (let round = 0; round < maxSettlingRounds; round += 1) {
    // Longer than any back-off: nothing is held back for later.
    world.clock.advance(3_600_000);
    const before = world.progress;
    const trees = finalLines(world).join('\n');
    for (const device of world.devices) await syncAll(world, [device], {});
    // A move whose old name is refused for good counts as no progress, although its copy is there.
    const isResting = world.progress === before && finalLines(world).join('\n') === trees;
    if (isResting && (world.sayingNo?.forGood === true || !hasRest(world))) return;
  }
  throw new Error('the devices never came to rest');
}

/** A pass ended before it had tried everything. */
function hasRest({ devices }: DeviceFleet): boolean {
  return devices.some((device) => {
    const report = device.lastReport();
    return report?.kind === 'ended' && report.left > 0;
  });
}

/** Nothing is left alone and nothing left out anywhere: then all trees are one tree. */
function isClean(world: DeviceFleet): boolean {
  return world.devices.every((device) => {
    const report = device.lastReport();
    return (
      device.mode === 'two-way' &&
      device.disk.find('.driftlessignore') === null &&
      report?.kind === 'ended' &&
      report.isInSync
    );
  });
}

/**
 * From agreement on, one user edits on one device, through faults and crashes. There are no other edits, so the
 * end is known exactly: the folder as that user left it, everywhere; nothing doubled, renamed or restored.
 */
async function editAlone(
  world: DeviceFleet,
  writer: Device,
  shares: { readonly remote: number; readonly local: number },
): Promise<void> {
  const { random } = world;
  world.trace.push(`${writer.name} edits alone`);
  const { model, removed, edit } = followed(world, writer);
  world.faultShare = shares.remote;
  world.localFaultShare = shares.local;
  const turns = 1 + random.below(6);
  for (let turn = 0; turn < turns; turn += 1) {
    if (random.chance(0.6)) edit();
    const editAt = random.chance(0.3) ? 1 + random.below(80) : 0;
    const chosen = random.chance(0.5) ? world.devices : [random.pick(world.devices)];
    let isEdited = false;
    await syncAll(world, chosen, {
      crashes: true,
      onStep: (step) => {
        if (step !== editAt || isEdited) return;
        isEdited = true;
        edit();
      },
      whileLive: edit,
    });
  }
  await makePeace(world);
  world.failures.push(...world.oracle.judge(), ...compareWithModel(world, writer, diskTree(model), removed));
}

/**
 * Everybody runs live and nothing goes wrong: within minutes what one person does is everywhere, by hints, news and the
 * logs of the beacon alone.
 */
async function editWhileLive(world: DeviceFleet, writer: Device): Promise<void> {
  world.trace.push(`${writer.name} edits while all live`);
  const { model, removed, edit } = followed(world, writer);
  world.losesHints = false;
  await liveTogether(world, { forMs: 300_000, auditMs: 3_600_000 }, () => editNowAndThen(world, edit));
  world.failures.push(...world.oracle.judge(), ...compareWithModel(world, writer, diskTree(model), removed));
}

/** The same with a foreign program, which announces nothing: pages of the rolling audit find all that it does. */
async function auditWhileLive(world: DeviceFleet): Promise<void> {
  world.trace.push('a foreign program edits while all live');
  await liveTogether(world, { forMs: 900_000, auditMs: 20_000 }, () =>
    editNowAndThen(world, () => {
      editRemote(world);
    }),
  );
  world.failures.push(...world.oracle.judge());
}

async function editNowAndThen({ random, clock }: DeviceFleet, edit: () => void): Promise<void> {
  const never = new AbortController().signal;
  await clock.sleep(5000, never);
  for (let left = 1 + random.below(5); left > 0; left -= 1) {
    edit();
    await clock.sleep(random.pick([0, 100, 3000, 15_000]), never);
  }
}

type Followed = {
  readonly model: FakeDisk;
  readonly removed: ReadonlySet<string>;
  readonly edit: () => void;
};

/** Edits of one person on one device, with a disk beside it on which the same is done. */
function followed(world: DeviceFleet, writer: Device): Followed {
  const model = copyOf(world, writer.disk);
  const removed = new Set<string>();
  const edit = (): void => {
    const made = editLocal(world, writer);
    if (made === null) return;
    const before = diskTree(model);
    applyEdit(model, made);
    const after = diskTree(model);
    for (const path of before.keys()) if (!after.has(path)) removed.add(path);
  };
  return { model, removed, edit };
}

function copyOf(world: DeviceFleet, disk: FakeDisk): FakeDisk {
  const { caseSensitive, refusedNames } = disk;
  const listsLowerCase = !disk.traits().keepsSpelling;
  const model = new FakeDisk({
    nowMs: () => world.clock.nowMs(),
    caseSensitive,
    refusedNames,
    listsLowerCase,
  });
  for (const [path, bytes] of disk.tree({ withFolders: true })) {
    if (path.endsWith('/')) model.makeFolders(path.slice(0, -1));
    else model.write(path, bytes);
  }
  return model;
}

function compareWithModel(
  world: DeviceFleet,
  writer: Device,
  model: Tree,
  removed: ReadonlySet<string>,
): readonly string[] {
  const isExcused = excusesOf(writer, bucketTree(world.remote.bucket));
  const found: string[] = [];
  const sides = [
    [`the disk of ${writer.name}`, diskTree(writer.disk)],
    ['the bucket', bucketTree(world.remote.bucket)],
  ] as const;
  for (const [name, tree] of sides) {
    const wanted = spelledAsThere(model, tree, writer.disk);
    for (const path of new Set([...tree.keys(), ...wanted.keys()])) {
      const [is, shouldBe] = [tree.get(path), wanted.get(path)];
      // An empty folder made again under the name of one that just went cannot be told from that one: it may go with it.
      const isRemade = shouldBe === '' && is === undefined && removed.has(path);
      if (is === shouldBe || isRemade || isExcused(path)) continue;
      found.push(`edited alone: ${path} on ${name} is ${String(is)}, should be ${String(shouldBe)}`);
    }
  }
  return found;
}
