// Renames and moves of files and folders, alone and against edits on the other side.
import { expect } from 'vitest';
import { settle } from '../story.ts';
import type { Story, StoryDevice, StoryWorld } from '../story.ts';

async function pairOf(
  { device }: StoryWorld,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly laptop: StoryDevice; readonly phone: StoryDevice }> {
  const laptop = device('laptop');
  const phone = device('phone');
  for (const [path, text] of Object.entries(files)) await laptop.write(path, text);
  await settle(laptop, phone);
  return { laptop, phone };
}

async function contents(device: StoryDevice): Promise<Readonly<Record<string, string | null>>> {
  const found: Record<string, string | null> = {};
  for (const path of await device.tree()) found[path] = await device.read(path);
  return found;
}

function moved(
  name: string,
  before: Record<string, string>,
  act: (laptop: StoryDevice) => Promise<void>,
  after: Record<string, string>,
): Story {
  return {
    name,
    async tell(world) {
      const { laptop, phone } = await pairOf(world, before);
      await act(laptop);
      await settle(laptop, phone);
      expect(await contents(laptop)).toEqual(after);
      expect(await contents(phone)).toEqual(after);
    },
  };
}

export const moves: readonly Story[] = [
  moved(
    'a file is renamed',
    { 'a.txt': 'bytes one', 'z.txt': 'z' },
    (laptop) => laptop.rename('a.txt', 'b.txt'),
    { 'b.txt': 'bytes one', 'z.txt': 'z' },
  ),
  moved(
    'a file is moved into a folder',
    { 'a.txt': 'bytes one', 'f/z.txt': 'z' },
    (laptop) => laptop.rename('a.txt', 'f/a.txt'),
    { 'f/a.txt': 'bytes one', 'f/z.txt': 'z' },
  ),
  moved(
    'a file is moved out of its folder, which stays empty',
    { 'f/a.txt': 'bytes one', 'z.txt': 'z' },
    (laptop) => laptop.rename('f/a.txt', 'a.txt'),
    { 'a.txt': 'bytes one', 'f/': null as unknown as string, 'z.txt': 'z' },
  ),
  moved(
    'a folder is renamed',
    { 'f/a.txt': 'one', 'f/g/b.txt': 'two', 'z.txt': 'z' },
    (laptop) => laptop.rename('f', 'h'),
    { 'h/a.txt': 'one', 'h/g/b.txt': 'two', 'z.txt': 'z' },
  ),
  moved(
    'a folder is moved into another',
    { 'f/a.txt': 'one', 'g/b.txt': 'two' },
    (laptop) => laptop.rename('f', 'g/f'),
    { 'g/b.txt': 'two', 'g/f/a.txt': 'one' },
  ),
  moved(
    'only the letter case of a name changes',
    { 'readme.txt': 'one', 'z.txt': 'z' },
    (laptop) => laptop.rename('readme.txt', 'README.txt'),
    { 'README.txt': 'one', 'z.txt': 'z' },
  ),
  moved(
    'two files swap their names',
    { 'a.txt': 'bytes of a', 'b.txt': 'bytes of b' },
    async (laptop) => {
      await laptop.rename('a.txt', 'tmp');
      await laptop.rename('b.txt', 'a.txt');
      await laptop.rename('tmp', 'b.txt');
    },
    { 'a.txt': 'bytes of b', 'b.txt': 'bytes of a' },
  ),
  moved(
    'three files change places in a ring',
    { a: 'of a', b: 'of b', c: 'of c' },
    async (laptop) => {
      await laptop.rename('a', 'tmp');
      await laptop.rename('c', 'a');
      await laptop.rename('b', 'c');
      await laptop.rename('tmp', 'b');
    },
    { a: 'of c', b: 'of a', c: 'of b' },
  ),
  moved(
    'a chain of renames: b makes room for a',
    { a: 'of a', b: 'of b' },
    async (laptop) => {
      await laptop.rename('b', 'c');
      await laptop.rename('a', 'b');
    },
    { b: 'of a', c: 'of b' },
  ),
  moved(
    'renamed and then edited',
    { 'a.txt': 'bytes one', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.rename('a.txt', 'b.txt');
      await laptop.write('b.txt', 'edited after the rename');
    },
    { 'b.txt': 'edited after the rename', 'z.txt': 'z' },
  ),
  moved(
    'a file is renamed and another takes its name',
    { 'a.txt': 'old a', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.rename('a.txt', 'a.bak');
      await laptop.write('a.txt', 'new a');
    },
    { 'a.bak': 'old a', 'a.txt': 'new a', 'z.txt': 'z' },
  ),
  moved(
    'an editor saves by writing a new file over the old name',
    { 'a.txt': 'draft', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.write('a.txt.new', 'saved');
      await laptop.rename('a.txt.new', 'a.txt');
    },
    { 'a.txt': 'saved', 'z.txt': 'z' },
  ),
  moved(
    'a file becomes a folder',
    { thing: 'a file', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.remove('thing');
      await laptop.write('thing/inside', 'now a folder');
    },
    { 'thing/inside': 'now a folder', 'z.txt': 'z' },
  ),
  moved(
    'a folder becomes a file',
    { 'thing/inside': 'a folder', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.remove('thing');
      await laptop.write('thing', 'now a file');
    },
    { thing: 'now a file', 'z.txt': 'z' },
  ),
  moved(
    'a folder takes the place of its parent',
    { 'f/g/a.txt': 'one', 'z.txt': 'z' },
    async (laptop) => {
      await laptop.rename('f/g', 'tmp');
      await laptop.remove('f');
      await laptop.rename('tmp', 'f');
    },
    { 'f/a.txt': 'one', 'z.txt': 'z' },
  ),
  moved(
    'an empty folder is renamed',
    { 'z.txt': 'z' },
    async (laptop) => {
      await laptop.makeFolder('empty');
      await laptop.rename('empty', 'still empty');
    },
    { 'still empty/': null as unknown as string, 'z.txt': 'z' },
  ),
  {
    name: 'a renamed file is not uploaded again where the store copies safely',
    async tell(world) {
      const { laptop } = await pairOf(world, { 'a.txt': 'some bytes that are known', 'z.txt': 'z' });
      await laptop.rename('a.txt', 'b.txt');
      const plan = await laptop.plan();
      expect(plan.some((op) => op === 'move-remote b.txt' || op === 'upload b.txt')).toBe(true);
      expect(plan).not.toContain('download b.txt');
      await laptop.sync();
      expect(await world.bucket.tree()).toEqual(['b.txt', 'z.txt']);
    },
  },
  {
    name: 'renamed here, edited there: no version is lost',
    async tell(world) {
      const { laptop, phone } = await pairOf(world, { 'a.txt': 'base bytes', 'z.txt': 'z' });
      await laptop.rename('a.txt', 'b.txt');
      await phone.write('a.txt', 'edited on the phone');
      await settle(phone, laptop);
      const texts = Object.values(await contents(laptop));
      expect(texts).toContain('edited on the phone');
      expect(await contents(phone)).toEqual(await contents(laptop));
    },
  },
  {
    name: 'a folder renamed here, a file in it edited there',
    async tell(world) {
      const { laptop, phone } = await pairOf(world, { 'f/a.txt': 'one', 'f/b.txt': 'two', 'z.txt': 'z' });
      await laptop.rename('f', 'g');
      await phone.write('f/a.txt', 'edited on the phone');
      await settle(phone, laptop);
      expect(Object.values(await contents(laptop))).toEqual(
        expect.arrayContaining(['edited on the phone', 'two', 'z']),
      );
      expect(await contents(phone)).toEqual(await contents(laptop));
    },
  },
  {
    name: 'both rename the same file differently',
    async tell(world) {
      const { laptop, phone } = await pairOf(world, { 'a.txt': 'the bytes', 'z.txt': 'z' });
      await laptop.rename('a.txt', 'laptop.txt');
      await phone.rename('a.txt', 'phone.txt');
      await settle(laptop, phone);
      expect(await contents(phone)).toEqual(await contents(laptop));
      expect(Object.values(await contents(laptop))).toContain('the bytes');
      expect(Object.keys(await contents(laptop))).not.toContain('a.txt');
    },
  },
  {
    name: 'another program renames in the bucket',
    async tell(world) {
      const { laptop } = await pairOf(world, { 'a.txt': 'the bytes', 'z.txt': 'z' });
      await world.bucket.put('b.txt', 'the bytes');
      await world.bucket.remove('a.txt');
      await settle(laptop);
      expect(await contents(laptop)).toEqual({ 'b.txt': 'the bytes', 'z.txt': 'z' });
    },
  },
  {
    name: 'a file is moved onto a name that the other side has just taken',
    async tell(world) {
      const { laptop, phone } = await pairOf(world, { 'a.txt': 'moving', 'z.txt': 'z' });
      await laptop.rename('a.txt', 'b.txt');
      await phone.write('b.txt', 'taken');
      await settle(phone, laptop);
      expect(Object.values(await contents(laptop)).sort()).toEqual(['moving', 'taken', 'z']);
      expect(await contents(phone)).toEqual(await contents(laptop));
    },
  },
];
