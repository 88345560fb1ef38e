// The odd events behind "all my files are gone": each one stops and asks, and nothing is lost whatever the answer.
import { expect } from 'vitest';
import type { OnceReport } from '../../../main/sync/session/sync-once.ts';
import { doneBy, settle } from '../story.ts';
import type { Story, StoryDevice, StoryWorld } from '../story.ts';

async function filled({ device }: StoryWorld, count = 12): Promise<StoryDevice> {
  const laptop = device('laptop');
  for (let index = 0; index < count; index += 1)
    await laptop.write(`file ${String(index)}.txt`, `text ${String(index)}`);
  await laptop.sync();
  return laptop;
}

function guardOf(report: OnceReport): string {
  return report.kind === 'guarded' ? report.guards.map((guard) => guard.kind).join(' ') : 'none';
}

export const guards: readonly Story[] = [
  {
    name: 'the folder was emptied: the bucket keeps everything until the user approves',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await laptop.tree()) await laptop.remove(path);
      expect(guardOf(await laptop.sync())).toBe('emptied-remote');
      expect(await world.bucket.tree()).toHaveLength(12);
      await laptop.sync({ approve: true });
      expect(await world.bucket.tree()).toEqual([]);
    },
  },
  {
    name: 'the bucket was emptied: the folder keeps everything until the user approves',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await world.bucket.tree()) await world.bucket.remove(path);
      expect(guardOf(await laptop.sync())).toBe('emptied-local');
      expect(await laptop.tree()).toHaveLength(12);
    },
  },
  {
    name: 'most of the folder was deleted',
    async tell(world) {
      const laptop = await filled(world);
      for (let index = 0; index < 8; index += 1) await laptop.remove(`file ${String(index)}.txt`);
      expect(guardOf(await laptop.sync())).toBe('mass-removal-remote');
      expect(await world.bucket.tree()).toHaveLength(12);
    },
  },
  {
    name: 'a few of many are deleted: no question is asked',
    async tell(world) {
      const laptop = await filled(world, 30);
      for (let index = 0; index < 5; index += 1) await laptop.remove(`file ${String(index)}.txt`);
      expect(guardOf(await laptop.sync())).toBe('none');
      expect(await world.bucket.tree()).toHaveLength(25);
    },
  },
  {
    name: 'deletes in small portions add up until a quiet look at everything',
    async tell(world) {
      const laptop = await filled(world, 16);
      for (let index = 0; index < 4; index += 1) await laptop.remove(`file ${String(index)}.txt`);
      expect(guardOf(await laptop.sync())).toBe('none');
      // That sync ended quietly over everything, so the count began again.
      for (let index = 4; index < 8; index += 1) await laptop.remove(`file ${String(index)}.txt`);
      expect(guardOf(await laptop.sync())).toBe('none');
      expect(await world.bucket.tree()).toHaveLength(8);
    },
  },
  {
    name: 'every file was replaced (as ransomware does): it stops',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await laptop.tree()) await laptop.write(path, `scrambled ${path}`);
      expect(guardOf(await laptop.sync())).toBe('mass-replacement-remote');
      expect(await world.bucket.read('file 3.txt')).toBe('text 3');
    },
  },
  {
    name: 'every file got another extension',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await laptop.tree()) await laptop.rename(path, path.replace('.txt', '.locked'));
      expect(guardOf(await laptop.sync())).toMatch(/mass-(?:replacement|removal)-remote|emptied-remote/u);
      expect(await world.bucket.read('file 3.txt')).toBe('text 3');
    },
  },
  {
    name: 'the folder was emptied and the answer is to keep: everything comes back, and nothing is asked again',
    async tell(world) {
      const laptop = world.device('laptop');
      for (let index = 0; index < 12; index += 1)
        await laptop.write(`f${String(index % 3)}/file ${String(index)}.txt`, `text ${String(index)}`);
      await laptop.makeFolder('empty');
      await laptop.sync();
      const before = await laptop.tree();
      for (const folder of ['f0', 'f1', 'f2', 'empty']) await laptop.remove(folder);
      const report = await laptop.sync({ keep: true });
      expect(guardOf(report)).toBe('none');
      expect(report).toMatchObject({ isInSync: true });
      expect(await laptop.tree()).toEqual(before);
      expect(await laptop.read('f1/file 4.txt')).toBe('text 4');
      expect(await world.bucket.tree()).toContain('f2/file 11.txt');
      expect(doneBy(await laptop.sync())).toEqual([]);
    },
  },
  {
    name: 'the bucket was emptied and the answer is to keep: everything is put back there',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await world.bucket.tree()) await world.bucket.remove(path);
      const report = await laptop.sync({ keep: true });
      expect(report).toMatchObject({ kind: 'ended', isInSync: true });
      expect(await world.bucket.tree()).toHaveLength(12);
      expect(await laptop.tree()).toHaveLength(12);
      expect(doneBy(await laptop.sync())).toEqual([]);
    },
  },
  {
    name: 'every file was replaced here and the answer is to keep: the bucket’s versions come back',
    async tell(world) {
      const laptop = await filled(world);
      // Of the same size as before, so that only the bytes tell them apart.
      for (const path of await laptop.tree())
        await laptop.write(path, (await laptop.read(path))?.toUpperCase() ?? '');
      expect(await laptop.read('file 3.txt')).toBe('TEXT 3');
      await laptop.write('file 5.txt', 'scrambled and longer');
      const report = await laptop.sync({ keep: true });
      expect(report).toMatchObject({ kind: 'ended', isInSync: true });
      expect(await laptop.read('file 3.txt')).toBe('text 3');
      expect(await laptop.read('file 5.txt')).toBe('text 5');
      expect(await world.bucket.read('file 5.txt')).toBe('text 5');
      expect(await laptop.tree()).toHaveLength(12);
      expect(laptop.trash()).toContain('file 5.txt');
      expect(doneBy(await laptop.sync())).toEqual([]);
    },
  },
  {
    name: 'every file was replaced in the bucket and the answer is to keep: the versions from here are put back',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await world.bucket.tree()) await world.bucket.put(path, `scrambled ${path}`);
      const report = await laptop.sync({ keep: true });
      expect(report).toMatchObject({ kind: 'ended', isInSync: true });
      expect(await world.bucket.read('file 3.txt')).toBe('text 3');
      expect(await laptop.read('file 3.txt')).toBe('text 3');
      expect(await world.bucket.tree()).toHaveLength(12);
      expect(doneBy(await laptop.sync())).toEqual([]);
    },
  },
  {
    name: 'every file got another extension and the answer is to keep: the old names are back beside the new ones',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await laptop.tree()) await laptop.rename(path, path.replace('.txt', '.locked'));
      const report = await laptop.sync({ keep: true });
      expect(report).toMatchObject({ kind: 'ended', isInSync: true });
      expect(await laptop.read('file 3.txt')).toBe('text 3');
      expect(await laptop.read('file 3.locked')).toBe('text 3');
      expect(await world.bucket.tree()).toHaveLength(24);
    },
  },
  {
    name: 'two devices, one of them emptied: what is kept is on both, and neither asks',
    async tell(world) {
      const laptop = await filled(world);
      const office = world.device('office');
      await office.sync();
      for (const path of await laptop.tree()) await laptop.remove(path);
      await laptop.sync({ keep: true });
      expect(guardOf(await office.sync())).toBe('none');
      expect(await office.tree()).toHaveLength(12);
      expect(await laptop.tree()).toHaveLength(12);
    },
  },
  {
    name: 'the answer to keep is for what was asked: a file deleted beside it afterwards goes',
    async tell(world) {
      const laptop = await filled(world, 16);
      for (let index = 0; index < 8; index += 1) await laptop.remove(`file ${String(index)}.txt`);
      await laptop.sync({ keep: true });
      expect(await laptop.tree()).toHaveLength(16);
      await laptop.remove('file 9.txt');
      expect(guardOf(await laptop.sync())).toBe('none');
      expect(await world.bucket.tree()).toHaveLength(15);
    },
  },
  {
    name: 'the whole folder was renamed: that is a move and no question',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      for (let index = 0; index < 12; index += 1)
        await laptop.write(`old/${String(index)}.txt`, `text ${String(index)}`);
      await laptop.sync();
      await laptop.rename('old', 'new');
      expect(guardOf(await laptop.sync())).toBe('none');
      expect((await bucket.tree()).every((path) => path.startsWith('new/'))).toBe(true);
    },
  },
  {
    name: 'the drive is not mounted: the pair stops, nothing is deleted',
    on: 'fakes',
    async tell(world) {
      const laptop = await filled(world);
      await laptop.unplug();
      await expect(laptop.sync()).rejects.toMatchObject({ code: 'root-missing' });
      expect(await world.bucket.tree()).toHaveLength(12);
      await laptop.plugIn();
      expect(guardOf(await laptop.sync())).toBe('none');
    },
  },
  {
    name: 'an empty drive is mounted where the folder was',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await laptop.tree()) await laptop.remove(path);
      await laptop.remove('.driftless');
      expect(guardOf(await laptop.sync())).toBe('root-marker-missing');
      expect(await world.bucket.tree()).toHaveLength(12);
    },
  },
  {
    name: 'the marker is gone and the user approves: everything merges, nothing is deleted',
    async tell(world) {
      const laptop = await filled(world);
      await laptop.remove('.driftless');
      await laptop.remove('file 3.txt');
      expect(guardOf(await laptop.sync())).toBe('root-marker-missing');
      await laptop.sync({ approve: true });
      expect(await laptop.read('file 3.txt')).toBe('text 3');
      expect(await world.bucket.tree()).toHaveLength(12);
    },
  },
  {
    name: "the bucket's marker is gone with most of what was there: it stops and asks",
    async tell(world) {
      const laptop = await filled(world);
      await world.bucket.remove('.driftless/space.json');
      for (const path of (await world.bucket.tree()).slice(0, 7)) await world.bucket.remove(path);
      expect(guardOf(await laptop.sync())).toBe('bucket-marker-missing');
      expect(await laptop.tree()).toHaveLength(12);
    },
  },
  {
    name: "the bucket's marker expired, its objects are as known: it is written again without a question",
    async tell(world) {
      const laptop = await filled(world);
      const desktop = world.device('desktop');
      await settle(desktop);
      const marker = await world.bucket.read('.driftless/space.json');
      await world.bucket.remove('.driftless/space.json');
      await laptop.remove('file 1.txt');
      await laptop.write('file 3.txt', 'edited on the laptop');
      await desktop.remove('file 2.txt');
      await settle(laptop, desktop);
      expect(JSON.parse((await world.bucket.read('.driftless/space.json')) ?? 'null')).toEqual(
        JSON.parse(marker ?? 'null'),
      );
      for (const tree of [await laptop.tree(), await desktop.tree(), await world.bucket.tree()]) {
        expect(tree).toHaveLength(10);
        expect(tree).not.toContain('file 1.txt');
        expect(tree).not.toContain('file 2.txt');
      }
      expect(await desktop.read('file 3.txt')).toBe('edited on the laptop');
    },
  },
  {
    name: 'another bucket answers under the same name',
    async tell(world) {
      const laptop = await filled(world);
      for (const path of await world.bucket.tree()) await world.bucket.remove(path);
      await world.bucket.put('.driftless/space.json', `{"spaceId":"${'ab'.repeat(16)}"}`);
      expect(guardOf(await laptop.sync())).toBe('bucket-marker-foreign');
      expect(await laptop.tree()).toHaveLength(12);
      await laptop.sync({ approve: true });
      expect(await laptop.tree()).toHaveLength(12);
      expect(await world.bucket.tree()).toHaveLength(12);
    },
  },
  {
    name: "the device's memory is lost: both sides merge and nothing is deleted or doubled",
    async tell(world) {
      const laptop = await filled(world);
      await laptop.remove('file 1.txt');
      await laptop.forgetState();
      await settle(laptop);
      expect(await laptop.tree()).toHaveLength(12);
      expect(await world.bucket.tree()).toHaveLength(12);
    },
  },
  {
    name: 'a first sync of two filled sides only merges',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('only here.txt', 'here');
      await laptop.write('both.txt', 'the same');
      await laptop.write('differs.txt', 'mine');
      await bucket.put('only there.txt', 'there');
      await bucket.put('both.txt', 'the same');
      await bucket.put('differs.txt', 'theirs');
      await settle(laptop);
      const tree = await laptop.tree();
      expect(tree).toEqual(
        expect.arrayContaining(['only here.txt', 'only there.txt', 'both.txt', 'differs.txt']),
      );
      expect(tree).toHaveLength(5);
      expect(await bucket.tree()).toEqual(tree);
    },
  },
  {
    name: 'a plan shows what would happen and does none of it',
    async tell(world) {
      const laptop = await filled(world);
      await laptop.write('new.txt', 'new');
      await laptop.remove('file 1.txt');
      await world.bucket.put('file 2.txt', 'changed there');
      expect(await laptop.plan()).toEqual([
        'download file 2.txt',
        'remove-remote file 1.txt',
        'upload new.txt',
      ]);
      expect(await world.bucket.read('file 1.txt')).toBe('text 1');
      expect(await laptop.read('file 2.txt')).toBe('text 2');
      expect(await world.bucket.read('new.txt')).toBeNull();
    },
  },
];
