// Where a path lies: on a disk of this computer, or at a share, which may not answer. Asks nothing of a share.
import { readlinkSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, parse } from 'node:path';
import { nearestMount, readMounts } from '../system/mount-points.ts';
import type { Mount } from '../system/mount-points.ts';

/** What names the share, as its mount point; null for a disk of this computer. */
export type Place = string | null;

/** Of this computer, with no device of their own in the list of mounts. */
const ownFileSystems: ReadonlySet<string> = new Set([
  ...['tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'overlay', 'aufs', 'btrfs', 'zfs', 'bcachefs', 'proc'],
]);
/** So long the list of mounts, and where links lead, is taken for the same. */
const knownMs = 1000;
const mostLinks = 40;
const heldPath = /^\/proc\/self\/fd\/\d+/u;

export class Places {
  readonly #readMounts: () => readonly Mount[] | null;
  #mounts: readonly Mount[] | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** By path, of this second. */
  readonly #reals = new Map<string, string>();

  constructor(read = readMounts) {
    this.#readMounts = read;
  }

  /** At once for what is below a descriptor of this process. */
  of(path: string): Place | Promise<Place> {
    const [held] = heldPath.exec(path) ?? [];
    if (held === undefined) return this.realUpToShare(path).then((real) => this.ofReal(real));
    try {
      // The system remembers where it leads.
      return this.ofReal(readlinkSync(held));
    } catch {
      // Closed by now.
      return null;
    }
  }

  ofDescriptor(descriptor: number): Place {
    const place = process.platform === 'linux' ? this.of(`/proc/self/fd/${String(descriptor)}`) : null;
    return typeof place === 'string' ? place : null;
  }

  /** @param path absolute, with no link on the way to a share */
  ofReal(path: string): Place {
    const mounts = this.#now();
    if (mounts === null) return shareByName(path);
    const mount = nearestMount(path, mounts);
    return mount === null || mount.hasDisk || ownFileSystems.has(mount.fileSystem) ? null : mount.point;
  }

  /** The path without its links, as far as they are on disks of this computer; what is below a share stays as it is called. */
  async realUpToShare(path: string, links = 0): Promise<string> {
    const above = dirname(path);
    if (above === path || this.#now() === null) return path;
    const known = this.#reals.get(path);
    if (known !== undefined) return known;
    const parent = await this.realUpToShare(above, links);
    const named = join(parent, basename(path));
    const real = this.ofReal(named) !== null ? named : await this.#followed(parent, named, links);
    this.#reals.set(path, real);
    return real;
  }

  async #followed(parent: string, named: string, links: number): Promise<string> {
    const target = links >= mostLinks ? null : await readlink(named).catch(() => null);
    if (target === null) return named;
    // Not by `join`, which would take `link/..` for nothing.
    return this.realUpToShare(isAbsolute(target) ? target : `${parent}/${target}`, links + 1);
  }

  #now(): readonly Mount[] | null {
    const nowMs = performance.now();
    if (nowMs - this.#readAtMs < knownMs) return this.#mounts;
    this.#readAtMs = nowMs;
    this.#reals.clear();
    this.#mounts = this.#readMounts();
    return this.#mounts;
  }
}

/** Where the system lists no mounts: a server's name on Windows, what is connected on macOS. */
export function shareByName(path: string, platform: NodeJS.Platform = process.platform): Place {
  if (platform === 'win32') {
    const { root } = parse(path);
    return /^[\\/]{2}[^\\/?.]/u.test(root) ? root.toLowerCase() : null;
  }
  if (platform !== 'darwin') return null;
  return /^\/(?:Volumes|net|Network|System\/Volumes\/Data\/(?:net|Network))\/[^/]+/u.exec(path)?.[0] ?? null;
}
