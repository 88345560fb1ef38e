/** Real file systems for tests: images on loop devices, FUSE drivers, layers and memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lack } from '../conformance/local-files.ts';
import { makeTempFolder } from './temp.ts';

type Place = {
  /** An empty folder for images and layers. */
  readonly room: string;
  /** Where it is to be mounted. */
  readonly at: string;
  /** An image file of so many MiB on a loop device that goes with the suite. */
  readonly loop: (mebibytes: number) => string;
};

type FileSystemKind = {
  readonly name: string;
  /** Programs that it takes, of Debian's packages. */
  readonly needs: readonly string[];
  readonly lacks: readonly Lack[];
  /** Lists every name in lower case, whatever it was created as. */
  readonly listsLowerCase?: boolean;
  /** True for one of several similar kinds: the two stories run on it. */
  readonly hasStories?: boolean;
  /** The folder that is used, below the mount point; left out: the mount point. */
  readonly folder?: string;
  readonly mount: (place: Place) => void;
};

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

type NtfsDriver = 'ntfs-3g' | 'lowntfs-3g';

/** NTFS by one of its two FUSE drivers. Without `permissions` every file has every bit. */
function ntfs(driver: NtfsDriver, ...options: readonly string[]): FileSystemKind {
  return {
    name: [driver, ...options].join(' '),
    listsLowerCase: options.includes('ignore_case'),
    needs: ['mkfs.ntfs', driver],
    lacks: options.includes('permissions') ? ['prompt-ctimes'] : ['prompt-ctimes', 'modes'],
    mount: ({ at, loop }) => {
      const device = loop(32);
      run('mkfs.ntfs', '-F', '-Q', device);
      run(driver, '-o', [...options, 'noatime'].join(), device, at);
    },
  };
}

/** btrfs, of which the pair's folder is a subvolume with a quota. */
export const btrfs: FileSystemKind = {
  name: 'btrfs with a quota',
  hasStories: true,
  needs: ['mkfs.btrfs', 'btrfs'],
  lacks: [],
  folder: 'pair',
  mount: ({ at, loop }) => {
    const device = loop(128);
    run('mkfs.btrfs', '-q', device);
    run('mount', device, at);
    run('btrfs', 'quota', 'enable', at);
    run('btrfs', 'subvolume', 'create', join(at, 'pair'));
    run('btrfs', 'qgroup', 'limit', '24M', join(at, 'pair'));
  },
};

/** A disk without hard links, without modes, and without inode numbers that last. */
export function exfat(mebibytes: number): FileSystemKind {
  return {
    name: 'exfat-fuse',
    hasStories: true,
    needs: ['mkfs.exfat', 'mount.exfat-fuse'],
    lacks: ['symlinks', 'modes'],
    mount: ({ at, loop }) => {
      const device = loop(mebibytes);
      run('mkfs.exfat', device);
      run('mount.exfat-fuse', device, at);
    },
  };
}

export const fileSystemKinds: readonly FileSystemKind[] = [
  exfat(32),
  ntfs('ntfs-3g'),
  ntfs('ntfs-3g', 'permissions'),
  { ...ntfs('ntfs-3g', 'windows_names'), hasStories: true },
  ntfs('lowntfs-3g'),
  ntfs('lowntfs-3g', 'windows_names'),
  ntfs('lowntfs-3g', 'ignore_case'),
  { ...ntfs('lowntfs-3g', 'ignore_case', 'windows_names'), hasStories: true },
  btrfs,
  {
    name: 'bindfs',
    hasStories: true,
    needs: ['bindfs'],
    lacks: ['prompt-ctimes'],
    mount: ({ room, at }) => {
      mkdirSync(join(room, 'behind'));
      run('bindfs', join(room, 'behind'), at);
    },
  },
  {
    name: 'xfs',
    hasStories: true,
    needs: ['mkfs.xfs'],
    lacks: [],
    mount: ({ at, loop }) => {
      const device = loop(300);
      run('mkfs.xfs', '-q', device);
      run('mount', device, at);
    },
  },
  {
    name: 'overlayfs on tmpfs',
    hasStories: true,
    needs: [],
    lacks: [],
    mount: ({ room, at }) => {
      const layers = ['lower', 'upper', 'work'].map((name) => join(room, 'layers', name));
      mkdirSync(join(room, 'layers'));
      run('mount', '-t', 'tmpfs', '-o', 'size=32m', 'none', join(room, 'layers'));
      for (const layer of layers) mkdirSync(layer);
      const [lower, upper, work] = layers as [string, string, string];
      run('mount', '-t', 'overlay', 'none', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, at);
    },
  },
  {
    name: 'tmpfs',
    hasStories: true,
    needs: [],
    lacks: [],
    mount: ({ at }) => {
      run('mount', '-t', 'tmpfs', '-o', 'size=32m', 'none', at);
    },
  },
];

/** Each file belongs to one user, and no owner or mode can be changed: as on a CIFS mount, or FAT mounted with `uid=`. */
export const forcedOwner: FileSystemKind = {
  name: 'bindfs with a forced owner',
  needs: ['bindfs'],
  lacks: ['modes'],
  mount: ({ room, at }) => {
    mkdirSync(join(room, 'behind'));
    const forced = [
      '--force-user=1234',
      '--force-group=1234',
      '--perms=a=rwX',
      '--chown-deny',
      '--chmod-deny',
    ];
    run('bindfs', ...forced, join(room, 'behind'), at);
  },
};

export type Mounted = {
  readonly folder: string;
  /** Unmounts it, also while a program holds it, and removes what it was made of. */
  readonly remove: () => Promise<void>;
};

export async function mountFileSystem(kind: FileSystemKind): Promise<Mounted> {
  const { path: room, remove } = await makeTempFolder('file-system');
  const at = join(room, 'mounted');
  mkdirSync(at);
  const devices: string[] = [];
  const loop = (mebibytes: number): string => {
    const image = join(room, `disk${String(devices.length)}.img`);
    run('truncate', '-s', `${String(mebibytes)}M`, image);
    const device = run('losetup', '-f', '--show', image);
    devices.push(device);
    return device;
  };
  const take = async (): Promise<void> => {
    for (const place of [at, join(room, 'layers')]) spawnSync('umount', ['-l', place], { stdio: 'ignore' });
    for (const device of devices) spawnSync('losetup', ['-d', device], { stdio: 'ignore' });
    await remove();
  };
  try {
    kind.mount({ room, at, loop });
  } catch (error) {
    await take();
    throw error;
  }
  return { folder: join(at, kind.folder ?? ''), remove: take };
}

/** Null where this machine mounts it, else what is missing. */
export async function whyNotMounted(kind: FileSystemKind): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return `${kind.name}: mounting file systems needs root on Linux`;
  const missing = kind.needs.find((program) => spawnSync('which', [program]).status !== 0);
  if (missing !== undefined) return `${kind.name}: ${missing} is not installed`;
  try {
    await (await mountFileSystem(kind)).remove();
    return null;
  } catch (error) {
    const words = error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error);
    return `${kind.name}: this machine does not mount it (${words})`;
  }
}
