// Watches of a folder at a share: what is there is asked by calls that do not hold this thread.
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ChokidarWatcher } from '../../main/adapters/watch/chokidar.ts';
import { shareLooks } from '../../main/adapters/watch/share-looks.ts';
import { places } from '../../main/adapters/shares/calls.ts';
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import { plainTreeAt } from '../support/plain-tree.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const held = vi.hoisted(() => ({ calls: new Array<string>() }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof Fs>();
  const noted = <Call extends 'lstatSync' | 'opendirSync' | 'readdirSync'>(name: Call): (typeof real)[Call] =>
    new Proxy(real[name], {
      apply: (call, self, args: readonly unknown[]) => {
        held.calls.push(`${name} ${String(args[0])}`);
        return Reflect.apply(call, self, args) as unknown;
      },
    });
  return {
    ...real,
    lstatSync: noted('lstatSync'),
    opendirSync: noted('opendirSync'),
    readdirSync: noted('readdirSync'),
  };
});

beforeEach(() => {
  held.calls = [];
});

const onLinux = skipUnless(process.platform === 'linux', 'each folder has a watch of its own on Linux');
const { signal } = new AbortController();

test('the end of a folder is looked at without holding the thread', onLinux, async () => {
  const root = await tempFolder('share-watch');
  const elsewhere = await tempFolder('elsewhere');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  const { tree, gone, appeared } = plainTreeAt(root, shareLooks);
  await tree.open(signal);
  renameSync(join(root, 'a/b'), join(elsewhere, 'b'));
  await vi.waitFor(() => {
    expect(gone).toEqual([join(root, 'a/b')]);
  });
  rmSync(join(root, 'a'), { recursive: true });
  await vi.waitFor(() => {
    expect(gone).toEqual([join(root, 'a/b'), join(root, 'a')]);
  });
  mkdirSync(join(root, 'a'));
  await vi.waitFor(() => {
    expect(appeared).toEqual([join(root, 'a')]);
  });
  expect(held.calls.filter((call) => call.includes(root))).toEqual([]);
});

test(
  'a folder that shows its names and not what is under them is noticed without holding the thread',
  onLinux,
  async () => {
    const root = await tempFolder('share-watch');
    mkdirSync(join(root, 'closed/below'), { recursive: true });
    const closed = join(root, 'closed');
    const rights = { areGiven: false };
    const isKept = (path: string): boolean => !rights.areGiven && path.startsWith(`${closed}/`);
    const { tree, appeared } = plainTreeAt(root, {
      ...shareLooks,
      folderStats: async (path) => (isKept(path) ? null : shareLooks.folderStats(path)),
      isClosed: (path) => Promise.resolve(!rights.areGiven && path === closed),
    });
    await tree.open(signal);
    rights.areGiven = true;
    // The watch of the folder above reports its rights.
    chmodSync(closed, 0o700);
    await vi.waitFor(() => {
      expect(appeared).toEqual([closed]);
    });
    expect(held.calls.filter((call) => call.includes(root))).toEqual([]);
  },
);

test('the end of the folder itself is looked at without holding the thread', onLinux, async () => {
  const root = await tempFolder('share-watch');
  const folder = join(root, 'synced');
  mkdirSync(folder);
  const atShare = vi.spyOn(places, 'of').mockResolvedValue('a share');
  onTestFinished(() => {
    atShare.mockRestore();
  });
  const events = new Array<FileEvent>();
  const watcher = new ChokidarWatcher(folder);
  onTestFinished(() => watcher.stop());
  await watcher.start(
    (batch) => events.push(...batch),
    () => false,
    signal,
  );
  renameSync(folder, join(root, 'moved'));
  await vi.waitFor(() => {
    expect(events).toContainEqual({ kind: 'lost' });
  });
  expect(held.calls.filter((call) => call.includes(folder))).toEqual([]);
});
