// Power and network of a Linux machine, read from sysfs and asked of NetworkManager.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unknownConditions } from '../../core/conditions.ts';
import type { Conditions } from '../../core/conditions.ts';
import { outputOf } from '../system/programs/run-program.ts';

export type MachineParts = {
  readonly platform: NodeJS.Platform;
  /** `/sys/class/power_supply`; tests have one of their own. */
  readonly suppliesDir: string;
  readonly run: typeof outputOf;
};

export const thisMachine: MachineParts = {
  platform: process.platform,
  suppliesDir: '/sys/class/power_supply',
  run: outputOf,
};

/** Never rejects. Windows and macOS tell a process without a window neither. */
export async function readConditions(parts: MachineParts, signal: AbortSignal): Promise<Conditions> {
  if (parts.platform !== 'linux') return unknownConditions;
  const [onBattery, isMetered] = await Promise.all([
    isOnBattery(parts.suppliesDir),
    isOnMeteredNetwork(parts, signal),
  ]);
  return { onBattery, isMetered };
}

/** A machine that lists its supplies and has no battery is never on battery. */
async function isOnBattery(dir: string): Promise<boolean | null> {
  let names: readonly string[];
  try {
    names = await readdir(dir);
  } catch {
    return null;
  }
  const supplies = await Promise.all(
    names.map(async (name) => ({
      type: await fieldOf(dir, name, 'type'),
      // The battery of a mouse or a headset, which says nothing about this machine.
      isOfDevice: (await fieldOf(dir, name, 'scope')) === 'Device',
      online: await fieldOf(dir, name, 'online'),
      status: await fieldOf(dir, name, 'status'),
    })),
  );
  const own = supplies.filter(({ isOfDevice }) => !isOfDevice);
  if (own.some(({ type, online }) => type !== 'Battery' && type !== 'UPS' && online === '1')) return false;
  return own.some(({ type, status }) => (type === 'Battery' || type === 'UPS') && status === 'Discharging');
}

async function fieldOf(dir: string, name: string, field: string): Promise<string> {
  try {
    return (await readFile(join(dir, name, field), 'utf8')).trim();
  } catch {
    // A supply has only the fields that its kind has, and may be unplugged meanwhile.
    return '';
  }
}

/** NMMetered: 1 yes, 2 no, 3 guessed yes, 4 guessed no; 0 and no answer are unknown. */
async function isOnMeteredNetwork({ run }: MachineParts, signal: AbortSignal): Promise<boolean | null> {
  const name = 'org.freedesktop.NetworkManager';
  const object = ['--dest', name, '--object-path', '/org/freedesktop/NetworkManager'];
  const property = ['--method', 'org.freedesktop.DBus.Properties.Get', name, 'Metered'];
  const args = ['call', '--system', '--timeout', '2', ...object, ...property];
  const answer = await run('gdbus', args, { signal, timeoutMs: 3000 });
  const value = /<uint32 ([0-4])>/u.exec(answer ?? '')?.[1];
  if (value === '1' || value === '3') return true;
  return value === '2' || value === '4' ? false : null;
}
