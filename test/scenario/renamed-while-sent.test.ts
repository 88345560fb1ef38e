// Files and folders that the user renames while they are on their way.
import { expect, test } from 'vitest';
import { relPath } from '../../main/core/model/path.ts';
import type { FakeCall, FakeHooks, FakeOperation } from '../fakes/fake-remote-core.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

type Scene = { readonly world: LiveWorld; readonly pair: LivePair; readonly other: LivePair };

const never = new AbortController().signal;

/** The store takes a minute for this one request, and the file held still until it was on its way. */
function inSyncBefore(slow: FakeOperation, key: string): Promise<Scene> {
  return inSync((world) => ({
    beforeEffect: async (call) => {
      if (call.operation === slow && call.key === livePrefix + key) await world.clock.sleep(60_000, never);
    },
  }));
}

async function inSync(hooksIn: (world: LiveWorld) => FakeHooks): Promise<Scene> {
  const world: LiveWorld = liveWorld();
  const pair = world.add('one', { remote: { hooks: hooksIn(world) } });
  const other = world.add('other');
  for (const one of [pair, other]) {
    one.disk.write('kept.txt', 'kept');
    one.start();
    await world.until(() => one.engine.status().lastInSyncAtMs !== null, 60_000);
  }
  return { world, pair, other };
}

function rename({ disk, event }: LivePair, from: string, to: string): void {
  disk.rename(from, to);
  event({ kind: 'entry', path: relPath(from) }, { kind: 'entry', path: relPath(to) });
}

const began = ({ remote }: LivePair, operation: FakeOperation, key: string): boolean =>
  remote.calls.some((call) => call.operation === operation && call.key === livePrefix + key);

/** Files and folders of both devices, and the keys of the bucket, which has a folder only by what is in it or by its marker. */
function trees({ world, pair, other }: Scene): Record<'bucket' | 'pair' | 'other', readonly string[]> {
  const keys = [...world.bucket.contents().keys()].map((key) => key.slice(livePrefix.length));
  const onDisk = ({ disk }: LivePair): string[] => [...disk.tree({ withFolders: true }).keys()].sort();
  return {
    bucket: keys.filter((key) => !key.startsWith('.driftless/')).sort(),
    pair: onDisk(pair),
    other: onDisk(other),
  };
}

function everywhere(files: readonly string[], folders: readonly string[] = []): ReturnType<typeof trees> {
  const disk = [...files, ...folders].sort();
  return { bucket: [...files].sort(), pair: disk, other: disk };
}

test('a new file renamed while it goes up is there once, under its last name', async () => {
  const scene = await inSyncBefore('put', 'first.txt');
  const { world, pair } = scene;
  pair.write('first.txt', 'text');
  await world.until(() => began(pair, 'put', 'first.txt'), 60_000);
  rename(pair, 'first.txt', 'second.txt');
  await world.pass(300_000);
  expect(trees(scene)).toEqual(everywhere(['kept.txt', 'second.txt']));
});

test('a file renamed again while its first rename goes up is there once, under its last name', async () => {
  const scene = await inSyncBefore('copy', 'second.txt');
  const { world, pair } = scene;
  pair.write('first.txt', 'text');
  await world.pass(30_000);
  rename(pair, 'first.txt', 'second.txt');
  await world.until(() => began(pair, 'copy', 'second.txt'), 60_000);
  rename(pair, 'second.txt', 'third.txt');
  await world.pass(300_000);
  expect(trees(scene)).toEqual(everywhere(['kept.txt', 'third.txt']));
});

test('an empty folder renamed while its marker goes up is there once, under its last name', async () => {
  const scene = await inSyncBefore('put', 'first/');
  const { world, pair } = scene;
  pair.disk.makeFolders('first');
  pair.event({ kind: 'entry', path: relPath('first') });
  await world.until(() => began(pair, 'put', 'first/'), 60_000);
  rename(pair, 'first', 'second');
  await world.pass(300_000);
  const disk = ['kept.txt', 'second/'];
  expect(trees(scene)).toEqual({ bucket: disk, pair: disk, other: disk });
});

