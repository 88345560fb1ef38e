// What people do on their devices and what foreign programs do in the bucket: edits as data, so that a model can follow them.
import { isSyncError } from '../../main/core/model/errors.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import type { FakeDisk } from '../fakes/fake-disk.ts';
import { simulatedPrefix } from './device.ts';
import type { Device } from './device.ts';
import { userObjects } from './contents.ts';
import type { DeviceFleet } from './device-fleet.ts';

export type Edit =
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Uint8Array }
  /** By a new file that takes the name, as most editors do. */
  | { readonly kind: 'save'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'make-folder'; readonly path: string };

export const names = ['a', 'b', 'c.txt', 'd', 'e.txt', 'F', 'f', 'ü'];

export function randomPath(world: DeviceFleet): string {
  const { random } = world;
  const depth = random.pick([1, 1, 2, 2, 3]);
  return Array.from({ length: depth }, () => random.pick(names)).join('/');
}

export function newContent(world: DeviceFleet): Uint8Array {
  world.contents += 1;
  const padding = world.random.pick(['', '', 'x', 'some more bytes']);
  // Equal lengths happen often, so that size alone never tells contents apart.
  return new TextEncoder().encode(`content ${String(world.contents).padStart(3, '0')}${padding}`);
}

/** Null where the draw makes no sense on this disk. */
export function chooseEdit(world: DeviceFleet, disk: FakeDisk): Edit | null {
  const { random } = world;
  const files = [...disk.tree().keys()];
  const folders = [...disk.tree({ withFolders: true }).keys()].filter((path) => path.endsWith('/'));
  const anything = [...files, ...folders.map((path) => path.slice(0, -1))];
  const roll = random.below(12);
  if (roll < 4 || anything.length === 0) {
    return { kind: 'write', path: randomPath(world), bytes: newContent(world) };
  }
  if (roll < 7 && files.length > 0) {
    return { kind: 'write', path: random.pick(files), bytes: newContent(world) };
  }
  if (roll < 9) return { kind: 'remove', path: random.pick(anything) };
  if (roll === 11) return { kind: 'make-folder', path: randomPath(world) };
  const path = random.pick(anything);
  const to = randomPath(world);
  return to === path || to.startsWith(`${path}/`) || path.startsWith(`${to}/`)
    ? null
    : { kind: 'rename', path, to };
}

export function applyEdit(disk: FakeDisk, edit: Edit): void {
  try {
    switch (edit.kind) {
      case 'write':
        disk.write(edit.path, edit.bytes);
        return;
      case 'save':
        disk.save(edit.path, edit.bytes);
        return;
      case 'remove':
        disk.remove(edit.path);
        return;
      case 'rename':
        disk.rename(edit.path, edit.to);
        return;
      case 'make-folder':
        disk.makeFolders(edit.path);
        return;
    }
  } catch (error) {
    // A name that a file blocks, a full disk: the user gets an error and what was done until then stays.
    if (!isSyncError(error)) throw error;
  }
}

/** Observed by the oracle: what only a user destroys is not the engine's loss. */
export function editLocal(world: DeviceFleet, device: Device): Edit | null {
  if (device.disk.isGone) return null;
  const edit = chooseEdit(world, device.disk);
  if (edit !== null) makeEdit(world, device, edit);
  return edit;
}

export function makeEdit(world: DeviceFleet, device: Device, edit: Edit): void {
  world.trace.push(
    `${device.name} person: ${edit.kind} ${edit.path}${edit.kind === 'rename' ? ` to ${edit.to}` : ''}`,
  );
  const before = world.traits.isLive ? device.disk.tree({ withFolders: true }) : null;
  world.oracle.before();
  applyEdit(device.disk, edit);
  world.oracle.after();
  if (before !== null) tellOf(world, device, before);
}

/** Only where devices run live. Hints may be lost, repeated or too coarse; what was lost is found by a full look. */
function tellOf(world: DeviceFleet, device: Device, before: ReadonlyMap<string, Uint8Array>): void {
  const after = device.disk.tree({ withFolders: true });
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  for (const path of changed) device.tell(hintsOf(world, path.replace(/\/$/u, '')));
}

function hintsOf(world: DeviceFleet, path: string): readonly FileEvent[] {
  const event = { kind: 'entry', path: relPath(path) } as const;
  if (!world.losesHints) return [event];
  const parent = relPath(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  return world.random.pick([
    [],
    [{ kind: 'overflow', path: parent }],
    [event, event],
    ...Array.from({ length: 7 }, () => [event]),
  ]);
}

export function editRemote(world: DeviceFleet): void {
  const { random, remote, trace, oracle } = world;
  const paths = [...userObjects(remote.bucket, simulatedPrefix).keys()];
  const files = paths.filter((path) => !path.endsWith('/'));
  oracle.before();
  if (files.length === 0 || random.chance(0.5)) {
    const path = files.length > 0 && random.chance(0.5) ? random.pick(files) : randomPath(world);
    const clashes = files.some(
      (other) => other !== path && (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)),
    );
    if (!clashes || world.traits.hasClashes) {
      trace.push(`foreign program puts ${path}`);
      remote.write(`${simulatedPrefix}${path}`, newContent(world));
    }
  } else {
    const path = random.pick(paths);
    trace.push(`foreign program deletes ${path}`);
    remote.remove(`${simulatedPrefix}${path}`);
  }
  oracle.after();
}
