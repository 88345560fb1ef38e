// Edits of just what a device is at work on, between two steps of it.
import { folderOf } from '../fakes/fake-disk.ts';
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import type { DeviceFleet } from './device-fleet.ts';
import type { Seeded } from './seeded.ts';
import { makeEdit, newContent, randomPath } from './user-actions.ts';
import type { Edit } from './user-actions.ts';

type Step = {
  /** Its name, a space, and a path or a key. */
  readonly what: string;
  readonly mayEditThere: boolean;
};

/** Of all steps. */
const share = 0.1;
/** An operation has other names than that of its step. */
const namesKept = 3;
const lately = new WeakMap<Device, string[]>();

/** Before each step of a device; now and then edits what that was about, or one shortly before it. */
export function pursue(world: DeviceFleet, device: Device, { what, mayEditThere }: Step): void {
  const { pursuit } = world;
  if (pursuit === null) return;
  const names = lately.get(device) ?? [];
  const now = pathOf(what);
  if (now !== null) lately.set(device, [now, ...names.filter((one) => one !== now)].slice(0, namesKept));
  if (now === null || !pursuit.chance(share)) return;
  const path = pursuit.chance(0.5) ? now : pursuit.pick([now, ...names]);
  if (mayEditThere && pursuit.chance(0.15)) editThere(world, path, pursuit);
  else if (!device.disk.isGone) {
    const edit = chosen(world, device, path, pursuit);
    if (edit !== null) makeEdit(world, device, edit);
  }
}

/** Steps that name no file of a user. */
const namesNothing = new Set(['reached', 'finishRename', 'findCaptured']);

/** Null where it is at work on something of its own. */
function pathOf(what: string): string | null {
  const at = what.indexOf(' ');
  if (namesNothing.has(what.slice(0, at))) return null;
  const place = what.slice(at + 1);
  const path = place.startsWith(simulatedPrefix) ? place.slice(simulatedPrefix.length) : place;
  const isOurs = path === '' || path.startsWith('.driftless') || /^[0-9a-f]{32}/u.test(path);
  return isOurs ? null : path.replace(/\/$/u, '');
}

function chosen(world: DeviceFleet, { disk }: Device, path: string, pursuit: Seeded): Edit | null {
  const there = disk.find(path);
  const roll = pursuit.below(10);
  if (there?.kind === 'file' || there === null) {
    if (roll < 4) return { kind: 'save', path, bytes: newContent(world) };
    if (roll < 6) return { kind: 'write', path, bytes: newContent(world) };
  }
  if (there === null) return null;
  if (roll < 7) return { kind: 'remove', path };
  const folder = folderOf(path);
  const from = roll < 8 || folder === '' ? path : folder;
  const to = randomPath(world);
  const isNested = to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`);
  return isNested ? null : { kind: 'rename', path: from, to };
}

function editThere(world: DeviceFleet, path: string, pursuit: Seeded): void {
  const { remote, oracle, trace } = world;
  const key = `${simulatedPrefix}${path}`;
  const isObject = remote.contents().has(key);
  if (!isObject) return;
  oracle.before();
  if (pursuit.chance(0.7)) {
    trace.push(`foreign program puts ${path}`);
    remote.write(key, newContent(world));
  } else {
    trace.push(`foreign program deletes ${path}`);
    remote.remove(key);
  }
  oracle.after();
}
