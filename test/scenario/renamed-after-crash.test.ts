// A rename by the user after a crash stays a rename on every device. Tried at every step of a sync.
import { expect, test } from 'vitest';
import { Crash } from '../simulation/device.ts';
import type { Device } from '../simulation/device.ts';
import { setStage } from './two-devices.ts';
import type { Stage } from './two-devices.ts';

type Story = {
  readonly name: string;
  /** What is in sync on both devices at first. */
  readonly first: readonly string[];
  /** What a device does before the laptop syncs and crashes. */
  readonly act: (stage: Stage) => Promise<void>;
  /** Renamed on the laptop after the crash. */
  readonly renamed: readonly [from: string, to: string];
  /** The laptop's sync has put it there. */
  readonly isPlaced: (laptop: Device) => boolean;
  /** The files in the end, everywhere. */
  readonly last: readonly string[];
};

const onDesktop =
  (change: (device: Device) => void) =>
  async ({ desktop, sync }: Stage): Promise<void> => {
    change(desktop);
    await sync(desktop);
  };
const holds =
  (path: string, text: string) =>
  ({ disk }: Device): boolean =>
    disk.read(path) === text;

const stories: readonly Story[] = [
  {
    name: 'a file that was just downloaded',
    first: [],
    act: onDesktop(({ disk }) => {
      disk.write('there.txt', 'from there');
    }),
    renamed: ['there.txt', 'r7.txt'],
    isPlaced: holds('there.txt', 'from there'),
    last: ['r7.txt'],
  },
  {
    name: 'a file that was just replaced by a newer version',
    first: ['there.txt'],
    act: onDesktop(({ disk }) => {
      disk.write('there.txt', 'a newer version');
    }),
    renamed: ['there.txt', 'r7.txt'],
    isPlaced: holds('there.txt', 'a newer version'),
    last: ['r7.txt'],
  },
  {
    name: 'a file that was just renamed as another device renamed it',
    first: ['old.txt'],
    act: onDesktop(({ disk }) => {
      disk.rename('old.txt', 'there.txt');
    }),
    renamed: ['there.txt', 'r7.txt'],
    isPlaced: holds('there.txt', 'old.txt'),
    last: ['r7.txt'],
  },
  {
    name: 'a folder that was just renamed as another device renamed it',
    first: ['old/a.txt', 'old/deep/b.txt'],
    act: onDesktop(({ disk }) => {
      disk.rename('old', 'there');
    }),
    renamed: ['there', 'r7'],
    isPlaced: holds('there/a.txt', 'old/a.txt'),
    last: ['r7/a.txt', 'r7/deep/b.txt'],
  },
];

/** From the step at which the disk shows the new name to well behind the commit. */
const stepsAfterPlacing = 12;

async function begun(story: Story): Promise<Stage> {
  const stage = setStage();
  const { laptop, desktop, sync } = stage;
  for (const path of story.first) laptop.disk.write(path, path);
  for (const device of [laptop, desktop, laptop]) await sync(device);
  await story.act(stage);
  return stage;
}

/** The first step of the laptop's sync at which the engine has put the new name there. */
async function placingStep(story: Story): Promise<number> {
  const { laptop, sync } = await begun(story);
  let first = 0;
  await sync(laptop, (step) => {
    if (first === 0 && story.isPlaced(laptop)) first = step;
  });
  return first;
}

/** The laptop's sync, which crashes at a step; true if it has fewer. */
async function endsBefore({ laptop, sync }: Stage, at: number): Promise<boolean> {
  let isOver = true;
  await sync(laptop, (step) => {
    if (step !== at) return;
    isOver = false;
    throw new Crash();
  });
  return isOver;
}

async function crashedAt(story: Story, at: number): Promise<readonly string[]> {
  const stage = await begun(story);
  const { laptop, desktop, sync, bucket } = stage;
  await endsBefore(stage, at);
  laptop.disk.rename(...story.renamed);
  for (const device of [laptop, desktop, laptop, desktop]) await sync(device);
  const trees = {
    bucket: bucket().filter((path) => !path.endsWith('/')),
    laptop: [...laptop.disk.tree().keys()].sort(),
    desktop: [...desktop.disk.tree().keys()].sort(),
  };
  return Object.entries(trees)
    .filter(([, tree]) => JSON.stringify(tree) !== JSON.stringify(story.last))
    .map(([where, tree]) => `step ${String(at)}: ${where} holds ${tree.join(', ')}`);
}

test.each(stories.map((story) => [story.name, story] as const))('%s', async (_name, story) => {
  const first = await placingStep(story);
  expect(first).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (let at = first; at < first + stepsAfterPlacing; at += 1) wrong.push(...(await crashedAt(story, at)));
  expect(wrong).toEqual([]);
});

/** Every step of a conflict is a place to crash; the two versions are there once each, whatever folder they are in by then. */
test('a file that steps aside, in a folder renamed after the crash, is not doubled', async () => {
  const wrong: string[] = [];
  let at = 1;
  for (let isOver = false; !isOver; at += 1) {
    const stage = setStage();
    const { laptop, desktop, sync, bucket } = stage;
    laptop.disk.write('d/a.txt', 'first');
    for (const device of [laptop, desktop, laptop]) await sync(device);
    desktop.disk.write('d/a.txt', 'from the desktop');
    await sync(desktop);
    laptop.disk.write('d/a.txt', 'from the laptop');
    isOver = await endsBefore(stage, at);
    laptop.disk.rename('d', 'e');
    for (const device of [laptop, desktop, laptop, desktop]) await sync(device);
    const files = bucket().filter((path) => !path.endsWith('/'));
    const texts = [...laptop.disk.tree().values()].map((bytes) => Buffer.from(bytes).toString()).sort();
    if (JSON.stringify(texts) !== JSON.stringify(['from the desktop', 'from the laptop']))
      wrong.push(`step ${String(at)}: ${files.join(', ')} hold ${texts.join(', ')}`);
  }
  expect(at).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

/** Copied under the new name, removed under the old one, not recorded yet: each of these is a place to crash. */
test.each([
  ['a file', 'd/a.txt', 'd/b.txt'],
  ['a folder', 'd', 'e'],
])(
  '%s that the user renamed, and renamed back after the crash, is there once, under its old name',
  async (_what, from, to) => {
    const wrong: string[] = [];
    let at = 1;
    for (let isOver = false; !isOver; at += 1) {
      const stage = setStage();
      const { laptop, desktop, sync, bucket } = stage;
      laptop.disk.write('d/a.txt', 'text');
      laptop.disk.write('other.txt', 'other');
      for (const device of [laptop, desktop, laptop]) await sync(device);
      laptop.disk.rename(from, to);
      isOver = await endsBefore(stage, at);
      laptop.disk.rename(to, from);
      for (const device of [laptop, desktop, laptop, desktop]) await sync(device);
      const trees = [
        [...laptop.disk.tree().keys()],
        [...desktop.disk.tree().keys()],
        bucket().filter((path) => !path.endsWith('/')),
      ];
      if (trees.some((tree) => tree.sort().join() !== 'd/a.txt,other.txt'))
        wrong.push(`step ${String(at)}: ${trees.map((tree) => tree.join()).join(' / ')}`);
    }
    expect(at).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  },
);
