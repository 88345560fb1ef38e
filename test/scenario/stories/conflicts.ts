// Two people, or one with two devices, at the same time: both versions stay, on every device.
import { expect } from 'vitest';
import { settle } from '../story.ts';
import type { Story, StoryDevice } from '../story.ts';

async function allTexts(device: StoryDevice): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const path of await device.tree()) texts.push((await device.read(path)) ?? '');
  return texts.sort();
}

async function apart(
  world: Parameters<Story['tell']>[0],
): Promise<{ readonly laptop: StoryDevice; readonly phone: StoryDevice }> {
  const laptop = world.device('laptop');
  const phone = world.device('phone');
  await laptop.write('a.txt', 'base');
  await laptop.write('keep.txt', 'keep');
  await settle(laptop, phone);
  return { laptop, phone };
}

export const conflicts: readonly Story[] = [
  {
    name: 'both edited: both are kept on both devices',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.write('a.txt', 'from the laptop');
      await phone.write('a.txt', 'from the phone');
      await settle(laptop, phone);
      expect(await allTexts(laptop)).toEqual(['from the laptop', 'from the phone', 'keep']);
      expect(await allTexts(phone)).toEqual(await allTexts(laptop));
    },
  },
  {
    name: 'the conflict copy is named after the day and the device',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.write('a.txt', 'from the laptop');
      await phone.write('a.txt', 'from the phone');
      await settle(laptop, phone);
      const copies = (await laptop.tree()).filter((path) => path.includes('conflict'));
      expect(copies).toHaveLength(1);
      expect(copies[0]).toMatch(/^a \(conflict \d{4}-\d{2}-\d{2} (laptop|phone).*\)\.txt$/u);
    },
  },
  {
    name: 'both made different files of one name',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('new.txt', 'from the laptop');
      await phone.write('new.txt', 'from the phone');
      await settle(laptop, phone);
      expect(await allTexts(phone)).toEqual(['from the laptop', 'from the phone']);
      expect(await allTexts(laptop)).toEqual(await allTexts(phone));
    },
  },
  {
    name: 'three devices edit one file: three versions everywhere',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      const desk = world.device('desk');
      await settle(laptop, phone, desk);
      await laptop.write('a.txt', 'laptop');
      await phone.write('a.txt', 'phone');
      await desk.write('a.txt', 'desk');
      await settle(laptop, phone, desk);
      for (const one of [laptop, phone, desk]) {
        expect(await allTexts(one)).toEqual(['desk', 'keep', 'laptop', 'phone']);
      }
    },
  },
  {
    name: 'a second conflict of the same file does not nest names',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      for (const round of ['1', '2']) {
        await laptop.write('a.txt', `laptop ${round}`);
        await phone.write('a.txt', `phone ${round}`);
        await settle(laptop, phone);
      }
      const copies = (await laptop.tree()).filter((path) => path.includes('conflict'));
      expect(copies.every((path) => path.split('conflict').length === 2)).toBe(true);
      expect(await allTexts(laptop)).toEqual(await allTexts(phone));
      expect(await allTexts(laptop)).toEqual(expect.arrayContaining(['laptop 2', 'phone 2']));
    },
  },
  {
    name: 'a conflict copy is edited like any file',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.write('a.txt', 'from the laptop');
      await phone.write('a.txt', 'from the phone');
      await settle(laptop, phone);
      const copy = (await laptop.tree()).find((path) => path.includes('conflict')) ?? '';
      await laptop.write(copy, 'merged by hand');
      await settle(laptop, phone);
      expect(await phone.read(copy)).toBe('merged by hand');
    },
  },
  {
    name: 'edited here, deleted there: the edit wins',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.write('a.txt', 'still needed');
      await phone.remove('a.txt');
      await settle(phone, laptop);
      expect(await phone.read('a.txt')).toBe('still needed');
      expect(await laptop.read('a.txt')).toBe('still needed');
    },
  },
  {
    name: 'deleted here, edited there: the edit comes back',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.remove('a.txt');
      await phone.write('a.txt', 'still needed');
      await settle(phone, laptop);
      expect(await laptop.read('a.txt')).toBe('still needed');
    },
  },
  {
    name: 'a folder deleted here, a file in it edited there',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('folder/a.txt', 'one');
      await laptop.write('folder/b.txt', 'two');
      await laptop.write('x.txt', 'x');
      await settle(laptop, phone);
      await laptop.remove('folder');
      await phone.write('folder/a.txt', 'edited');
      await settle(phone, laptop);
      expect(await laptop.tree()).toEqual(['folder/a.txt', 'x.txt']);
      expect(await phone.tree()).toEqual(['folder/a.txt', 'x.txt']);
    },
  },
  {
    name: 'a folder deleted here, a new file put into it there',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('folder/a.txt', 'one');
      await laptop.write('x.txt', 'x');
      await settle(laptop, phone);
      await laptop.remove('folder');
      await phone.write('folder/new.txt', 'new');
      await settle(phone, laptop);
      expect(await laptop.tree()).toEqual(['folder/new.txt', 'x.txt']);
    },
  },
  {
    name: 'a file became a folder here and was edited there',
    async tell(world) {
      const { laptop, phone } = await apart(world);
      await laptop.remove('a.txt');
      await laptop.write('a.txt/inside', 'in a folder now');
      await phone.write('a.txt', 'edited as a file');
      await settle(laptop, phone);
      const texts = await allTexts(laptop);
      expect(texts).toEqual(expect.arrayContaining(['in a folder now', 'edited as a file', 'keep']));
      expect(await allTexts(phone)).toEqual(texts);
    },
  },
  {
    name: 'an edit in the bucket by another program meets a local edit',
    async tell(world) {
      const { laptop } = await apart(world);
      await world.bucket.put('a.txt', 'by rclone');
      await laptop.write('a.txt', 'by hand');
      await settle(laptop);
      expect(await allTexts(laptop)).toEqual(['by hand', 'by rclone', 'keep']);
      expect(await laptop.read('a.txt')).toBe('by rclone');
    },
  },
  {
    name: 'both sides ended up with the same bytes by different roads',
    async tell(world) {
      const { laptop } = await apart(world);
      await laptop.write('a.txt', 'the same end');
      await world.bucket.put('a.txt', 'the same end');
      await settle(laptop);
      expect(await laptop.tree()).toEqual(['a.txt', 'keep.txt']);
    },
  },
];
