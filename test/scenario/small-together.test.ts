// Small downloads by the group: one intent transaction for many, and the general way for whatever is not plain.
import { expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import type { RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import { relPath } from '../../main/core/model/path.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';
import { watchIntents } from '../support/opened-intents.ts';

const names = Array.from({ length: 40 }, (_, index) => `file${String(index).padStart(2, '0')}.txt`);

function fill(world: ReturnType<typeof liveWorld>): void {
  for (const name of names) world.bucket.write(livePrefix + name, new TextEncoder().encode(name));
}

async function inSync(world: ReturnType<typeof liveWorld>, pair: LivePair): Promise<void> {
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 600_000);
}

function getsOf(pair: LivePair, name: string): number {
  return pair.remote.calls.filter(({ operation, key }) => operation === 'get' && key.endsWith(name)).length;
}

test('many small files come with few transactions, and each is asked for once', async () => {
  const world = liveWorld();
  fill(world);
  const pair = world.add('one', { isHeld: true });
  const intents = watchIntents(pair, 'download');
  await inSync(world, pair);
  expect(names.map((name) => pair.disk.read(name))).toEqual(names);
  expect(names.map((name) => getsOf(pair, name))).toEqual(names.map(() => 1));
  expect(intents.reduce((sum, count) => sum + count, 0)).toBe(names.length);
  expect(intents.length).toBeLessThanOrEqual(2);
  expect(pair.store.intents()).toEqual([]);
  // Each is in the history by itself.
  expect(pair.store.activity(100).filter(({ kind }) => kind === 'downloaded')).toHaveLength(names.length);
});

/** Fails the first request for `name`. */
function failingOnce(name: string, objects: RemoteObjects): RemoteObjects {
  let hasFailed = false;
  return {
    list: (prefix, after, signal) => objects.list(prefix, after, signal),
    head: (key, signal) => objects.head(key, signal),
    put: (key, source, asked, signal) => objects.put(key, source, asked, signal),
    delete: (key, condition, signal) => objects.delete(key, condition, signal),
    copy: (from, to, asked, signal) => objects.copy(from, to, asked, signal),
    tagging: (key, signal) => objects.tagging(key, signal),
    get: (key, asked, signal) => {
      if (hasFailed || !key.endsWith(name)) return objects.get(key, asked, signal);
      hasFailed = true;
      const message = 'busy';
      return Promise.reject(new SyncError({ code: 'slow-down', retry: 'backoff', scope: 'item', message }));
    },
  };
}

test('one that is refused goes the general way, and holds up none of the others', async () => {
  const world = liveWorld();
  fill(world);
  const wrap = (objects: RemoteObjects): RemoteObjects => failingOnce('file07.txt', objects);
  const pair = world.add('one', { isHeld: true, wrap });
  await inSync(world, pair);
  expect(names.map((name) => pair.disk.read(name))).toEqual(names);
  expect(pair.store.problems()).toEqual([]);
  expect(getsOf(pair, 'file08.txt')).toBe(1);
});

test('a link object of another tool among them is left alone', async () => {
  const world = liveWorld();
  fill(world);
  const linkMode = String(0o120_777);
  world.bucket.write(`${livePrefix}file05.txt`, new TextEncoder().encode('target'), { mode: linkMode });
  const pair = world.add('one', { isHeld: true });
  await inSync(world, pair);
  expect(pair.disk.read('file05.txt')).toBeNull();
  expect(pair.store.entry(relPath('file05.txt')).remote).toMatchObject({
    state: 'unknown',
    reason: 'symlink',
  });
  expect(pair.disk.read('file06.txt')).toBe('file06.txt');
});

test('a name that the user takes meanwhile stays the user’s', async () => {
  const world = liveWorld();
  fill(world);
  const pair = world.add('one', {
    isHeld: true,
    onDiskStep: (step) => {
      if (step === 'finish' && pair.disk.read('file39.txt') === null) pair.disk.write('file39.txt', 'mine');
    },
  });
  await inSync(world, pair);
  const kept = [...pair.disk.tree().keys()].map((path) => pair.disk.read(path));
  expect(kept).toEqual(expect.arrayContaining(['mine', 'file39.txt', 'file38.txt']));
  expect(pair.store.intents()).toEqual([]);
});

test('a disk that refuses one of them leaves no intent open, and the others come', async () => {
  const world = liveWorld();
  fill(world);
  let refusals = 0;
  const pair = world.add('one', {
    isHeld: true,
    onDiskStep: (step) => {
      if (step !== 'write' || refusals > 0) return;
      refusals += 1;
      throw new SyncError({ code: 'local-busy', retry: 'backoff', scope: 'item', message: 'busy' });
    },
  });
  await inSync(world, pair);
  expect(refusals).toBe(1);
  expect(names.map((name) => pair.disk.read(name))).toEqual(names);
  expect(pair.store.intents()).toEqual([]);
});
