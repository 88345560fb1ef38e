// Parts of an interrupted upload whose file came to the bucket in another way.
import { expect, test } from 'vitest';
import { Crash, simulatedPrefix } from '../simulation/device.ts';
import { tinyParts } from '../support/tiny-parts.ts';
import { setStage } from './two-devices.ts';

test('do not stay in the bucket once another client has sent the same bytes', async () => {
  const { laptop, sync } = setStage({}, {}, tinyParts);
  await sync(laptop);
  laptop.disk.write('film.mkv', 'sent in parts');
  await sync(laptop, (_step, what) => {
    if (what === 'reached upload.part-sent') throw new Crash();
  });
  expect(laptop.remote.bucket.uploads.size).toBe(1);
  laptop.remote.write(`${simulatedPrefix}film.mkv`, Buffer.from('sent in parts'));
  await sync(laptop);
  await sync(laptop);
  expect(laptop.store().intents()).toEqual([]);
  expect(laptop.remote.bucket.uploads.size).toBe(0);
  expect(laptop.disk.read('film.mkv')).toBe('sent in parts');
});
