// Disks that fold letter case: one entry under every spelling, and a bucket in which the spellings are several keys.
import { expect } from 'vitest';
import type { DiskKind } from '../../fakes/disk-kinds.ts';
import { doneBy, settle } from '../story.ts';
import type { Story, StoryDevice, StoryWorld } from '../story.ts';

type Told = (world: StoryWorld, disk: DiskKind) => Promise<void>;

const foldingDisks = ['exfat', 'ntfs-ignore-case', 'apfs'] as const satisfies readonly DiskKind[];
/** These list a name as it was created, so that a rename in letter case can be seen. */
const preservingDisks = ['exfat', 'apfs'] as const satisfies readonly DiskKind[];

function onEach(disks: readonly DiskKind[], name: string, told: Told): readonly Story[] {
  return disks.map((disk) => ({
    name: `${name} (${disk})`,
    on: 'fakes',
    tell: (world) => told(world, disk),
  }));
}

/** Whatever the disk's own spelling is. */
async function hasFile(device: StoryDevice, path: string, text: string): Promise<void> {
  expect(await device.read(path)).toBe(text);
  expect((await device.tree()).map((one) => one.toLowerCase())).toContain(path.toLowerCase());
}

export const folding: readonly Story[] = [
  ...onEach(
    foldingDisks,
    'a file renamed elsewhere in its letter case is renamed here',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      await laptop.write('Report.txt', 'the report');
      await laptop.write('other.txt', 'other');
      await settle(laptop, stick);
      await laptop.rename('Report.txt', 'REPORT.txt');
      await settle(laptop, stick);
      await settle(stick, laptop);
      expect(await world.bucket.tree()).toEqual(['REPORT.txt', 'other.txt']);
      await hasFile(stick, 'REPORT.txt', 'the report');
      await hasFile(laptop, 'REPORT.txt', 'the report');
      if (disk !== 'ntfs-ignore-case') expect(await stick.tree()).toEqual(['REPORT.txt', 'other.txt']);
      await stick.write('REPORT.txt', 'edited on the stick');
      await settle(stick, laptop);
      expect(await laptop.read('REPORT.txt')).toBe('edited on the stick');
      expect(await world.bucket.tree()).toEqual(['REPORT.txt', 'other.txt']);
    },
  ),
  ...onEach(
    foldingDisks,
    'a folder renamed elsewhere in its letter case is renamed here',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      for (const name of ['1.jpg', '2.jpg', 'deep/3.jpg'])
        await laptop.write(`Photos/${name}`, `text of ${name}`);
      await settle(laptop, stick);
      await laptop.rename('Photos', 'photos');
      await settle(laptop);
      // Nothing leaves the disk for it, and nothing is fetched.
      expect(doneBy(await stick.sync())).toEqual(['move-local']);
      await settle(stick, laptop);
      const all = ['photos/1.jpg', 'photos/2.jpg', 'photos/deep/3.jpg'];
      expect(await world.bucket.tree()).toEqual(all);
      expect(await laptop.tree()).toEqual(all);
      for (const path of all) await hasFile(stick, path, `text of ${path.slice(7).replace('photos/', '')}`);
      if (disk !== 'ntfs-ignore-case') expect(await stick.tree()).toEqual(all);
    },
  ),
  ...onEach(
    foldingDisks,
    'a file that has another spelling here is replaced and never renamed',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      await world.bucket.put('f', 'first');
      await stick.write('F', 'first');
      await settle(stick, laptop);
      await laptop.write('f', 'edited on the laptop');
      await settle(laptop, stick);
      await settle(stick, laptop);
      expect(await world.bucket.tree()).toEqual(['f']);
      expect(await laptop.tree()).toEqual(['f']);
      await hasFile(stick, 'f', 'edited on the laptop');
    },
  ),
  ...onEach(
    preservingDisks,
    'a file and a folder renamed here in letter case are renamed in the bucket',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      await stick.write('Mine.txt', 'mine');
      await stick.write('Folder/a', 'a');
      await stick.write('Folder/b', 'b');
      await settle(stick, laptop);
      await stick.rename('Mine.txt', 'MINE.txt');
      await stick.rename('Folder', 'FOLDER');
      await settle(stick, laptop);
      expect(await world.bucket.tree()).toEqual(['FOLDER/a', 'FOLDER/b', 'MINE.txt']);
      expect(await laptop.tree()).toEqual(['FOLDER/a', 'FOLDER/b', 'MINE.txt']);
    },
  ),
  ...onEach(
    foldingDisks,
    'a device that only downloads renames nothing for the others',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      await laptop.write('Readme.md', 'readme');
      await laptop.write('Some/Folder/File.TXT', 'file');
      await settle(laptop, stick);
      await settle(stick, laptop);
      const all = ['Readme.md', 'Some/Folder/File.TXT'];
      expect(await world.bucket.tree()).toEqual(all);
      expect(await laptop.tree()).toEqual(all);
      await stick.remove('readme.md');
      await settle(stick, laptop);
      expect(await laptop.tree()).toEqual(['Some/Folder/File.TXT']);
    },
  ),
  ...onEach(
    foldingDisks,
    'what both sides have already in two spellings is one, and the bucket’s spelling stays',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      await world.bucket.put('Photos/1.jpg', 'one');
      await world.bucket.put('Notes.txt', 'notes');
      await stick.write('photos/2.jpg', 'two');
      await stick.write('NOTES.txt', 'notes');
      await settle(stick);
      expect(await world.bucket.tree()).toEqual(['Notes.txt', 'Photos/1.jpg', 'Photos/2.jpg']);
      expect((await stick.tree()).map((path) => path.toLowerCase())).toEqual([
        'notes.txt',
        'photos/1.jpg',
        'photos/2.jpg',
      ]);
      await stick.write('photos/1.jpg', 'one, edited');
      await settle(stick);
      expect(await world.bucket.read('Photos/1.jpg')).toBe('one, edited');
      expect(await world.bucket.tree()).toEqual(['Notes.txt', 'Photos/1.jpg', 'Photos/2.jpg']);
    },
  ),
  ...onEach(
    foldingDisks,
    'of two keys that differ in letter case one is here and the other is reported',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      await world.bucket.put('Case.md', 'first');
      await world.bucket.put('CASE.md', 'SECOND');
      await settle(stick);
      await settle(stick);
      expect(await world.bucket.tree()).toEqual(['CASE.md', 'Case.md']);
      expect(await world.bucket.read('Case.md')).toBe('first');
      expect(await world.bucket.read('CASE.md')).toBe('SECOND');
      expect(await stick.tree()).toHaveLength(1);
      const report = await stick.sync();
      expect(report.kind === 'ended' && report.planProblems.map(({ code }) => code)).toEqual(['case-clash']);
    },
  ),
  ...onEach(
    foldingDisks,
    'a file removed here goes there, and one removed there goes here',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      for (const name of ['One.txt', 'Two.txt', 'Three.txt']) await laptop.write(`Dir/${name}`, name);
      await settle(laptop, stick);
      await laptop.remove('Dir/One.txt');
      await stick.remove('Dir/Two.txt');
      await settle(laptop, stick);
      expect(await world.bucket.tree()).toEqual(['Dir/Three.txt']);
      expect((await stick.tree()).map((path) => path.toLowerCase())).toEqual(['dir/three.txt']);
      expect(await laptop.tree()).toEqual(['Dir/Three.txt']);
    },
  ),
  ...onEach(
    ['exfat', 'ntfs-ignore-case'],
    'a disk that keeps no modes says nothing about the executable bit',
    async (world, disk) => {
      const stick = world.device('stick', { disk });
      const laptop = world.device('laptop');
      await laptop.write('plain.txt', 'plain');
      await laptop.write('tool.sh', 'tool');
      await laptop.setExecutable('tool.sh');
      await settle(laptop, stick);
      await stick.write('plain.txt', 'edited');
      await stick.write('tool.sh', 'edited');
      await settle(stick, laptop);
      expect(await laptop.isExecutable('plain.txt')).toBe(false);
      expect(await laptop.isExecutable('tool.sh')).toBe(true);
    },
  ),
  {
    name: 'a name that the disk refuses is reported once and not downloaded',
    on: 'fakes',
    async tell({ device, bucket }) {
      const stick = device('stick', { disk: 'exfat' });
      await bucket.put('what?.txt', 'refused');
      await bucket.put('so?/inside.txt', 'refused');
      await bucket.put('good.txt', 'good');
      const report = await stick.sync();
      expect(await stick.tree()).toEqual(['good.txt']);
      expect(
        report.kind === 'ended' && report.planProblems.map(({ code, path }) => `${code} ${path}`),
      ).toEqual(['local-name-refused so?', 'local-name-refused what?.txt']);
      expect(report.ended.filter(({ op }) => op.kind === 'download')).toHaveLength(1);
    },
  },
];
