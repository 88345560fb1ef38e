// The marker as it was read last, while its file's stats are the same.
import type { BigIntStats } from 'node:fs';
import type { DiskTraits, RootMarker } from '../../ports/local-files.port.ts';
import { FolderLooks } from './looks.ts';

export type MarkerRead = {
  /** Of the file that was read, from before the reading. */
  readonly stats: BigIntStats;
  /** Wall clock before that. */
  readonly atMs: number;
};

type Traits = Pick<DiskTraits, 'inodesLast' | 'mtimeGranularityNs'>;

/**
 * A folder is proven by its marker many times for each edit, and to open and read the file costs three times its `lstat`. Rule 6 says
 * when stats prove content: equal, and by then older than the disk's clock can tell apart. Here with the ctime, which no program can set,
 * and which FAT disks do not have on Windows.
 */
export class KnownMarker {
  readonly nowMs: () => number;
  /** At the folder and its marker. */
  readonly looks: FolderLooks;
  readonly #traits: () => Traits | null;
  #last: { readonly stats: BigIntStats; readonly marker: RootMarker } | null = null;

  /** @param traits null before the disk was tried out */
  constructor(nowMs: () => number, traits: () => Traits | null, looks = new FolderLooks()) {
    this.nowMs = nowMs;
    this.looks = looks;
    this.#traits = traits;
  }

  recall(now: BigIntStats): RootMarker | undefined {
    if (this.#last === null) return undefined;
    const { stats, marker } = this.#last;
    const isSame =
      now.isFile() &&
      now.dev === stats.dev &&
      now.ino === stats.ino &&
      now.size === stats.size &&
      now.mtimeNs === stats.mtimeNs &&
      now.ctimeNs === stats.ctimeNs;
    return isSame ? marker : undefined;
  }

  keep({ stats, atMs }: MarkerRead, marker: RootMarker): void {
    const traits = this.#traits();
    const changedNs = stats.mtimeNs > stats.ctimeNs ? stats.mtimeNs : stats.ctimeNs;
    const ageNs = BigInt(Math.floor(atMs)) * 1_000_000n - changedNs;
    const isOld = traits?.inodesLast === true && ageNs > traits.mtimeGranularityNs;
    this.#last = isOld ? { stats, marker } : null;
  }
}
