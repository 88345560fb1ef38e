// A name deleted, used again and deleted again while a device was away (C17).
import { expect, test } from 'vitest';
import { setStage } from './two-devices.ts';

test.each(['enabled', 'unversioned'] as const)(
  'the file of a device that missed both deletions goes there, too (versions %s)',
  async (versioning) => {
    const { laptop, desktop, sync, bucket } = setStage({ ignores: ['delete-if-match'], versioning });
    laptop.disk.write('a.txt', 'first');
    for (const device of [laptop, desktop, laptop]) await sync(device);
    for (const text of ['second', 'third']) {
      laptop.disk.remove('a.txt');
      await sync(laptop);
      laptop.disk.write('a.txt', text);
      await sync(laptop);
    }
    laptop.disk.remove('a.txt');
    await sync(laptop);
    for (const device of [desktop, laptop]) await sync(device);
    expect([laptop.disk.tree().size, desktop.disk.tree().size, bucket()]).toEqual([0, 0, []]);
  },
);
