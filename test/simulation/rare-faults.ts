// Rare faults: drives that vanish, backups restored, listings that lag, unreadable folders.
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { syncAll, syncCalmly } from './syncing.ts';
import { lostState } from './restorable-state.ts';
import { textOf, userObjects } from './contents.ts';
import type { DeviceFleet } from './device-fleet.ts';

type RareFault = (world: DeviceFleet, device: Device) => Promise<void> | void;

const rareFaults: readonly (readonly [name: string, run: RareFault])[] = [
  ['drive unplugged', unplug],
  ['folder emptied', emptyRoot],
  ['backup made', backUp],
  ['disk restored', restoreDisk],
  ['database restored', (world, device) => restoreState(world, device, 'backup')],
  ['database lost', (world, device) => restoreState(world, device, 'nothing')],
  ['device lost', loseDevice],
  ['volume mounted', mountVolume],
  ['rights taken', takeRights],
  ['link made', makeLink],
  ['rules edited', editRules],
  ['versioning switched', switchVersioning],
  ['listing lags', freezeListing],
  ['disk full', fillDisk],
];

export async function injectRareFault(world: DeviceFleet, device: Device): Promise<void> {
  const [name, run] = world.random.pick(rareFaults);
  world.trace.push(`${device.name} rare fault: ${name}`);
  world.counts.rareFaults += 1;
  await run(world, device);
}

/** Files of the device and keys of the bucket that are there before and gone after `work`, although they were not removed. */
async function withoutLoss(
  world: DeviceFleet,
  device: Device,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = userObjects(world.remote.bucket, simulatedPrefix);
  await work();
  const after = userObjects(world.remote.bucket, simulatedPrefix);
  for (const path of before.keys()) {
    if (path.endsWith('/') || after.has(path)) continue;
    world.failures.push(`${device.name}: ${what} removed ${path} from the bucket`);
  }
}

/** The root vanishes before or in the middle of a sync, and comes back as it was. */
async function unplug(world: DeviceFleet, device: Device): Promise<void> {
  const { random } = world;
  const at = random.pick([0, 1 + random.below(60)]);
  const before = userObjects(world.remote.bucket, simulatedPrefix);
  const vanish = (step: number): void => {
    if (step === at) device.disk.isGone = true;
  };
  vanish(0);
  await syncAll(world, [device], { approves: false, onStep: vanish });
  device.disk.isGone = false;
  const after = userObjects(world.remote.bucket, simulatedPrefix);
  for (const path of before.keys()) {
    const isHere = device.disk.read(path) !== null;
    if (isHere && !after.has(path))
      world.failures.push(`${device.name}: unplugging removed ${path} from the bucket`);
  }
}

/** Something else is mounted in its place: an empty folder without our marker. There is no approval. */
async function emptyRoot(world: DeviceFleet, device: Device): Promise<void> {
  const whole = device.disk.snapshot();
  if (device.store().counts().files === 0) return;
  world.oracle.before();
  for (const name of device.disk.root.entries.keys()) device.disk.remove(name);
  await withoutLoss(world, device, 'an emptied root', async () => {
    await syncAll(world, [device], { approves: false });
  });
  device.disk.restore(whole);
  world.oracle.after();
}

function backUp(world: DeviceFleet, device: Device): void {
  world.backups.set(device, { disk: device.disk.snapshot(), state: device.copyState() });
}

/** Rule 4: an older disk under a newer database. Whatever the difference, nothing is taken from the bucket. */
async function restoreDisk(world: DeviceFleet, device: Device): Promise<void> {
  const backup = world.backups.get(device);
  if (backup === undefined || !(await syncCalmly(world, device))) return;
  world.oracle.before();
  device.disk.restore(backup.disk);
  world.oracle.after();
  await withoutLoss(world, device, 'a restored disk', () => syncCalmly(world, device));
}

