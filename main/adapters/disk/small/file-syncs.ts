// Syncs of a group of written files: one after the other where the disk answers at once, side by side where it takes its time.
//
// A journalling volume commits once for many syncs that wait side by side (docs/decisions/0019), but handing one to another thread costs
// more than the call itself where nothing has to reach a device, as in memory. Nor is another thread for a share, which may keep it.
import type * as fs from 'node:fs';
import { isAtShare } from '../../shares/calls.ts';

export type SyncDisk = Pick<typeof fs, 'fsync' | 'fsyncSync'>;

const quickMs = 0.1;
/** One may take long because something else ran meanwhile. */
const slowInARow = 3;

export class FileSyncs {
  readonly #nowMs: () => number;
  #slow = 0;

  constructor(nowMs = (): number => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The error of each, null where it is on the disk. */
  all(descriptors: readonly number[], disk: SyncDisk): Promise<readonly (Error | null)[]> {
    return Promise.all(
      descriptors.map((descriptor) =>
        this.#slow < slowInARow || isAtShare(descriptor)
          ? Promise.resolve(this.#now(descriptor, disk))
          : this.#beside(descriptor, disk),
      ),
    );
  }

  #now(descriptor: number, disk: SyncDisk): Error | null {
    const begunMs = this.#nowMs();
    try {
      disk.fsyncSync(descriptor);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    this.#slow = this.#nowMs() - begunMs > quickMs ? this.#slow + 1 : 0;
    return null;
  }

  #beside(descriptor: number, disk: SyncDisk): Promise<Error | null> {
    return new Promise((resolve) => {
      disk.fsync(descriptor, resolve);
    });
  }
}
