// What people do every day: make, edit, delete, with one device and with two.
import { expect } from 'vitest';
import { doneBy, settle } from '../story.ts';
import type { Story } from '../story.ts';

export const everyday: readonly Story[] = [
  {
    name: 'a new file goes up',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      const report = await laptop.sync();
      expect(report.kind === 'ended' && report.isInSync).toBe(true);
      expect(await bucket.read('a.txt')).toBe('one');
    },
  },
  {
    name: 'a new file comes down',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await bucket.put('a.txt', 'one');
      await laptop.sync();
      expect(await laptop.read('a.txt')).toBe('one');
    },
  },
  {
    name: 'an edit goes up',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.sync();
      await laptop.write('a.txt', 'two');
      await laptop.sync();
      expect(await bucket.read('a.txt')).toBe('two');
    },
  },
  {
    name: 'an edit of the same length goes up',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.sync();
      await laptop.write('a.txt', 'six');
      await laptop.sync();
      expect(await bucket.read('a.txt')).toBe('six');
    },
  },
  {
    name: 'an edit comes down and the old bytes are in the trash',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.sync();
      await bucket.put('a.txt', 'from the web console');
      await laptop.sync();
      expect(await laptop.read('a.txt')).toBe('from the web console');
      expect(laptop.trash()).toContain('a.txt');
    },
  },
  {
    name: 'a deleted file is deleted in the bucket and can be brought back',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.write('b.txt', 'two');
      await laptop.sync();
      await laptop.remove('a.txt');
      await laptop.sync();
      expect(await bucket.tree()).toEqual(['b.txt']);
      await laptop.restore('a.txt');
      await laptop.sync();
      expect(await bucket.read('a.txt')).toBe('one');
    },
  },
  {
    name: 'a file deleted in the bucket goes to the local trash and can be brought back',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.write('b.txt', 'two');
      await laptop.sync();
      await bucket.remove('a.txt');
      await laptop.sync();
      expect(await laptop.tree()).toEqual(['b.txt']);
      expect(await laptop.restore('a.txt')).toBe('a.txt');
      expect(await laptop.read('a.txt')).toBe('one');
    },
  },
  {
    name: 'nothing changed, nothing is done',
    async tell({ device }) {
      const laptop = device('laptop');
      await laptop.write('a/b/c.txt', 'one');
      await laptop.sync();
      expect(doneBy(await laptop.sync())).toEqual([]);
      expect(await laptop.plan()).toEqual([]);
    },
  },
  {
    name: 'a file is only touched: nothing travels',
    async tell({ device }) {
      const laptop = device('laptop');
      await laptop.write('a.txt', 'one');
      await laptop.sync();
      await laptop.write('a.txt', 'one');
      const report = await laptop.sync();
      expect(report.ended.filter((end) => end.op.kind === 'upload')).toEqual([]);
    },
  },
  {
    name: 'an empty file is a file',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('empty', '');
      await settle(laptop, phone);
      expect(await bucket.read('empty')).toBe('');
      expect(await phone.read('empty')).toBe('');
    },
  },
  {
    name: 'an empty folder reaches the other device',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.makeFolder('empty/in/side');
      await settle(laptop, phone);
      expect(await phone.tree()).toEqual(['empty/in/side/']);
    },
  },
  {
    name: 'the last file of a folder goes: the folder stays on both devices',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('folder/a.txt', 'one');
      await laptop.write('other.txt', 'two');
      await settle(laptop, phone);
      await laptop.remove('folder/a.txt');
      await settle(laptop, phone);
      expect(await laptop.tree()).toEqual(['folder/', 'other.txt']);
      expect(await phone.tree()).toEqual(['folder/', 'other.txt']);
    },
  },
  {
    name: 'a whole folder is deleted on one device and disappears on the other',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      for (const name of ['a', 'b', 'c/d']) await laptop.write(`folder/${name}`, name);
      for (const name of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) await laptop.write(name, name);
      await settle(laptop, phone);
      await laptop.remove('folder');
      await settle(laptop, phone);
      expect((await phone.tree()).filter((path) => path.startsWith('folder'))).toEqual([]);
      expect((await bucket.tree()).filter((path) => path.startsWith('folder'))).toEqual([]);
      expect(phone.trash()).toEqual(expect.arrayContaining(['folder/a', 'folder/b', 'folder/c/d']));
    },
  },
  {
    name: 'both devices make the same file: it is adopted, not copied',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('a.txt', 'the same');
      await phone.write('a.txt', 'the same');
      await settle(laptop, phone);
      expect(await bucket.tree()).toEqual(['a.txt']);
      expect(phone.trash()).toEqual([]);
    },
  },
  {
    name: 'both devices delete the same file',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('a.txt', 'one');
      await laptop.write('b.txt', 'two');
      await settle(laptop, phone);
      await laptop.remove('a.txt');
      await phone.remove('a.txt');
      await settle(laptop, phone);
      expect(await bucket.tree()).toEqual(['b.txt']);
    },
  },
  {
    name: 'both devices make the same edit',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('a.txt', 'one');
      await settle(laptop, phone);
      await laptop.write('a.txt', 'two');
      await phone.write('a.txt', 'two');
      await settle(laptop, phone);
      expect(await bucket.tree()).toEqual(['a.txt']);
      expect(await phone.read('a.txt')).toBe('two');
    },
  },
  {
    name: 'a deleted file is created again with other bytes',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('a.txt', 'one');
      await settle(laptop, phone);
      await laptop.remove('a.txt');
      await settle(laptop, phone);
      await laptop.write('a.txt', 'born again');
      await settle(laptop, phone);
      expect(await phone.read('a.txt')).toBe('born again');
      expect(await bucket.tree()).toEqual(['a.txt']);
    },
  },
  {
    name: 'a third device joins late and gets everything',
    async tell({ device }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write('a/1.txt', 'one');
      await phone.write('b/2.txt', 'two');
      await settle(laptop, phone);
      const desk = device('desk');
      await settle(laptop, phone, desk);
      expect(await desk.tree()).toEqual(['a/1.txt', 'b/2.txt']);
    },
  },
  {
    name: 'the content type follows the name',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await laptop.write('page.html', '<p>');
      await laptop.write('note.txt', 'text');
      await laptop.write('blob', 'bytes');
      await laptop.sync();
      expect(await bucket.contentTypeOf('page.html')).toMatch(/^text\/html/u);
      expect(await bucket.contentTypeOf('note.txt')).toMatch(/^text\/plain/u);
      expect(await bucket.contentTypeOf('blob')).toBe('application/octet-stream');
    },
  },
  {
    name: 'an ordinary object of another program is a file like any other',
    async tell({ bucket, device }) {
      const laptop = device('laptop');
      await bucket.put('deep/in/the/bucket.txt', 'plain');
      await laptop.sync();
      expect(await laptop.read('deep/in/the/bucket.txt')).toBe('plain');
      await laptop.write('deep/in/the/bucket.txt', 'edited');
      await laptop.sync();
      expect(await bucket.read('deep/in/the/bucket.txt')).toBe('edited');
    },
  },
];
