// Files and folders that change places: what is carried over is the new order, not the bytes.
import { expect } from 'vitest';
import { settle } from '../story.ts';
import type { Story, StoryDevice, StoryWorld } from '../story.ts';
import type { ToldReport } from '../../support/sync-told.ts';

type Files = Readonly<Record<string, string>>;

async function contents(device: StoryDevice): Promise<Files> {
  const found: Record<string, string> = {};
  for (const path of await device.tree()) found[path] = (await device.read(path)) ?? '';
  return found;
}

function transfers(report: ToldReport): readonly string[] {
  return report.ended
    .filter(({ op, outcome }) => outcome.kind === 'done' && (op.kind === 'upload' || op.kind === 'download'))
    .map(({ op }) => `${op.kind} ${op.path}`);
}

async function pairOf({ device }: StoryWorld, files: Files): Promise<readonly [StoryDevice, StoryDevice]> {
  const laptop = device('laptop');
  const phone = device('phone');
  for (const [path, text] of Object.entries(files)) await laptop.write(path, text);
  await settle(laptop, phone);
  return [laptop, phone];
}

/** `sent`: what has to travel all the same, because it is new. */
function told(
  name: string,
  before: Files,
  act: (laptop: StoryDevice) => Promise<void>,
  after: Files,
  sent: readonly string[] = [],
): Story {
  return {
    name,
    async tell(world) {
      const [laptop, phone] = await pairOf(world, before);
      await act(laptop);
      const there = transfers(await laptop.sync({ approve: true }));
      const here = transfers(await phone.sync({ approve: true }));
      if (await laptop.movesOver()) {
        expect(there).toEqual(sent.map((path) => `upload ${path}`));
        expect(here).toEqual(sent.map((path) => `download ${path}`));
      }
      await settle(laptop, phone);
      expect(await contents(laptop)).toEqual(after);
      expect(await contents(phone)).toEqual(after);
      expect(await world.bucket.tree()).toEqual(Object.keys(after).sort());
    },
  };
}

async function swap(device: StoryDevice, one: string, other: string): Promise<void> {
  await device.rename(one, 'between');
  await device.rename(other, one);
  await device.rename('between', other);
}

/** All of it at once in the bucket: `[new name, old name]`. */
function inTheBucket(name: string, before: Files, after: Files): Story {
  return {
    name,
    // A real disk's clock is too coarse for files of this age: those are read again, and may be fetched before they are known.
    on: 'fakes',
    async tell(world) {
      const laptop = world.device('laptop');
      for (const [path, text] of Object.entries(before)) await laptop.write(path, text);
      await settle(laptop);
      for (const path of Object.keys(before)) if (!(path in after)) await world.bucket.remove(path);
      for (const [path, text] of Object.entries(after)) {
        if (before[path] !== text) await world.bucket.put(path, text);
      }
      const moved = transfers(await laptop.sync({ approve: true }));
      if (await laptop.movesOver()) expect(moved).toEqual([]);
      await settle(laptop);
      expect(await contents(laptop)).toEqual(after);
      expect(await world.bucket.tree()).toEqual(Object.keys(after).sort());
    },
  };
}

export const rearranged: readonly Story[] = [
  told(
    'two files swap their names, and no byte travels',
    { 'a.txt': 'bytes of a', 'b.txt': 'the bytes of b', 'z.txt': 'z' },
    (laptop) => swap(laptop, 'a.txt', 'b.txt'),
    { 'a.txt': 'the bytes of b', 'b.txt': 'bytes of a', 'z.txt': 'z' },
  ),
  told(
    'two files of the same length swap their names, and no byte travels',
    { 'a.txt': 'bytes of a', 'b.txt': 'bytes of b' },
    (laptop) => swap(laptop, 'a.txt', 'b.txt'),
    { 'a.txt': 'bytes of b', 'b.txt': 'bytes of a' },
  ),
  told(
    'three files change places in a ring, and no byte travels',
    { a: 'of a', b: 'of b, longer', c: 'of c, the longest', z: 'z' },
    async (laptop) => {
      await swap(laptop, 'a', 'b');
      await swap(laptop, 'b', 'c');
    },
    { a: 'of b, longer', b: 'of c, the longest', c: 'of a', z: 'z' },
  ),
  told(
    'a chain of renames, each into the name that the next one left, and no byte travels',
    { a: 'of a', b: 'of b, longer', c: 'of c, the longest' },
    async (laptop) => {
      await laptop.rename('c', 'd');
      await laptop.rename('b', 'c');
      await laptop.rename('a', 'b');
    },
    { b: 'of a', c: 'of b, longer', d: 'of c, the longest' },
  ),
  told(
    'two folders swap their names, and no byte travels',
    { 'f/a.txt': 'a of f', 'f/only.txt': 'only in f', 'g/a.txt': 'a of g, longer', 'g/sub/b.txt': 'b of g' },
    (laptop) => swap(laptop, 'f', 'g'),
    { 'g/a.txt': 'a of f', 'g/only.txt': 'only in f', 'f/a.txt': 'a of g, longer', 'f/sub/b.txt': 'b of g' },
  ),
  told(
    'a folder takes the name of one that moved on, and no byte travels',
    { 'f/a.txt': 'a of f', 'g/a.txt': 'a of g, longer', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.rename('g', 'h');
      await laptop.rename('f', 'g');
    },
    { 'g/a.txt': 'a of f', 'h/a.txt': 'a of g, longer', 'z.txt': 'z' },
  ),
  told(
    'a file is renamed over another one, and no byte travels',
    { 'draft.txt': 'the new text', 'final.txt': 'the old text, which goes', 'z.txt': 'z' },
    (laptop) => laptop.rename('draft.txt', 'final.txt'),
    { 'final.txt': 'the new text', 'z.txt': 'z' },
  ),
  told(
    'an editor keeps the old text under a name of its own: only the new text travels',
    { 'a.txt': 'the old text', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.rename('a.txt', 'a.txt.bak');
      await laptop.write('a.txt', 'the new text, a little longer');
    },
    { 'a.txt': 'the new text, a little longer', 'a.txt.bak': 'the old text', 'z.txt': 'z' },
    ['a.txt'],
  ),
  inTheBucket(
    'another program swaps two files in the bucket, and no byte travels',
    { 'a.txt': 'bytes of a', 'b.txt': 'the bytes of b', 'z.txt': 'z' },
    { 'a.txt': 'the bytes of b', 'b.txt': 'bytes of a', 'z.txt': 'z' },
  ),
  inTheBucket(
    'another program shifts a ring of three and a chain of two, and no byte travels',
    { a: 'of a', b: 'of b, longer', c: 'of c, the longest', 'x/1': 'number 1', 'x/2': 'number 2 of all' },
    { a: 'of c, the longest', b: 'of a', c: 'of b, longer', 'x/2': 'number 1', 'x/3': 'number 2 of all' },
  ),
  {
    name: 'two files swap their names while the other device edits one of them: nothing is lost',
    async tell(world) {
      const [laptop, phone] = await pairOf(world, { a: 'of a', b: 'of b, longer', z: 'z' });
      await swap(laptop, 'a', 'b');
      await phone.write('a', 'edited on the phone');
      await settle(phone, laptop);
      expect(await contents(phone)).toEqual(await contents(laptop));
      const texts = Object.values(await contents(laptop));
      expect(texts).toEqual(expect.arrayContaining(['edited on the phone', 'of a', 'of b, longer']));
    },
  },
];
