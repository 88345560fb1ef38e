// Upload-only and download-only: one direction, and still nothing is lost on either side (rule 22).
import { expect } from 'vitest';
import type { SyncMode } from '../../../main/core/model/model.ts';
import { settle } from '../story.ts';
import type { Story } from '../story.ts';

export const modes: readonly Story[] = [
  {
    name: 'upload-only: files go up, none comes down',
    async tell({ device, bucket }) {
      const server = device('server', { mode: 'upload-only' });
      await server.write('a.txt', 'one');
      await bucket.put('foreign.txt', 'theirs');
      await server.sync();
      expect(await bucket.read('a.txt')).toBe('one');
      expect(await server.tree()).toEqual(['a.txt']);
      expect(await bucket.read('foreign.txt')).toBe('theirs');
    },
  },
  {
    name: 'upload-only: a local delete leaves the bucket alone',
    async tell({ device, bucket }) {
      const server = device('server', { mode: 'upload-only' });
      await server.write('a.txt', 'one');
      await server.write('b.txt', 'two');
      await server.sync();
      await server.remove('a.txt');
      await server.sync();
      expect(await bucket.tree()).toEqual(['a.txt', 'b.txt']);
    },
  },
  {
    name: 'upload-only with deletes carried over',
    async tell({ device, bucket }) {
      const server = device('server', { mode: 'upload-only', propagateDeletes: true });
      await server.write('a.txt', 'one');
      await server.write('b.txt', 'two');
      await server.sync();
      await server.remove('a.txt');
      await server.sync();
      expect(await bucket.tree()).toEqual(['b.txt']);
    },
  },
  {
    name: 'upload-only: what goes in the bucket is uploaded again',
    async tell({ device, bucket }) {
      const server = device('server', { mode: 'upload-only' });
      await server.write('a.txt', 'one');
      await server.write('b.txt', 'two');
      await server.sync();
      await bucket.remove('a.txt');
      await server.sync();
      expect(await bucket.read('a.txt')).toBe('one');
    },
  },
  {
    name: 'upload-only: a foreign edit is overwritten, and can be brought back',
    async tell({ device, bucket }) {
      const server = device('server', { mode: 'upload-only' });
      await server.write('a.txt', 'one');
      await server.write('b.txt', 'two');
      await server.sync();
      await bucket.put('a.txt', 'a foreign edit');
      await server.sync();
      expect(await bucket.read('a.txt')).toBe('one');
      expect(server.trash()).toContain('a.txt');
    },
  },
  {
    name: 'download-only: files come down, none goes up',
    async tell({ device, bucket }) {
      const kiosk = device('kiosk', { mode: 'download-only' });
      await bucket.put('a.txt', 'one');
      await kiosk.write('mine.txt', 'local');
      await kiosk.sync();
      expect(await kiosk.tree()).toEqual(['a.txt', 'mine.txt']);
      expect(await bucket.tree()).toEqual(['a.txt']);
    },
  },
  {
    name: 'download-only: a local edit becomes a copy and the original comes back',
    async tell({ device, bucket }) {
      const kiosk = device('kiosk', { mode: 'download-only' });
      await bucket.put('a.txt', 'one');
      await kiosk.sync();
      await kiosk.write('a.txt', 'edited here');
      await settle(kiosk);
      expect(await kiosk.read('a.txt')).toBe('one');
      const copy = (await kiosk.tree()).find((path) => path.includes('conflict')) ?? '';
      expect(await kiosk.read(copy)).toBe('edited here');
      expect(await bucket.tree()).toEqual(['a.txt']);
    },
  },
  {
    name: 'download-only: a local delete is downloaded again',
    async tell({ device, bucket }) {
      const kiosk = device('kiosk', { mode: 'download-only' });
      await bucket.put('a.txt', 'one');
      await bucket.put('b.txt', 'two');
      await kiosk.sync();
      await kiosk.remove('a.txt');
      await kiosk.sync();
      expect(await kiosk.read('a.txt')).toBe('one');
      expect(await bucket.tree()).toEqual(['a.txt', 'b.txt']);
    },
  },
  {
    name: 'download-only: what goes in the bucket goes to the local trash',
    async tell({ device, bucket }) {
      const kiosk = device('kiosk', { mode: 'download-only' });
      await bucket.put('a.txt', 'one');
      await bucket.put('b.txt', 'two');
      await kiosk.sync();
      await bucket.remove('a.txt');
      await kiosk.sync();
      expect(await kiosk.tree()).toEqual(['b.txt']);
      expect(kiosk.trash()).toContain('a.txt');
    },
  },
  {
    name: 'download-only never writes into the bucket, not even a marker',
    async tell({ device, bucket }) {
      const kiosk = device('kiosk', { mode: 'download-only' });
      await bucket.put('a.txt', 'one');
      await kiosk.sync();
      expect(await bucket.own()).toEqual([]);
    },
  },
  {
    name: 'download-only, then both ways: the bucket gets a marker that another device can read',
    async tell({ device, bucket }) {
      const options: { mode: SyncMode } = { mode: 'download-only' };
      const kiosk = device('kiosk', options);
      await bucket.put('a.txt', 'one');
      await kiosk.sync();
      options.mode = 'two-way';
      await kiosk.write('b.txt', 'two');
      await settle(kiosk);
      expect(await bucket.tree()).toEqual(['a.txt', 'b.txt']);
      const other = device('other');
      await settle(other);
      expect(await other.tree()).toEqual(['a.txt', 'b.txt']);
    },
  },
];