test('a new folder renamed while its first file goes up is there once, under its last name', async () => {
  const scene = await inSyncBefore('put', 'first/deep/a.txt');
  const { world, pair } = scene;
  pair.disk.makeFolders('first/deep');
  pair.write('first/deep/a.txt', 'text of a');
  await world.until(() => began(pair, 'put', 'first/deep/a.txt'), 60_000);
  rename(pair, 'first', 'second');
  await world.pass(300_000);
  expect(trees(scene)).toEqual(everywhere(['kept.txt', 'second/deep/a.txt'], ['second/', 'second/deep/']));
});

test('a folder renamed again while its first rename goes up is there once, under its last name', async () => {
  const scene = await inSyncBefore('copy', 'second/deep/a.txt');
  const { world, pair } = scene;
  for (const name of ['a', 'b']) pair.disk.write(`first/deep/${name}.txt`, `text of ${name}`);
  pair.event({ kind: 'entry', path: relPath('first') });
  await world.pass(30_000);
  rename(pair, 'first', 'second');
  await world.until(() => began(pair, 'copy', 'second/deep/a.txt'), 60_000);
  rename(pair, 'second', 'third');
  await world.pass(300_000);
  const files = ['kept.txt', 'third/deep/a.txt', 'third/deep/b.txt'];
  expect(trees(scene)).toEqual(everywhere(files, ['third/', 'third/deep/']));
});

test('a file over the folder that it was in, renamed while it goes up, is no conflict', async () => {
  const scene = await inSyncBefore('put', 'first/a.txt');
  const { world, pair } = scene;
  pair.disk.makeFolders('first');
  pair.write('first/a.txt', 'text of a');
  await world.until(() => began(pair, 'put', 'first/a.txt'), 60_000);
  rename(pair, 'first', 'second');
  pair.write('first', 'a file now');
  await world.pass(300_000);
  expect(trees(scene)).toEqual(everywhere(['first', 'kept.txt', 'second/a.txt'], ['second/']));
});

test('what another device puts into the renamed folder meanwhile stays under its old name', async () => {
  const scene = await inSyncBefore('put', 'first/a.txt');
  const { world, pair, other } = scene;
  pair.disk.makeFolders('first');
  pair.write('first/a.txt', 'text of a');
  await world.until(() => began(pair, 'put', 'first/a.txt'), 60_000);
  rename(pair, 'first', 'second');
  other.disk.makeFolders('first');
  other.write('first/theirs.txt', 'from there');
  await world.pass(300_000);
  const files = ['first/theirs.txt', 'kept.txt', 'second/a.txt'];
  expect(trees(scene)).toEqual(everywhere(files, ['first/', 'second/']));
});

test('a file edited right after its rename, while the store is asked about its old name, is sent as it is now', async () => {
  let isSlow = false;
  const isAsked = ({ operation, key }: FakeCall): boolean =>
    operation === 'head' && key === `${livePrefix}first.txt`;
  const scene = await inSync((world) => ({
    beforeCall: async (call) => {
      if (isSlow && isAsked(call)) await world.clock.sleep(60_000, never);
      return null;
    },
  }));
  const { world, pair, other } = scene;
  pair.write('first.txt', 'text');
  await world.pass(30_000);
  isSlow = true;
  const before = pair.remote.calls.length;
  rename(pair, 'first.txt', 'second.txt');
  await world.until(() => pair.remote.calls.slice(before).some(isAsked), 60_000);
  pair.write('second.txt', 'edited since');
  await world.pass(300_000);
  expect(trees(scene)).toEqual(everywhere(['kept.txt', 'second.txt']));
  expect(other.disk.read('second.txt')).toBe('edited since');
});
