// Power cuts while a group of small files is placed: a disk that knows what was not synced is asked after each call.
import * as fs from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
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
    const fsync = (descriptor: number, end: (error: NodeJS.ErrnoException | null) => void): void => {
      const path = this.#paths.get(descriptor) ?? '';
      if (fails.has(basename(path))) {
        end(Object.assign(new Error('EIO'), { code: 'EIO' }));
        return;
      }
      fs.fsync(descriptor, (error) => {
        this.unsynced.delete(path);
        this.unsyncedFolders.delete(path);
        end(error);
      });
    };
    const openSync = (path: string, flags: number, mode: number): number => {
      const descriptor = fs.openSync(path, flags, mode);
      this.#paths.set(descriptor, path);
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
        if (this.unsynced.has(from)) this.torn.push(to);
        this.unsyncedFolders.add(dirname(to));
        fs.linkSync(from, to);
      },
      open: (path: string, flags: string, end: (error: Error | null, descriptor: number) => void) => {
        fs.open(path, flags, (error, descriptor) => {
          this.#paths.set(descriptor, path);
          end(error, descriptor);
        });
      },
      fsync,
    };
    // Only the overloads that are called.
    this.disk = { ...fs, ...changes } as unknown as PlacingDisk;
  }

  readonly times = {
    set: (path: string): Promise<void> => {
      this.unsynced.add(path);
      return Promise.resolve();
    },
  };
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

test('a power cut never leaves a user’s name with part of a file, and nothing is answered that it would take', async () => {
  const root = await folderWithRoom();
  const forgetful = new ForgetfulDisk();
  const paths = Array.from(
    { length: 20 },
    (_, index) => `${index % 2 === 0 ? 'a' : 'b'}/file ${String(index)}`,
  );
  const tasks = paths.map((path, index) => task(root, path, `op${String(index)}`));
  const replies = await placeWhole(tasks, { times: forgetful.times, disk: forgetful.disk });
  expect(replies.map(({ kind }) => kind)).toEqual(paths.map(() => 'placed'));
  expect(forgetful.torn).toEqual([]);
  expect([...forgetful.unsynced, ...forgetful.unsyncedFolders]).toEqual([]);
  for (const path of paths) expect(await readFile(join(root, path), 'utf8')).toBe(`bytes of ${path}`);
  expect(fs.readdirSync(join(root, '.driftless', 'tmp'))).toEqual([]);
});

test('a file whose sync fails gets no name, and the others of its group do', async () => {
  const root = await folderWithRoom();
  const forgetful = new ForgetfulDisk(new Set(['op1']));
  const tasks = ['a/0', 'a/1', 'b/2'].map((path, index) => task(root, path, `op${String(index)}`));
  const replies = await placeWhole(tasks, { times: forgetful.times, disk: forgetful.disk });
  expect(replies.map(({ kind }) => kind)).toEqual(['placed', 'other', 'placed']);
  expect(forgetful.torn).toEqual([]);
  expect(fs.existsSync(join(root, 'a/1'))).toBe(false);
  expect(fs.readdirSync(join(root, '.driftless', 'tmp'))).toEqual([]);
});

test('what is not plain is left to the general way, with nothing behind', async () => {
  const root = await folderWithRoom();
  fs.symlinkSync(join(root, 'a'), join(root, 'link'));
  fs.writeFileSync(join(root, 'a', 'there'), 'theirs');
  const forgetful = new ForgetfulDisk();
  const tasks = ['link/f', 'a/there', 'no/f', 'a/ä', '../f'].map((path, index) =>
    task(root, path, `op${String(index)}`),
  );
  const replies = await placeWhole(tasks, { times: forgetful.times, disk: forgetful.disk });
  expect(replies.map(({ kind }) => kind)).toEqual(tasks.map(() => 'other'));
  expect(fs.readFileSync(join(root, 'a', 'there'), 'utf8')).toBe('theirs');
  expect(fs.readdirSync(join(root, 'a'))).toEqual(['there']);
  expect(fs.readdirSync(join(root, '.driftless', 'tmp'))).toEqual([]);
});
