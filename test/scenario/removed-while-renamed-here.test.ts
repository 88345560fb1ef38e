// A folder that the user removes in the instant in which it was renamed here.
import { expect, test } from 'vitest';
import { setStage } from './two-devices.ts';
import type { Stage } from './two-devices.ts';

async function agreed({ laptop, desktop, sync, bucket }: Stage): Promise<readonly string[]> {
  for (const device of [laptop, desktop, laptop, desktop]) await sync(device);
  const here = [...laptop.disk.tree().keys()].sort();
  expect([...desktop.disk.tree().keys()].sort()).toEqual(here);
  expect(
    bucket()
      .filter((path) => !path.endsWith('/'))
      .sort(),
  ).toEqual(here);
  expect(laptop.lastReport()).toMatchObject({ kind: 'ended', isInSync: true });
  return here;
}

test('a folder renamed as on another device is removed everywhere', async () => {
  const stage = setStage();
  const { laptop, desktop, sync } = stage;
  for (const path of ['d/a.txt', 'd/deep/b.txt', 'other.txt']) laptop.disk.write(path, path);
  for (const device of [laptop, desktop, laptop]) await sync(device);
  desktop.disk.rename('d', 'e');
  await sync(desktop);
  await sync(laptop, (_step, what) => {
    if (what === 'rename:done e') laptop.disk.remove('e');
  });
  expect(await agreed(stage)).toEqual(['other.txt']);
});

test('a folder that stepped aside leaves no reason behind for what was in it', async () => {
  const stage = setStage();
  const { laptop, desktop, sync } = stage;
  for (const device of [laptop, desktop]) await sync(device);
  desktop.disk.write('d', 'a file');
  await sync(desktop);
  laptop.disk.write('d/a.txt', 'text');
  laptop.disk.put('d/link', 'symlink');
  let removed = '';
  await sync(laptop, (_step, what) => {
    if (!what.startsWith('rename:done d (conflict')) return;
    removed = what.slice('rename:done '.length);
    laptop.disk.remove(removed);
  });
  expect(removed).not.toBe('');
  expect(await agreed(stage)).toEqual(['d']);
  expect(laptop.lastReport()).toMatchObject({ problems: [] });
});