/** Rule 4: an older database, or none, over a newer disk. Nothing is removed on either side. */
async function restoreState(world: DeviceFleet, device: Device, what: 'backup' | 'nothing'): Promise<void> {
  const copy = what === 'nothing' ? lostState : world.backups.get(device)?.state;
  if (copy === undefined || !(await syncCalmly(world, device))) return;
  device.restoreState(copy);
  const files = device.disk.tree();
  await withoutLoss(world, device, 'an old database', () => syncCalmly(world, device));
  const kept = new Set([...device.disk.tree().values()].map(textOf));
  for (const [path, bytes] of files) {
    // A listing that lags may show a folder where a file is: that steps aside.
    if (device.disk.read(path) === null && !kept.has(textOf(bytes)))
      world.failures.push(`${device.name}: an old database removed ${path} from the disk`);
  }
}

/** A new computer in the old one's place: nothing of the disk, nothing of the state. */
function loseDevice(world: DeviceFleet, device: Device): void {
  world.oracle.before();
  for (const name of device.disk.root.entries.keys()) device.disk.remove(name);
  world.oracle.after();
  device.restoreState(lostState);
  world.backups.delete(device);
}

function anyFolder(world: DeviceFleet, device: Device): string | null {
  const folders = [...device.disk.tree({ withFolders: true }).keys()].filter((path) => path.endsWith('/'));
  return folders.length === 0 ? null : world.random.pick(folders).slice(0, -1);
}

function mountVolume(world: DeviceFleet, device: Device): void {
  const path = anyFolder(world, device);
  if (path === null) return;
  const { disk } = device;
  const under = disk.find(path);
  world.oracle.before();
  disk.mount(path);
  world.oracle.after();
  const mounted = disk.find(path);
  world.remedies.push(() => {
    // Renamed or removed with its parent since: then what it hid went with it, by the user.
    if (disk.find(path) !== mounted || under === null) return;
    // The volume goes, with what the user put there: nothing of it was ever ours (the engine cannot write on it).
    world.oracle.before();
    disk.unmount(path);
    world.oracle.after();
  });
}

function takeRights(world: DeviceFleet, device: Device): void {
  const path = anyFolder(world, device);
  const folder = path === null ? null : device.disk.find(path);
  if (folder?.kind !== 'folder') return;
  folder.isReadable = false;
  world.remedies.push(() => {
    for (const one of foldersOf(device)) one.isReadable = true;
  });
}

function foldersOf(device: Device): { isReadable: boolean }[] {
  const paths = [...device.disk.tree({ withFolders: true }).keys()].filter((path) => path.endsWith('/'));
  return paths.flatMap((path) => {
    const node = device.disk.find(path.slice(0, -1));
    return node?.kind === 'folder' ? [node] : [];
  });
}

function makeLink(world: DeviceFleet, device: Device): void {
  const folder = anyFolder(world, device);
  const path = folder === null || world.random.chance(0.5) ? 'link' : `${folder}/link`;
  if (device.disk.find(path) !== null) return;
  device.disk.put(path, world.random.pick(['symlink', 'special'] as const));
}

function editRules(world: DeviceFleet, device: Device): void {
  const lines = world.random.pick(['', 'b', '*.txt', 'd\nF', 'a']);
  // On a full disk the editor says so and nothing is saved.
  if (device.disk.usedBytes + lines.length + 1 > device.disk.capacityBytes) return;
  world.oracle.before();
  device.disk.write('.driftlessignore', `${lines}\n`);
  world.oracle.after();
}

function switchVersioning(world: DeviceFleet): void {
  const { bucket } = world.remote;
  // A bucket that ever had versions can only suspend them.
  if (bucket.versioning !== 'unversioned') {
    bucket.versioning = bucket.versioning === 'enabled' ? 'suspended' : 'enabled';
  }
}

function freezeListing(world: DeviceFleet, device: Device): void {
  const thaw = device.remote.freezeListing();
  world.remedies.push(thaw);
}

function fillDisk(world: DeviceFleet, device: Device): void {
  const { disk } = device;
  disk.capacityBytes = disk.usedBytes + world.random.below(40);
  world.remedies.push(() => {
    disk.capacityBytes = Number.MAX_SAFE_INTEGER;
  });
}
