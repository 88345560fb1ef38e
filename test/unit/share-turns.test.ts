// Turns of calls at shares, and where a path lies.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Places, shareByName } from '../../main/adapters/shares/place.ts';
import { libuvThreads, ShareTurns, threadsForShares } from '../../main/adapters/shares/turns.ts';
import { parseMounts } from '../../main/adapters/system/mount-points.ts';
import { tempFolder } from '../support/temp.ts';

/** Calls that end when the test says so. */
function calls(): {
  readonly begun: string[];
  readonly call: (name: string) => () => Promise<string>;
  readonly end: (name: string) => Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, (name: string) => void>();
  return {
    begun,
    call: (name) => () => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    },
    end: async (name) => {
      ends.get(name)?.(name);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a silent place keeps one thread, whatever is asked of it', async () => {
  const { begun, call, end } = calls();
  const turns = new ShareTurns(4);
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6']) void turns.run('a', call(name));
  void turns.run('b', call('b1'));
  expect(begun).toEqual(['a1', 'b1']);
  await end('b1');
  void turns.run('b', call('b2'));
  expect(begun).toEqual(['a1', 'b1', 'b2']);
});

test('a place that answers has four turns, and all together have no more than there are', async () => {
  const { begun, call, end } = calls();
  const turns = new ShareTurns(5);
  const names = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
  const answers = names.map((name) => turns.run('a', call(name)));
  await end('a1');
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  for (const place of ['b', 'c']) void turns.run(place, call(place));
  expect(begun.slice(5)).toEqual(['b']);
  await end('a2');
  expect(begun.slice(6)).toEqual(['a6']);
  await end('b');
  expect(begun.slice(7)).toEqual(['c']);
  for (const name of names) await end(name);
  expect(await Promise.all(answers)).toEqual(names);
});

test('a call that fails gives its turn back', async () => {
  const turns = new ShareTurns(1);
  await expect(turns.run('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await turns.run('a', () => Promise.resolve(1))).toBe(1);
});

test('threads are left to what is no share', () => {
  expect([1, 2, 4, 5, 8, 16].map(threadsForShares)).toEqual([1, 1, 2, 2, 4, 12]);
  const asked = [{}, { UV_THREADPOOL_SIZE: '16' }, { UV_THREADPOOL_SIZE: 'x' }].map(libuvThreads);
  expect(asked).toEqual([4, 16, 4]);
});

test.runIf(process.platform === 'linux')(
  'a path leads to a share by its links, which is not asked',
  async () => {
    const room = await tempFolder('places');
    const line = (point: string, device: string, fileSystem: string): string =>
      `36 35 ${device} / ${point} rw master:1 - ${fileSystem} source rw`;
    const mounts = parseMounts(
      [
        line('/', '0:30', 'overlay'),
        line(join(room, 'disk'), '8:1', 'fuseblk'),
        line(join(room, 'nas'), '0:40', 'nfs4'),
      ].join('\n'),
    );
    for (const folder of ['disk', 'home', 'nas/inner']) mkdirSync(join(room, folder), { recursive: true });
    symlinkSync(join(room, 'nas'), join(room, 'home/linked'));
    symlinkSync('linked/inner/../other', join(room, 'home/twice'));
    symlinkSync('round', join(room, 'home/round'));
    // Were it looked at, the answer would be another.
    symlinkSync(join(room, 'disk'), join(room, 'nas/out'));
    const places = new Places(() => mounts);
    const of = async (path: string): Promise<readonly (string | null)[]> => {
      const full = join(room, path);
      return [(await places.realUpToShare(full)).slice(room.length), await places.of(full)];
    };
    const nas = join(room, 'nas');
    expect(await of('home/docs')).toEqual(['/home/docs', null]);
    expect(await of('disk/docs')).toEqual(['/disk/docs', null]);
    expect(await of('nas/docs')).toEqual(['/nas/docs', nas]);
    expect(await of('nas/out')).toEqual(['/nas/out', nas]);
    expect(await of('home/linked/docs')).toEqual(['/nas/docs', nas]);
    expect(await of('home/twice')).toEqual(['/nas/other', nas]);
    expect((await of('home/round'))[1]).toBeNull();
  },
);

test('where mounts are not listed, a name tells a share', () => {
  expect(shareByName('/Volumes/team/docs', 'darwin')).toBe('/Volumes/team');
  expect(shareByName('/Users/ann/Documents', 'darwin')).toBeNull();
  expect(shareByName('/mnt/x', 'linux')).toBeNull();
});
