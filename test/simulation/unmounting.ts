// The disk under a device's folder, unmounted and mounted at any await. The bare mount point stays and is writable.
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { userObjects } from './contents.ts';
import type { Seeded } from './seeded.ts';
import { syncAll } from './syncing.ts';
import type { DeviceFleet } from './device-fleet.ts';

/** One sync whose disk goes at some step, and comes back at a later one or after its end. There are no approvals. */
export async function syncUnmounting(world: DeviceFleet, device: Device, random: Seeded): Promise<void> {
  const { place, disk } = device;
  const { bucket } = world.remote;
  // A first sync may find the bare mount point and take it for the folder: they cannot be distinguished.
  const isBound = device.store().meta('rootMarker') !== null;
  const goesAt = random.below(70) + (isBound ? 0 : 15);
  const backAt = random.chance(0.4) ? goesAt + 1 + random.below(40) : 0;
  place.isFirm = random.chance(0.7);
  world.trace.push(`${device.name} is unmounted at ${String(goesAt)}, mounted at ${String(backAt)}`);
  world.counts.rareFaults += 1;
  const before = userObjects(bucket, simulatedPrefix);
  const change = (step: number): void => {
    if (step === goesAt) place.unmount();
    else if (step === backAt) place.mount();
  };
  change(0);
  await syncAll(world, [device], { approves: false, onStep: change });
  const after = userObjects(bucket, simulatedPrefix);
  for (const path of before.keys()) {
    if (after.has(path) || disk.read(path) === null) continue;
    world.failures.push(`${device.name}: unmounting removed ${path} from the bucket`);
  }
  const stray = [...place.bare.tree().keys()];
  if (place.isFirm && stray.length > 0)
    world.failures.push(`${device.name}: written into the mount point: ${stray.join(', ')}`);
  for (const name of [...place.bare.root.entries.keys()]) place.bare.remove(name);
  place.mount();
  place.isFirm = true;
}
