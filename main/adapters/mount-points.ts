// Which folders have another disk mounted on them: a btrfs subvolume has a device number of its own and is no other disk.
import { readFileSync } from 'node:fs';

/** mountinfo writes a space as `\\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/gu, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The mount points of this process (proc_pid_mountinfo(5), fifth field), or null where the system does not tell. */
export function readMountPoints(): ReadonlySet<string> | null {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
    const raw = lines.flatMap((line) => line.split(' ')[4] ?? []).map(unescape);
    return new Set(raw.map((path) => Buffer.from(path, 'latin1').toString('utf8')));
  } catch {
    return null; // no Linux, or no /proc: then the device number decides
  }
}

/**
 * True when `path` (absolute, with no link in it), whose device number is not the one of the folder above it, is another disk: something is mounted
 * there. Subvolumes and the folders of an overlay differ in the number and are part of the folder.
 */
export function isOtherDisk(path: string, points: () => ReadonlySet<string> | null): boolean {
  return points()?.has(path) ?? true;
}
