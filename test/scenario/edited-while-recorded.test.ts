// Edits of what a download or a rename has just made, before that is recorded.
import { describe, expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const never = new AbortController().signal;

/** The last step on the disk before a download is recorded. */
const downloads = [
  ['a new file', 'new.txt', 'discard'],
  ['a replaced file', 'kept.txt', 'replace:done'],
] as const;

const edits: readonly (readonly [string, (pair: LivePair, path: string) => void, string | undefined])[] = [
  ['saves over', (pair, path) => pair.write(path, 'of the user'), 'of the user'],
  ['removes', (pair, path) => pair.remove(path), undefined],
];

describe.each(downloads)('while %s comes', (_what, path, step) => {
  test.each(edits)('who %s it has done so in the bucket without a full scan', async (_how, act, text) => {
    const world = liveWorld({ versioning: 'enabled' });
    let isHeld = false;
    const pair = world.add('one', {
      auditMs: 100_000_000,
      onDiskStep: async (name) => {
        if (name !== step || isHeld || !isComing) return;
        isHeld = true;
        act(pair, path);
        await world.clock.sleep(10_000, never);
      },
    });
    let isComing = false;
    pair.disk.write('kept.txt', 'kept');
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
    const other = world.add('other');
    other.start();
    await world.until(() => other.engine.status().lastInSyncAtMs !== null, 60_000);
    isComing = true;
    other.write(path, 'of the other device');
    await world.pass(240_000);
    expect(isHeld).toBe(true);
    const there = world.bucket.contents().get(livePrefix + path);
    expect(there === undefined ? undefined : new TextDecoder().decode(there)).toBe(text);
    expect(pair.disk.read(path) ?? undefined).toBe(text);
  });
});

/** Renamed elsewhere and here; what is in it is edited before that is recorded. */
async function renamedFolder(act: (pair: LivePair, world: LiveWorld) => void) {
  const world = liveWorld({ versioning: 'enabled' });
  let isHeld = false;
  const pair = world.add('one', {
    auditMs: 100_000_000,
    onDiskStep: async (name) => {
      if (name !== 'rename:done' || isHeld) return;
      isHeld = true;
      act(pair, world);
      await world.clock.sleep(15_000, never);
    },
  });
  for (const name of ['file', 'more']) pair.disk.write(`dir/${name}.txt`, `${name} in dir`);
  pair.disk.write('kept.txt', 'kept');
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  for (const name of ['file', 'more']) {
    world.bucket.write(`${livePrefix}moved/${name}.txt`, Buffer.from(`${name} in dir`));
    world.bucket.remove(`${livePrefix}dir/${name}.txt`);
  }
  await world.pass(240_000);
  expect(isHeld).toBe(true);
  const there = world.bucket.contents().get(`${livePrefix}moved/file.txt`);
  return {
    here: pair.disk.read('moved/file.txt') ?? undefined,
    there: there === undefined ? undefined : new TextDecoder().decode(there),
  };
}

describe('in a folder that was renamed', () => {
  test('a file that the user saves is in the bucket without a full scan', async () => {
    const { here, there } = await renamedFolder((pair) => {
      pair.write('moved/file.txt', 'of the user');
    });
    expect(here).toBe('of the user');
    expect(there).toBe('of the user');
  });

  test('what a full scan saw at the new name is not forgotten', async () => {
    const { here, there } = await renamedFolder((pair, world) => {
      world.bucket.remove(`${livePrefix}moved/file.txt`);
      pair.engine.checkNow();
    });
    expect(here).toBe(there);
  });
});
