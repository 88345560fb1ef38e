// Vocabulary of the stories: devices with a folder each, one bucket, and user actions.
import type { SyncMode } from '../../main/core/model/model.ts';
import type { DiskKind } from '../fakes/disk-kinds.ts';
import type { ToldReport } from '../support/sync-told.ts';

export type SyncOptions = {
  /** True approves every safety check that is raised; otherwise it stops the sync. */
  readonly approve?: boolean;
  /** Questions are answered by "keep": what one side lost comes back from the other. */
  readonly keep?: boolean;
};

export type StoryDevice = {
  readonly name: string;
  write(path: string, text: string): Promise<void>;
  /** Null when there is no such file. */
  read(path: string): Promise<string | null>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  link(path: string, target: string): Promise<void>;
  setExecutable(path: string): Promise<void>;
  isExecutable(path: string): Promise<boolean>;
  /** Sorted paths of files; folders with nothing in them end in `/`. */
  tree(): Promise<readonly string[]>;
  /** One `sync --once`. Trouble of the pair as a whole is thrown. */
  sync(options?: SyncOptions): Promise<ToldReport>;
  /** What the next sync would do, as `kind path`, without what only reads. */
  plan(): Promise<readonly string[]>;
  /** The store honours every condition, so that a file may move onto a name that is taken. */
  movesOver(): Promise<boolean>;
  /** What is left alone, as `code path`. */
  problems(): readonly string[];
  /** Paths in the trash index. */
  trash(): readonly string[];
  restore(path: string): Promise<string>;
  /** The drive is not mounted. Only where the world can do it. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  /** The device's own memory is gone, its folder is not. */
  forgetState(): Promise<void>;
};

export type StoryBucket = {
  put(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** An object under any key below the prefix, also one that no path can have. */
  putRaw(key: string, text: string): Promise<void>;
  read(path: string): Promise<string | null>;
  /** Sorted keys below the prefix, without our own folder. */
  tree(): Promise<readonly string[]>;
  /** Keys of our own folder. */
  own(): Promise<readonly string[]>;
  contentTypeOf(path: string): Promise<string | null>;
};

export type DeviceOptions = {
  readonly mode?: SyncMode;
  readonly ignore?: readonly string[];
  readonly exclude?: readonly string[];
  readonly propagateDeletes?: boolean;
  readonly caseSensitive?: boolean;
  /** A kind of disk that was met; only where the world makes disks. */
  readonly disk?: DiskKind;
  readonly windowsNames?: boolean;
};

export type StoryWorld = {
  readonly bucket: StoryBucket;
  device(name: string, options?: DeviceOptions): StoryDevice;
  /** Hours pass. */
  wait(hours: number): void;
};

export type Story = {
  readonly name: string;
  /** `fakes`: needs what only a disk or a store in memory can be asked for. */
  readonly on?: 'everywhere' | 'fakes';
  readonly tell: (world: StoryWorld) => Promise<void>;
};

/** Syncs the devices in turn until none of them has anything left to do; fails when that never comes. */
export async function settle(...devices: readonly StoryDevice[]): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    let isQuiet = true;
    for (const device of devices) {
      const report = await device.sync({ approve: true });
      isQuiet &&= doneBy(report).length === 0;
    }
    if (isQuiet) return;
  }
  throw new Error(`not settled: ${devices.map((device) => device.name).join(', ')}`);
}

/** What a sync did, without what it only read: a file that is too young for its disk's clock is read again. */
export function doneBy(report: ToldReport): readonly string[] {
  return report.ended
    .map((end) => end.op.kind)
    .filter((kind) => kind !== 'hash-local' && kind !== 'identify-remote');
}
