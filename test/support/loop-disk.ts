/** A disk of its own for a test: an ext4 image on a loop device, mounted and unmounted as a stick is plugged in and pulled. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './temp.ts';

export type LoopDisk = {
  mount(folder: string): void;
  /** As when it is pulled: also while a program works on it. */
  pull(folder: string): void;
  /** As when it is ejected. Fails while a program holds the folder. */
  eject(folder: string): void;
};

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Null where it works, else what is missing. */
export function whyNoLoopDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'mounting a disk image needs root on Linux';
  const image = join(tmpdir(), `driftless-loop-probe-${String(process.pid)}.img`);
  const place = `${image}-mount`;
  const script = `set -e; truncate -s 16M "${image}"; mkfs.ext4 -q "${image}"; mkdir -p "${place}"; mount -o loop "${image}" "${place}"; umount "${place}"`;
  const { status } = spawnSync('sh', ['-c', script], { stdio: 'ignore' });
  rmSync(image, { force: true });
  rmSync(place, { recursive: true, force: true });
  return status === 0 ? null : 'this machine mounts no ext4 images (mkfs.ext4, loop devices)';
}

export async function makeLoopDisk(): Promise<LoopDisk> {
  const image = join(await tempFolder('loop'), 'disk.img');
  run('truncate', '-s', '64M', image);
  run('mkfs.ext4', '-q', image);
  const device = run('losetup', '-f', '--show', image);
  const mounted = new Set<string>();
  onTestFinished(() => {
    for (const folder of mounted) spawnSync('umount', ['-l', folder]);
    spawnSync('losetup', ['-d', device]);
  });
  const unmount = (folder: string, ...how: readonly string[]): void => {
    run('umount', ...how, folder);
    mounted.delete(folder);
  };
  return {
    mount(folder) {
      mkdirSync(folder, { recursive: true });
      run('mount', device, folder);
      mounted.add(folder);
    },
    pull: (folder) => {
      unmount(folder, '-l');
    },
    eject: (folder) => {
      unmount(folder);
    },
  };
}
