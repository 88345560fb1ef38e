// Power cuts while a group of small files is placed: a disk that knows what was not synced is asked after each call.
import * as fs from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sameFingerprint } from '../../main/core/model/fingerprint.ts';
import { fingerprintOf } from '../../main/adapters/disk/worker/hash.ts';
import { FileSyncs } from '../../main/adapters/disk/small/file-syncs.ts';
import { placeWhole } from '../../main/adapters/disk/small/place-whole.ts';
import type { PlacingDisk } from '../../main/adapters/disk/small/place-whole.ts';
import type { PlaceTask } from '../../main/adapters/disk/small/protocol.ts';
import { tempFolder } from '../support/temp.ts';

/** The real disk, with a note of what a power cut would take away. */
class ForgetfulDisk {
  /** Paths of temporary files with bytes, rights or times that were not synced. */
  readonly unsynced = new Set<string>();
  /** Folders with names that were not synced. */
  readonly unsyncedFolders = new Set<string>();
  /** Names that led to a file of which a power cut would have taken something. */
  readonly torn: string[] = [];
  readonly #paths = new Map<number, string>();
  readonly disk: PlacingDisk;

  /** @param fails the names of files whose sync fails */
  constructor(fails: ReadonlySet<string> = new Set()) {
    const touched = (descriptor: number): void => {
      this.unsynced.add(this.#paths.get(descriptor) ?? '');
    };
    const failure = (descriptor: number): Error | null =>
      fails.has(basename(this.#paths.get(descriptor) ?? ''))
        ? Object.assign(new Error('EIO'), { code: 'EIO' })
        : null;
    const synced = (descriptor: number): void => {
      const path = this.#paths.get(descriptor) ?? '';
      this.unsynced.delete(path);
      this.unsyncedFolders.delete(path);
    };
    const fsync = (descriptor: number, end: (error: Error | null) => void): void => {
      const error = failure(descriptor);
      if (error !== null) {
        end(error);
        return;
      }
      fs.fsync(descriptor, (problem) => {
        synced(descriptor);
        end(problem);
      });
    };
    const fsyncSync = (descriptor: number): void => {
      const error = failure(descriptor);
      if (error !== null) throw error;
      fs.fsyncSync(descriptor);
      synced(descriptor);
    };
    const openSync = (path: string, flags: number, mode: number): number => {
      const descriptor = fs.openSync(path, flags, mode);
      this.#paths.set(descriptor, placeOf(path));
      return descriptor;
    };
    const changes = {
      openSync,
      writeSync: (...given: Parameters<typeof fs.writeSync>) => {
        touched(given[0]);
        return fs.writeSync(...given);
      },
      fchmodSync: (descriptor: number, mode: number) => {
        touched(descriptor);
        fs.fchmodSync(descriptor, mode);
      },
      linkSync: (from: string, to: string) => {
        if (this.unsynced.has(placeOf(from))) this.torn.push(to);
        this.unsyncedFolders.add(dirname(placeOf(to)));
        this.beforeName(to);
        fs.linkSync(from, to);
        this.afterName(to);
      },
      fsync,
      fsyncSync,
    };
    // Only the overloads that are called.
    this.disk = { ...fs, ...changes } as unknown as PlacingDisk;
  }

  readonly times = {
    set: (path: string): Promise<void> => {
      this.unsynced.add(placeOf(path));
      return Promise.resolve();
    },
  };

  /** What another program does just before a file gets its name. */
  beforeName: (to: string) => void = () => undefined;
  /** And as soon as it has it. */
  afterName: (to: string) => void = () => undefined;
}

/** A path by names alone: that of a held folder leads through /proc. */
function placeOf(path: string): string {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return fs.realpathSync(path);
  return fs.existsSync(dirname(path)) ? join(fs.realpathSync(dirname(path)), basename(path)) : path;
}

/** Disks on which syncs take no time, and on which each takes a second by the clock. */
const paces = {
  quick: () => new FileSyncs(() => 0),
  slow: () => {
    let ms = 0;
    return new FileSyncs(() => (ms += 1000));
  },
};

/** By its name, and by a descriptor where the system has them in /proc. */
async function eachRoot(use: (root: string, folder: string) => Promise<void>): Promise<void> {
  const byName = await folderWithRoom();
  await use(byName, byName);
  if (process.platform !== 'linux') return;
  const folder = await folderWithRoom();
  const descriptor = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const open = fs.readdirSync('/proc/self/fd').length;
    await use(`/proc/self/fd/${String(descriptor)}`, folder);
    expect(fs.readdirSync('/proc/self/fd')).toHaveLength(open);
  } finally {
    fs.closeSync(descriptor);
  }
}

async function folderWithRoom(): Promise<string> {
  const root = await tempFolder();
  await mkdir(join(root, '.driftless', 'tmp'), { recursive: true, mode: 0o700 });
  await mkdir(join(root, 'a'));
  await mkdir(join(root, 'b'));
  return root;
}

function task(root: string, path: string, tempName: string): PlaceTask {
  const bytes = new Uint8Array(Buffer.from(`bytes of ${path}`));
  return { kind: 'place', root, path, tempName, bytes, mode: 0o644, mtimeNs: 1n, nowMs: 0 };
}

test.each(['quick', 'slow'] as const)(
  'a power cut never leaves a user’s name with part of a file, and nothing is answered that it would take, on a %s disk',
  async (pace) => {
    await eachRoot(async (root, folder) => {
      const forgetful = new ForgetfulDisk();
      const { times, disk } = forgetful;
      const paths = Array.from(
        { length: 20 },
        (_, index) => `${index % 2 === 0 ? 'a' : 'b'}/file ${String(index)}`,
      );
      const tasks = [...paths, 'top'].map((path, index) => task(root, path, `op${String(index)}`));
      const replies = await placeWhole(tasks, { times, disk, syncs: paces[pace]() });
      expect(replies.map(({ kind }) => kind)).toEqual(tasks.map(() => 'placed'));
      expect(forgetful.torn).toEqual([]);
      expect([...forgetful.unsynced, ...forgetful.unsyncedFolders]).toEqual([]);
      for (const path of paths) expect(await readFile(join(folder, path), 'utf8')).toBe(`bytes of ${path}`);
      expect(fs.readdirSync(join(folder, '.driftless', 'tmp'))).toEqual([]);
    });
  },
);

test.each(['quick', 'slow'] as const)(
  'a file whose sync fails gets no name, and the others of its group do, on a %s disk',
  async (pace) => {
    await eachRoot(async (root, folder) => {
      const forgetful = new ForgetfulDisk(new Set(['op1', 'op5']));
      const { times, disk } = forgetful;
      const paths = ['a/0', 'a/1', 'b/2', 'b/3', 'b/4', 'a/5'];
      const tasks = paths.map((path, index) => task(root, path, `op${String(index)}`));
      const replies = await placeWhole(tasks, { times, disk, syncs: paces[pace]() });
      const kinds = replies.map(({ kind }) => kind);
      expect(kinds).toEqual(['placed', 'other', 'placed', 'placed', 'placed', 'other']);
      expect(forgetful.torn).toEqual([]);
      expect(fs.existsSync(join(folder, 'a/1'))).toBe(false);
      expect(fs.readdirSync(join(folder, '.driftless', 'tmp'))).toEqual([]);
    });
  },
);

test('what another program writes into a file as soon as it has its name is not taken for what was placed', async () => {
  await eachRoot(async (root, folder) => {
    const forgetful = new ForgetfulDisk();
    const { times, disk } = forgetful;
    forgetful.afterName = (to) => {
      if (!to.endsWith('/f')) return;
      fs.writeFileSync(to, 'theirs');
      fs.utimesSync(to, 1_500_000_000, 1_500_000_000);
    };
    const tasks = ['a/f', 'a/other'].map((path, index) => task(root, path, `op${String(index)}`));
    const replies = await placeWhole(tasks, { times, disk, syncs: paces.quick() });
    const isAsItStands = replies.map((reply, index) => {
      if (reply.kind !== 'placed') throw new Error(reply.kind);
      const path = join(folder, tasks[index]?.path ?? '');
      return sameFingerprint(reply.fingerprint, fingerprintOf(fs.lstatSync(path, { bigint: true })));
    });
    expect(isAsItStands).toEqual([false, true]);
    expect(fs.readFileSync(join(folder, 'a', 'f'), 'utf8')).toBe('theirs');
  });
});

test('what is not plain is left to the general way, with nothing behind', async () => {
  await eachRoot(async (root, folder) => {
    fs.symlinkSync(join(folder, 'a'), join(folder, 'link'));
    fs.writeFileSync(join(folder, 'a', 'there'), 'theirs');
    const { times, disk } = new ForgetfulDisk();
    const paths = ['link/f', 'no/f', 'a/there/f', 'a/ä', '../f', 'a/../f', 'a/there'];
    const tasks = paths.map((path, index) => task(root, path, `op${String(index)}`));
    const replies = await placeWhole(tasks, { times, disk, syncs: paces.quick() });
    expect(replies.map(({ kind }) => kind)).toEqual([...paths.slice(1).map(() => 'other'), 'taken']);
    expect(fs.readFileSync(join(folder, 'a', 'there'), 'utf8')).toBe('theirs');
    expect(fs.readdirSync(join(folder, 'a'))).toEqual(['there']);
    expect(fs.readdirSync(join(folder, '.driftless', 'tmp'))).toEqual([]);
  });
});

test('nothing is written where others may look into the folder for temporary files, or a link has its name', async () => {
  await eachRoot(async (root, folder) => {
    const outside = await tempFolder();
    const temp = join(folder, '.driftless', 'tmp');
    const { times, disk } = new ForgetfulDisk();
    const placed = async (): Promise<readonly string[]> => {
      const replies = await placeWhole([task(root, 'a/f', 'op')], { times, disk, syncs: paces.quick() });
      return replies.map(({ kind }) => kind);
    };
    fs.chmodSync(temp, 0o755);
    expect(await placed()).toEqual(['other']);
    fs.rmdirSync(temp);
    fs.chmodSync(outside, 0o700);
    fs.symlinkSync(outside, temp);
    expect(await placed()).toEqual(['other']);
    expect([...fs.readdirSync(join(folder, 'a')), ...fs.readdirSync(outside)]).toEqual([]);
  });
});

test.runIf(process.platform === 'linux')(
  'a link that takes the place of a folder while its files get their names leads none of them out',
  async () => {
    const folder = await folderWithRoom();
    const outside = await tempFolder();
    const descriptor = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    onTestFinished(() => {
      fs.closeSync(descriptor);
    });
    const forgetful = new ForgetfulDisk();
    forgetful.beforeName = () => {
      forgetful.beforeName = () => undefined;
      fs.renameSync(join(folder, 'a'), join(folder, 'elsewhere'));
      fs.symlinkSync(outside, join(folder, 'a'));
    };
    const root = `/proc/self/fd/${String(descriptor)}`;
    const tasks = ['a/0', 'a/1', 'a/2'].map((path, index) => task(root, path, `op${String(index)}`));
    const { times, disk } = forgetful;
    await placeWhole(tasks, { times, disk, syncs: paces.quick() });
    expect(fs.readdirSync(outside)).toEqual([]);
    expect(fs.readdirSync(join(folder, 'elsewhere')).sort()).toEqual(['0', '1', '2']);
  },
);
