// What is mounted where: a btrfs subvolume has a device number of its own and is no other disk; network mounts report only our own changes.
import { readFileSync } from 'node:fs';

/** mountinfo writes a space as `\\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/gu, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

export type Mount = {
  readonly point: string;
  readonly fileSystem: string;
  /** A disk is behind it, and not a program, a server or memory. */
  readonly hasDisk: boolean;
};

/** proc_pid_mountinfo(5): the third field is the device, the fifth the mount point, the one behind the dash the type of file system. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    const [, , device = '', , point] = before.split(' ');
    if (point === undefined || after === undefined) return [];
    const raw = Buffer.from(unescape(point), 'latin1').toString('utf8');
    return [{ point: raw, fileSystem: after.split(' ')[0] ?? '', hasDisk: !device.startsWith('0:') }];
  });
}

/** Of the last reading: a running pair reads the list for each edit and each poll, and it seldom differs. */
let last: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] };

/** Null where the system does not tell: no Linux, or no /proc. */
export function readMounts(): readonly Mount[] | null {
  try {
    const text = readFileSync('/proc/self/mountinfo', 'latin1');
    if (text !== last.text) last = { text, mounts: parseMounts(text) };
    return last.mounts;
  } catch {
    return null;
  }
}

/** The mount points of this process, or null where the system does not tell: then the device number decides. */
export function readMountPoints(): ReadonlySet<string> | null {
  const mounts = readMounts();
  return mounts === null ? null : new Set(mounts.map(({ point }) => point));
}

/** Where others write behind the kernel's back: on a server, in a host system, or in the folder that a FUSE program shows. */
const writtenElsewhere = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', 'afs', 'coda', 'ceph', 'lustre', 'beegfs', 'gpfs'],
  ...['gfs2', 'ocfs2', 'orangefs', '9p', 'virtiofs', 'vboxsf', 'prl_fs', 'vmhgfs'],
]);

/** What is mounted at `path` (absolute, with no link in it) or nearest above it. */
export function nearestMount(path: string, mounts: readonly Mount[]): Mount | null {
  let best: Mount | null = null;
  for (const mount of mounts) {
    const { point } = mount;
    const isAbove = path === point || path.startsWith(point === '/' ? point : `${point}/`);
    // Of two on one point the later one is seen.
    if (isAbove && (best === null || point.length >= best.point.length)) best = mount;
  }
  return best;
}

/**
 * The file system at `path` (absolute, with no link in it) where its watches report only what this computer does; null where they report
 * everything. `fuseblk` is a local disk with a driver of its own (NTFS, exFAT).
 */
export function deafFileSystem(path: string, mounts: readonly Mount[] | null = readMounts()): string | null {
  const nearest = nearestMount(path, mounts ?? []);
  if (nearest === null) return null;
  return isWrittenElsewhere(nearest) ? nearest.fileSystem : null;
}

function isWrittenElsewhere({ fileSystem }: Mount): boolean {
  return writtenElsewhere.has(fileSystem) || /^fuse(\.|$)/u.test(fileSystem);
}

/**
 * What is mounted below `folder` (absolute, with no link in it) and answers when another computer or program does, if it ever does. It is
 * another disk, and no part of the folder.
 */
export function sharesBelow(
  folder: string,
  mounts: readonly Mount[] | null = readMounts(),
): ReadonlySet<string> {
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  const shares = (mounts ?? []).filter(
    (mount) => mount.point.startsWith(start) && (isWrittenElsewhere(mount) || mount.fileSystem === 'autofs'),
  );
  return new Set(shares.map(({ point }) => point));
}

/**
 * True when `path` (absolute, with no link in it), whose device number is not the one of the folder above it, is another disk: something is mounted
 * there. Subvolumes and the folders of an overlay differ in the number and are part of the folder.
 */
export function isOtherDisk(path: string, points: () => ReadonlySet<string> | null): boolean {
  return points()?.has(path) ?? true;
}
