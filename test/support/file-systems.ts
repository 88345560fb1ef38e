/** Real file systems for tests: images on loop devices, layers and memory, each mounted for one suite. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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
  readonly mount: (place: Place) => void;
};

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export const fileSystemKinds: readonly FileSystemKind[] = [
  {
    name: 'xfs',
    needs: ['mkfs.xfs'],
    mount: ({ at, loop }) => {
      const device = loop(300);
      run('mkfs.xfs', '-q', device);
      run('mount', device, at);
    },
  },
  {
    name: 'overlayfs on tmpfs',
    needs: [],
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
    needs: [],
    mount: ({ at }) => {
      run('mount', '-t', 'tmpfs', '-o', 'size=32m', 'none', at);
    },
  },
];

/** Each file belongs to one user, and no owner or mode can be changed: as on a CIFS mount, or FAT mounted with `uid=`. */
export const forcedOwner: FileSystemKind = {
  name: 'bindfs with a forced owner',
  needs: ['bindfs'],
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
  return { folder: at, remove: take };
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
