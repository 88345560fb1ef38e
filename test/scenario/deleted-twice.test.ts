// A name deleted, used again and deleted again while a device was away (C17).
import { expect, test } from 'vitest';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
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

test('a store that is busy with the record of a deletion does not bring the file back', async () => {
  let isBusy = false;
  const { laptop, desktop, sync, bucket } = setStage(
    { ignores: ['delete-if-match'] },
    {
      beforeCall: ({ operation, key }) => {
        if (!isBusy || operation !== 'put' || !key.includes('/.driftless/deleted/')) return null;
        isBusy = false;
        return { kind: 'lost' };
      },
    },
  );
  laptop.disk.write('a.txt', 'first');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  laptop.disk.remove('a.txt');
  await sync(laptop);
  laptop.disk.write('a.txt', 'second');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  isBusy = true;
  laptop.disk.remove('a.txt');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  expect([isBusy, laptop.disk.tree().size, desktop.disk.tree().size, bucket()]).toEqual([false, 0, 0, []]);
});

test('a large file edited and deleted while a device was away goes there where its condition is refused', async () => {
  let refusals = 0;
  const { laptop, desktop, sync, bucket } = setStage(
    {},
    {
      beforeCall: ({ operation, key }) => {
        const isConditional = operation === 'delete' && key.endsWith('/large') && refusals < 2;
        if (isConditional) refusals += 1;
        return isConditional ? { kind: 'lost' } : null;
      },
    },
    {
      ...transferSizes,
      wholeBytes: 8,
      largeBytes: 12,
      singlePutBytes: 12,
      resumableBytes: 12,
      partBytes: 8,
      partUnitBytes: 1,
    },
  );
  laptop.disk.write('large', 'first bytes, in parts');
  laptop.disk.write('small', 'small');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  laptop.disk.write('large', 'second bytes, in parts');
  await sync(laptop);
  laptop.disk.remove('large');
  for (const device of [laptop, desktop, laptop]) await sync(device);
  expect([refusals, [...desktop.disk.tree().keys()], bucket()]).toEqual([2, ['small'], ['small']]);
});
